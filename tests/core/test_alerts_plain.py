"""The rules beside a plain reading-by-reading model of the specification (tests/plainmeter.py): the same is told, at the same time, and
withheld for the same reason, through random weeks of use, recharges, trips, signals, findings and silence. The timer looks each quarter.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bijoli.core.conditions import Relay
from tests.core.alerts_loop import Meter
from tests.plainmeter import PlainMeter

MONEY = st.none() | st.sampled_from(
    [-20_00, -1, 0, 1, 20_00, 49_99, 50_00, 99_00, 99_99, 100_00, 100_50, 101_50, 119_99, 120_00, 239_00, 240_00, 299_99, 360_00]
)
LOAD = st.sampled_from([None, 0, 2000, 4750, 4751, 5000, 5001, 5500, 5501, 7000])
RELAY = st.sampled_from([Relay.CLOSED] * 6 + [Relay.OPEN_CREDIT] * 2 + [Relay.OPEN_OVERLOAD])
WORD = st.sampled_from(["reading"] * 14 + ["estimated", "late", "tamper_cover", "tamper_magnet", "finding", "paid", "confirmed"])
STEPS = st.lists(st.tuples(WORD, MONEY, LOAD, RELAY, st.sampled_from([1, 1, 1, 1, 2, 4, 9, 30, 100])), min_size=5, max_size=70)
OWN = st.sampled_from([(), (200,), (200, 300)])


class Both:
    """The same life for the rules, behind the filter, and for the model. A step is 15 minutes; the timer looks at each."""

    def __init__(self, own: tuple[int, ...] = (), *, prepaid: bool = True, reports_relay: bool = True) -> None:
        self.rules = Meter(own_limits=own, prepaid=prepaid, ticks=True)
        self.model = PlainMeter(own=tuple(limit * 100 for limit in own), prepaid=prepaid)
        self.reports_relay = reports_relay

    @property
    def at(self) -> int:
        return int(self.rules.now.timestamp())

    def step(self, word: str, balance: int | None, load: int | None, relay: Relay, steps: int) -> None:
        if word.startswith("tamper"):
            self.rules.event(word)
            self.model.tamper(self.at, self.at, word)
        elif word == "paid":
            self.rules.paid()
            self.model.paid = self.at
        elif word == "confirmed":
            self.rules.confirmed()
            self.model.paid, self.model.credited = 0, self.at
        elif word == "finding":
            if "tamper" in self.model.open:
                self.rules.finding()
                self.model.finding(self.at)
        else:
            self._reading(word, balance, load, relay if self.reports_relay else Relay.UNKNOWN)
        for _ in range(steps - 1):
            self.rules.tick().wait(minutes=15)
            self.model.tick(self.at - 900)

    def _reading(self, word: str, balance: int | None, load: int | None, relay: Relay) -> None:
        at, late = self.at, 7 * 3600 if word == "late" else 0
        known = "estimated" if word == "estimated" else "known"
        taka, kilowatts = (None if value is None else value / scale for value, scale in ((balance, 100), (load, 1000)))
        self.rules.reading(taka, kilowatts, relay, quality=known, late_s=late)
        self.model.reading(at, at + late, balance, load, relay, estimated=word == "estimated")
        if word != "estimated":
            self.model.tick(at)

    def agree(self) -> None:
        assert sorted(self.model.told) == sorted((int(stage.at.timestamp()), stage.code, stage.reason) for stage in self.rules.stages)
        assert set(self.model.open) == self.rules.open


@settings(max_examples=400, deadline=None)
@given(STEPS, OWN, st.booleans(), st.booleans())
def test_what_is_told_is_what_the_specification_says(steps, own, prepaid, reports_relay):
    both = Both(own, prepaid=prepaid, reports_relay=reports_relay)
    for step in steps:
        both.step(*step)
    both.agree()


def month(chance: random.Random):
    """A home for a month, a reading an hour: it uses, recharges little and often, runs out, boils rice on a summer evening."""
    balance, load, relay = chance.choice([60_00, 300_00]), 1000, Relay.CLOSED
    for _ in range(24 * 30):
        balance += -chance.choice([0, 50, 300, 2000]) + chance.choice([0] * 30 + [50, 2000, 7000, 30_000])
        load = chance.choice([load, load, 900, 3000, 4800, 5100, 5600])
        relay = Relay.OPEN_CREDIT if balance < -30_00 else Relay.CLOSED
        relay = Relay.OPEN_OVERLOAD if load > 5500 and chance.random() < 0.2 else relay
        word = chance.choices(
            ["reading", "late", "tamper_cover", "tamper_current", "finding", "paid", "confirmed"], [120, 3, 1, 1, 1, 4, 3]
        )[0]
        known = chance.random() > 0.1
        yield word, balance if known else None, load if known else None, relay, chance.choice([1, 1, 4])


@pytest.mark.parametrize("seed", range(40))
def test_and_so_it_is_over_a_month_of_a_home(seed):
    chance = random.Random(seed)
    both = Both(chance.choice([(), (300,)]))
    for step in month(chance):
        both.step(*step)
    both.rules.wait(hours=1)
    both.agree()
    assert len(both.model.told) > 5
