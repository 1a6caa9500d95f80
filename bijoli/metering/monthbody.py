"""A finished month of one meter in some 500 bytes: all that its day rows say, exactly.

Twelve columns, a row a day: day, what is known and what is an estimate, registers and balances as differences to the value before, times as
seconds since midnight, the balance's as differences to the register's. Of each column a code (low 4 bits: bytes a value; high: bytes of the
smallest), the smallest value, and the distances to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bijoli.metering import localday
from bijoli.metering.columns import MISSING
from bijoli.metering.ends import COLUMNS, Ends, span

VERSION = 1
WIDTH = 12
DAY, FLAGS, FIRST_WH, LAST_WH, MAX_W, MAX_AT = 0, 1, 2, 6, 10, 11
_PAIRS = ((2, 6), (4, 8))  # first and last register, first and last balance; their times one further
_VALUES = (2, 4, 6, 8, 10)  # their times one further
_FOUR = 15  # flags of a day of which registers and balances are known
_SUMMED = frozenset({2, 4, 6, 8})  # differences: added up they are the value at the end
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
    columns[FLAGS] = table[FLAGS] << len(_VALUES)
    for bit, row in enumerate(_VALUES):
        known = table[row] != MISSING
        columns[FLAGS] |= known.astype(np.int64) << bit
        columns[row] = table[row]
        columns[row + 1] = np.where(known, table[row + 1] - midnights[columns[DAY]], 0)
    columns[MAX_W][table[MAX_W] == MISSING] = 0
    for first, last in _PAIRS:
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


def whole(body: bytes, number: int) -> tuple[Ends, int]:
    """The month as one stretch (`ends.span` of what `unpack` gives) and how many of its days are known; some ten times as fast.

    Raises ValueError for another version.
    """
    if body[0] != VERSION:
        raise ValueError(f"month version {body[0]} is not known")
    columns, count, place = [], body[1], 2
    for _ in range(WIDTH):
        columns.append(_Packed(body, place, count))
        place = columns[-1].end
    if any(columns[FLAGS][row] & _FOUR != _FOUR for row in (0, count - 1)):
        return span(unpack(body, number).values()), count
    midnights = [localday.midnight(first_day(number) + columns[DAY][row]) for row in (0, count - 1)]
    values = [columns[first][0] for first, _ in _PAIRS] + [columns[first].total() + columns[last].total() for first, last in _PAIRS]
    at = [columns[3][0], columns[5][0], columns[7][count - 1], columns[9][count - 1]]
    times = [midnights[0] + at[0], midnights[0] + at[0] + at[1], midnights[1] + at[2], midnights[1] + at[2] + at[3]]
    highest = _highest(columns, count, number)
    return Ends(values[0], times[0], values[1], times[1], values[2], times[2], values[3], times[3], *highest), count


class _Packed:
    """One column of a packed month, a value at a time or summed."""

    __slots__ = ("begin", "body", "count", "end", "low", "size")

    def __init__(self, body: bytes, place: int, count: int) -> None:
        self.body, self.count, self.size, low_size = body, count, body[place] & 15, body[place] >> 4
        self.begin = place + 1 + low_size
        self.low = int.from_bytes(body[place + 1 : self.begin], "little", signed=True)
        self.end = self.begin + count * self.size

    def __getitem__(self, row: int) -> int:
        at = self.begin + row * self.size
        return self.low + int.from_bytes(self.body[at : at + self.size], "little")

    def total(self) -> int:
        """Byte by byte over all rows: each plane of bytes is summed at once."""
        planes = (sum(self.body[self.begin + plane : self.end : self.size]) << 8 * plane for plane in range(self.size))
        return self.low * self.count + sum(planes)


def _highest(columns: list[_Packed], count: int, number: int) -> tuple[int, int] | tuple[None, None]:
    known = [row for row in range(count) if columns[FLAGS][row] >> 4 & 1]
    if not known:
        return None, None
    row = max(known, key=lambda row: (columns[MAX_W][row], -row))
    return columns[MAX_W][row], localday.midnight(first_day(number) + columns[DAY][row]) + columns[MAX_AT][row]


def registers(bodies: Sequence[bytes], number: int) -> tuple[Table, Table]:
    """First and last register of each day of a month, of many meters at once: two tables, a row a body, a column a day of the month.

    MISSING where not known. The same as `unpack` says, in a fifteenth of the time. Raises ValueError for another version.
    """
    octets = np.frombuffer(b"".join(bodies) + bytes(8 * 32), np.uint8)
    starts = np.cumsum([0, *map(len, bodies[:-1])])
    if (octets[starts] != VERSION).any():
        raise ValueError(f"month version {int(octets[starts].max())} is not known")
    counts = octets[starts + 1].astype(np.int64)
    rows = {}
    places = starts + 2
    for row in range(LAST_WH + 1):
        sizes, low_sizes = octets[places] & 15, octets[places] >> 4
        begins = places + 1 + low_sizes
        if row in (DAY, FLAGS, FIRST_WH, LAST_WH):
            rows[row] = _signed(octets, places + 1, low_sizes)[:, None] + _distances(octets, begins, sizes, counts)
        places = begins + counts * sizes
    firsts, lasts = _registers(rows)
    return _by_day(rows, firsts, FIRST_WH, counts), _by_day(rows, lasts, LAST_WH, counts)


def _distances(octets: NDArray[np.uint8], begins: NDArray[np.int64], sizes: NDArray[np.uint8], counts: NDArray[np.int64]) -> Table:
    """The distances of one column of each body, in 31 columns; what lies beyond a body's days is to be left alone."""
    days = np.arange(int(counts.max()))
    found = np.zeros((len(begins), len(days)), np.int64)
    for size in np.unique(sizes).tolist():
        own = np.flatnonzero(sizes == size)
        at = begins[own, None] + days * size
        at[days >= counts[own, None]] = 0
        for octet in range(size):
            found[own] |= octets[at + octet].astype(np.int64) << (8 * octet)
    return found


