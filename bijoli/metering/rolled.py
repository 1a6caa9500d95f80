"""The days of meters as they stand: the running one from the state, finished ones from their rows, those of packed months from the month's.

Late readings stand in a row beside the month until it takes them in, so each day is put together from all that know of it. States are read
before days and days before months: that is the way a day goes, and on its way it is seen once or twice, never not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bijoli.metering import monthbody
from bijoli.metering.ends import COLUMNS, Ends, together
from bijoli.metering.models import Day, MeterState, Month

__all__ = ["Ends", "last_before", "meter_days"]


def meter_days(meters: Iterable[int], first: int, last: int) -> dict[int, dict[int, Ends]]:
    """By meter and day (days since 1970), from `first` to `last` inclusive; only days of which something is known."""
    chosen = list(meters)
    found: dict[int, dict[int, Ends]] = defaultdict(dict)
    for state in MeterState.objects.filter(meter_id__in=chosen, day__gte=first, day__lte=last):
        found[state.meter_id][state.day] = _running(state)
    rows = Day.objects.filter(meter_id__in=chosen, day__gte=first, day__lte=last)
    for meter, day, *values in rows.values_list("meter_id", "day", *COLUMNS):
        _add(found[meter], day, Ends.of(values))
    for meter, days in _of_months(chosen, first, last):
        for day, ends in days.items():
            _add(found[meter], day, ends)
    return found


def last_before(meters: Iterable[int], day: int, since: int) -> dict[int, Ends]:
    """Each meter's last known day before `day`, not before `since`: where a month's count begins."""
    chosen = list(meters)
    rows = Day.objects.filter(meter_id__in=chosen, day__lt=day, day__gte=since).order_by("meter_id", "-day").distinct("meter_id")
    found: dict[int, dict[int, Ends]] = defaultdict(dict)
    for meter, at, *values in rows.values_list("meter_id", "day", *COLUMNS):
        found[meter][at] = Ends.of(values)
    for meter, days in _of_months(chosen, since, day - 1):
        if days:
            latest = max(days)
            _add(found[meter], latest, days[latest])
    return {meter: days[max(days)] for meter, days in found.items()}


def _of_months(meters: list[int], first: int, last: int) -> Iterable[tuple[int, dict[int, Ends]]]:
    """By meter the days between two that stand in rows of months, a month at a time."""
    rows = Month.objects.filter(meter_id__in=meters, month__gte=monthbody.month(first), month__lte=monthbody.month(last))
    for meter, month, body in rows.values_list("meter_id", "month", "body"):
        days = monthbody.unpack(bytes(body), month)
        yield meter, {day: ends for day, ends in days.items() if first <= day <= last}


def _add(days: dict[int, Ends], day: int, ends: Ends) -> None:
    known = days.get(day)
    days[day] = ends if known is None else together(known, ends)


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
