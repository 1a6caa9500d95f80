"""The days of a meter that tells no register, from the interval values in the raw store."""

from __future__ import annotations

from collections.abc import Iterable

from bijoli.customers.prepared import fetch
from bijoli.metering import localday, raw
from bijoli.metering.intervals import Counted, energy

MOST_DAYS = 62  # two months: unpacking more raw readings than these would make a page slow
_LAST = "SELECT meter_id, load_at FROM metering_meterstate WHERE meter_id = ANY(%s) AND load_at IS NOT NULL"


def last_loads(meters: Iterable[int]) -> dict[int, int]:
    """By meter the time of its latest known load (seconds since 1970 UTC). One query."""
    return dict(fetch(_LAST, [list(meters)]))


def counted(meter_id: int, days: Iterable[int], since: int, until: int) -> dict[int, Counted]:
    """By local day (since 1970) what the meter's intervals tell of it between two instants, for the days of which enough is known.

    `since` is when the meter came, `until` when it went or told last: the running day counts as far as it has come. At most the latest
    MOST_DAYS days that lie in raw readings, which are kept BIJOLI_RAW_DAYS days. One query.
    """
    spans = {}
    for day in sorted(days)[-MOST_DAYS:]:
        span = max(localday.midnight(day), since), min(localday.midnight(day + 1), until)
        if span[0] < span[1]:
            spans[day] = span
    if not spans:
        return {}
    near = {day + beside for day in spans for beside in (-1, 0, 1)}  # an interval over midnight stands in the day in which it ends
    return energy(*raw.loads_on(meter_id, near), spans)
