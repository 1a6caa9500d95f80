"""How a prepaid recharge is split, and what leaves a balance when a month begins."""

from __future__ import annotations

from bijoli.core.money import TAKA
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


def least(tariff: Tariff, over: int, *, sanctioned_w: int, phases: int = 1, months_due: int = 1, arrears: int = 0) -> int:
    """The smallest recharge in whole taka, as paisa, that credits more than `over` paisa."""

    def enough(taka: int) -> bool:
        due = {"sanctioned_w": sanctioned_w, "phases": phases, "months_due": months_due, "arrears": arrears}
        return quote(taka * TAKA, tariff, **due).credited > over

    high = 1
    while not enough(high):
        high *= 2
    low = high // 2  # not enough, or 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high * TAKA


def turn_charges(tariff: Tariff, *, sanctioned_w: int, phases: int = 1) -> int:
    """Paisa that leave a prepaid balance at a month's turn: nothing where demand charge and rent go with the next recharge."""
    if tariff.charges_taken != "month":
        return 0
    return demand_charge(tariff, sanctioned_w) + meter_rent(tariff, phases)
