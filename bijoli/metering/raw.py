"""Raw readings of one meter, exactly as they were told: what was missing is None, what came twice is there once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from bijoli.metering import localday, segments
from bijoli.metering.columns import MISSING, Ints
from bijoli.metering.once import UNTOLD, once
from bijoli.metering.segments import AT, BALANCE, BLOCK, ESTIMATED, LOAD, METER, REGISTER, RELAY, Matrix

# One statement, so that a merge under way is seen before or after, never between. The second half is what no block bounds: few, and an
# index holds them alone (migration 0005).
PIECES = f"""SELECT id, day, body FROM metering_segment
 WHERE day = ANY(%(days)s) AND first_meter BETWEEN %(block)s AND %(meter)s AND last_meter >= %(meter)s
UNION ALL SELECT id, day, body FROM metering_segment
 WHERE day = ANY(%(days)s) AND first_meter < %(block)s AND last_meter >= %(meter)s AND first_meter / {BLOCK} <> last_meter / {BLOCK}"""
VALUES = {"balance_paisa": BALANCE, "register_wh": REGISTER, "load_w": LOAD, "relay": RELAY}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one meter told of one instant; `relay` as in models.Relay, 0 where not reported. `estimated` names values that are estimates."""

    at: datetime
    balance_paisa: int | None
    register_wh: int | None
    load_w: int | None
    relay: int
    estimated: frozenset[str]


def of_meter(meter_id: int, since: datetime, until: datetime) -> list[Reading]:
    """One meter's readings from `since` to `until`, both inclusive, oldest first."""
    rows = _rows(meter_id, int(np.ceil(since.timestamp())), int(np.floor(until.timestamp())))
    found: dict[int, Reading] = {}
    for values in rows.T.tolist():
        at = values[AT]
        found[at] = _joined(found.get(at), _reading(at, values))
    return list(found.values())


def _rows(meter_id: int, first: int, last: int) -> Matrix:
    """The meter's rows with AT as seconds since 1970."""
    if first > last:
        return np.empty((8, 0), np.int64)
    rows = _on(meter_id, range(localday.day(first), localday.day(last) + 1))
    return rows[:, (rows[AT] >= first) & (rows[AT] <= last)]


def _on(meter_id: int, days: Iterable[int]) -> Matrix:
    """All of the meter's rows on some local days, with AT as seconds since 1970. One query."""
    with connection.cursor() as cursor:
        cursor.execute(PIECES, {"days": list(days), "meter": meter_id, "block": meter_id - meter_id % BLOCK})
        pieces = cursor.fetchall()
    parts = [np.empty((8, 0), np.int64)]
    for own, day, body in pieces:
        rows = segments.unpack(bytes(body), own)
        rows = rows[:, rows[METER] == meter_id]
        rows[AT] += localday.midnight(day)
        parts.append(rows)
    return once(np.concatenate(parts, axis=1))


def _reading(at: int, values: list[int]) -> Reading:
    balance, register, load = (None if values[row] == UNTOLD[row] else values[row] for row in (BALANCE, REGISTER, LOAD))
    guessed = frozenset(name for name, row in VALUES.items() if values[ESTIMATED] and values[row] != UNTOLD[row])
    return Reading(datetime.fromtimestamp(at, UTC), balance, register, load, values[RELAY], guessed)


def _joined(one: Reading | None, other: Reading) -> Reading:
    """Two rows of one instant hold different values: together they are one reading."""
    if one is None:
        return other
    balance = other.balance_paisa if one.balance_paisa is None else one.balance_paisa
    register = other.register_wh if one.register_wh is None else one.register_wh
    load = other.load_w if one.load_w is None else one.load_w
    return Reading(one.at, balance, register, load, one.relay or other.relay, one.estimated | other.estimated)


def loads(meter_id: int, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """The meter's loads in W between two times, oldest first. A reading that came twice is there once; known before estimated."""
    return [(one.at, one.load_w) for one in of_meter(meter_id, since, until) if one.load_w is not None]


def loads_on(meter_id: int, days: Iterable[int]) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """The meter's loads on some local days (since 1970), oldest first: times (seconds since 1970 UTC), W, whether it is an estimate."""
    rows = _on(meter_id, days)
    rows = rows[:, rows[LOAD] != MISSING]
    return rows[AT], rows[LOAD], rows[ESTIMATED] != 0
