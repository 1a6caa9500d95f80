"""What is held here about one person: which notices, not yet over, they were told."""

from __future__ import annotations

from bijoli.customers import holdings
from bijoli.notices.models import Recipient


def speak() -> None:
    holdings.add("notices", _notices, ["notices.Recipient"])


def _notices(customer_id: int) -> object:
    rows = Recipient.objects.filter(customer_id=customer_id).order_by("pk")
    return holdings.rows(rows, "notice__kind", "notice__title", "notice__body", "notice__starts_at", "notice__ends_at", "notice__send_at")
