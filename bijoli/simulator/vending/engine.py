"""Sells credit: what is due, whether a recharge comes to what was promised, and each key once. The words are those of docs/head-end.md."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bijoli.simulator.vending.rule import RuleError, Rules, Split
from bijoli.simulator.vending.store import Credit, Meter, Store

MOMENT = 0.5  # seconds until a meter over the air has what was sent to it
UNKNOWN, BLOCKED, CHANGED, TOO_LITTLE = "unknown_meter", "blocked", "changed", "too_little"


class Refused(Exception):
    """The head-end says no, and keeps nothing of it. `split` is its own calculation where there is one."""

    def __init__(self, reason: str, split: Split | None = None) -> None:
        super().__init__(reason)
        self.reason, self.split = reason, split


class OtherContent(Exception):
    """The key was used for something else."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A credit that somebody sold; money in paisa, `sold_at` aware."""

    key: str
    number: str
    meter: str
    gross: int
    expected: int
    sold_at: datetime
    channel: str = ""  # how it was paid: for the receipt alone


@dataclass(slots=True)
class Engine:
    """The head-end over its books. `learn` may know a meter that the books do not have yet; `delay` is in seconds."""

    store: Store
    rules: Rules
    zone: ZoneInfo
    learn: Callable[[str], Meter | None] = field(default=lambda number: None)
    delay: float = MOMENT
    clock: Callable[[], float] = time.time

    def dues(self, number: str, at: datetime) -> tuple[int, int]:
        """Months of charges and arrears (paisa) that a recharge sold at that instant has to pay. Raises Refused."""
        meter = self.meter(number)
        return self._months(meter, at), meter.arrears

    def credit(self, wanted: Wanted, late: float = 0) -> tuple[Credit, bool]:
        """Takes a credit, `late` seconds later than usual; True where it is new. Raises Refused and OtherContent."""
        with self.store.alone():
            if known := self.store.credit(wanted.key):
                if (known.number, known.meter, known.gross, known.expected, datetime.fromisoformat(known.sold_at)) != _content(wanted):
                    raise OtherContent(wanted.key)
                return known, False
            meter = self.meter(wanted.meter)
            return self._take(meter, wanted, self._split(meter, wanted), late), True

    def standing(self, number: str) -> tuple[int, str]:
        """Balance (paisa, without what is still on its way) and relay. Raises Refused."""
        meter, now = self.meter(number), self.clock()
        coming = sum(credit.split.credited for credit in self.store.waiting(number, now))
        return meter.balance - coming, meter.relay

    def confirm(self, key: str) -> Credit | None:
        """The credit of a key; None for one that was never taken."""
        return self.store.credit(key)

    def credits(self, day: date, after: int, most: int) -> list[Credit]:
        """What was taken on a local day, in its sequence after `after`."""
        since, until = (datetime(one.year, one.month, one.day, tzinfo=self.zone).timestamp() for one in (day, day + timedelta(days=1)))
        return self.store.credits(since, until, after, most)

    def meter(self, number: str) -> Meter:
        """The meter as it stands, with all that is on its way to it. Raises Refused."""
        found = self.store.meter(number)
        if found is None and (learnt := self.learn(number)):
            self.store.keep_meters([learnt], over=False)  # another process may have learnt it, and sold for it, meanwhile
            found = self.store.meter(number)
        if found is None:
            raise Refused(UNKNOWN)
        return found

    def teach(self, meters: list[Meter]) -> None:
        """Knows these meters from now on. Where it is not said which months' charges were taken, this month's are due."""
        before = self.month(datetime.fromtimestamp(self.clock(), self.zone)) - 1
        with self.store.alone():
            self.store.keep_meters([one if one.charged >= 0 else replace(one, charged=before) for one in meters])

    def month(self, at: datetime) -> int:
        """Local months since January 1970."""
        local = at.astimezone(self.zone)
        return (local.year - 1970) * 12 + local.month - 1

    def _months(self, meter: Meter, at: datetime) -> int:
        return max(0, self.month(at) - meter.charged)

    def _split(self, meter: Meter, wanted: Wanted) -> Split:
        """Our own calculation, where it comes to what was promised."""
        if meter.blocked:
            raise Refused(BLOCKED)
        months, day = self._months(meter, wanted.sold_at), wanted.sold_at.astimezone(self.zone).date()
        known = {"sanctioned_w": meter.sanctioned_w, "phases": meter.phases, "months": months, "arrears": meter.arrears}
        try:
            split = self.rules.split(wanted.gross, meter.tariff, day, **known)
        except RuleError:
            raise Refused(BLOCKED) from None
        if split.credited != wanted.expected:
            raise Refused(CHANGED, split)
        if not split.enough:
            raise Refused(TOO_LITTLE, split)
        return split

    def _take(self, meter: Meter, wanted: Wanted, split: Split, late: float) -> Credit:
        now = self.clock()
        ready = now + self.wait(meter) + late
        credit = Credit(
            key=wanted.key,
            number=wanted.number,
            meter=wanted.meter,
            gross=wanted.gross,
            expected=wanted.expected,
            sold_at=wanted.sold_at.isoformat(),
            state="tokens" if meter.tokens else "accepted",
            split=split,
            tokens=tuple(f"{secrets.randbelow(10**20):020d}" for _ in range(meter.tokens)),
            charged=max(meter.charged, self.month(wanted.sold_at)),
            taken_at=now,
            ready_at=ready,
            on_meter_at=self.lands(meter, ready),
            channel=wanted.channel,
        )
        self.book(meter, credit)
        return self.store.add(credit)

    def wait(self, meter: Meter) -> float:
        """Seconds until the meter may have a credit."""
        return self.delay

    def lands(self, meter: Meter, ready: float) -> float | None:
        """When the credit is on the meter; None where that is not known beforehand."""
        return None if meter.tokens else ready

    def book(self, meter: Meter, credit: Credit) -> None:
        """What the credit does to the meter, in the credit's own transaction."""
        settled = replace(meter, charged=credit.charged, arrears=0, balance=meter.balance + credit.split.credited)
        relay = "closed" if meter.relay == "open_credit" and settled.balance > 0 else meter.relay
        self.store.keep_meters([replace(settled, relay=relay, tokens=min(meter.tokens, 1))])


def _content(wanted: Wanted) -> tuple[str, str, int, int, datetime]:
    return wanted.number, wanted.meter, wanted.gross, wanted.expected, wanted.sold_at
