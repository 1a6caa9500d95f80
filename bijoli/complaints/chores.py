"""What time does to complaints: late ones go up, resolved ones close, photos and then words of closed ones go. The timer's chores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from bijoli.complaints import telling
from bijoli.complaints.line import step
from bijoli.complaints.models import Complaint, Entry, Follow, Photo
from bijoli.core.complaint import State, level, rises

EVERY = timedelta(minutes=1)
SLICE = 100
MONTH = timedelta(days=30.44)


def rise(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Late complaints go one step up, or several where the timer stood still; the customer is told of the first. True when none is left."""
    while go_on():
        with transaction.atomic():
            late = Complaint.objects.select_for_update(skip_locked=True, of=("self",)).filter(rises_at__lte=now, resolved_at=None)
            rows = list(late.order_by("rises_at")[:SLICE])
            for row in rows:
                _up(row, now)
        if len(rows) < SLICE:
            return True
    return False


def _up(row: Complaint, now: datetime) -> None:
    desk, zone = settings.UTILITY.complaints, ZoneInfo(settings.UTILITY.zone)
    until, first = row.promised_at.astimezone(zone), row.level == 0
    row.level = max(row.level, level(until, now.astimezone(zone), desk, danger=row.danger))
    row.rises_at = rises(until, row.level, desk, danger=row.danger)
    facts = {"level": row.level}
    told = telling.LATE if first else ""
    step(row, Entry.Kind.LATE, now, facts=facts, inside=not first, also=("level", "rises_at"), tell=told)


def close(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Resolved ones that nobody opened again in time close, without a push. True when none is left."""
    before = now - timedelta(days=settings.UTILITY.complaints.reopen_days)
    while go_on():
        with transaction.atomic():
            done = Complaint.objects.select_for_update(skip_locked=True, of=("self",)).filter(state=State.RESOLVED, resolved_at__lte=before)
            rows = list(done.order_by("resolved_at")[:SLICE])
            for row in rows:
                row.closed_at = now
                step(row, Entry.Kind.CLOSED, now, to=State.CLOSED, also=("closed_at",))
        if len(rows) < SLICE:
            return True
    return False


def clear(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Of complaints that were closed BIJOLI_COMPLAINT_MONTHS ago words, figures, photos and whose they were go; what reports count stays.

    True when none is left.
    """
    if settings.COMPLAINT_MONTHS <= 0:
        return True
    before = now - settings.COMPLAINT_MONTHS * MONTH
    while go_on():
        with transaction.atomic():
            rows = Complaint.objects.select_for_update(skip_locked=True, of=("self",)).filter(closed_at__lt=before, cleared_at=None)
            old = list(rows.order_by("closed_at").values_list("pk", flat=True)[:SLICE])
            _clear(old, now)
        if len(old) < SLICE:
            return True
    return False


def _clear(old: list[int], now: datetime) -> None:
    """Photos first; `cleared_at` before the entries: their trigger asks for it."""
    Photo.objects.filter(complaint__in=old).delete()
    Follow.objects.filter(complaint__in=old).delete()
    gone: dict[str, Any] = {"text": "", "place": "", "facts": [], "customer": None, "account": None, "cleared_at": now}
    Complaint.objects.filter(pk__in=old).update(**gone)
    Entry.objects.filter(complaint__in=old).exclude(text="", by_id=None).update(text="", by_id=None)


def drop_photos(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Photos of complaints that were closed BIJOLI_PHOTO_DAYS ago. True when none is left."""
    if settings.PHOTO_DAYS <= 0:
        return True
    before = now - timedelta(days=settings.PHOTO_DAYS)
    while go_on():
        old = list(Photo.objects.filter(complaint__closed_at__lt=before).values_list("pk", flat=True)[:SLICE])
        Photo.objects.filter(pk__in=old).delete()
        if len(old) < SLICE:
            return True
    return False
