"""What energy costs, and the lines of a bill.

Rates, rules and worked examples: the order of 29 February 2024 and the Power Division's statement of 26 November 2025, as noted
in the utility's tariff file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bijoli.core.tariff.model import PERMILLE, W_PER_KW, WH_PER_KWH, Line, Slab, Tariff, TariffError, half_up


def energy_lines(energy_wh: int, tariff: Tariff) -> tuple[Line, ...]:
    """A month's energy by the slabs. The lines add up to the rounded total: each is the difference of two rounded sums."""
    _known(energy_wh)
    return slab_lines(0, energy_wh, slabs_of(energy_wh, tariff))


def month_cost(energy_wh: int, tariff: Tariff) -> int:
    """What a month's energy costs so far, in paisa, without VAT and charges."""
    _known(energy_wh)
    return slab_cost(energy_wh, slabs_of(energy_wh, tariff))


def energy_cost(month_wh_before: int, energy_wh: int, tariff: Tariff) -> int:
    """How much a prepaid balance falls by `energy_wh` more in a month that stood at `month_wh_before`.

    Parts add up to the whole, however finely they are cut; the unit that loses the lifeline rate pays the difference for the month.
    """
    return month_cost(month_wh_before + energy_wh, tariff) - month_cost(month_wh_before, tariff)


def charge(
    energy_wh: int,
    tariff: Tariff,
    *,
    sanctioned_w: int,
    phases: int = 1,
    prepaid: bool = False,
    months: int = 1,
    times_wh: Mapping[str, int] | None = None,
) -> tuple[Line, ...]:
    """The lines of a bill: energy, demand charge, meter rent (postpaid: where the tariff has one), a prepaid meter's rebate, VAT.

    `times_wh` gives the energy by time of use instead of slabs and must add up to `energy_wh`. Where bills are rounded to more
    than a paisa, the last line is the rounding.
    """
    lines = energy_lines(energy_wh, tariff) if times_wh is None else time_lines(energy_wh, times_wh, tariff)
    return with_charges(lines, tariff, sanctioned_w=sanctioned_w, phases=phases, prepaid=prepaid, months=months)


def with_charges(
    energy: Sequence[Line], tariff: Tariff, *, sanctioned_w: int, phases: int, prepaid: bool, months: int = 1
) -> tuple[Line, ...]:
    """Energy lines and after them all that a bill has beside the energy."""
    lines = [*energy, Line("demand", demand_charge(tariff, sanctioned_w, months))]
    if prepaid:
        lines.append(Line("rent", meter_rent(tariff, phases, months)))
        lines.append(Line("rebate", -half_up(sum(line.paisa for line in energy) * tariff.rebate_permille, PERMILLE)))
    elif phases in tariff.rent_postpaid:
        lines.append(Line("rent", tariff.rent_postpaid[phases] * months))
    base = sum(line.paisa for line in lines if _vat_name(line) in tariff.vat_on)
    lines.append(Line("vat", half_up(base * tariff.vat_permille, PERMILLE)))
    total = sum(line.paisa for line in lines)
    if rounding := half_up(total, tariff.bill_step) * tariff.bill_step - total:
        lines.append(Line("rounding", rounding))
    return tuple(lines)


def demand_charge(tariff: Tariff, sanctioned_w: int, months: int = 1) -> int:
    """The charge for keeping `sanctioned_w` ready for so many months."""
    return half_up(tariff.demand * sanctioned_w * months, W_PER_KW)


def meter_rent(tariff: Tariff, phases: int, months: int = 1) -> int:
    """Rent of the utility's own prepaid meter. Raises TariffError where the tariff knows none for that meter."""
    if phases not in tariff.rent:
        raise TariffError(f"tariff {tariff.code} of {tariff.since} has no rent of a meter with {phases} phases")
    return tariff.rent[phases] * months


def late_fee(due_paisa: int, tariff: Tariff) -> int | None:
    """What an overdue postpaid bill of `due_paisa` grows by; None where the tariff does not know it."""
    return None if tariff.late_permille is None else half_up(due_paisa * tariff.late_permille, PERMILLE)


def slabs_of(energy_wh: int, tariff: Tariff) -> tuple[Slab, ...]:
    """The slabs that a month of so much energy is charged by: the lifeline alone while it holds."""
    lifeline = tariff.lifeline
    if lifeline and lifeline.upto_wh is not None and energy_wh <= lifeline.upto_wh:
        return (lifeline,)
    return tariff.slabs


def slab_cost(energy_wh: int, slabs: Sequence[Slab]) -> int:
    """The rounded cost of a month's energy by given slabs."""
    start = summed = 0
    for slab in slabs:
        end = energy_wh if slab.upto_wh is None else min(energy_wh, slab.upto_wh)
        if end <= start:
            break
        summed += (end - start) * slab.rate
        start = end
    return half_up(summed, WH_PER_KWH)


def slab_lines(from_wh: int, upto_wh: int, slabs: Sequence[Slab]) -> tuple[Line, ...]:
    """The energy between two positions of a month, a line for each slab; together the difference of the two rounded costs."""
    lines: list[Line] = []
    start = 0
    for slab in slabs:
        end = upto_wh if slab.upto_wh is None else min(upto_wh, slab.upto_wh)
        begin = max(start, from_wh)
        if end > begin:
            lines.append(Line("energy", slab_cost(end, slabs) - slab_cost(begin, slabs), end - begin, slab.rate))
        start = max(start, end)
    return tuple(lines)


def time_lines(energy_wh: int, times_wh: Mapping[str, int], tariff: Tariff) -> tuple[Line, ...]:
    """A line for each time of use. Raises ValueError where the parts are not the whole, TariffError for a time without a rate."""
    if sum(times_wh.values()) != energy_wh:
        raise ValueError(f"energy by time of use adds up to {sum(times_wh.values())} Wh, not {energy_wh} Wh")
    if unknown := set(times_wh) - set(tariff.times):
        raise TariffError(f"tariff {tariff.code} of {tariff.since} has no rate for {', '.join(sorted(unknown))}")
    return tuple(
        Line("energy", half_up(wh * tariff.times[time], WH_PER_KWH), wh, tariff.times[time], time) for time, wh in times_wh.items()
    )


def _vat_name(line: Line) -> str:
    return "energy" if line.name == "lifeline" else line.name


def _known(energy_wh: int) -> None:
    if energy_wh < 0:
        raise ValueError(f"a month's energy cannot be negative: {energy_wh} Wh")
