"""Each reading once: what came several times for one meter and time becomes one value of each kind, by the rule of the wire.

The first that came wins, and a known value goes before an estimated one. That holds for each value by itself: a reading may hold one and
not the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bijoli.metering.columns import MISSING
from bijoli.metering.segments import ARRIVAL, AT, BALANCE, ESTIMATED, LOAD, METER, REGISTER, RELAY, Matrix

UNTOLD = {BALANCE: MISSING, REGISTER: MISSING, LOAD: MISSING, RELAY: 0}
Mask = NDArray[np.bool_]


def once(rows: Matrix) -> Matrix:
    """Sorted by meter and time, each value once; a row that holds nothing new is dropped. May be repeated: the same comes out.

    Rows of one meter and time remain two where an estimate tells what the known one does not.
    """
    rows = rows[:, np.argsort((rows[METER] << 32) + rows[AT], kind="stable")]
    begins = _begins(rows)
    if begins.all():
        return rows
    group = np.cumsum(begins, dtype=np.int64)
    rows = rows[:, np.lexsort((rows[ARRIVAL], rows[ESTIMATED], group))]
    tells = np.zeros(len(group), bool)
    for row, untold in UNTOLD.items():
        known = rows[row] != untold
        first = _first(known, group)
        rows[row][known & ~first] = untold
        tells |= first
    return rows[:, tells | _first(~np.isin(group, group[tells]), group)]


def _begins(rows: Matrix) -> Mask:
    begins = np.ones(rows.shape[1], bool)
    begins[1:] = (np.diff(rows[METER]) != 0) | (np.diff(rows[AT]) != 0)
    return begins


def _first(chosen: Mask, group: NDArray[np.int64]) -> Mask:
    """Of the chosen rows the first of each group."""
    places = np.flatnonzero(chosen)
    found = np.zeros(len(chosen), bool)
    found[places[np.flatnonzero(np.diff(group[places], prepend=-1))]] = True
    return found
