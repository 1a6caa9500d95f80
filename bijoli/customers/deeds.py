"""What people did about access and their own data, written down for good. Numbers and names stay out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bijoli.customers.models import Deed

LATEST = 50


@dataclass(frozen=True, slots=True)
class DeedView:
    """One line of a person's own list."""

    at: datetime
    what: str
    facts: dict[str, Any]


def note(
    what: str, customer_id: int, now: datetime, *, account_id: int | None = None, other_id: int | None = None, **facts: object
) -> None:
    """Runs inside the transaction of what was done: both stand, or neither."""
    Deed.objects.create(at=now, what=what, customer_id=customer_id, account_id=account_id, other_id=other_id, facts=facts)


def of(customer_id: int) -> list[DeedView]:
    """A person's own, newest first."""
    rows = Deed.objects.filter(customer_id=customer_id).order_by("-at", "-pk")[:LATEST]
    return [DeedView(row.at, row.what, row.facts) for row in rows]
