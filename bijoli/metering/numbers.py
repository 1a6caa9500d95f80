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
REFETCH = 2_000  # more new numbers than this in one batch: fetch all again

_lock = threading.Lock()
_known: tuple[Ints, NDArray[np.int32]] | None = None  # numbers ascending, ids beside them; replaced, never changed


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
    known, dense = _known or _fetch()
    if not len(known):
        return np.full(len(numbers), -1, np.int32)
    place = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.where(known[place] == numbers, dense[place], np.int32(-1))


def _fetch() -> tuple[Ints, NDArray[np.int32]]:
    global _known
    with _lock, binary.cursor() as cursor:
        cursor.execute(_ALL, binary=True)
        _known = _sorted(np.array(cursor.fetchall(), np.int64).reshape(-1, 2))
        return _known


def _learn(missing: Ints) -> bool:
    """Asks the database for numbers that are not in memory. Returns whether any was found."""
    global _known
    with binary.cursor() as cursor:
        cursor.execute(_SOME, [[f"{number:012d}" for number in missing.tolist()]], binary=True)
        new = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    if len(new) > REFETCH:
        _fetch()
    elif len(new):
        with _lock:
            known, dense = _known or (np.empty(0, np.int64), np.empty(0, np.int32))
            fresh = new[~np.isin(new[:, 0], known)]
            _known = _sorted(np.concatenate([np.column_stack([known, dense]), fresh]))
    return len(new) > 0


def _sorted(pairs: Ints) -> tuple[Ints, NDArray[np.int32]]:
    order = np.argsort(pairs[:, 0], kind="stable")
    return np.ascontiguousarray(pairs[order, 0]), pairs[order, 1].astype(np.int32)
