"""Raw readings, packed: some 16 bytes a reading, kept for the graphs.

A segment holds readings of one local day, sorted by meter and time, column by column. Each column is its smallest value and the
differences to it in the fewest bytes that hold them; meters are differences to the one before. Exact: what was missing is missing again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bijoli.metering import localday
from bijoli.metering.columns import MISSING, Ints

VERSION = 1
BLOCK = 4096  # segments are cut at these multiples of meter ids, so that one meter's graph reads little besides
WORTH_CUTTING = 32  # readings a piece, else a scattered batch stays in one piece
BALANCE, REGISTER, LOAD, ESTIMATED, RELAY_SHIFT = 1, 2, 4, 8, 4  # bits of a flag
_HEAD = struct.Struct("<BI")
_COLUMN = struct.Struct("<qB")
Piece = tuple[int, int, int, int, bytes]  # day, first meter, last meter, readings, body


def pack(meters: Ints, seconds: Ints, balance: Ints, register: Ints, load: Ints, relay: Ints, estimated: Ints) -> bytes:
    """Columns of equal length, sorted by meter. `seconds` are since the day began."""
    values = [(balance, BALANCE), (register, REGISTER), (load, LOAD)]
    flags = relay.astype(np.int64) << RELAY_SHIFT | np.where(estimated, ESTIMATED, 0)
    for column, bit in values:
        flags |= np.where(column != MISSING, bit, 0)
    steps = np.diff(meters, prepend=meters[:1])
    columns = [_pack(steps), _pack(seconds), *(_pack(_filled(column)) for column, _ in values), _pack(flags)]
    return b"".join([_HEAD.pack(VERSION, len(meters)), struct.pack("<q", int(meters[0])), *columns])


def _filled(column: Ints) -> Ints:
    """Missing values as the smallest known one: they cost no width."""
    known = column[column != MISSING]
    return np.where(column == MISSING, known.min() if len(known) else 0, column)


def _pack(column: Ints) -> bytes:
    low = int(column.min())
    span = int(column.max()) - low
    size = next(size for size in (0, 1, 2, 4, 8) if span < 1 << 8 * size)
    return _COLUMN.pack(low, size) + ((column - low).astype(f"<u{size}").tobytes() if size else b"")


def unpack(body: bytes) -> list[Ints]:
    """meters, seconds, balance, register, load, relay, estimated. Raises ValueError for another version."""
    version, count = _HEAD.unpack_from(body)
    if version != VERSION:
        raise ValueError(f"segment version {version} is not known")
    (first,) = struct.unpack_from("<q", body, _HEAD.size)
    columns, place = [], _HEAD.size + 8
    for _ in range(6):
        column, place = _unpack(body, place, count)
        columns.append(column)
    steps, seconds, balance, register, load, flags = columns
    for column, bit in ((balance, BALANCE), (register, REGISTER), (load, LOAD)):
        column[flags & bit == 0] = MISSING
    return [first + np.cumsum(steps), seconds, balance, register, load, flags >> RELAY_SHIFT, flags & ESTIMATED != 0]


def _unpack(body: bytes, place: int, count: int) -> tuple[Ints, int]:
    low, size = _COLUMN.unpack_from(body, place)
    place += _COLUMN.size
    if not size:
        return np.full(count, low, np.int64), place
    return np.frombuffer(body, f"<u{size}", count, place).astype(np.int64) + low, place + size * count


def cut(meters: NDArray[Any], days: NDArray[Any], at: Ints, values: list[NDArray[Any]]) -> Iterator[Piece]:
    """A batch as segments: one for each day, and for each block of meters where that leaves pieces of a useful size.

    `values` are balance, register, load, relay, estimated. Rows come sorted by meter and time.
    """
    for day in np.unique(days).tolist():
        rows = np.flatnonzero(days == day)
        blocks = meters[rows] // BLOCK
        edges = np.flatnonzero(np.diff(blocks)) + 1
        pieces = np.split(rows, edges) if len(rows) >= WORTH_CUTTING * (len(edges) + 1) else [rows]
        for piece in pieces:
            own = meters[piece].astype(np.int64)
            seconds = at[piece] - localday.midnight(day)
            body = pack(own, seconds, *(column[piece] for column in values))
            yield day, int(own[0]), int(own[-1]), len(piece), body
