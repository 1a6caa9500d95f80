"""Why a prepaid balance changed: old + recharges - energy by slab - charges = new, and what is left over is unexplained.

Balances are paisa, registers Wh, times seconds since 1970 UTC. A line's amount is what it did to the balance: recharges are positive,
energy and charges negative. What is not known is None and named in `unknown`; it is never taken for zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bijoli.core.money import TAKA
from bijoli.core.tariff import Tariff
from bijoli.core.tariff.charging import slab_cost, slab_lines, slabs_of

# Why nothing can be said of a remainder: no register beside a balance; one that fell; a register that is an estimate or was told at
# another time; a month whose first register is not known; a turn of the month or the tariff at which the register is an estimate.
REGISTER, BACKWARDS, ESTIMATE, POSITION, TURN = "register", "backwards", "estimate", "position", "turn"


@dataclass(frozen=True, slots=True)
class Point:
    """A balance and the register at that instant; `sure` False: the register is an estimate."""

    at: int
    paisa: int
    wh: int | None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Use:
    """Energy within one month at one tariff. `before_wh`: how far the month stood when it began, None where nobody knows."""

    before_wh: int | None
    wh: int
    tariff: Tariff
    sure: bool = True  # False: where the month or the tariff turned is an estimate


@dataclass(frozen=True, slots=True)
class Recharge:
    """What a recharge brought, and how it was split; an amount that was not told is None."""

    at: int
    credited: int
    gross: int | None = None
    vat: int | None = None
    rebate: int | None = None
    charges: tuple[tuple[str, int], ...] = ()
    channel: str = ""

    @property
    def off(self) -> int | None:
        """By how much the split does not add up: gross - (credited + VAT + charges - rebate). None where a part was not told."""
        if self.gross is None or self.vat is None or self.rebate is None:
            return None
        return self.gross - (self.credited + self.vat + sum(paisa for _, paisa in self.charges) - self.rebate)


@dataclass(frozen=True, slots=True)
class Line:
    """One step from the old balance to the new one. `name` is recharge, energy, lifeline (its rate was lost for the month's first
    units), or a charge's own name."""

    name: str
    paisa: int
    at: int | None = None
    energy_wh: int | None = None
    rate: int | None = None
    recharge: Recharge | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`start.paisa` + lines + `remainder` = `end.paisa`, exactly. `tariffs` are those whose rates stand in the lines.

    `expected` is the closing balance by the arithmetic, `remainder` what is left over (negative: more went than is known); both None
    where the energy or its price is not known. With an estimate in it a remainder says little.
    """

    start: Point
    end: Point
    lines: tuple[Line, ...]
    unknown: tuple[str, ...] = ()
    energy_wh: int | None = None
    tariffs: tuple[Tariff, ...] = ()

    expected: int | None = field(init=False)
    remainder: int | None = field(init=False)

    def __post_init__(self) -> None:
        priced = not {REGISTER, BACKWARDS, POSITION}.intersection(self.unknown)
        expected = self.start.paisa + sum(line.paisa for line in self.lines) if priced else None
        object.__setattr__(self, "expected", expected)
        object.__setattr__(self, "remainder", None if expected is None else self.end.paisa - expected)

    @property
    def unexplained(self) -> int | None:
        """The remainder where everything needed is known exactly, else None."""
        return None if self.unknown else self.remainder

    @property
    def rounding(self) -> bool:
        """Whether the remainder is no more than a taka."""
        return self.unexplained is not None and abs(self.unexplained) <= TAKA

    @property
    def amiss(self) -> bool:
        """Whether more than a taka is unexplained."""
        return self.unexplained is not None and not self.rounding

    @property
    def recharges(self) -> list[Recharge]:
        return [line.recharge for line in self.lines if line.recharge]

    @property
    def wrong_splits(self) -> list[Recharge]:
        """Recharges whose own figures do not add up."""
        return [one for one in self.recharges if one.off]


def explain(
    start: Point, end: Point, uses: Sequence[Use] | None, recharges: Sequence[Recharge] = (), charges: Sequence[Line] = ()
) -> Explanation:
    """From one balance to a later one of the same meter.

    `uses`: the energy between the two, in the order of time (`turns.uses` makes them); None where a register is missing.
    Recharges count after `start` up to and with `end`, as the balances do; `charges` are those taken from the balance itself.
    """
    lines = [Line("recharge", one.credited, one.at, recharge=one) for one in recharges if start.at < one.at <= end.at]
    unknown = set() if start.sure and end.sure else {ESTIMATE}
    if start.wh is None or end.wh is None:
        return Explanation(start, end, (*lines, *charges), (REGISTER,))
    if uses is None or end.wh < start.wh:
        return Explanation(start, end, (*lines, *charges), (BACKWARDS if end.wh < start.wh else REGISTER,))
    tariffs = tuple({(use.tariff.code, use.tariff.since): use.tariff for use in uses if use.wh}.values())
    one_rate = len(tariffs) == 1 and flat(tariffs[0])  # wherever months turn, a unit costs the same
    for use in uses:
        lines += energy_lines(use)
        if use.wh and not one_rate:
            unknown |= {POSITION} if use.before_wh is None and not flat(use.tariff) else set() if use.sure else {TURN}
    return Explanation(start, end, (*lines, *charges), tuple(sorted(unknown)), end.wh - start.wh, tariffs)


def flat(tariff: Tariff) -> bool:
    """Whether a unit costs the same however many came before it in the month."""
    return len(tariff.slabs) == 1 and tariff.lifeline is None


def energy_lines(use: Use) -> Iterator[Line]:
    """What the energy took from the balance, by slab. Adds up to `tariff.energy_cost` of the same figures, however finely it is cut.

    The unit that loses the lifeline rate also pays the difference for the month's first units: a line of its own. Nothing where
    the price depends on the month's position and that is not known.
    """
    tariff, before = use.tariff, use.before_wh
    if before is None:
        if not flat(tariff):
            return
        before = 0
    after = before + use.wh
    slabs, held = slabs_of(after, tariff), slabs_of(before, tariff)
    if lost := slab_cost(before, slabs) - slab_cost(before, held):
        yield Line("lifeline", -lost, energy_wh=before, rate=slabs[0].rate - held[0].rate)
    for line in slab_lines(before, after, slabs):
        yield Line("energy", -line.paisa, energy_wh=line.energy_wh, rate=line.rate)
