"""What accounts used: units and taka of each day and of the month, from registers and balances, across meter exchanges.

Energy of a day is the rise of the register since the day before (since the day's first reading where there is no day before), over the
register's end too. A day of which loads but no register are known is counted from its interval values (`intervals`), where the raw
readings still hold it and enough of it; the month so far is the sum of such days where it has no register at all. What was spent is the
fall of the balance and the recharges between the two balances. Unknown or negative (a correction) is None.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bijoli.customers.prepared import fetch
from bijoli.customers.seen import bounds
from bijoli.metering import intervaldays, localday
from bijoli.metering.ends import span
from bijoli.metering.intervals import Counted
from bijoli.metering.rolled import Ends, last_before, meter_days

FOREVER = 2**31
ROLLS_WH = tuple(10**digits * 1000 for digits in (5, 6, 7, 8))  # where registers of so many digits of kWh begin again
ROLL_SHARE = 50  # a fall from the last fiftieth of a register to its first is a rollover, any other a correction
_LASTS = 12  # of `Ends.estimated`: the last register or balance
SILENT = 62  # days that a meter may have been silent when a month begins: its last day before is where the count begins


@dataclass(frozen=True, slots=True)
class DayUse:
    """One local day of one account. `estimated`: a figure of it rests on an estimate of the head-end, or an interval of it is missing."""

    day: date
    energy_wh: int | None
    spent_paisa: int | None
    max_w: int | None
    max_at: datetime | None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class MonthUse:
    """The month so far. `recharged_paisa` is what was paid, where that is known, else what was credited."""

    energy_wh: int | None
    spent_paisa: int | None
    recharged_paisa: int
    recharges: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A meter at an account, from one local day to another, both inclusive; and the exact instants.

    Of an account that the asker sees only from a day on (`customers.seen`) it begins there; `came` is when the meter was put there.
    """

    account_id: int
    meter_id: int
    first: int
    last: int
    since: datetime
    until: datetime | None
    came: datetime

    @property
    def cut(self) -> bool:
        """Whether the meter stood there before, and the asker does not see it."""
        return self.came < self.since


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
    """What is stored of the meters that stood at some accounts: stays, the ends of days by meter and day, the credits of each stay,
    and of days without a register what their intervals tell."""

    stays: list[Stay]
    known: dict[int, dict[int, Ends]]
    paid: dict[Stay, list[Paid]]
    counted: dict[Stay, dict[int, Counted]]

    def days(self, account_ids: Sequence[int], low: int, high: int) -> dict[int, list[DayUse]]:
        parts: dict[int, dict[int, list[DayUse]]] = defaultdict(lambda: defaultdict(list))
        for stay in self.stays:
            meter, counted = self.known.get(stay.meter_id, {}), self.counted.get(stay, {})
            for day in range(max(low, stay.first), min(high, stay.last) + 1):
                if day in meter:
                    before = meter.get(day - 1) if day > stay.first else None
                    parts[stay.account_id][day].append(_use(day, meter[day], before, self.paid[stay], counted.get(day)))
        return {account: [_sum(uses) for _, uses in sorted(parts[account].items())] for account in account_ids}

    def month(self, account_ids: Sequence[int], low: int) -> dict[int, MonthUse]:
        before = last_before({stay.meter_id for stay in self.stays}, low, low - SILENT)
        return {account: self._month([stay for stay in self.stays if stay.account_id == account], before, low) for account in account_ids}

    def _month(self, stays: list[Stay], before: dict[int, Ends], low: int) -> MonthUse:
        begins = localday.midnight(low)
        energy, spent = [], []
        for stay in stays:
            meter = self.known.get(stay.meter_id, {})
            own = span(ends for day, ends in sorted(meter.items()) if max(low, stay.first) <= day <= stay.last)
            start = before.get(stay.meter_id) if stay.first < low else None
            counted: list[int | None] = [one.energy_wh for day, one in self.counted.get(stay, {}).items() if day >= low]
            energy.append(total(counted) if own.last_wh is None else energy_of(own, start))
            spent.append(spent_of(own, start, self.paid[stay]))
        credits = [one for stay in stays for one in self.paid[stay] if one.at >= begins]
        return MonthUse(total(energy), total(spent), sum(one.paid for one in credits), len(credits))


def _read(account_ids: Sequence[int], low: int, high: int, paid_since: int) -> _Rows:
    stays = stays_of(account_ids, low, high)
    known = meter_days({stay.meter_id for stay in stays}, low, high)
    return _Rows(stays, known, credits_of(stays, paid_since), by_interval({stay: _loads_alone(stay, known) for stay in stays}))


def _loads_alone(stay: Stay, known: Mapping[int, Mapping[int, Ends]]) -> list[int]:
    """The days of the stay of which loads but no register are known."""
    days = known.get(stay.meter_id, {})
    return [day for day, ends in days.items() if ends.max_w is not None and ends.last_wh is None and stay.first <= day <= stay.last]


