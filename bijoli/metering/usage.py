"""What accounts used: units and taka of each day and of the month, from registers and balances, across meter exchanges.

Energy of a day is the rise of the register since the day before (since the day's first reading where there is no day before). What was
spent is the fall of the balance and the recharges between the two balances. Unknown or negative (a rollover, a correction) is None.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bijoli.metering import localday
from bijoli.metering.models import Credit, Installation
from bijoli.metering.rolled import Ends, last_before, meter_days

FOREVER = 2**31
SILENT = 62  # days that a meter may have been silent when a month begins: its last day before is where the count begins


@dataclass(frozen=True, slots=True)
class DayUse:
    """One local day of one account."""

    day: date
    energy_wh: int | None
    spent_paisa: int | None
    max_w: int | None
    max_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthUse:
    """The month so far. `recharged_paisa` is what was paid, where that is known, else what was credited."""

    energy_wh: int | None
    spent_paisa: int | None
    recharged_paisa: int
    recharges: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A meter at an account, from one local day to another, both inclusive; and the exact instants."""

    account_id: int
    meter_id: int
    first: int
    last: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Paid:
    """A credit: when (seconds since 1970 UTC), how much reached the meter, how much was paid."""

    at: int
    credited: int
    paid: int


def days(account_ids: Sequence[int], first: date, last: date) -> dict[int, list[DayUse]]:
    """By account the days of which something is known, oldest first, both ends inclusive; today is as of the last reading."""
    low, high = localday.number(first), localday.number(last)
    return _read(account_ids, low - 1, high, low - 1).days(account_ids, low, high)


def month_to_date(account_ids: Sequence[int], today: date) -> dict[int, MonthUse]:
    """By account the local month of `today` so far. Gaps in the readings are no gaps in the sum: registers go on counting."""
    low, high = localday.number(today.replace(day=1)), localday.number(today)
    return _read(account_ids, low, high, low - SILENT).month(account_ids, low)


