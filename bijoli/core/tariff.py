"""What electricity costs: dated tariffs, their slabs, the lines of a bill, and how a prepaid recharge is split.

Energy is Wh, load W, money integer paisa rounded half up. Rates, rules and worked examples: the order of 29 February 2024
and the Power Division's statement of 26 November 2025, as noted in the utility's tariff file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from bijoli.core import money

WH_PER_KWH = 1000
PERMILLE = 1000
W_PER_KW = 1000


class TariffError(ValueError):
    """A tariff table that cannot be read, or a tariff that is asked for and not there; says where and what."""


@dataclass(frozen=True, slots=True)
class Slab:
    """One step of the month's energy: up to `upto_wh` (None: without end) each kWh costs `rate` paisa."""

    upto_wh: int | None
    rate: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """The rates of one class of customers from one day on.

    `lifeline` holds for a month that stays within it and is lost for the whole month by the first unit above. `times` are the
    rates by time of use, for meters that count so. `rent` is paisa a month by number of phases, prepaid meters only.
    """

    code: str
    name: Mapping[str, str]
    since: date
    slabs: tuple[Slab, ...]
    lifeline: Slab | None
    demand: int  # paisa for each kW of sanctioned load and month
    times: Mapping[str, int]
    vat_permille: int
    vat_on: frozenset[str]
    rebate_permille: int
    rent: Mapping[int, int]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `name` is energy, demand, rent, rebate or vat; energy lines tell their kWh (in Wh) and rate."""

    name: str
    paisa: int
    energy_wh: int | None = None
    rate: int | None = None
    time: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """How a recharge is split: credited = gross - vat - demand - rent - arrears + rebate."""

    gross: int
    vat: int
    demand: int
    rent: int
    arrears: int
    rebate: int
    credited: int

    @property
    def enough(self) -> bool:
        """Whether the amount pays the charges that are due; if not, it is to be refused."""
        return self.credited > 0


@dataclass(frozen=True, slots=True)
class TariffBook:
    """All tariffs of a utility, each from its day on."""

    tariffs: tuple[Tariff, ...]

    def at(self, code: str, day: date) -> Tariff:
        """The tariff of a class on a day. Raises TariffError where the book has none."""
        known = [tariff for tariff in self.tariffs if tariff.code == code]
        valid = [tariff for tariff in known if tariff.since <= day]
        if not valid:
            first = f", the first is of {min(tariff.since for tariff in known)}" if known else ""
            raise TariffError(f"no tariff {code!r} for {day}{first}")
        return max(valid, key=lambda tariff: tariff.since)

    def codes(self, day: date) -> list[str]:
        """The classes that have a tariff on a day."""
        return sorted({tariff.code for tariff in self.tariffs if tariff.since <= day})


def half_up(value: int, divisor: int) -> int:
    """`value / divisor` to the nearest whole number, halves away from zero."""
    nearest = (2 * abs(value) + divisor) // (2 * divisor)
    return nearest if value >= 0 else -nearest


def energy_lines(energy_wh: int, tariff: Tariff) -> tuple[Line, ...]:
    """A month's energy by the slabs. The lines add up to the rounded total: each is the difference of two rounded sums."""
    if energy_wh < 0:
        raise ValueError(f"a month's energy cannot be negative: {energy_wh} Wh")
    lines: list[Line] = []
    start = summed = 0
    for slab in _slabs(energy_wh, tariff):
        end = energy_wh if slab.upto_wh is None else min(energy_wh, slab.upto_wh)
        if end <= start:
            break
        total = summed + (end - start) * slab.rate
        paisa = half_up(total, WH_PER_KWH) - half_up(summed, WH_PER_KWH)
        lines.append(Line("energy", paisa, end - start, slab.rate))
        start, summed = end, total
    return tuple(lines)


def month_cost(energy_wh: int, tariff: Tariff) -> int:
    """What a month's energy costs so far, in paisa, without VAT and charges."""
    return sum(line.paisa for line in energy_lines(energy_wh, tariff))


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
    """The lines of a bill: energy, demand charge, and for a prepaid meter its rent and rebate; VAT last.

    `times_wh` gives the energy by time of use instead of slabs and must add up to `energy_wh`.
    """
    lines = list(energy_lines(energy_wh, tariff) if times_wh is None else _time_lines(energy_wh, times_wh, tariff))
    energy = sum(line.paisa for line in lines)
    lines.append(Line("demand", demand_charge(tariff, sanctioned_w, months)))
    if prepaid:
        lines.append(Line("rent", meter_rent(tariff, phases, months)))
        lines.append(Line("rebate", -half_up(energy * tariff.rebate_permille, PERMILLE)))
    base = sum(line.paisa for line in lines if line.name in tariff.vat_on)
    lines.append(Line("vat", half_up(base * tariff.vat_permille, PERMILLE)))
    return tuple(lines)


def demand_charge(tariff: Tariff, sanctioned_w: int, months: int = 1) -> int:
    """The charge for keeping `sanctioned_w` ready for so many months."""
    return half_up(tariff.demand * sanctioned_w * months, W_PER_KW)


def meter_rent(tariff: Tariff, phases: int, months: int = 1) -> int:
    """Rent of the utility's own prepaid meter. Raises TariffError where the tariff knows none for that meter."""
    if phases not in tariff.rent:
        raise TariffError(f"tariff {tariff.code} of {tariff.since} has no rent of a meter with {phases} phases")
    return tariff.rent[phases] * months


