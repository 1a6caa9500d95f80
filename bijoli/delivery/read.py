"""Reading: the only thing that lowers the number on the bell."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from bijoli.delivery import reads
from bijoli.delivery.models import Notification


def mark_read(customer_id: int, public_ids: Collection[UUID] | None) -> int:
    """Marks these notifications of the person as read, or all where None is given. Returns how many are unread now.

    The first reading's time stays. A push that has not left yet does not leave: `deliver` looks once more before it sends.
    """
    found = Notification.objects.filter(customer_id=customer_id, read_at=None)
    if public_ids is not None:
        found = found.filter(public_id__in=public_ids)
    found.update(read_at=timezone.now())
    return reads.unread(customer_id)
