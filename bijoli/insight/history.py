"""Registers of many meters day by day, as tables: a row a meter, a column a day. What learning a home's use is made of.

Three statements for a slice of meters: finished days, packed months (registers alone), running days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bijoli.metering import binary, monthbody, monthglance
from bijoli.metering.binary import Column
from bijoli.metering.columns import MISSING
from bijoli.metering.rolled import meter_days

Table = NDArray[np.int64]
_DAYS = f"""SELECT meter_id, day, coalesce(first_wh, {MISSING}), coalesce(last_wh, {MISSING}) FROM metering_day
WHERE meter_id = ANY(%s) AND day BETWEEN %s AND %s AND last_wh IS NOT NULL"""
_MONTHS = "SELECT meter_id, month, body FROM metering_month WHERE meter_id = ANY(%s) AND month BETWEEN %s AND %s"
_RUNNING = """SELECT meter_id, day, day_first_wh, register_wh FROM metering_meterstate
WHERE meter_id = ANY(%s) AND day BETWEEN %s AND %s AND day_first_wh IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Registers:
    """First and last register (Wh) of each day from the local day `since` on; MISSING where not known. `meters` ascending."""

    meters: NDArray[np.int32]
    since: int
    firsts: Table
    lasts: Table

    def row(self, meter: int) -> int | None:
        """Where a meter stands in the tables."""
        place = int(np.searchsorted(self.meters, meter))
        return place if place < len(self.meters) and self.meters[place] == meter else None


def registers(meters: Iterable[int], since: int, until: int) -> Registers:
    """The registers of these meters from one local day to another, both inclusive."""
    ids = np.array(sorted(set(meters)), np.int32)
    shape = (len(ids), until - since + 1)
    found = Registers(ids, since, np.full(shape, MISSING), np.full(shape, MISSING))
    if not len(ids):
        return found
    months = (monthbody.month(since), monthbody.month(until))
    with binary.cursor() as cursor:
        running = cursor.execute(_RUNNING, (Column(ids), since, until), prepare=True, binary=True).fetchall()
        days = cursor.execute(_DAYS, (Column(ids), since, until), prepare=True, binary=True).fetchall()
        packed = cursor.execute(_MONTHS, (Column(ids), *months), prepare=True, binary=True).fetchall()
    _put_days(found, days)
    _mend(found, _put_months(found, packed))
    _put_running(found, running)
    return found


def _put_days(found: Registers, rows: Sequence[tuple[int, ...]]) -> None:
    if rows:
        meters, days, firsts, lasts = np.array(rows, np.int64).T
        places = np.searchsorted(found.meters, meters), days - found.since
        found.firsts[places], found.lasts[places] = firsts, lasts


def _put_months(found: Registers, rows: Sequence[tuple[Any, ...]]) -> list[int]:
    """Returns the meters of which a day stands both in a month and in a row: late readings."""
    by_month: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    for meter, month, body in rows:
        by_month[month].append((meter, bytes(body)))
    both: set[int] = set()
    width = found.lasts.shape[1]
    for month, bodies in by_month.items():
        own = np.searchsorted(found.meters, [meter for meter, _ in bodies])
        begins = monthbody.first_day(month) - found.since
        firsts, lasts = monthglance.registers([body for _, body in bodies], month)
        known = lasts != MISSING
        body, day = np.nonzero(known[:, max(0, -begins) : max(0, width - begins)])
        day += max(0, -begins)
        places = own[body], day + begins
        both.update(found.meters[own[body][found.lasts[places] != MISSING]].tolist())
        found.firsts[places], found.lasts[places] = firsts[body, day], lasts[body, day]
    return sorted(both)


def _mend(found: Registers, meters: list[int]) -> None:
    """Those few by the exact rule, which needs the times."""
    if not meters:
        return
    last = found.since + found.lasts.shape[1] - 1
    for meter, days in meter_days(meters, found.since, last).items():
        row = int(np.searchsorted(found.meters, meter))
        for day, ends in days.items():
            column = day - found.since
            found.firsts[row, column] = MISSING if ends.first_wh is None else ends.first_wh
            found.lasts[row, column] = MISSING if ends.last_wh is None else ends.last_wh


def _put_running(found: Registers, rows: Sequence[tuple[int, ...]]) -> None:
    """The running day's register is newer than what a late row of that day says; its first reading may not be."""
    if rows:
        meters, days, firsts, lasts = np.array(rows, np.int64).T
        places = np.searchsorted(found.meters, meters), days - found.since
        found.lasts[places] = lasts
        known = found.firsts[places]
        found.firsts[places] = np.where(known == MISSING, firsts, known)
