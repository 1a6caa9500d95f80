"""Record and watch beside the plain model (tests/plainmeter.py): random meters through random time, shuffled within batches, batches twice,
late batches, gaps, estimates, signals among the readings, and crashes at any statement. What is told is what the specification says.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.alerts.models import Episode, Stage
from bijoli.core.conditions import Relay
from bijoli.metering import numbers
from bijoli.metering.columns import Readings
from bijoli.metering.events import Event, record_events
from bijoli.metering.models import Change, Meter, MeterState
from bijoli.metering.record import record
from bijoli.payments.models import Vend
from tests import households
from tests.apps.payments.outside import ordered
from tests.plainmeter import PlainMeter

pytestmark = pytest.mark.django_db
METERS, BATCHES, A_BATCH = 5, 9, 6
TAMPER = {"251": "tamper_cover", "201": "tamper_magnet"}


class Crash(BaseException):
    """The process dies here: nothing may catch it, and what was not committed is gone."""


class Dying:
    """Counts down database statements, and dies before the last of them."""

    def __init__(self, chance: random.Random) -> None:
        self.left = chance.choice([1, 2, 3, 5, 8, 13, 100])

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if not self.left:
            raise Crash
        return execute(sql, params, many, context)


@contextmanager
def may_die(chance: random.Random):
    with connection.execute_wrapper(Dying(chance)):
        yield


def until_done(chance: random.Random, work) -> None:
    """As a gateway resends and a supervisor restarts: again, until it came through."""
    while chance.random() < 0.5:
        try:
            with may_die(chance):
                work()
        except Crash:
            continue
        break
    work()


class Home:
    """One meter's life, for the model and for the wire: balance in paisa, a relay that it reports always or never, gaps of hours."""

    def __init__(self, chance: random.Random, number: str, at: int, sanctioned: int = 5000) -> None:
        self.chance, self.number, self.at = chance, number, at
        self.balance, self.reports = chance.choice([30_00, 110_00, 160_00]), chance.random() < 0.7
        self.model = PlainMeter(sanctioned=sanctioned)

    def next(self) -> dict[str, object]:
        chance = self.chance
        self.at += chance.choice([60, 240, 240, 240, 900, 2400])
        self.balance += -chance.choice([0, 40, 300, 900, 3000]) + chance.choice([0] * 12 + [90, 1500, 7000, 15_000])
        relay = (Relay.OPEN_CREDIT if self.balance < -5_00 else Relay.CLOSED) if self.reports else Relay.UNKNOWN
        return {
            "meter": self.number,
            "at": self.at,
            "balance": None if chance.random() < 0.15 else self.balance,
            "load": chance.choice([None, 1000, 1000, 4750, 4800, 5000, 5001, 5500, 5600]),
            "relay": int(relay),
            "estimated": int(chance.random() < 0.06),
        }

    def told(self, rows: list[dict[str, object]], received: int) -> None:
        """To the model, in the order of time: estimates beside, an estimate for the time of a reading is none."""
        for row in sorted(rows, key=lambda row: row["at"]):
            if not row["estimated"]:
                self.model.reading(row["at"], received, row["balance"], row["load"], row["relay"])


def town(chance: random.Random) -> tuple[list[Home], dict[int, Home]]:
    """Some begin twelve hours ago or earlier: what they tell first is too old for a push."""
    numbers.forget()
    now, homes, by_id = int(timezone.now().timestamp()), [], {}
    for _ in range(METERS):
        meter = households.meter(households.person())
        MeterState.objects.create(meter=meter, sanctioned_load_w=5000)
        home = Home(chance, meter.number, now - int(chance.choice([12, 20, 5.5]) * 3600))
        _recharge(chance, meter, home)
        homes.append(home)
        by_id[meter.pk] = home
    return homes, by_id


def _recharge(chance: random.Random, meter: Meter, home: Home) -> None:
    """One in three has a recharge on its way all the time: what is low waits."""
    if chance.random() < 1 / 3:
        paid = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
        Vend.objects.create(
            order=ordered(meter_id=meter.pk), meter=meter, gross_paisa=1, expected_paisa=1, sold_at=paid, queued_at=paid, state="sent"
        )
        home.model.paid = int(paid.timestamp())


def live(chance: random.Random, homes: list[Home]) -> None:
    """Batches as they come: shuffled, twice, one held back and sent late, with signals in between; anything may die at any time."""
    held_back: list[dict[str, object]] = []
    for _ in range(BATCHES):
        rows, now = [], timezone.now()
        for home in homes:
            own = [home.next() for _ in range(chance.randrange(A_BATCH))]
            own = [row for row in own if row["at"] < now.timestamp()]
            late = chance.random() < 0.15
            held_back += own if late else []
            rows += [] if late else own
            home.told([] if late else own, int(now.timestamp()))
            if chance.random() < 0.2 and home.at + 7 < now.timestamp():
                _signal(chance, home)
        _send(chance, rows)
    latest = {home.number: home.model.last for home in homes}
    _send(chance, [row for row in held_back if row["at"] <= latest[row["meter"]]])
    until_done(chance, watch.drain)


def _send(chance: random.Random, rows: list[dict[str, object]]) -> None:
    for _ in range(chance.choice([1, 1, 2])):
        chance.shuffle(rows)
        batch = Readings.of(rows)
        until_done(chance, lambda batch=batch: record(batch, timezone.now()))
    if chance.random() < 0.8:
        until_done(chance, watch.drain)


def _signal(chance: random.Random, home: Home) -> None:
    code, now = chance.choice(list(TAMPER)), timezone.now()
    event = Event(meter=int(home.number), at=home.at + 7, profile="is15959", code=code)
    for _ in range(chance.choice([1, 2])):
        until_done(chance, lambda: record_events([event], now))
    if (home.at, code) not in home.__dict__.setdefault("signals", set()):
        home.signals.add((home.at, code))
        home.model.tamper(home.at + 7, int(now.timestamp()), TAMPER[code])


@pytest.mark.parametrize("seed", range(25))
def test_what_is_told_is_what_the_specification_says_whatever_dies(seed):
    chance = random.Random(seed)
    homes, by_id = town(chance)
    live(chance, homes)
    assert not Change.objects.exists()
    told = {home.number: Counter() for home in homes}
    for meter, at, code, why in Stage.objects.values_list("episode__meter_id", "at", "code", "suppressed"):
        told[by_id[meter].number][int(at.timestamp()), code, why] += 1
    assert told == {home.number: Counter(home.model.told) for home in homes}
    assert sum(counts.total() for counts in told.values()) > METERS
    still = {home.number: set() for home in homes}
    for meter, kind in Episode.objects.filter(closed_at=None).values_list("meter_id", "kind"):
        still[by_id[meter].number].add(kind)
    assert still == {home.number: set(home.model.open) for home in homes}


def test_the_crashes_happen():
    """The property above would say little if nothing ever died."""
    chance, died = random.Random(1), 0
    for _ in range(40):
        try:
            with may_die(chance):
                for _ in range(6):
                    Change.objects.exists()
        except Crash:
            died += 1
    assert 10 < died < 40


def test_nothing_is_late_of_the_last_six_hours():
    home = Home(random.Random(0), "1", 0)
    home.model.reading(1000, 1000 + int(timedelta(hours=6).total_seconds()), 40_00)
    assert home.model.told == [(1000, "L2", "")]
