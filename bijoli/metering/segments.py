"""Raw readings, packed: some 13 bytes a reading as they come, some 6 once a meter's day lies together (`compact`).

A segment holds readings of one local day, sorted by meter and time, column by column. Each column is its differences from row to row (load
and flags are as they are), of those the distance to the smallest in the fewest bytes that hold it, the lowest bytes of all rows first; then
Zstandard. Exact: what was missing is missing again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from bijoli.metering import localday
from bijoli.metering.columns import MISSING, Ints

VERSION = 2
BLOCK = 4096  # segments are cut at these multiples of meter ids, so that one meter's graph reads little besides
GROUP = 64  # a finished day is cut at these: one meter's day is one segment of some 40 KB
WORTH_CUTTING = 32  # readings a piece, else a scattered batch stays in one piece
BALANCE_KNOWN, REGISTER_KNOWN, LOAD_KNOWN, GUESS, RELAY_SHIFT = 1, 2, 4, 8, 4  # bits of a flag
LEVEL = 3  # of Zstandard
_HEAD = struct.Struct("<BI")
_COLUMN = struct.Struct("<qB")
Piece = tuple[int, int, int, int, bytes]  # day, first meter, last meter, readings, body

# The rows of what is unpacked: one matrix of int64, a column a reading. AT is seconds since the day began; ARRIVAL orders readings of
# one meter and time by their coming (the id of the segment they came in).
METER, AT, BALANCE, REGISTER, LOAD, RELAY, ESTIMATED, ARRIVAL = range(8)
_STEPS = (METER, AT, BALANCE, REGISTER)  # kept as differences
Matrix = NDArray[np.int64]


def pack(rows: Matrix) -> bytes:
    """Rows sorted by meter and time. An ARRIVAL of 0 stands for the segment's own id."""
    flags = rows[RELAY] << RELAY_SHIFT | np.where(rows[ESTIMATED] != 0, GUESS, 0)
    columns = [rows[METER], rows[AT]]
    for column, bit in ((BALANCE, BALANCE_KNOWN), (REGISTER, REGISTER_KNOWN), (LOAD, LOAD_KNOWN)):
        known = rows[column] != MISSING
        flags |= np.where(known, bit, 0)
        columns.append(_filled(rows[column], known))
    columns += [flags, rows[ARRIVAL]]
    packed = [_pack(np.diff(column, prepend=0) if place in _STEPS else column) for place, column in enumerate(columns)]
    return _HEAD.pack(VERSION, rows.shape[1]) + zstandard.ZstdCompressor(level=LEVEL).compress(b"".join(packed))


def _filled(column: Ints, known: NDArray[np.bool_]) -> Ints:
    """Missing values as the last known one before them: they cost next to nothing."""
    if known.all():
        return column
    last = np.maximum.accumulate(np.where(known, np.arange(len(column)), -1))
    return np.where(last < 0, 0, column[last])


def _pack(column: Ints) -> bytes:
    low = int(column.min())
    span = int(column.max()) - low
    size = next(size for size in (0, 1, 2, 3, 4, 8) if span < 1 << 8 * size)
    planes = np.ascontiguousarray((column - low).astype("<u8")).view(np.uint8).reshape(-1, 8)[:, :size].T
    return _COLUMN.pack(low, size) + planes.tobytes()


def unpack(body: bytes, own: int = 0) -> Matrix:
    """What was packed. `own` is the segment's id. Raises ValueError for another version."""
    version, count = _HEAD.unpack_from(body)
    if version == 1:
        return _first_version(body, count, own)
    if version != VERSION:
        raise ValueError(f"segment version {version} is not known")
    packed, place = zstandard.ZstdDecompressor().decompress(body[_HEAD.size :]), 0
    rows = np.empty((8, count), np.int64)
    for row in (METER, AT, BALANCE, REGISTER, LOAD, RELAY, ARRIVAL):
        column, place = _unpack(packed, place, count)
        rows[row] = np.cumsum(column) if row in _STEPS else column
    if not rows[ARRIVAL].any():
        rows[ARRIVAL] = own
    return _flagged(rows)


def _unpack(packed: bytes, place: int, count: int) -> tuple[Ints, int]:
    low, size = _COLUMN.unpack_from(packed, place)
    place += _COLUMN.size
    wide = np.zeros((count, 8), np.uint8)
    wide[:, :size] = np.frombuffer(packed, np.uint8, size * count, place).reshape(size, count).T
    return wide.view("<i8")[:, 0] + low, place + size * count


def _flagged(rows: Matrix) -> Matrix:
    flags = rows[RELAY].copy()
    for column, bit in ((BALANCE, BALANCE_KNOWN), (REGISTER, REGISTER_KNOWN), (LOAD, LOAD_KNOWN)):
        rows[column][flags & bit == 0] = MISSING
    rows[RELAY], rows[ESTIMATED] = flags >> RELAY_SHIFT, flags & GUESS != 0
    return rows


def _first_version(body: bytes, count: int, own: int) -> Matrix:
    """Meters as differences, all else as it was, in 0, 1, 2, 4 or 8 bytes a value; not compressed. No longer written."""
    (first,) = struct.unpack_from("<q", body, _HEAD.size)
    rows, place = np.empty((8, count), np.int64), _HEAD.size + 8
    for row in (METER, AT, BALANCE, REGISTER, LOAD, RELAY):
        low, size = _COLUMN.unpack_from(body, place)
        place += _COLUMN.size
        rows[row] = np.frombuffer(body, f"<u{size}", count, place).astype(np.int64) + low if size else low
        place += size * count
    rows[METER], rows[ARRIVAL] = first + np.cumsum(rows[METER]), own
    return _flagged(rows)


def cut(meters: NDArray[Any], days: NDArray[Any], at: Ints, values: list[NDArray[Any]]) -> Iterator[Piece]:
    """A batch as segments: one for each day, and for each block of meters where that leaves pieces of a useful size.

    `values` are balance, register, load, relay, estimated. Rows come sorted by meter and time.
    """
    for day in np.unique(days).tolist():
        chosen = np.flatnonzero(days == day)
        rows = _matrix(meters[chosen], at[chosen] - localday.midnight(day), [column[chosen] for column in values])
        edges = np.flatnonzero(np.diff(rows[METER] // BLOCK)) + 1
        worth = len(chosen) >= WORTH_CUTTING * (len(edges) + 1)
        for piece in np.split(rows, edges, axis=1) if worth else [rows]:
            yield day, int(piece[METER, 0]), int(piece[METER, -1]), piece.shape[1], pack(piece)


def _matrix(meters: NDArray[Any], seconds: Ints, values: list[NDArray[Any]]) -> Matrix:
    rows = np.zeros((8, len(meters)), np.int64)
    rows[METER], rows[AT] = meters, seconds
    for row, column in zip((BALANCE, REGISTER, LOAD, RELAY, ESTIMATED), values, strict=True):
        rows[row] = column
    return rows
