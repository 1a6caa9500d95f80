"""The days of meters as they stand: finished days from their rows, the running one from the state, late readings in both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bijoli.metering.models import Day, MeterState


@dataclass(frozen=True, slots=True)
class Ends:
    """First and last known values of one meter's day with their times (seconds since 1970 UTC), and the maximum load."""

    first_wh: int | None = None
    first_wh_at: int | None = None
    first_paisa: int | None = None
    first_paisa_at: int | None = None
    last_wh: int | None = None
    last_wh_at: int | None = None
    last_paisa: int | None = None
    last_paisa_at: int | None = None
    max_w: int | None = None
    max_at: int | None = None


_COLUMNS = tuple(Ends.__slots__)


def meter_days(meters: Iterable[int], first: int, last: int) -> dict[int, dict[int, Ends]]:
    """By meter and day (days since 1970), from `first` to `last` inclusive; only days of which something is known."""
    chosen = list(meters)
    found: dict[int, dict[int, Ends]] = defaultdict(dict)
    rows = Day.objects.filter(meter_id__in=chosen, day__gte=first, day__lte=last)
    for meter, day, *values in rows.values_list("meter_id", "day", *_COLUMNS):
        found[meter][day] = Ends(*values)
    for state in MeterState.objects.filter(meter_id__in=chosen, day__gte=first, day__lte=last):
        running, stored = _running(state), found[state.meter_id].get(state.day)
        found[state.meter_id][state.day] = _together(running, stored) if stored else running
    return found


def last_before(meters: Iterable[int], day: int, since: int) -> dict[int, Ends]:
    """Each meter's last known day before `day`, not before `since`: where a month's count begins."""
    rows = Day.objects.filter(meter_id__in=list(meters), day__lt=day, day__gte=since).order_by("meter_id", "-day").distinct("meter_id")
    return {meter: Ends(*values) for meter, *values in rows.values_list("meter_id", *_COLUMNS)}


def _running(state: MeterState) -> Ends:
    """The last known values belong to the running day where the first ones do."""
    wh, paisa = state.day_first_wh is not None, state.day_first_paisa is not None
    return Ends(
        first_wh=state.day_first_wh,
        first_wh_at=state.day_first_wh_at,
        first_paisa=state.day_first_paisa,
        first_paisa_at=state.day_first_paisa_at,
        last_wh=state.register_wh if wh else None,
        last_wh_at=state.register_at if wh else None,
        last_paisa=state.balance_paisa if paisa else None,
        last_paisa_at=state.balance_at if paisa else None,
        max_w=state.day_max_w,
        max_at=state.day_max_at,
    )


def _together(one: Ends, other: Ends) -> Ends:
    """Two views of one day; where both know a value of the same time, that of `one` goes."""
    first_wh, first_paisa, last_wh, last_paisa = (
        _first((one.first_wh, one.first_wh_at), (other.first_wh, other.first_wh_at)),
        _first((one.first_paisa, one.first_paisa_at), (other.first_paisa, other.first_paisa_at)),
        _last((one.last_wh, one.last_wh_at), (other.last_wh, other.last_wh_at)),
        _last((one.last_paisa, one.last_paisa_at), (other.last_paisa, other.last_paisa_at)),
    )
    loads = [
        (-load, at, load) for load, at in ((one.max_w, one.max_at), (other.max_w, other.max_at)) if load is not None and at is not None
    ]
    _, max_at, max_w = min(loads) if loads else (None, None, None)
    return Ends(*first_wh, *first_paisa, *last_wh, *last_paisa, max_w, max_at)


Timed = tuple[int | None, int | None]


def _first(one: Timed, other: Timed) -> Timed:
    return other if one[1] is None or (other[1] is not None and other[1] < one[1]) else one


def _last(one: Timed, other: Timed) -> Timed:
    return other if one[1] is None or (other[1] is not None and other[1] > one[1]) else one
