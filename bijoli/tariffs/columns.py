"""The tariff's slabs over columns: what a month's energy costs, for many meters of different classes at once.

The rule is core.tariff's; this is its arithmetic in numpy, held to it by a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from bijoli.core.tariff import Tariff, TariffBook

Ints = npt.NDArray[np.int64]

ENDLESS_WH = 10**12


@dataclass(frozen=True, slots=True)
class Costs:
    """Slab tables, one row a meter (or one a class): where each slab starts, how wide it is, and its rate; the lifeline (-1: none)."""

    tariffs: tuple[Tariff, ...]
    starts: Ints
    widths: Ints
    rates: Ints
    lifeline_wh: Ints
    lifeline_rate: Ints

    @classmethod
    def of(cls, book: TariffBook, codes: Sequence[str], day: date) -> Costs:
        """The tables of meters with these tariff classes, on a day."""
        by_code = {code: book.at(code, day) for code in set(codes)}
        tariffs = tuple(by_code[code] for code in codes)
        most = max(len(tariff.slabs) for tariff in by_code.values())
        tables = {code: _table(tariff, most) for code, tariff in by_code.items()}
        starts, widths, rates, lifeline = (np.array([tables[code][part] for code in codes], dtype=np.int64) for part in range(4))
        return cls(tariffs, starts, widths, rates, lifeline[:, 0], lifeline[:, 1])

    def month(self, rows: Ints, energy_wh: Ints) -> Ints:
        """What `energy_wh` since the month's first hour cost the meters of `rows`, in paisa (core.tariff.month_cost)."""
        inside = np.clip(energy_wh[:, None] - self.starts[rows], 0, self.widths[rows])
        cost = (inside * self.rates[rows]).sum(axis=1)
        kept = energy_wh <= self.lifeline_wh[rows]
        return np.asarray((np.where(kept, energy_wh * self.lifeline_rate[rows], cost) + 500) // 1000)


def _table(tariff: Tariff, slabs: int) -> tuple[list[int], list[int], list[int], list[int]]:
    ends = [ENDLESS_WH if slab.upto_wh is None else slab.upto_wh for slab in tariff.slabs]
    starts = [0, *ends[:-1]]
    empty = [0] * (slabs - len(ends))
    widths = [end - start for start, end in zip(starts, ends, strict=True)]
    lifeline = [tariff.lifeline.upto_wh or -1, tariff.lifeline.rate] if tariff.lifeline else [-1, 0]
    return starts + empty, widths + empty, [slab.rate for slab in tariff.slabs] + empty, lifeline
