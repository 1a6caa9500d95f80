"""A calendar month with its days: what each day costs, a bill over a change of the tariff, and where in the slabs it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, pairwise

from bijoli.core.tariff.charging import energy_cost, slab_cost, slab_lines, slabs_of, time_lines, with_charges
from bijoli.core.tariff.model import Line, Slab, Tariff, TariffBook


@dataclass(frozen=True, slots=True)
class Position:
    """Where a month stands. `slab` is the index in the tariff's slabs, None while the lifeline holds.

    Each kWh up to `upto_wh` costs `rate`, `left_wh` of them are left (0: the next one is dearer), then `next_rate`; all three are
    None in the last slab. `step_paisa` is what the crossing itself costs: the lost lifeline of the whole month, 0 at other edges.
    """

    slab: int | None
    rate: int
    from_wh: int
    upto_wh: int | None
    left_wh: int | None
    next_rate: int | None
    step_paisa: int


def slab_position(month_wh: int, tariff: Tariff) -> Position:
    """Where a month stands that has used `month_wh`. The unit at an edge still belongs to the slab below, as in "76 to 200"."""
    if month_wh < 0:
        raise ValueError(f"a month's energy cannot be negative: {month_wh} Wh")
    slabs = slabs_of(month_wh, tariff)
    index = _index(month_wh, slabs)
    slab = slabs[index]
    low = (slabs[index - 1].upto_wh or 0) if index else 0
    if slab.upto_wh is None:
        return Position(index, slab.rate, low, None, None, None, 0)
    after = tariff.slabs[_index(slab.upto_wh + 1, tariff.slabs)]
    holds = slabs is not tariff.slabs
    step = slab_cost(slab.upto_wh, tariff.slabs) - slab_cost(slab.upto_wh, slabs) if holds else 0
    return Position(None if holds else index, slab.rate, low, slab.upto_wh, slab.upto_wh - month_wh, after.rate, step)


def day_costs(days: Sequence[tuple[date, int]], book: TariffBook, code: str, month_wh_before: int = 0) -> list[int]:
    """The energy cost of each day in paisa; `days` are (day, Wh) of one calendar month, in order.

    Each day is charged at the tariff of that day, from where the month then stands. The days of one tariff add up, to the paisa,
    to the difference of two month costs. Raises ValueError for days of two months or out of order.
    """
    costs = []
    month_wh = month_wh_before
    for tariff, stretch in _stretches(days, book, code):
        for _, energy_wh in stretch:
            costs.append(energy_cost(month_wh, energy_wh, tariff))
            month_wh += energy_wh
    return costs


def month_lines(
    days: Sequence[tuple[date, int]],
    book: TariffBook,
    code: str,
    *,
    sanctioned_w: int,
    phases: int = 1,
    prepaid: bool = False,
    times: Sequence[Mapping[str, int]] | None = None,
) -> tuple[Line, ...]:
    """The lines of a month's bill from its days: energy by stretch of tariff and slab, then the charges, VAT last.

    `days` as in `day_costs`, the month's first one first; `times` gives each day's Wh by time of use, in step with them. Demand
    charge, rent, rebate and VAT go by the tariff of the first day: the utility's rule for a month with a change is not
    known, and a bill has one VAT. The energy lines add up to the day costs.
    """
    if not days:
        raise ValueError("a month needs its days")
    lines: list[Line] = []
    position = month_wh = 0
    for tariff, stretch in _stretches(days, book, code):
        energy_wh = sum(wh for _, wh in stretch)
        if times is None:
            new = _stretch_lines(month_wh, month_wh + energy_wh, tariff)
        else:
            new = time_lines(energy_wh, _summed(times[position : position + len(stretch)]), tariff)
        lines += [replace(line, since=stretch[0][0]) for line in new]
        position, month_wh = position + len(stretch), month_wh + energy_wh
    first = book.at(code, days[0][0])
    return with_charges(lines, first, sanctioned_w=sanctioned_w, phases=phases, prepaid=prepaid)


def _stretch_lines(from_wh: int, upto_wh: int, tariff: Tariff) -> tuple[Line, ...]:
    """The energy between two positions; where it loses the lifeline, what the units before it now cost more is a line of its own."""
    slabs = slabs_of(upto_wh, tariff)
    lines = slab_lines(from_wh, upto_wh, slabs)
    lost = slab_cost(from_wh, slabs) - slab_cost(from_wh, slabs_of(from_wh, tariff))
    return (*lines, Line("lifeline", lost)) if lost else lines


def _stretches(days: Sequence[tuple[date, int]], book: TariffBook, code: str) -> Iterator[tuple[Tariff, list[tuple[date, int]]]]:
    for (day, _), (later, _) in pairwise(days):
        if later <= day or (later.year, later.month) != (day.year, day.month):
            raise ValueError(f"{day} and {later} are not days of one month in order")
    dated = groupby(((book.at(code, day[0]), day) for day in days), key=lambda pair: pair[0].since)
    for _, pairs in dated:
        stretch = list(pairs)
        yield stretch[0][0], [day for _, day in stretch]


def _summed(parts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    names = sorted({name for part in parts for name in part})
    return {name: sum(part.get(name, 0) for part in parts) for name in names}


def _index(month_wh: int, slabs: Sequence[Slab]) -> int:
    return next(index for index, slab in enumerate(slabs) if slab.upto_wh is None or month_wh <= slab.upto_wh)
