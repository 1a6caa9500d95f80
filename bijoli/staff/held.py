"""What is held here about one person: which of our staff looked at their data, when and why. The colleague's name is not theirs to take."""

from __future__ import annotations

from bijoli.customers import holdings
from bijoli.staff.models import Looked, StaffScope


def speak() -> None:
    holdings.add("looked-at", _looked, ["staff.Looked", "staff.StaffScope"])


def _looked(customer_id: int) -> object:
    """And, for a member of the staff, what they may see here."""
    looks = holdings.rows(Looked.objects.filter(customer_id=customer_id).order_by("at"), "at", "page", "reason")
    scope = holdings.rows(StaffScope.objects.filter(customer_id=customer_id), "head_office", "divisions", "created_at")
    return {"by_staff": looks, "as_staff": scope}
