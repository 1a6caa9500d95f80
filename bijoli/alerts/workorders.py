"""Work of our own people at a meter or on a feeder: what meters signal there, two hours before to two hours after, is for staff alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from bijoli.alerts.models import WorkOrder
from bijoli.core.metering import meter_number
from bijoli.metering.models import Installation, UsagePoint

LONGEST = timedelta(days=7)
BACK = timedelta(days=1)  # work that was done yesterday may still be entered: what was told stays told
LONGEST_NOTE = 300


class WorkError(ValueError):
    """It cannot be approved. `why`: place, order, long, past, state."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def approve(place: str, division: str, begins_at: datetime, ends_at: datetime, note: str, by: int, now: datetime) -> WorkOrder:
    """`place` is a meter's number, or a feeder that has meters in the division. Raises WorkError."""
    if ends_at <= begins_at:
        raise WorkError("order")
    if ends_at - begins_at > LONGEST:
        raise WorkError("long")
    if ends_at < now - BACK:
        raise WorkError("past")
    if division not in {office.division for office in settings.UTILITY.offices}:
        raise WorkError("place")
    meter, feeder = _place(place.strip(), division)
    kept = {"begins_at": begins_at, "ends_at": ends_at, "note": note[:LONGEST_NOTE], "approved_by_id": by, "approved_at": now}
    return WorkOrder.objects.create(meter_id=meter, feeder=feeder, division=division, **kept)


def cancel(public_id: UUID, by: int, now: datetime) -> None:
    """From now on signals are told again. Raises WorkError where it is cancelled already."""
    if not WorkOrder.objects.filter(public_id=public_id, cancelled_at=None).update(cancelled_by_id=by, cancelled_at=now):
        raise WorkError("state")


def _place(place: str, division: str) -> tuple[int | None, str]:
    if UsagePoint.objects.filter(feeder=place, division=division).exists():
        return None, place
    try:
        number = meter_number(place)
    except ValueError:
        raise WorkError("place") from None
    there = Installation.objects.filter(meter__number=number, removed_at=None, usage_point__division=division)
    meter = there.values_list("meter_id", flat=True).first()
    if meter is None:
        raise WorkError("place")
    return meter, ""
