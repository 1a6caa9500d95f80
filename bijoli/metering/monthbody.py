"""A finished month of one meter in some 500 bytes: all that its day rows say, exactly.

Twelve columns, a row a day: day, what is known and what is an estimate, registers and balances as differences to the value before, times as
seconds since midnight, the balance's as differences to the register's. Of each column a code (low 4 bits: bytes a value; high: bytes of the
smallest), the smallest value, and the distances to it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bijoli.metering import localday
from bijoli.metering.columns import MISSING
from bijoli.metering.ends import COLUMNS, Ends

VERSION = 1
WIDTH = 12
DAY, FLAGS, FIRST_WH, LAST_WH, MAX_W, MAX_AT = 0, 1, 2, 6, 10, 11
PAIRS = ((2, 6), (4, 8))  # first and last register, first and last balance; their times one further
VALUES = (2, 4, 6, 8, 10)  # their times one further
Table = NDArray[np.int64]  # 12 columns as rows: day, estimated, then as in Ends; MISSING where not known


def month(day: int) -> int:
    """The calendar month of a local day (days since 1970): months since 1970."""
    found = localday.calendar(day)
    return found.year * 12 + found.month - 1 - 1970 * 12


def first_day(number: int) -> int:
    """The first day of a month."""
    return localday.number(date(1970 + number // 12, number % 12 + 1, 1))


def pack(table: Table, starts: NDArray[np.intp], number: int) -> list[bytes]:
    """Months of several meters at once: rows sorted by meter and day, `starts` where each meter's begin."""
    columns = _differences(table, starts, number)
    lows, highs = np.minimum.reduceat(columns, starts, axis=1), np.maximum.reduceat(columns, starts, axis=1)
    ends = [*starts[1:].tolist(), table.shape[1]]
    columns -= np.repeat(lows, np.diff(starts, append=table.shape[1]), axis=1)
    octets = np.ascontiguousarray(columns, "<u8").view(np.uint8).reshape(WIDTH, -1, 8)
    bodies = []
    for own, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        parts = [bytes((VERSION, end - start))]
        for row, (low, high) in enumerate(zip(lows[:, own].tolist(), highs[:, own].tolist(), strict=True)):
            size, low_size = (high - low).bit_length() + 7 >> 3, (low.bit_length() + 8 >> 3) if low else 0
            parts += (bytes((size | low_size << 4,)), low.to_bytes(low_size, "little", signed=True))
            parts.append(octets[row, start:end, :size].tobytes())
        bodies.append(b"".join(parts))
    return bodies


def _differences(table: Table, starts: NDArray[np.intp], number: int) -> Table:
    midnights = np.array([localday.midnight(first_day(number) + day) for day in range(31)], np.int64)
    columns = np.empty_like(table)
    columns[DAY] = table[DAY] - first_day(number)
    columns[FLAGS] = table[FLAGS] << len(VALUES)
    for bit, row in enumerate(VALUES):
        known = table[row] != MISSING
        columns[FLAGS] |= known.astype(np.int64) << bit
        columns[row] = table[row]
        columns[row + 1] = np.where(known, table[row + 1] - midnights[columns[DAY]], 0)
    columns[MAX_W][table[MAX_W] == MISSING] = 0
    for first, last in PAIRS:
        columns[last] = _filled(columns[last], starts)
        before = np.roll(columns[last], 1)
        before[starts] = 0
        columns[first] = np.where(columns[first] == MISSING, before, columns[first])
        columns[last] -= columns[first]
        columns[first] -= before
    columns[5] -= columns[3]
    columns[9] -= columns[7]
    return columns


def _filled(column: NDArray[np.int64], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    """Missing values as the last known one of the same meter, so that they cost no width."""
    known = column != MISSING
    known[starts] = True
    filled = column[np.maximum.accumulate(np.where(known, np.arange(len(column)), 0))]
    return np.where(filled == MISSING, 0, filled)


def unpack(body: bytes, number: int) -> dict[int, Ends]:
    """By day (days since 1970) what was packed. Raises ValueError for another version."""
    if body[0] != VERSION:
        raise ValueError(f"month version {body[0]} is not known")
    count, place = body[1], 2
    columns = []
    for _ in range(WIDTH):
        size, low_size = body[place] & 15, body[place] >> 4
        low = int.from_bytes(body[place + 1 : place + 1 + low_size], "little", signed=True)
        place += 1 + low_size
        columns.append([low + int.from_bytes(body[at : at + size], "little") for at in range(place, place + count * size, size or 1)])
        columns[-1] += [low] * (count - len(columns[-1]))  # no bytes: all alike
        place += count * size
    days, flags, *rest = columns
    found, before = {}, [0, 0]
    for day, flag, *values in zip(days, flags, *rest, strict=True):
        values[3] += values[1]
        values[7] += values[5]
        for pair, (first, last) in enumerate(((0, 4), (2, 6))):
            values[first] += before[pair]
            values[last] += values[first]
            before[pair] = values[last]
        found[first_day(number) + day] = _ends(first_day(number) + day, flag, values)
    return found


def _ends(day: int, flag: int, values: list[int]) -> Ends:
    begins = localday.midnight(day)
    told: list[Any] = [None] * 10
    for bit in range(len(VALUES)):
        if flag >> bit & 1:
            told[2 * bit], told[2 * bit + 1] = values[2 * bit], begins + values[2 * bit + 1]
    return Ends.of([*told, flag >> len(VALUES)])


def table(days: dict[int, Ends]) -> Table:
    """The days of one meter as rows for `pack`."""
    rows = [
        [day, ends.estimated, *(MISSING if (value := getattr(ends, name)) is None else value for name in COLUMNS[:10])]
        for day, ends in sorted(days.items())
    ]
    return np.array(rows, np.int64).T
