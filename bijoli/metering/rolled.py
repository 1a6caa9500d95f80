"""The days of meters as they stand: the running one from the state, finished ones from their rows, those of packed months from the month's.

Late readings stand in a row beside the month until it takes them in, so each day is put together from all that know of it. A stretch is
read in one statement, and `last_before` reads days before months: that is the way a day goes, so on its way it is never not seen at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from bijoli.customers.prepared import among, fetch
from bijoli.metering import monthbody, monthglance
from bijoli.metering.ends import COLUMNS, Ends, span, together

__all__ = ["Ends", "last_before", "meter_days", "meter_months"]

Spans = dict[int, tuple[Ends, int]]  # by month (since 1970): the month as one stretch, how many of its days are known
_RUNNING, _ROW, _PACKED = 1, 2, 3
_COLUMNS = f"meter_id, day, {', '.join(COLUMNS)} FROM metering_day WHERE meter_id = {among()}"
_STORED = f"""SELECT {_RUNNING}, meter_id, day, day_first_wh, day_first_wh_at, day_first_paisa, day_first_paisa_at, register_wh,
 register_at, balance_paisa, balance_at, day_max_w, day_max_at, 0, NULL::bytea
FROM metering_meterstate WHERE meter_id = {among("%(meters)s")} AND day BETWEEN %(first)s AND %(last)s
UNION ALL SELECT {_ROW}, meter_id, day, {", ".join(COLUMNS)}, NULL
FROM metering_day WHERE meter_id = {among("%(meters)s")} AND day BETWEEN %(first)s AND %(last)s
UNION ALL SELECT {_PACKED}, meter_id, month, {", ".join(["NULL"] * len(COLUMNS))}, body
FROM metering_month WHERE meter_id = {among("%(meters)s")} AND month BETWEEN %(first_month)s AND %(last_month)s"""
_LAST = f"SELECT DISTINCT ON (meter_id) {_COLUMNS} AND day BETWEEN %s AND %s ORDER BY meter_id, day DESC"
_MONTHS = f"SELECT meter_id, month, body FROM metering_month WHERE meter_id = {among()} AND month BETWEEN %s AND %s"


def meter_days(meters: Iterable[int], first: int, last: int) -> dict[int, dict[int, Ends]]:
    """By meter and day (days since 1970), from `first` to `last` inclusive; only days of which something is known."""
    found, packed = _stored(list(meters), first, last)
    for meter, month, body in packed:
        for day, ends in monthbody.unpack(body, month).items():
            if first <= day <= last:
                _add(found[meter], day, ends)
    return found


def meter_months(meters: Iterable[int], first: int, last: int) -> dict[int, Spans]:
    """By meter the months (since 1970) from `first` to `last` inclusive of which something is known, each as one stretch."""
    chosen = list(meters)
    loose, packed = _stored(chosen, monthbody.first_day(first), monthbody.first_day(last + 1) - 1)
    by_month: dict[int, dict[int, dict[int, Ends]]] = {meter: defaultdict(dict) for meter in chosen}
    for meter, days in loose.items():
        for day, ends in days.items():
            by_month[meter][monthbody.month(day)][day] = ends
    found: dict[int, Spans] = {meter: {} for meter in chosen}
    for meter, month, body in packed:
        late = by_month[meter].get(month)
        if late is None:
            found[meter][month] = monthglance.whole(body, month)
        else:
            for day, ends in monthbody.unpack(body, month).items():
                _add(late, day, ends)
    for meter, months in by_month.items():
        found[meter] |= {month: (span(ends for _, ends in sorted(days.items())), len(days)) for month, days in months.items()}
    return found


def last_before(meters: Iterable[int], day: int, since: int) -> dict[int, Ends]:
    """Each meter's last known day before `day`, not before `since`: where a month's count begins."""
    chosen = list(meters)
    found: dict[int, dict[int, Ends]] = defaultdict(dict)
    for meter, at, *values in fetch(_LAST, [chosen, since, day - 1]):
        found[meter][at] = Ends.of(values)
    done = set()
    rows = fetch(_MONTHS, [chosen, monthbody.month(since), monthbody.month(day - 1)])
    for meter, month, body in sorted(rows, key=lambda row: -row[1]):  # the latest of each meter that has such a day is enough
        days = [] if meter in done else [each for each in monthbody.unpack(bytes(body), month).items() if since <= each[0] < day]
        if days:
            done.add(meter)
            _add(found[meter], *max(days, key=lambda each: each[0]))
    return {meter: days[max(days)] for meter, days in found.items()}


def _stored(meters: list[int], first: int, last: int) -> tuple[dict[int, dict[int, Ends]], list[tuple[int, int, bytes]]]:
    """The days that stand in no packed month, or beside one; and the packed months (meter, month, body). One statement: one moment."""
    found: dict[int, dict[int, Ends]] = defaultdict(dict)
    packed = []
    months = {"first_month": monthbody.month(first), "last_month": monthbody.month(last)}
    for kind, meter, number, *values, body in fetch(_STORED, {"meters": meters, "first": first, "last": last, **months}):
        if kind == _PACKED:
            packed.append((meter, number, bytes(body)))
        elif kind == _RUNNING:
            found[meter][number] = _running(values)
        else:
            _add(found[meter], number, Ends.of(values))
    return found, packed


def _add(days: dict[int, Ends], day: int, ends: Ends) -> None:
    """Puts in what has been stored for longer: of two values of the same time and quality the one that came first stays, as in `record`."""
    known = days.get(day)
    days[day] = ends if known is None else together(ends, known)


def _running(state: list[Any]) -> Ends:
    """The last known values belong to the running day where the first ones do."""
    wh, paisa = state[0] is not None, state[2] is not None
    return Ends(*state[:4], *(state[4:6] if wh else (None, None)), *(state[6:8] if paisa else (None, None)), *state[8:10])
