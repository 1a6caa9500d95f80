"""A tariff and its parts, and the book of all of them. Energy is Wh, load W, money integer paisa rounded half up."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time

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
class Hours:
    """A stretch of the day, [begin, end), local time; it may run over midnight, and equal ends are the whole day."""

    begin: time
    end: time


@dataclass(frozen=True, slots=True)
class Tariff:
    """The rates of one class of customers from one day on.

    `lifeline` holds for a month that stays within it and is lost for the whole month by the first unit above. `times` are the
    rates by time of use, for meters that count so; `hours` says when each of them runs, empty where the utility has not said.
    `rent` is paisa a month by number of phases for prepaid meters, `rent_postpaid` for the others (empty: none is taken).
    `late_permille` is what an overdue bill grows by; None where it is not known.
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
    rent_postpaid: Mapping[int, int] = field(default_factory=dict)
    late_permille: int | None = None
    hours: Mapping[str, tuple[Hours, ...]] = field(default_factory=dict)
    charges_taken: str = (
        "recharge"  # when a prepaid balance pays demand charge and rent: with the next "recharge", or at the "month"'s turn
    )
    bill_step: int = 1  # paisa: a bill's total is rounded to a multiple of it


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `name` is energy, lifeline, demand, rent, rebate, vat or rounding.

    Energy lines tell their energy (Wh), rate, time of use and, in a month with its days, `since`: the first day at this tariff.
    A lifeline line is what earlier units of the month cost more because the lifeline rate was lost; it belongs to the energy.
    """

    name: str
    paisa: int
    energy_wh: int | None = None
    rate: int | None = None
    time: str = ""
    since: date | None = None


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
    _dated: dict[str, list[Tariff]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        dated: dict[str, list[Tariff]] = {}
        for tariff in sorted(self.tariffs, key=lambda tariff: tariff.since):
            dated.setdefault(tariff.code, []).append(tariff)
        object.__setattr__(self, "_dated", dated)

    def at(self, code: str, day: date) -> Tariff:
        """The tariff of a class on a day. Raises TariffError where the book has none."""
        known = self._dated.get(code, [])
        valid = bisect_right(known, day, key=lambda tariff: tariff.since)
        if not valid:
            first = f", the first is of {known[0].since}" if known else ""
            raise TariffError(f"no tariff {code!r} for {day}{first}")
        return known[valid - 1]

    def codes(self, day: date) -> list[str]:
        """The classes that have a tariff on a day."""
        return sorted(code for code, known in self._dated.items() if known[0].since <= day)

    def history(self, code: str) -> tuple[Tariff, ...]:
        """All tariffs of a class, the oldest first."""
        return tuple(self._dated.get(code, ()))

    def with_tariffs(self, more: Iterable[Tariff]) -> TariffBook:
        """The book with further tariffs; a later one of the same class and day replaces the one before."""
        kept = {(tariff.code, tariff.since): tariff for tariff in (*self.tariffs, *more)}
        return TariffBook(tuple(kept.values()))


def half_up(value: int, divisor: int) -> int:
    """`value / divisor` to the nearest whole number, halves away from zero."""
    nearest = (2 * abs(value) + divisor) // (2 * divisor)
    return nearest if value >= 0 else -nearest
