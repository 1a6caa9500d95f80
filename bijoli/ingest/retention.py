"""Rows that were not taken are kept for BIJOLI_REJECT_DAYS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from bijoli.ingest.models import Reject

SLICE = 2_000


def drop_old(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Deletes what is too old. Returns whether nothing of it is left."""
    if settings.REJECT_DAYS <= 0:
        return True
    old = Reject.objects.filter(received_at__lt=now - timedelta(days=settings.REJECT_DAYS)).order_by("received_at")
    while go_on():
        chosen = list(old.values_list("pk", flat=True)[:SLICE])
        Reject.objects.filter(pk__in=chosen).delete()
        if len(chosen) < SLICE:
            return True
    return False
