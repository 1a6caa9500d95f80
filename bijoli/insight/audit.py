"""The nightly look at all prepaid meters: which of the last days' balances moved by more than a taka that nothing explains.

The arithmetic is that of `explanations`, over columns: a row a meter, a column a day. What cannot be told for sure is counted as
unknown and never as unexplained. The last days are looked at again each night, since late readings correct them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from numpy.typing import NDArray

from bijoli.core.explain import flat
from bijoli.core.tariff import TariffBook, turn_charges
from bijoli.core.turns import NEAR
from bijoli.insight import auditrows
from bijoli.insight.auditrows import Days, Homes
from bijoli.insight.models import Looked, Unexplained
from bijoli.metering import localday
from bijoli.metering.columns import MISSING
from bijoli.metering.models import Meter
from bijoli.tariffs.columns import Costs
from bijoli.tariffs.reads import book

BLOCK = 20_000  # meters of one transaction
AGAIN = 7  # days that are looked at each night
WHOLE_DAYS = 40  # that stay as they were looked at, block by block
FOLDED = -1  # the block of a month's row
_FOLD = """
WITH gone AS (DELETE FROM insight_looked WHERE day < %(before)s AND block <> %(folded)s RETURNING day, division, tariff, meters, unknown)
INSERT INTO insight_looked (day, block, division, tariff, meters, unknown)
SELECT date_trunc('month', date '1970-01-01' + day)::date - date '1970-01-01', %(folded)s, division, tariff, sum(meters), sum(unknown)
FROM gone GROUP BY 1, division, tariff
ON CONFLICT (day, block, division, tariff) DO UPDATE
SET meters = insight_looked.meters + excluded.meters, unknown = insight_looked.unknown + excluded.unknown"""
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def look(now: datetime, reached: int, go_on: Callable[[], bool]) -> int | None:
    """A stretch of the round, from the block `reached` on. Returns how many blocks are done, None at the round's end."""
    last = Meter.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    today = localday.day(int(now.timestamp()))
    while reached * BLOCK <= last:
        if not go_on():
            return reached
        look_at(reached, today - AGAIN, today - 1, book())
        reached += 1
    fold(now)
    _drop_old(now)
    return None


def _drop_old(now: datetime) -> None:
    if settings.HISTORY_YEARS > 0:
        oldest = localday.day(int((now - timedelta(days=366 * settings.HISTORY_YEARS)).timestamp()))
        Unexplained.objects.filter(day__lt=oldest).delete()
        Looked.objects.filter(day__lt=oldest).delete()


