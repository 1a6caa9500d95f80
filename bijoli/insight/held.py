"""What is held here about one person: what they asked about charges."""

from __future__ import annotations

from bijoli.customers import holdings
from bijoli.insight.models import Question


def speak() -> None:
    holdings.add("questions", _questions, ["insight.Question"])


def _questions(customer_id: int) -> object:
    rows = Question.objects.filter(customer_id=customer_id).order_by("pk")
    return holdings.rows(rows, "account__number", "first", "last", "part", "paisa", "created_at", "answer", "closed_at")
