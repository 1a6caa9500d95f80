"""Energy and money by slabs, the quick way: what `core.tariff.energy_cost` says, without lines and without rounding."""

from __future__ import annotations

from bijoli.core.tariff import Tariff

WH_PER_KWH = 1000


def cost(month_wh: float, energy_wh: float, tariff: Tariff) -> float:
    """Paisa by which a balance falls for `energy_wh` more in a month that stands at `month_wh`."""
    return (_month(month_wh + energy_wh, tariff) - _month(month_wh, tariff)) / WH_PER_KWH


def afford(month_wh: float, paisa: float, tariff: Tariff) -> float:
    """Wh that `paisa` buys in a month that stands at `month_wh`: the other way round of `cost`."""
    total = _month(month_wh, tariff) + paisa * WH_PER_KWH
    lifeline = tariff.lifeline
    if lifeline and lifeline.upto_wh is not None and month_wh <= lifeline.upto_wh:
        by_lifeline = total / lifeline.rate
        if by_lifeline <= lifeline.upto_wh:
            return max(by_lifeline - month_wh, 0.0)
        return max(_reached(total, tariff), lifeline.upto_wh) - month_wh  # the first unit above costs the whole difference
    return max(_reached(total, tariff) - month_wh, 0.0)


def _month(month_wh: float, tariff: Tariff) -> float:
    """Thousandths of a paisa of a month's energy so far."""
    lifeline = tariff.lifeline
    if lifeline and lifeline.upto_wh is not None and month_wh <= lifeline.upto_wh:
        return month_wh * lifeline.rate
    start = total = 0.0
    for slab in tariff.slabs:
        if slab.upto_wh is None or month_wh <= slab.upto_wh:
            return total + (month_wh - start) * slab.rate
        total += (slab.upto_wh - start) * slab.rate
        start = slab.upto_wh
    return total


def _reached(total: float, tariff: Tariff) -> float:
    """Where a month stands that has cost `total` by the slabs."""
    start = 0.0
    for slab in tariff.slabs:
        price = (slab.upto_wh - start) * slab.rate if slab.upto_wh is not None else None
        if price is None or total <= price:
            return start + total / slab.rate if slab.rate else start
        total -= price
        start += price / slab.rate if slab.rate else 0.0
    return start