def recent(account_ids: Sequence[int], first: date, today: date) -> tuple[dict[int, list[DayUse]], dict[int, MonthUse]]:
    """`days` from `first` on and `month_to_date`, read at once: what Home shows."""
    begin, low, high = localday.number(first), localday.number(today.replace(day=1)), localday.number(today)
    rows = _read(account_ids, min(begin - 1, low), high, low - SILENT)
    return rows.days(account_ids, begin, high), rows.month(account_ids, low)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is stored of the meters that stood at some accounts: stays, the ends of days by meter and day, the credits of each stay."""

    stays: list[Stay]
    known: dict[int, dict[int, Ends]]
    paid: dict[Stay, list[Paid]]

    def days(self, account_ids: Sequence[int], low: int, high: int) -> dict[int, list[DayUse]]:
        parts: dict[int, dict[int, list[DayUse]]] = defaultdict(lambda: defaultdict(list))
        for stay in self.stays:
            meter = self.known.get(stay.meter_id, {})
            for day in range(max(low, stay.first), min(high, stay.last) + 1):
                if day in meter:
                    before = meter.get(day - 1) if day > stay.first else None
                    parts[stay.account_id][day].append(_use(day, meter[day], before, self.paid[stay]))
        return {account: [_sum(uses) for _, uses in sorted(parts[account].items())] for account in account_ids}

    def month(self, account_ids: Sequence[int], low: int) -> dict[int, MonthUse]:
        before = last_before({stay.meter_id for stay in self.stays}, low, low - SILENT)
        return {account: self._month([stay for stay in self.stays if stay.account_id == account], before, low) for account in account_ids}

    def _month(self, stays: list[Stay], before: dict[int, Ends], low: int) -> MonthUse:
        begins = localday.midnight(low)
        energy, spent = [], []
        for stay in stays:
            meter = self.known.get(stay.meter_id, {})
            own = [ends for day, ends in sorted(meter.items()) if max(low, stay.first) <= day <= stay.last]
            start = before.get(stay.meter_id) if stay.first < low else None
            energy.append(_energy(own, start))
            spent.append(_spent(own, start, self.paid[stay]))
        credits = [one for stay in stays for one in self.paid[stay] if one.at >= begins]
        return MonthUse(_total(energy), _total(spent), sum(one.paid for one in credits), len(credits))


def _read(account_ids: Sequence[int], low: int, high: int, paid_since: int) -> _Rows:
    stays = stays_of(account_ids, low, high)
    return _Rows(stays, meter_days({stay.meter_id for stay in stays}, low, high), _credits(stays, paid_since))


def stays_of(account_ids: Sequence[int], low: int = 0, high: int = FOREVER) -> list[Stay]:
    """Which meters stood at these accounts between two days, oldest first."""
    rows = Installation.objects.filter(usage_point__account_id__in=list(account_ids)).order_by("installed_at")
    found = []
    for account, meter, since, until in rows.values_list("usage_point__account_id", "meter_id", "installed_at", "removed_at"):
        first = localday.day(int(since.timestamp()))
        last = localday.day(int(until.timestamp())) if until else FOREVER
        if first <= high and last >= low:
            found.append(Stay(account, meter, first, last, since, until))
    return found


def _use(day: int, ends: Ends, before: Ends | None, paid: list[Paid]) -> DayUse:
    return DayUse(
        day=localday.calendar(day),
        energy_wh=_energy([ends], before),
        spent_paisa=_spent([ends], before, paid),
        max_w=ends.max_w,
        max_at=None if ends.max_at is None else datetime.fromtimestamp(ends.max_at, UTC),
    )


def _energy(own: list[Ends], before: Ends | None) -> int | None:
    """The rise of the register over these days."""
    firsts = [ends.first_wh for ends in own if ends.first_wh is not None]
    lasts = [ends.last_wh for ends in own if ends.last_wh is not None]
    if not lasts:
        return None
    start = before.last_wh if before and before.last_wh is not None else firsts[0]
    return lasts[-1] - start if lasts[-1] >= start else None


def _spent(own: list[Ends], before: Ends | None, paid: list[Paid]) -> int | None:
    """The fall of the balance over these days, with what was recharged between its two ends."""
    firsts = [(ends.first_paisa, ends.first_paisa_at) for ends in own if ends.first_paisa is not None]
    lasts = [(ends.last_paisa, ends.last_paisa_at) for ends in own if ends.last_paisa is not None]
    if not lasts:
        return None
    (start, start_at), (end, end_at) = firsts[0], lasts[-1]
    if before and before.last_paisa is not None:
        start, start_at = before.last_paisa, before.last_paisa_at
    assert start is not None and end is not None and start_at is not None and end_at is not None  # noqa: S101, PT018 - a value has its time
    fall = start - end + sum(one.credited for one in paid if start_at < one.at <= end_at)
    return fall if fall >= 0 else None


def _credits(stays: Iterable[Stay], since: int) -> dict[Stay, list[Paid]]:
    """The credits of each stay from a local day on: of the meter, while it stood there."""
    chosen = list(stays)
    begins = datetime.fromtimestamp(localday.midnight(since), UTC)
    rows = Credit.objects.filter(meter_id__in={stay.meter_id for stay in chosen}, at__gte=begins)
    by_meter: dict[int, list[tuple[datetime, Paid]]] = defaultdict(list)
    for meter, at, credited, gross in rows.values_list("meter_id", "at", "credited_paisa", "gross_paisa"):
        by_meter[meter].append((at, Paid(int(at.timestamp()), credited, credited if gross is None else gross)))
    return {
        stay: [one for at, one in by_meter[stay.meter_id] if at >= stay.since and (stay.until is None or at < stay.until)]
        for stay in chosen
    }


def _sum(uses: list[DayUse]) -> DayUse:
    """One day of one account, on which its meter may have been exchanged."""
    highest = max(uses, key=lambda use: -1 if use.max_w is None else use.max_w)
    return DayUse(
        uses[0].day, _total([use.energy_wh for use in uses]), _total([use.spent_paisa for use in uses]), highest.max_w, highest.max_at
    )


def _total(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
