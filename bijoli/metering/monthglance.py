"""What pages and nightly rounds want of packed months, read without unpacking each day: the whole, the last day, the registers of many.

Each is held to `monthbody.unpack` by a test.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bijoli.metering import localday
from bijoli.metering.columns import MISSING
from bijoli.metering.ends import Ends, span
from bijoli.metering.monthbody import (
    DAY,
    FIRST_WH,
    FLAGS,
    LAST_WH,
    MAX_AT,
    MAX_W,
    PAIRS,
    VALUES,
    VERSION,
    WIDTH,
    Table,
    first_day,
    unpack,
)

_FOUR = 15  # flags of a day of which registers and balances are known


def whole(body: bytes, number: int) -> tuple[Ends, int]:
    """The month as one stretch (`ends.span` of what `unpack` gives) and how many of its days are known; some ten times as fast.

    Raises ValueError for another version.
    """
    columns, count = _columns(body)
    if any(columns[FLAGS][row] & _FOUR != _FOUR for row in (0, count - 1)):
        return span(unpack(body, number).values()), count
    midnights = [localday.midnight(first_day(number) + columns[DAY][row]) for row in (0, count - 1)]
    values = [columns[first][0] for first, _ in PAIRS] + [columns[first].total() + columns[last].total() for first, last in PAIRS]
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
    known = (rows[FLAGS] >> VALUES.index(row) & 1).astype(bool) & (np.arange(values.shape[1]) < counts[:, None])
    found = np.full((len(counts), 31), MISSING)
    body, place = np.nonzero(known)
    found[body, rows[DAY][body, place]] = values[body, place]
    return found


def closing(body: bytes, number: int) -> tuple[int, ...]:
    """The last day of a packed month alone: day, first register and its time, last register and its time, last balance and its time,
    `estimated`; MISSING where not known. The same as `unpack` says, in a small part of the time. Raises ValueError for another version.
    """
    columns, count = _columns(body)
    last = [column[count - 1] for column in columns]
    register, balance = (columns[first].total() + columns[end].total() for first, end in PAIRS)
    day, flag = first_day(number) + last[DAY], last[FLAGS]
    midnight = localday.midnight(day)
    register_at = midnight + last[LAST_WH + 1]
    values = (register - last[LAST_WH], midnight + last[FIRST_WH + 1], register, register_at, balance, register_at + last[9])
    known = [value if flag >> bit & 1 else MISSING for value, bit in zip(values, (0, 0, 2, 2, 3, 3), strict=True)]
    return day, *known, flag >> len(VALUES)


def _columns(body: bytes) -> tuple[list[_Packed], int]:
    """The columns of a month and how many days it has. Raises ValueError for another version."""
    if body[0] != VERSION:
        raise ValueError(f"month version {body[0]} is not known")
    columns: list[_Packed] = []
    for _ in range(WIDTH):
        columns.append(_Packed(body, columns[-1].end if columns else 2, body[1]))
    return columns, body[1]