def by_interval(days: Mapping[Stay, Sequence[int]], until: Mapping[Stay, int] | None = None) -> dict[Stay, dict[int, Counted]]:
    """What the intervals tell of some days of each stay, up to `loads_until` (asked where not given).

    No query where there is no such day; else one, and one for each meter that has such days.
    """
    wanted = {stay: chosen for stay, chosen in days.items() if chosen}
    if not wanted:
        return {}
    ends = loads_until(wanted) if until is None else until
    return {stay: intervaldays.counted(stay.meter_id, chosen, int(stay.since.timestamp()), ends[stay]) for stay, chosen in wanted.items()}


def loads_until(stays: Iterable[Stay]) -> dict[Stay, int]:
    """When the meter of each stay told its latest load there (seconds since 1970 UTC; 0 where it told none). One query."""
    chosen = list(stays)
    lasts = intervaldays.last_loads({stay.meter_id for stay in chosen})
    gone = {stay: int(stay.until.timestamp()) for stay in chosen if stay.until is not None}
    return {stay: min(last := lasts.get(stay.meter_id, 0), gone.get(stay, last)) for stay in chosen}


_STAYS = """SELECT p.account_id, i.meter_id, greatest(i.installed_at, asked.begins), i.removed_at, i.installed_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS asked (id, begins)
JOIN metering_usagepoint p ON p.account_id = asked.id JOIN metering_installation i ON i.usage_point_id = p.id
WHERE i.removed_at IS NULL OR asked.begins IS NULL OR i.removed_at > asked.begins ORDER BY i.installed_at"""
_CREDITS = "SELECT meter_id, at, credited_paisa, gross_paisa FROM metering_credit WHERE meter_id = ANY(%s) AND at >= %s ORDER BY at"


def stays_of(account_ids: Sequence[int], low: int = 0, high: int = FOREVER) -> list[Stay]:
    """Which meters stood at these accounts between two days, oldest first; of each account from when on it is seen."""
    found = []
    for account, meter, since, until, came in fetch(_STAYS, bounds(account_ids)):
        first = localday.day(int(since.timestamp()))
        last = localday.day(int(until.timestamp())) if until else FOREVER
        if first <= high and last >= low:
            found.append(Stay(account, meter, first, last, since, until, came))
    return found


def _use(day: int, ends: Ends, before: Ends | None, paid: list[Paid], counted: Counted | None) -> DayUse:
    return DayUse(
        day=localday.calendar(day),
        energy_wh=counted.energy_wh if counted else energy_of(ends, before),
        spent_paisa=spent_of(ends, before, paid),
        max_w=ends.max_w,
        max_at=moment(ends.max_at),
        estimated=bool(ends.estimated or (before and before.estimated & _LASTS) or (counted and counted.estimated)),
    )


def moment(at: int | None) -> datetime | None:
    """Seconds since 1970 as an aware time."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def energy_of(own: Ends, before: Ends | None) -> int | None:
    """Wh: the rise of the register over a stretch, since the stretch before where that is known."""
    if own.last_wh is None:
        return None
    start = before.last_wh if before and before.last_wh is not None else own.first_wh
    return _rise(start, own.last_wh) if start is not None else None


def _rise(start: int, end: int) -> int | None:
    """A register that fell began again at zero where it stood near the end of its digits and now stands near their beginning."""
    if end >= start:
        return end - start
    for roll in ROLLS_WH:
        if roll - roll // ROLL_SHARE <= start < roll and end < roll // ROLL_SHARE:
            return end + roll - start
    return None


def spent_of(own: Ends, before: Ends | None, paid: list[Paid]) -> int | None:
    """Paisa: the fall of the balance over a stretch, with what was recharged between its two ends."""
    start, start_at, end, end_at = own.first_paisa, own.first_paisa_at, own.last_paisa, own.last_paisa_at
    if before and before.last_paisa is not None:
        start, start_at = before.last_paisa, before.last_paisa_at
    if start is None or start_at is None or end is None or end_at is None:
        return None
    fall = start - end + sum(one.credited for one in paid if start_at < one.at <= end_at)
    return fall if fall >= 0 else None


def credits_of(stays: Iterable[Stay], since: int) -> dict[Stay, list[Paid]]:
    """The credits of each stay from a local day on, oldest first: of the meter, while it stood there."""
    chosen = list(stays)
    begins = datetime.fromtimestamp(localday.midnight(since), UTC)
    rows = fetch(_CREDITS, [list({stay.meter_id for stay in chosen}), begins])
    by_meter: dict[int, list[tuple[datetime, Paid]]] = defaultdict(list)
    for meter, at, credited, gross in rows:
        by_meter[meter].append((at, Paid(int(at.timestamp()), credited, credited if gross is None else gross)))
    return {
        stay: [one for at, one in by_meter[stay.meter_id] if at >= stay.since and (stay.until is None or at < stay.until)]
        for stay in chosen
    }


def _sum(uses: list[DayUse]) -> DayUse:
    """One day of one account, on which its meter may have been exchanged."""
    if len(uses) == 1:
        return uses[0]
    highest = max(uses, key=lambda use: -1 if use.max_w is None else use.max_w)
    return DayUse(
        uses[0].day,
        total([use.energy_wh for use in uses]),
        total([use.spent_paisa for use in uses]),
        highest.max_w,
        highest.max_at,
        any(use.estimated for use in uses),
    )


def total(values: list[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
