"""What is held here about one person: what they said is wrong."""

from __future__ import annotations

from bijoli.alerts.models import Dispute
from bijoli.customers import holdings


def speak() -> None:
    holdings.add("disputes", _disputes, ["alerts.Dispute"])


def let_go(sender: object, customer_id: int, **_: object) -> None:
    """A deleted account's own words go; that something was said to be wrong, and what was answered, stays."""
    Dispute.objects.filter(customer_id=customer_id).update(text="")


def _disputes(customer_id: int) -> object:
    rows = Dispute.objects.filter(customer_id=customer_id).order_by("pk")
    return holdings.rows(rows, "stage__code", "account__number", "text", "created_at", "answer", "closed_at")
