"""What homes used day by day and since their month began, across exchanges of their meters, as tables: a row a home, a column a day.

A row of registers (`history`) belongs to a meter; a stay is that row while the meter stood at the home. Unknown is MISSING, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bijoli.insight.history import Registers, Table
from bijoli.metering.columns import MISSING
from bijoli.metering.usage import ROLL_SHARE, ROLLS_WH

SILENT = 62  # days that a meter may have been silent when a month begins, as in metering.usage
Vector = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stay:
    """A meter at a home between two local days, both inclusive. `home` is the place of the home among those asked for."""

    home: int
    meter: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Month:
    """Of each home: the register that its meter would have shown when the month began, had it stood there all the month; Wh used since."""

    begins: Vector
    used: Vector


class Stays:
    """The stays of some homes: first the one that lasts of each home, in their order, then those that ended."""

    def __init__(self, found: Registers, standing: Sequence[Stay], former: Sequence[Stay] = ()) -> None:
        self.standing, self.former, self.since = standing, former, found.since
        stays = [*standing, *former]
        rows = np.searchsorted(found.meters, [stay.meter for stay in stays])
        self.firsts, self.lasts = found.firsts[rows], found.lasts[rows]
        days = np.arange(self.lasts.shape[1]) + found.since
        begins, ends = np.array([stay.first for stay in stays]), np.array([stay.last for stay in stays])
        outside = (days < begins[:, None]) | (days > ends[:, None])
        self.firsts[outside] = self.lasts[outside] = MISSING
        self.begins = begins - found.since

    def daily(self) -> Table:
        """Wh of each home's whole days; the first column, and a day on which a first meter came, are never known."""
        energy = np.full_like(self.lasts, MISSING)
        energy[:, 1:] = rise(self.lasts[:, :-1], self.lasts[:, 1:])
        came = np.flatnonzero((self.begins >= 0) & (self.begins < energy.shape[1]))
        energy[came, self.begins[came]] = rise(self.firsts[came, self.begins[came]], self.lasts[came, self.begins[came]])
        homes = energy[: len(self.standing)].copy()
        exchanged = {stay.home for stay in self.former}
        for home in came[came < len(self.standing)].tolist():
            if home not in exchanged:
                homes[home, self.begins[home]] = MISSING
        for place, stay in enumerate(self.former, len(self.standing)):
            _add(homes[stay.home], energy[place], max(0, self.begins[place]), stay.last - self.since)
        return homes

    def month(self, month_first: int) -> Month:
        """How each home's month stands, which began on that local day."""
        column = month_first - self.since
        starts = self._starts(column)
        ends, used = self._used(starts, column)
        found = np.where((ends == MISSING) | (used == MISSING), MISSING, ends - used)[: len(self.standing)]
        for place, stay in enumerate(self.former, len(self.standing)):
            if stay.last >= month_first and found[stay.home] != MISSING:
                found[stay.home] = MISSING if used[place] == MISSING else found[stay.home] - used[place]
        return Month(found, np.where(found == MISSING, MISSING, ends[: len(self.standing)] - found))

    def _starts(self, column: int) -> Vector:
        """Where each stay's count of the month begins: its last register before, else its first of the month's first day or of the stay."""
        starts = _last_known(self.lasts[:, max(0, column - SILENT) : column])
        places = np.clip(np.maximum(self.begins, column), 0, self.firsts.shape[1] - 1)
        came = self.begins > column
        firsts = np.where(came, _first_known(self.firsts[:, column:]), self.firsts[np.arange(len(starts)), places])
        return np.where(starts == MISSING, firsts, starts)

    def _used(self, starts: Vector, column: int) -> tuple[Vector, Vector]:
        """The last register of each stay, and what it rose by since its start."""
        seen = _filled(np.concatenate([starts[:, None], self.lasts[:, column:]], axis=1))
        rises = rise(seen[:, :-1], seen[:, 1:])
        known = (starts != MISSING) & (rises != MISSING).all(axis=1)
        return seen[:, -1], np.where(known, np.where(rises == MISSING, 0, rises).sum(axis=1), MISSING)


def rise(before: Table, after: Table) -> Table:
    """By how much registers rose, also over their top; MISSING where either is not known or a fall has another reason."""
    known = (before != MISSING) & (after != MISSING)
    risen = np.where(known, after, 0) - np.where(known, before, 0)
    fallen = known & (risen < 0)
    if fallen.any():
        for roll in ROLLS_WH:
            rolled = fallen & (before >= roll - roll // ROLL_SHARE) & (before < roll) & (after < roll // ROLL_SHARE)
            risen[rolled] += roll
        known &= risen >= 0
    return np.where(known, risen, MISSING)


def _add(home: Vector, other: Vector, first: int, last: int) -> None:
    """What another meter counted of the same home's days; of a day that both know in part the sum, where both know it."""
    for day in range(first, min(last, len(home) - 1) + 1):
        if home[day] == MISSING or other[day] == MISSING:
            home[day] = other[day] if day < last else MISSING
        else:
            home[day] += other[day]


def _last_known(values: Table) -> Vector:
    return _filled(values)[:, -1] if values.shape[1] else np.full(len(values), MISSING)


def _first_known(values: Table) -> Vector:
    return _last_known(values[:, ::-1])


def _filled(values: Table) -> Any:
    """Each value, or the last known one before it."""
    places = np.maximum.accumulate(np.where(values != MISSING, np.arange(values.shape[1]), 0), axis=1)
    return np.take_along_axis(values, places, axis=1)
