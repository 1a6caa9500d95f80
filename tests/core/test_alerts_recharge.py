"""A low balance while a paid recharge is on its way: held back, recorded, not lost, and nothing stale told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.alerts_loop import Meter

HELD, TOLD = "recharge", ""


def test_a_low_balance_waits_for_the_recharge_and_is_told_when_it_has_not_come():
    meter = Meter().balances(150).paid().balances(99)
    assert meter.recorded == [("L1", HELD)]
    assert meter.wait(minutes=14).tick().pushed == []
    assert meter.wait(minutes=1).tick().pushed == ["L1"]
    assert meter.wait(minutes=15).tick().recorded == [("L1", HELD), ("L1", TOLD)]
    assert meter.stages[-1].balance == 99_00


def test_the_recharge_arrives_and_nothing_is_told_of_before():
    meter = Meter(ticks=True).balances(150).paid().balances(99).confirmed().credit(500).balances(599).wait(hours=1).tick()
    assert meter.recorded == [("L1", HELD)]
    assert meter.open == set()
    assert meter.balances(99).pushed == ["L1"]


def test_a_reading_from_before_the_recharge_that_comes_after_it_is_not_told():
    meter = Meter().balances(150)
    meter.now = (read := meter.now).replace(minute=meter.now.minute + 1)
    meter.confirmed().to(read).balances(99)
    assert meter.recorded == [("L1", HELD)]


def test_a_recharge_that_leaves_the_balance_low_is_told_with_the_new_balance():
    meter = Meter().balances(150).paid().balances(40).confirmed().wait(minutes=15).balances(80)
    assert meter.recorded == [("L2", HELD), ("L1", TOLD)]
    assert (meter.stages[-1].balance, meter.stages[-1].lap) == (80_00, 2)


def test_a_small_recharge_that_was_used_up_before_the_reading_loses_nothing():
    """The reading shows no rise and crosses nothing, so `record` does not hand it on: the timer looks."""
    meter = Meter(ticks=True).balances(150).paid().balances(99).confirmed().wait(minutes=1).balances(98.5)
    assert meter.pushed == []
    assert meter.wait(minutes=30).tick().pushed == ["L1"]
    assert meter.stages[-1].balance == 98_50


def test_what_falls_further_meanwhile_is_told_once_by_the_highest():
    meter = Meter().balances(150).paid().balances(99, 45).wait(minutes=15).tick()
    assert meter.recorded == [("L1", HELD), ("L2", HELD), ("L2", TOLD)]
    assert meter.wait(hours=1).tick().pushed == ["L2"]


def test_a_second_payment_holds_it_back_again():
    meter = Meter(ticks=True).balances(150).paid().balances(99).paid().balances(98, 97).tick()
    assert meter.pushed == ["L1"]
    assert meter.now - meter.stages[-1].at == meter.step


def test_a_refused_recharge_holds_nothing_back_after_its_time():
    meter = Meter(ticks=True).balances(150).paid().balances(99)
    meter.context = replace(meter.context, paid_at=None)
    meter.balances(98.5, 98)
    assert meter.pushed == ["L1"]


def test_an_own_limit_waits_too():
    meter = Meter(own_limits=(300,)).balances(350).paid().balances(299).wait(minutes=15).tick()
    assert meter.recorded == [("L0", HELD), ("L0", TOLD)]


def test_what_would_not_be_told_anyway_does_not_wait():
    meter = Meter().balances(150, 99).wait(hours=1).paid().balances(110, 99)
    assert meter.recorded == [("L1", TOLD), ("L1", "gap")]
    assert meter.wait(hours=1).tick().recorded == [("L1", TOLD), ("L1", "gap")]


@pytest.mark.parametrize(("balance", "told"), [(0, ["Z1"]), (-1, ["Z1"])])
def test_a_finished_balance_is_told_at_once(balance, told):
    assert Meter().balances(150).paid().balances(balance).pushed == told


def test_a_finished_balance_takes_the_place_of_what_waited():
    meter = Meter(ticks=True).balances(150).paid().balances(99, -1).wait(hours=2).tick()
    assert meter.pushed == ["Z1"]
