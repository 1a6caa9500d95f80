"""What goes on around meters: work of our own people, and the power of their feeders. For a whole batch in two queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from bijoli.alerts.models import WorkOrder
from bijoli.core.alerts.model import Spans
from bijoli.core.alerts.stages import LATE_S, RETURNING_S, WORK_AROUND_S
from bijoli.metering.feederpower import AROUND_S, Outage, outages

DARK_S = WORK_AROUND_S  # so long after a failure of which no return is told a signal is put down to it


@dataclass(frozen=True, slots=True)
class Place:
    feeder: str
    division: str


@dataclass(frozen=True, slots=True)
class Around:
    work: Spans = ()
    dark: Spans = ()
    returning: Spans = ()


def around(places: Mapping[int, Place], now: datetime) -> dict[int, Around]:
    """By meter id; meters around which nothing goes on are left out."""
    orders, failed = _orders(places, now), outages({place.feeder for place in places.values()}, now) if places else {}
    found = {}
    for meter, place in places.items():
        work = tuple(_work(one) for one in orders if one.meter_id == meter or (one.feeder, one.division) == (place.feeder, place.division))
        power = failed.get(place.feeder, [])
        if work or power:
            found[meter] = Around(work, tuple(_dark(one) for one in power), tuple(_returning(one) for one in power if one.returned_at))
    return found


def _orders(places: Mapping[int, Place], now: datetime) -> list[WorkOrder]:
    """Also those that ended a while ago: an event may come late."""
    ended = now - timedelta(seconds=WORK_AROUND_S + LATE_S)
    where = Q(meter_id__in=list(places)) | Q(feeder__in={place.feeder for place in places.values()}, meter=None)
    return list(WorkOrder.objects.filter(where, cancelled_at=None, ends_at__gte=ended)) if places else []


def _work(one: WorkOrder) -> tuple[int, int]:
    return int(one.begins_at.timestamp()) - WORK_AROUND_S, int(one.ends_at.timestamp()) + WORK_AROUND_S


def _dark(one: Outage) -> tuple[int, int]:
    return one.failed_at - AROUND_S, min(one.returned_at or one.failed_at + DARK_S, one.failed_at + DARK_S)


def _returning(one: Outage) -> tuple[int, int]:
    at = one.returned_at or 0
    return at - AROUND_S, at + RETURNING_S
