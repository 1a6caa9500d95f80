"""Notifications are kept for BIJOLI_NOTIFICATION_MONTHS, then go with all that belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from bijoli.delivery.models import Notification

SLICE = 500
MONTH = timedelta(days=30.44)


def drop_old(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Deletes what is too old, the first made first. Returns whether nothing of it is left."""
    if settings.NOTIFICATION_MONTHS <= 0:
        return True
    before = now - settings.NOTIFICATION_MONTHS * MONTH
    while go_on():
        first = Notification.objects.order_by("pk").values_list("pk", "made_at")[:SLICE]
        old = [pk for pk, made_at in first if made_at < before]  # ids grow with time: the first are the oldest
        Notification.objects.filter(pk__in=old).delete()
        if len(old) < SLICE:
            return True
    return False
