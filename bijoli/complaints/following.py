"""Another's complaint about an account of one's own: whoever may see it may want to be told of each step."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bijoli.complaints.line import ComplaintError
from bijoli.complaints.models import Complaint, Follow
from bijoli.complaints.reads import shared


def follow(customer_id: int, public_id: UUID, *, wanted: bool, now: datetime) -> None:
    """From now on each step is pushed, or not any more. Raises ComplaintError for a complaint that the person may not see."""
    row = shared(customer_id, now).filter(public_id=public_id).first()
    if row is None:
        raise ComplaintError("no such complaint")
    if wanted:
        Follow.objects.bulk_create([Follow(complaint=row, customer_id=customer_id)], ignore_conflicts=True)
    else:
        Follow.objects.filter(complaint=row, customer_id=customer_id).delete()


def followers(row: Complaint, now: datetime) -> list[int]:
    """Who follows it, of those who may see it now."""
    asked = Follow.objects.filter(complaint=row).order_by("pk").values_list("customer_id", flat=True)
    return [one for one in asked if shared(one, now).filter(pk=row.pk).exists()]