def _signed(octets: NDArray[np.uint8], begins: NDArray[np.int64], sizes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Numbers of up to 8 bytes, the smallest first, with the sign in the highest bit."""
    found = np.zeros(len(begins), np.int64)
    for size in np.unique(sizes).tolist():
        own = np.flatnonzero(sizes == size)
        for octet in range(size):
            found[own] |= octets[begins[own] + octet].astype(np.int64) << (8 * octet)
        if 0 < size < 8:
            found[own] -= (found[own] >> (8 * size - 1)) << (8 * size)
    return found


def _registers(rows: dict[int, Table]) -> tuple[Table, Table]:
    """From differences to the value before to registers."""
    lasts = np.cumsum(rows[FIRST_WH] + rows[LAST_WH], axis=1)
    return lasts - rows[LAST_WH], lasts


def _by_day(rows: dict[int, Table], values: Table, row: int, counts: NDArray[np.int64]) -> Table:
    known = (rows[FLAGS] >> _VALUES.index(row) & 1).astype(bool) & (np.arange(values.shape[1]) < counts[:, None])
    found = np.full((len(counts), 31), MISSING)
    body, place = np.nonzero(known)
    found[body, rows[DAY][body, place]] = values[body, place]
    return found


def closing(body: bytes, number: int) -> tuple[int, ...]:
    """The last day of a packed month alone: day, first register and its time, last register and its time, last balance and its time,
    `estimated`; MISSING where not known. The same as `unpack` says, in a small part of the time. Raises ValueError for another version.
    """
    if body[0] != VERSION:
        raise ValueError(f"month version {body[0]} is not known")
    count, place = body[1], 2
    lasts, sums = [], [0] * MAX_W
    for row in range(MAX_W):
        size, low_size = body[place] & 15, body[place] >> 4
        begins = place + 1 + low_size
        low = int.from_bytes(body[place + 1 : begins], "little", signed=True)
        place = begins + count * size
        lasts.append(low + int.from_bytes(body[place - size : place], "little"))
        if row in _SUMMED:
            sums[row] = low * count + sum(int.from_bytes(body[at : at + size], "little") for at in range(begins, place, size or 1))
    day, flag = first_day(number) + lasts[DAY], lasts[FLAGS]
    midnight = localday.midnight(day)
    register, balance = sums[2] + sums[6], sums[4] + sums[8]
    register_at = midnight + lasts[7]
    values = (register - lasts[6], midnight + lasts[3], register, register_at, balance, register_at + lasts[9])
    known = [value if flag >> bit & 1 else MISSING for value, bit in zip(values, (0, 0, 2, 2, 3, 3), strict=True)]
    return day, *known, flag >> len(_VALUES)


def _ends(day: int, flag: int, values: list[int]) -> Ends:
    begins = localday.midnight(day)
    told: list[Any] = [None] * 10
    for bit in range(len(_VALUES)):
        if flag >> bit & 1:
            told[2 * bit], told[2 * bit + 1] = values[2 * bit], begins + values[2 * bit + 1]
    return Ends.of([*told, flag >> len(_VALUES)])


def table(days: dict[int, Ends]) -> Table:
    """The days of one meter as rows for `pack`."""
    rows = [
        [day, ends.estimated, *(MISSING if (value := getattr(ends, name)) is None else value for name in COLUMNS[:10])]
        for day, ends in sorted(days.items())
    ]
    return np.array(rows, np.int64).T
