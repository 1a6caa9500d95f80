"""From meter numbers to their dense ids, a whole column at once.

A sorted array of all numbers is kept in memory (12 bytes a meter), made once a process. Meters are never removed and never renamed, so
only a number that is not in it needs the database: it may have been loaded since.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from bijoli.metering import binary
from bijoli.metering.columns import Ints

_ALL = "SELECT m.number::bigint, m.id FROM metering_meter m JOIN metering_meterstate s ON s.meter_id = m.id"
_SOME = f"{_ALL} WHERE m.number = ANY(%s)"
# COPY's binary rows have one length here: a count of fields, and (length, value) pairs after it. Read as they lie, without a step a row.
_EVERY = f"COPY ({_ALL}) TO STDOUT (FORMAT binary)"
_ROW = np.dtype([("fields", ">i2"), ("size", ">i4"), ("number", ">i8"), ("id_size", ">i4"), ("id", ">i4")])
_HEAD, _TRAILER = 19, 2  # bytes: signature, flags, length of an extension; and the end's mark
REFETCH = 2_000  # more new numbers than this in one batch: fetch all again

Known = tuple[Ints, NDArray[np.int32]]
_lock = threading.Lock()
_known: Known | None = None  # numbers ascending, ids beside them; replaced, never changed


def ids(numbers: Ints) -> NDArray[np.int32]:
    """The id of each number, -1 where there is no such meter."""
    found = _look(numbers)
    missing = np.unique(numbers[found < 0])
    if len(missing) and _learn(missing):
        found = _look(numbers)
    return found


def forget() -> None:
    """Start anew, as after a database was put back to an earlier state."""
    global _known
    with _lock:
        _known = None


def _look(numbers: Ints) -> NDArray[np.int32]:
    known, dense = _known or _fetch(None)
    if not len(known):
        return np.full(len(numbers), -1, np.int32)
    place = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.where(known[place] == numbers, dense[place], np.int32(-1))


def _fetch(instead: Known | None) -> Known:
    """All numbers anew; but where another thread has done so since `instead` was seen, what that one found."""
    global _known
    with _lock:
        if _known is not None and _known is not instead:
            return _known
        with binary.cursor() as cursor, cursor.copy(_EVERY) as copy:
            body = b"".join(copy)
        rows = np.frombuffer(body[_HEAD:-_TRAILER], _ROW)
        _known = _sorted(rows["number"].astype(np.int64), rows["id"].astype(np.int32))
        return _known


def _learn(missing: Ints) -> bool:
    """Asks the database for numbers that are not in memory. Returns whether any was found."""
    global _known
    seen = _known
    with binary.cursor() as cursor:
        cursor.execute(_SOME, [[f"{number:012d}" for number in missing.tolist()]], binary=True)
        new = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    if len(new) > REFETCH:
        _fetch(seen)
    with _lock:
        known, dense = _known or (np.empty(0, np.int64), np.empty(0, np.int32))
        fresh = new[~np.isin(new[:, 0], known)]
        if len(fresh):  # none where all was just fetched
            _known = _sorted(np.concatenate([known, fresh[:, 0]]), np.concatenate([dense, fresh[:, 1].astype(np.int32)]))
    return len(new) > 0


def _sorted(numbers: Ints, dense: NDArray[np.int32]) -> Known:
    order = np.argsort(numbers, kind="stable")
    return numbers[order], dense[order]