def quote(gross: int, tariff: Tariff, *, sanctioned_w: int, phases: int = 1, months_due: int = 1, arrears: int = 0) -> Quote:
    """Splits a recharge of `gross` paisa: VAT is inside it, `months_due` of demand charge and rent and arrears come off,
    the rebate is on what is left for energy. `months_due` is 0 from a month's second recharge on."""
    vat = half_up(gross * tariff.vat_permille, PERMILLE + tariff.vat_permille)
    demand = demand_charge(tariff, sanctioned_w, months_due)
    rent = meter_rent(tariff, phases, months_due)
    energy = gross - vat - demand - rent - arrears
    rebate = half_up(max(energy, 0) * tariff.rebate_permille, PERMILLE)
    return Quote(gross, vat, demand, rent, arrears, rebate, energy + rebate)


def read_tariff(table: Mapping[str, Any]) -> TariffBook:
    """The tariff book of a parsed tariff file (TOML read with `parse_float=Decimal`, as amounts are never floats).

    `[[common]]` tables hold what all classes share from a day on (VAT, rebate, rent), `[[tariff]]` tables one class each.
    Raises TariffError, naming the table and what is wrong with it.
    """
    commons = [dict(common) for common in table.get("common", [])]
    tariffs = []
    for position, given in enumerate(table.get("tariff", []), 1):
        try:
            tariffs.append(_tariff(given, _common(commons, given["from"])))
        except (KeyError, TypeError, ValueError) as error:
            raise TariffError(f"tariff {position} ({given.get('code', 'without code')}): {type(error).__name__}: {error}") from None
    if not tariffs:
        raise TariffError("no [[tariff]] table")
    return TariffBook(tuple(tariffs))


def _slabs(energy_wh: int, tariff: Tariff) -> tuple[Slab, ...]:
    lifeline = tariff.lifeline
    if lifeline and lifeline.upto_wh is not None and energy_wh <= lifeline.upto_wh:
        return (lifeline,)
    return tariff.slabs


def _time_lines(energy_wh: int, times_wh: Mapping[str, int], tariff: Tariff) -> list[Line]:
    if sum(times_wh.values()) != energy_wh:
        raise ValueError(f"energy by time of use adds up to {sum(times_wh.values())} Wh, not {energy_wh} Wh")
    if unknown := set(times_wh) - set(tariff.times):
        raise TariffError(f"tariff {tariff.code} of {tariff.since} has no rate for {', '.join(sorted(unknown))}")
    return [Line("energy", half_up(wh * tariff.times[time], WH_PER_KWH), wh, tariff.times[time], time) for time, wh in times_wh.items()]


def _common(commons: list[dict[str, Any]], since: date) -> dict[str, Any]:
    valid = [common for common in commons if common["from"] <= since]
    if not valid:
        raise TariffError(f"no [[common]] table from {since} or before")
    return max(valid, key=lambda common: common["from"])


def _tariff(given: Mapping[str, Any], common: Mapping[str, Any]) -> Tariff:
    slabs = tuple(_slab(slab) for slab in given["slabs"])
    lifeline = _slab(given["lifeline"]) if "lifeline" in given else None
    _check(slabs, lifeline)
    return Tariff(
        code=str(given["code"]),
        name=dict(given["name"]),
        since=given["from"],
        slabs=slabs,
        lifeline=lifeline,
        demand=money.paisa(_exact(given["demand"])),
        times={str(time): money.paisa(_exact(rate)) for time, rate in given.get("times", {}).items()},
        vat_permille=_permille(common["vat_percent"]),
        vat_on=frozenset(common["vat_on"]),
        rebate_permille=_permille(common["rebate_percent"]),
        rent={int(phases): money.paisa(_exact(rent)) for phases, rent in common["rent"].items()},
        source=str(given.get("source", common.get("source", ""))),
    )


def _slab(given: Mapping[str, Any]) -> Slab:
    upto = given.get("upto_kwh")
    return Slab(None if upto is None else int(_exact(upto) * WH_PER_KWH), money.paisa(_exact(given["rate"])))


def _check(slabs: tuple[Slab, ...], lifeline: Slab | None) -> None:
    """Slabs rise and only the last is without end; the lifeline ends and is no dearer than the first slab."""
    ends = [slab.upto_wh for slab in slabs[:-1]]
    if not slabs or slabs[-1].upto_wh is not None or None in ends or ends != sorted(set(ends), key=lambda end: end or 0):
        raise ValueError("slabs must rise, and only the last has no upto_kwh")
    if lifeline and (lifeline.upto_wh is None or lifeline.rate > slabs[0].rate):
        raise ValueError("lifeline needs an upto_kwh and a rate no higher than the first slab's")


def _permille(percent: Any) -> int:
    value = _exact(percent) * 10
    if value != value.to_integral_value():
        raise ValueError(f"{percent} % is finer than a tenth of a percent")
    return int(value)


def _exact(given: Any) -> Decimal:
    if isinstance(given, float):
        raise TypeError(f"{given!r} is a float: read the file with parse_float=Decimal")
    try:
        return Decimal(given)
    except InvalidOperation:
        raise ValueError(f"{given!r} is no number") from None
