"""Why an account's balance changed, day by day, from what is known of its meters: the rows of that account alone.

A day is explained from the last balance before it to its own last balance. Days without a balance, or without a register beside it,
are explained together with the next day that has both. Each meter is explained by itself; an exchange is a step of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from bijoli.core.explain import Explanation, Line, Point, Recharge, explain
from bijoli.core.money import TAKA
from bijoli.core.tariff import TariffBook, demand_charge, meter_rent
from bijoli.core.turns import Period, Registers, uses
from bijoli.insight.periods import periods, within
from bijoli.metering import localday
from bijoli.metering.models import Credit, Day
from bijoli.metering.reads import CreditView, PointView
from bijoli.metering.rolled import Ends, meter_days
from bijoli.metering.usage import Stay, stays_of

BACK = 32  # days before the first one that are looked at: the last balance before it, and where its month and the one before began
EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class Span:
    """A day of one meter, or days joined over a gap, both inclusive; or (`part` negative) the arrival of another meter."""

    first: date
    last: date
    part: int  # the meter's id
    why: Explanation

    @property
    def exchange(self) -> bool:
        return self.part < 0

    @property
    def questionable(self) -> bool:
        """Whether there is a remainder that somebody should look at."""
        left = self.why.remainder
        return self.why.amiss or (self.exchange and left is not None and abs(left) > TAKA)

    @property
    def key(self) -> tuple[date, date, int]:
        return self.first, self.last, self.part


@dataclass(frozen=True, slots=True)
class Told:
    """`spans` are the days, oldest first; `wholes` all of them in one: one explanation a meter, and one an exchange."""

    spans: list[Span]
    wholes: list[Span]


def explained(point: PointView, first: date, last: date, book: TariffBook) -> Told:
    """The days of an account from `first` to `last`, both inclusive. Raises TariffError where the book has no tariff for them.

    Two questions to the database and one more for each kind of day that is kept (running, finished, packed).
    """
    low, high = localday.number(first), localday.number(last)
    stays = stays_of([point.account_id], low, high)
    known = meter_days({stay.meter_id for stay in stays}, low - BACK, high)
    paid = _recharges(list(known), localday.midnight(low - BACK), localday.midnight(high + 1))
    dated = periods(book, point.tariff, first - timedelta(days=BACK), last)
    told = Told([], [])
    before: Point | None = None
    for stay in stays:
        own = {day: ends for day, ends in sorted(known.get(stay.meter_id, {}).items()) if stay.first <= day <= stay.last}
        registers = Registers(_registers(own.values()), int(stay.came.timestamp()))
        meter = _Meter(stay, own, registers, [one for one in paid.get(stay.meter_id, []) if _at(stay, one.at)], dated, point)
        points = meter.points(low)
        if before and points:
            told.spans.append(_exchange(before, points[0], stay, [one for each in paid.values() for one in each]))
            told.wholes.append(told.spans[-1])
        told.spans.extend(meter.spans(points))
        told.wholes.extend(meter.whole(points))
        before = points[-1] if points else before
    return told


def _recharges(meters: Sequence[int], since: int, until: int) -> dict[int, list[Recharge]]:
    """By meter what was recharged between two instants, oldest first."""
    span = (datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC))
    rows = Credit.objects.filter(meter_id__in=meters, at__range=span).order_by("at", "pk")
    names = ("meter_id", "at", "credited_paisa", "gross_paisa", "vat_paisa", "rebate_paisa", "charges", "channel", "order", "tokens")
    found: dict[int, list[Recharge]] = defaultdict(list)
    for meter, *values in rows.values_list(*names):
        found[meter].append(recharge_of(CreditView(*values)))
    return found


def recharge_of(credit: CreditView) -> Recharge:
    """A recharge as the arithmetic takes it."""
    charges = tuple((str(one.get("name", "")), int(one.get("paisa", 0))) for one in credit.charges)
    at = int(credit.at.timestamp())
    return Recharge(at, credit.credited_paisa, credit.gross_paisa, credit.vat_paisa, credit.rebate_paisa, charges, credit.channel)


def _at(stay: Stay, at: int) -> bool:
    return stay.since.timestamp() <= at and (stay.until is None or at < stay.until.timestamp())


def _exchange(old: Point, new: Point, stay: Stay, paid: Sequence[Recharge]) -> Span:
    """From the old meter's last balance to the new one's first. What was used in between no register tells."""
    arrived = localday.calendar(localday.day(new.at))
    lines = [Line("recharge", one.credited, one.at, recharge=one) for one in paid if old.at < one.at <= new.at]
    why = Explanation(replace(old, wh=None), replace(new, wh=None), tuple(lines), (EXCHANGE,))
    return Span(arrived, arrived, -stay.meter_id, why)


@dataclass(frozen=True, slots=True)
class _Meter:
    """One meter while it stood at the account; `days` oldest first."""

    stay: Stay
    days: dict[int, Ends]
    registers: Registers
    paid: list[Recharge]
    dated: Sequence[Period]
    account: PointView

    def points(self, low: int) -> list[Point]:
        """Where the count begins (the last balance before the day `low`, else the first one known), then each day's last balance."""
        lasts = [
            (day, self._point(ends.last_paisa, ends.last_paisa_at, ends.estimated & Day.LAST_PAISA)) for day, ends in self.days.items()
        ]
        before = [point for day, point in lasts if point and day < low and point.wh is not None]
        inside = [point for day, point in lasts if point and day >= low]
        if not inside:
            return []
        first = next(ends for day, ends in self.days.items() if day >= low and ends.first_paisa is not None)
        start = self._point(first.first_paisa, first.first_paisa_at, first.estimated & Day.FIRST_PAISA)
        return [before[-1] if before else start or inside[0], *inside]

    def spans(self, points: list[Point]) -> Iterator[Span]:
        """One for each day that has a balance with a register; the days before it without one are in it."""
        for since, point in pairwise(self._sound(points)):
            if point.at > since.at:
                yield self._span(since, point)

    def whole(self, points: list[Point]) -> Iterator[Span]:
        """From the first point to the last one."""
        sound = self._sound(points)
        if len(sound) > 1:
            yield self._span(sound[0], sound[-1])

    def _sound(self, points: list[Point]) -> list[Point]:
        """Those with a register, and the last one as it is: what it lacks is said."""
        return [point for point in points[:-1] if point.wh is not None] + points[-1:]

    def _span(self, start: Point, end: Point) -> Span:
        own = within(self.dated, start.at, end.at)
        used = uses(start, end, self.registers, own) if own and own[0].begins <= start.at else None
        why = explain(start, end, used, self.paid, self._charges(start, end))
        started, last = localday.day(start.at), localday.day(end.at)
        first = started if start.at == self._begins() else min(last, started + 1)
        return Span(localday.calendar(first), localday.calendar(last), self.stay.meter_id, why)

    def _begins(self) -> int | None:
        return next((ends.first_paisa_at for ends in self.days.values() if ends.first_paisa is not None), None)

    def _charges(self, start: Point, end: Point) -> list[Line]:
        """Demand charge and rent, where the tariff takes them from the balance when a month begins."""
        turned = [each for each in self.dated if each.begins == each.month and start.at < each.begins <= end.at]
        found = []
        for period in turned:
            if period.tariff.charges_taken == "month":
                found.append(Line("demand", -demand_charge(period.tariff, self.account.sanctioned_load_w), period.begins))
                found.append(Line("rent", -meter_rent(period.tariff, self.account.phases), period.begins))
        return found

    def _point(self, paisa: int | None, at: int | None, estimated: int) -> Point | None:
        if paisa is None or at is None:
            return None
        beside = self.registers.beside(at)
        return Point(at, paisa, beside.wh if beside else None, bool(beside and beside.sure and not estimated))


def _registers(days: Iterable[Ends]) -> Iterator[tuple[int, int, bool]]:
    for ends in days:
        if ends.first_wh is not None and ends.first_wh_at is not None:
            yield ends.first_wh_at, ends.first_wh, not ends.estimated & Day.FIRST_WH
        if ends.last_wh is not None and ends.last_wh_at is not None:
            yield ends.last_wh_at, ends.last_wh, not ends.estimated & Day.LAST_WH
