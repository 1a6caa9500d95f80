"""Finished months: their day rows become one row a meter, a fifth as large; late days are taken into it when the round comes by again.

A round walks all meters in slices. A slice is one transaction that takes day rows away and writes months: crash-safe, beside `record`
writing late days (a row that somebody holds is left for the next round).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from django.conf import settings
from django.db import transaction

from bijoli.metering import binary, localday, monthbody
from bijoli.metering.columns import MISSING
from bijoli.metering.ends import COLUMNS, Ends, together
from bijoli.metering.models import Meter

AFTER = 7  # days after its end a month is packed: most of what is late has come
SLICE = 1_000  # meters
Cursor = psycopg.Cursor[Any]
_VALUES = ", ".join(f"coalesce(d.{name}, {MISSING})" for name in COLUMNS[:10])
_TAKE = f"""WITH old AS MATERIALIZED (SELECT meter_id, day FROM metering_day
  WHERE meter_id BETWEEN %s AND %s AND day < %s ORDER BY meter_id, day FOR UPDATE SKIP LOCKED)
DELETE FROM metering_day d USING old WHERE d.meter_id = old.meter_id AND d.day = old.day
RETURNING d.meter_id, d.day, d.estimated, {_VALUES}"""
_STORED = "SELECT meter_id, month, body FROM metering_month WHERE meter_id = ANY(%s::int[]) AND month = ANY(%s::int[]) FOR UPDATE"
_PUT = """INSERT INTO metering_month (meter_id, month, body) SELECT * FROM unnest(%s::int[], %s::int[], %s::bytea[])
ON CONFLICT (meter_id, month) DO UPDATE SET body = excluded.body"""
_DROP = "DELETE FROM metering_month WHERE meter_id BETWEEN %s AND %s AND month < %s"


def pack(now: datetime, reached: int, go_on: Callable[[], bool]) -> int | None:
    """A stretch of the round, from the meter after `reached` on. Returns the last meter seen, None at the round's end."""
    last = Meter.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    before, oldest = bounds(now)
    while reached < last:
        if not go_on():
            return reached
        pack_slice(reached + 1, reached + SLICE, before, oldest)
        reached += SLICE
    return None


def bounds(now: datetime) -> tuple[int, int]:
    """The day before which days belong to months that are packed; the oldest month that is kept (BIJOLI_HISTORY_YEARS)."""
    today = localday.day(int(now.timestamp()))
    years = settings.HISTORY_YEARS
    oldest = monthbody.month(today) - 12 * years if years > 0 else 0
    return monthbody.first_day(monthbody.month(today - AFTER)), oldest


def pack_slice(first: int, last: int, before: int, oldest: int = 0) -> int:
    """The meters `first` to `last`: days before the day `before` into their months; months before `oldest` go. Returns how many days."""
    with transaction.atomic(), binary.cursor() as cursor:
        cursor.execute(_DROP, (first, last, oldest), prepare=True)
        rows = cursor.execute(_TAKE, (first, last, before), prepare=True, binary=True).fetchall()
        if rows:
            _write(cursor, np.array(sorted(rows), np.int64).T)
        return len(rows)


def _write(cursor: Cursor, days: Any) -> None:
    """`days`: meter and the rows of a `monthbody.Table`, sorted by meter and day."""
    meters, tables = days[0], days[1:]
    starts_of_months = {number: monthbody.first_day(number) for number in range(*_span(tables[0]))}
    months = np.searchsorted(list(starts_of_months.values()), tables[0], side="right") - 1 + min(starts_of_months)
    stored = _stored(cursor, meters, months)
    for number in np.unique(months).tolist():
        chosen = months == number
        own, table = _with_stored(meters[chosen], tables[:, chosen], stored.get(number, {}), number)
        starts = np.flatnonzero(np.diff(own, prepend=-1))
        bodies = monthbody.pack(table, starts, number)
        cursor.execute(_PUT, (own[starts].tolist(), [number] * len(bodies), bodies), prepare=True, binary=True)


def _span(days: Any) -> tuple[int, int]:
    return monthbody.month(int(days.min())), monthbody.month(int(days.max())) + 1


def _stored(cursor: Cursor, meters: Any, months: Any) -> dict[int, dict[int, bytes]]:
    """By month and meter what is packed already."""
    found: dict[int, dict[int, bytes]] = defaultdict(dict)
    keys = (np.unique(meters).tolist(), np.unique(months).tolist())
    for meter, number, body in cursor.execute(_STORED, keys, prepare=True, binary=True).fetchall():
        found[number][meter] = bytes(body)
    return found


def _with_stored(meters: Any, table: Any, stored: dict[int, bytes], number: int) -> tuple[Any, Any]:
    """The rows, with those of the months that they belong to: late days."""
    late = np.isin(meters, list(stored)) if stored else np.zeros(len(meters), bool)
    owners, tables = [meters[~late]], [table[:, ~late]]
    for meter in np.unique(meters[late]).tolist():
        days = monthbody.unpack(stored[meter], number)
        for day, ends in _ends(table[:, meters == meter]):
            days[day] = together(days[day], ends) if day in days else ends
        tables.append(monthbody.table(days))
        owners.append(np.full(len(days), meter))
    own, joined = np.concatenate(owners), np.concatenate(tables, axis=1)
    order = np.lexsort((joined[monthbody.DAY], own))
    return own[order], joined[:, order]


def _ends(table: Any) -> list[tuple[int, Ends]]:
    rows: list[list[Any]] = [[None if value == MISSING else value for value in row] for row in table.T.tolist()]
    return [(day, Ends.of([*values, estimated])) for day, estimated, *values in rows]
