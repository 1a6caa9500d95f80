"""How a prepaid recharge is split, and what leaves a balance when a month begins."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from bijoli.core.tariff.charging import demand_charge, meter_rent
from bijoli.core.tariff.model import PERMILLE, Quote, Tariff, half_up


def quote(gross: int, tariff: Tariff, *, sanctioned_w: int, phases: int = 1, months_due: int = 1, arrears: int = 0) -> Quote:
    """Splits a recharge of `gross` paisa: VAT is inside it, `months_due` of demand charge and rent and arrears come off,
    the rebate is on what is left for energy. `months_due` is 0 from a month's second recharge on, and counts as 0 where the
    charges leave the balance at the month's turn."""
    if tariff.charges_taken != "recharge":
        months_due = 0
    vat = half_up(gross * tariff.vat_permille, PERMILLE + tariff.vat_permille)
    demand = demand_charge(tariff, sanctioned_w, months_due)
    rent = meter_rent(tariff, phases, months_due) if months_due else 0
    energy = gross - vat - demand - rent - arrears
    rebate = half_up(max(energy, 0) * tariff.rebate_permille, PERMILLE)
    return Quote(gross, vat, demand, rent, arrears, rebate, energy + rebate)


def least_gross(
    credited: int, tariff: Tariff, amounts: Sequence[int], *, sanctioned_w: int, phases: int = 1, months_due: int = 1, arrears: int = 0
) -> int | None:
    """The smallest of the ascending `amounts` that leaves at least `credited` paisa for energy; None where none does."""

    def leaves(gross: int) -> int:
        return quote(gross, tariff, sanctioned_w=sanctioned_w, phases=phases, months_due=months_due, arrears=arrears).credited

    place = bisect_left(amounts, credited, key=leaves)
    return amounts[place] if place < len(amounts) else None


def turn_charges(tariff: Tariff, *, sanctioned_w: int, phases: int = 1) -> int:
    """Paisa that leave a prepaid balance at a month's turn: nothing where demand charge and rent go with the next recharge."""
    if tariff.charges_taken != "month":
        return 0
    return demand_charge(tariff, sanctioned_w) + meter_rent(tariff, phases)