def fold(now: datetime) -> None:
    """What is not looked at any more becomes one row a month, division and tariff, on the month's first day: pages add up months."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, {"before": localday.day(int(now.timestamp())) - WHOLE_DAYS, "folded": FOLDED})


def look_at(block: int, first: int, last: int, rates: TariffBook) -> None:
    """The meters of one block, the local days `first` to `last`: what was found before of them is replaced."""
    homes = auditrows.homes(block * BLOCK, (block + 1) * BLOCK - 1, rates.codes(localday.calendar(first - 1)))
    with transaction.atomic():
        auditrows.forget(block, block * BLOCK, (block + 1) * BLOCK - 1, first, last)
        if len(homes.meters):
            days = auditrows.days(homes, first - 1, last)
            found = remainders(homes, days, rates)
            auditrows.keep(block, homes, days, found)


def remainders(homes: Homes, days: Days, rates: TariffBook) -> Ints:
    """What is left over of each meter's day (the first column is only the one before), MISSING where that cannot be told."""
    sums = _Sums(homes, days, rates)
    found = np.full(days.paisa.shape, MISSING)
    for column in range(1, days.paisa.shape[1]):
        found[:, column] = sums.day(column)
    return found


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Of each meter the way from one exact point to the next: columns of both, and whether there is one."""

    start: Ints
    known: Bools


class _Sums:
    """One block's arithmetic."""

    def __init__(self, homes: Homes, days: Days, rates: TariffBook) -> None:
        self.homes, self.days, self.rates = homes, days, rates
        self.rows = np.arange(len(homes.meters))
        self.codes, kinds = np.unique(homes.tariffs, return_inverse=True)
        self.kinds = np.asarray(kinds, np.int64)  # of each meter the place of its tariff in `codes`
        self.sound = (days.paisa != MISSING) & (days.wh != MISSING) & (days.paisa_at == days.wh_at) & ~days.estimated
        self.sound &= days.paisa_at >= homes.since[:, None]
        self._costs: dict[tuple[Any, ...], Costs] = {}

    def day(self, column: int) -> Ints:
        """The remainder at the end of one day."""
        days, rows = self.days, self.rows
        stretch = self._stretch(column)
        start = stretch.start
        cost, known = self._energy(column, stretch)
        moved = days.paisa[:, column] - days.paisa[rows, start]
        left = moved + cost + self._charges(column, start) - self._credited(column, start)
        return np.where(known, left, MISSING)

    def _stretch(self, column: int) -> _Stretch:
        """The latest exact point before this day's."""
        before = np.where(self.sound[:, :column], np.arange(column), -1).max(axis=1)
        known = self.sound[:, column] & (before >= 0)
        return _Stretch(np.maximum(before, 0), known & (self.days.wh[:, column] >= self.days.wh[self.rows, np.maximum(before, 0)]))

    def _energy(self, column: int, stretch: _Stretch) -> tuple[Ints, Bools]:
        """What the energy took, and where that is known: the month's part of this day, and the part before its turn."""
        days, rows = self.days, self.rows
        begin, end = days.wh[rows, stretch.start], days.wh[:, column]
        costs, month = self._table(column), days.month[column]
        base, placed = days.base(month)
        placed = placed | self._flat(costs)
        turned = (days.month[stretch.start] != month) & (base != MISSING)
        cut = np.where(turned, np.clip(base, begin, end), begin)
        cost = self._cost(costs, base, cut, end)
        known = stretch.known & (placed & (base != MISSING) & (cut >= base) | self._flat(costs) | (begin == end))
        early = np.flatnonzero(turned & (cut > begin))
        if len(early):
            before = self._table(column - 1)
            old_base, old_placed = days.base(month - 1)
            cost[early] += self._cost(before, old_base, begin, cut)[early]
            known[early] &= (old_placed & (begin >= old_base) | self._flat(before))[early]
        return cost, known & self._one_tariff(column, stretch.start)

    def _cost(self, costs: Costs, base: Ints, begin: Ints, end: Ints) -> Ints:
        """By position in the month; where that is not known, as if it had begun now (right for those with one rate)."""
        base = np.where((base == MISSING) | (base > begin), begin, base)
        return costs.month(self.kinds, end - base) - costs.month(self.kinds, begin - base)

    def _table(self, column: int) -> Costs:
        """The tariffs of a day; one table for as long as none changes."""
        day = localday.calendar(self.days.first + column)
        key = tuple(self.rates.at(code, day).since for code in self.codes)
        if key not in self._costs:
            self._costs[key] = Costs.of(self.rates, [str(code) for code in self.codes], day)
        return self._costs[key]

    def _flat(self, costs: Costs) -> Bools:
        """Which meters have one rate for all units."""
        return np.array([flat(tariff) for tariff in costs.tariffs])[self.kinds]

    def _one_tariff(self, column: int, start: Ints) -> Bools:
        """Whether a day's energy has one tariff: none began on it, or just before it the register was told; and no day is joined to it."""
        midnight = localday.midnight(self.days.first + column)
        found = np.ones(len(self.rows), bool)
        if self._table(column) is not self._table(column - 1):
            found &= midnight - self.days.wh_at[self.rows, start] <= NEAR
        if self._table(column) is not self._table(0):
            found &= start == column - 1
        return found

    def _credited(self, column: int, start: Ints) -> Ints:
        paid, days = self.days.credits, self.days
        row = paid.rows
        inside = (paid.at > days.paisa_at[row, start[row]]) & (paid.at <= days.paisa_at[row, column])
        return np.bincount(row[inside], paid.paisa[inside], len(self.rows)).astype(np.int64)

    def _charges(self, column: int, start: Ints) -> Ints:
        """What leaves a balance at the month's turn, where the tariff takes it so."""
        found = np.zeros(len(self.rows), np.int64)
        costs = self._table(column)
        for row in np.flatnonzero(self.days.month[start] != self.days.month[column]).tolist():
            tariff = costs.tariffs[self.kinds[row]]
            if tariff.charges_taken == "month":
                found[row] = turn_charges(tariff, sanctioned_w=int(self.homes.load_w[row]), phases=int(self.homes.phases[row]))
        return found
