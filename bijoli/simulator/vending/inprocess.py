"""The head-end without a network (BIJOLI_HEADEND=simulated): the same engine and books, for trying out and for tests.

It learns a meter from the register when it is first asked for: nothing of the running month has been taken from it then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from bijoli.core.payment import VendState
from bijoli.metering import reads
from bijoli.metering.models import Relay
from bijoli.payments.headend.port import CreditLine, CreditOrder, CreditTold, Dues, HeadEndRefused, MeterStanding, Split
from bijoli.simulator.vending.engine import MOMENT, Engine, OtherContent, Refused, Wanted
from bijoli.simulator.vending.rule import rules_of
from bijoli.simulator.vending.store import Credit, Meter, Store

ALL = 100_000


class Simulated:
    """payments' HeadEnd over an engine of our own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def dues(self, meter: str, at: datetime) -> Dues:
        try:
            return Dues(*self.engine.dues(meter, at))
        except Refused as no:
            raise HeadEndRefused(no.reason) from None

    def credit(self, order: CreditOrder) -> CreditTold:
        wanted = Wanted(str(order.key), order.number, order.meter, order.gross, order.expected, order.sold_at, order.channel)
        try:
            return self._told(self.engine.credit(wanted)[0])
        except Refused as no:
            return CreditTold(VendState.REFUSED, no.reason, Split(**asdict(no.split)) if no.split else None)
        except OtherContent:
            return CreditTold(VendState.REFUSED, "conflict")

    def confirm(self, key: UUID) -> CreditTold | None:
        credit = self.engine.confirm(str(key))
        return self._told(credit) if credit else None

    def standing(self, meter: str) -> MeterStanding:
        try:
            balance, relay = self.engine.standing(meter)
        except Refused as no:
            raise HeadEndRefused(no.reason) from None
        now = timezone.now()
        return MeterStanding(balance, now, Relay[relay.upper()].value, now)

    def credits(self, day: date) -> list[CreditLine]:
        now = self.engine.clock()
        return [
            CreditLine(
                UUID(one.key), one.number, one.meter, one.gross, one.split.credited, VendState(one.stands(now)), self._at(one.taken_at)
            )
            for one in self.engine.credits(day, 0, ALL)
        ]

    def _told(self, credit: Credit) -> CreditTold:
        now = self.engine.clock()
        state = VendState(credit.stands(now))
        at = credit.on_meter_at if state == VendState.ON_METER else credit.taken_at
        return CreditTold(state, "", Split(**asdict(credit.split)), credit.tokens, self._at(at or now))

    def _at(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self.engine.zone)


def simulated() -> Simulated:
    """The adapter of this installation; its books lie in the data folder."""
    return Simulated(engine(Path(settings.DATA_FOLDER) / "vending", learn=learn))


def engine(folder: Path, learn: Callable[[str], Meter | None] = lambda number: None, delay: float = MOMENT) -> Engine:
    """An engine over the books of a folder, with the tariff file and the clock of this installation's utility."""
    return Engine(Store(folder), rules_of(Path(settings.UTILITY_FOLDER)), ZoneInfo(settings.UTILITY.zone), learn, delay)


def learn(number: str) -> Meter | None:
    """A meter of the register; None where none stands there."""
    found = reads.point_of(number)
    if found is None:
        return None
    today = timezone.localdate()
    last_month = (today.year - 1970) * 12 + today.month - 2
    return Meter(number, found.tariff, found.sanctioned_load_w, found.phases, last_month, balance=found.balance_paisa or 0)
