"""Registers over time, and how the energy between two of them falls on months and tariffs.

A month begins with the register at its first midnight, else with the last one told before it. Wh, and seconds since 1970 UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bijoli.core.explain import Point, Use, flat
from bijoli.core.tariff import Tariff

NEAR = 3600  # s: a register so shortly before a turn is the register at the turn


@dataclass(frozen=True, slots=True)
class Read:
    """A register as it is known; `sure` False: an estimate."""

    wh: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Period:
    """From `begins` on energy belongs to the month that began at `month`, at this tariff."""

    begins: int
    month: int
    tariff: Tariff


class Registers:
    """What one meter's register showed, in the order of time. `since`: when the meter was put there, if that is known."""

    def __init__(self, known: Iterable[tuple[int, int, bool]], since: int | None = None) -> None:
        by_time: dict[int, Read] = {}
        for at, wh, sure in known:
            if at not in by_time or sure > by_time[at].sure:
                by_time[at] = Read(wh, sure)
        self.at = sorted(by_time)
        self.reads = [by_time[at] for at in self.at]
        self.since = since

    def beside(self, at: int) -> Read | None:
        """The register at an instant: told then, or the same before and after; else between the two, as an estimate. None outside."""
        place = bisect_left(self.at, at)
        if place < len(self.at) and self.at[place] == at:
            return self.reads[place]
        return self._between(place, at) if 0 < place < len(self.at) else None

    def turn(self, at: int) -> Read | None:
        """The register at a turn. A meter that was put there later begins with its first; None where it stood there and told nothing."""
        place = bisect_left(self.at, at)
        if place < len(self.at) and self.at[place] == at:
            return self.reads[place]
        if place == 0:
            new = self.since is not None and self.since >= at and self.at
            return Read(self.reads[0].wh, self.reads[0].sure and self.at[0] - (self.since or 0) <= NEAR) if new else None
        before = self.reads[place - 1]
        if at - self.at[place - 1] <= NEAR:
            return before
        return self._between(place, at) if place < len(self.at) else Read(before.wh, False)

    def _between(self, place: int, at: int) -> Read:
        (early, before), (late, after) = ((self.at[each], self.reads[each]) for each in (place - 1, place))
        if before.wh == after.wh:
            return Read(before.wh, before.sure and after.sure)
        return Read(before.wh + (after.wh - before.wh) * (at - early) // (late - early), False)


def uses(start: Point, end: Point, registers: Registers, periods: Sequence[Period]) -> list[Use] | None:
    """The energy from one point to the next by month and tariff. `periods` are in order, the first holds `start`.

    None where a register is missing or they fall.
    """
    if start.wh is None or end.wh is None:
        return None
    found: list[Use] = []
    since = Read(start.wh)
    for period, after in zip(periods, [*periods[1:], None], strict=True):
        until = Read(end.wh) if after is None else registers.turn(after.begins)
        if until is None or until.wh < since.wh:
            return None
        found.append(_use(period, since, until, registers))
        since = until
    return [use for use in found if use.wh] or found[-1:]


def _use(period: Period, since: Read, until: Read, registers: Registers) -> Use:
    """How far the month stood is unknown too where its register at the turn lies beyond the first one of these."""
    base = registers.turn(period.month)
    before = since.wh - base.wh if base and base.wh <= since.wh else None
    placed = flat(period.tariff) or base is None or base.sure
    return Use(before, until.wh - since.wh, period.tariff, since.sure and until.sure and placed)
