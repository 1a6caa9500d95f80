"""The flap guard: more than three openings of a kind in 24 hours. What is grave is told all the same."""

from dataclasses import replace

import pytest

from bijoli.core.conditions import Relay
from tests.core.alerts_loop import Meter


def up_and_down(meter: Meter, times: int) -> Meter:
    """So many low balances, each ended by a recharge."""
    return meter.balances(*[40, 150] * times)


def test_the_fourth_opening_in_24_hours_is_recorded_and_not_told():
    meter = up_and_down(Meter(), 3)
    assert (meter.pushed, meter.open) == (["L2"] * 3, set())
    meter.balances(40)
    assert meter.recorded[-1] == ("L2", "flap")
    assert meter.open == {"low"}


def test_it_stays_open_until_six_hours_of_calm_and_the_timer_closes_it():
    meter = up_and_down(Meter(), 4)  # the clock stands 15 minutes after the last recharge
    meter.wait(hours=5, minutes=44).tick()
    assert meter.open == {"low"}
    meter.wait(minutes=1).tick()
    assert meter.open == set()
    assert meter.decisions[-1].closed == "recovered"


def test_a_relapse_begins_the_calm_anew_and_is_no_opening():
    meter = up_and_down(Meter(), 4).wait(hours=5).balances(40).wait(hours=1).tick()
    meter.balances(150)
    opened = [decision for decision in meter.decisions if decision.opened]
    assert (len(opened), meter.open) == (4, {"low"})
    assert meter.wait(hours=5).tick().open == {"low"}
    assert meter.wait(hours=1).tick().open == set()
    assert meter.pushed == ["L2"] * 3


def test_a_balance_between_limit_and_closing_limit_is_calm():
    assert up_and_down(Meter(), 4).balances(105).wait(hours=6).tick().open == set()


def test_after_a_day_without_openings_all_is_told_again():
    meter = up_and_down(Meter(), 4).wait(hours=6).tick()
    assert meter.wait(hours=24).balances(40).pushed == ["L2"] * 4


def test_an_opening_within_the_day_after_the_calm_is_held_again():
    meter = up_and_down(Meter(), 4).wait(hours=6).tick().balances(40)
    assert meter.recorded[-1] == ("L2", "flap")


def test_the_timer_does_not_close_over_a_balance_that_is_low_again():
    meter = up_and_down(Meter(), 4).wait(hours=6)
    meter.context = replace(meter.context, latest=replace(meter.context.latest, balance=40_00))  # its change still waits
    assert meter.tick().open == {"low"}


def test_l3_is_high_and_is_told():
    meter = up_and_down(Meter(filtered=False), 4)
    meter.context = replace(meter.context, run_out_s=5 * 3600)
    assert meter.balances(40).pushed == ["L2", "L2", "L2", "L3"]


def test_finished_closes_a_flapping_low_as_any_other():
    meter = up_and_down(Meter(), 4).balances(40, -1)
    assert (meter.open, meter.pushed[-1]) == ({"zero"}, "Z1")


# zero


def off_and_on(meter: Meter, times: int) -> Meter:
    for _ in range(times):
        meter.balances(-5, relay=Relay.OPEN_CREDIT).balances(500, relay=Relay.CLOSED)
    return meter


def test_supply_off_is_told_each_time_and_restored_no_more():
    meter = off_and_on(Meter().balances(500, relay=Relay.CLOSED), 5)
    assert meter.pushed == ["Z2", "ZR"] * 3 + ["Z2", "Z2"]
    assert meter.open == {"zero"}
    meter.wait(hours=6).tick()
    assert meter.open == set()
    assert meter.recorded[-1] == ("ZR", "flap")


def test_finished_again_with_the_supply_on_is_told_once():
    meter = Meter().balances(*[-5, 500] * 6)
    assert meter.pushed == ["Z1", "ZR"] * 3 + ["Z1"]


def test_off_after_a_relapse_is_told_once_and_still_off_after_two_hours():
    meter = off_and_on(Meter().balances(500, relay=Relay.CLOSED), 4).balances(-5, relay=Relay.CLOSED)
    meter.balances(-6, relay=Relay.OPEN_CREDIT).balances(-6, relay=Relay.CLOSED).balances(-7, relay=Relay.OPEN_CREDIT)
    assert meter.pushed[-3:] == ["ZR", "Z2", "Z2"]
    assert meter.wait(hours=2).tick().pushed[-1] == "Z3"


def test_a_balance_that_is_low_when_the_calm_ends_is_told_since_restored_was_not():
    meter = Meter().balances(*[-5, 500] * 3, -5, 45).wait(hours=6).tick()
    assert meter.open == {"low"}
    assert meter.pushed[-1] == "L2"


# overload


def over_and_calm(meter: Meter, times: int) -> Meter:
    return meter.loads(*[5.2, 3, 3] * times)


def test_an_overload_that_comes_and_goes_is_held_and_o2_is_told():
    meter = over_and_calm(Meter(), 4)
    assert meter.recorded == [("O1", ""), ("OR", "centre only")] * 3 + [("O1", "flap")]
    assert meter.loads(5.8).pushed == ["O1"] * 3 + ["O2"]
    meter.loads(3, 3).wait(hours=6).tick()
    assert meter.open == set()
    assert meter.recorded[-1] == ("OR", "centre only")


def test_a_load_over_again_begins_the_calm_anew():
    meter = over_and_calm(Meter(), 4).wait(hours=5).loads(5.2).wait(hours=2).tick()
    assert meter.open == {"overload"}
    assert meter.loads(3, 3).wait(hours=6).tick().open == set()


def test_a_held_overload_is_not_reminded_of():
    meter = over_and_calm(Meter(), 3).loads(5.2, 5.2)
    assert meter.wait(minutes=50).tick().tick().recorded[-1] == ("O1", "flap")
    assert meter.recorded.count(("O1", "flap")) == 1


def test_a_trip_in_a_held_overload_is_told_and_its_calm_ends_by_the_timer():
    meter = over_and_calm(Meter(), 4).relays(Relay.CLOSED, Relay.OPEN_OVERLOAD)
    assert meter.pushed[-1] == "O2"
    for _ in range(4 * 8):
        meter.reading(kw=3, relay=Relay.CLOSED).tick()
    assert meter.open == set()


# tamper


def test_tamper_is_closed_by_the_staff_however_often_it_opens():
    meter = Meter()
    for _ in range(5):
        meter.event("tamper_cover").finding()
    assert meter.pushed == ["T1", "TR"] * 5
    assert meter.open == set()


@pytest.mark.parametrize(("hours", "told"), [(7, True), (6, False)])
def test_24_hours_is_the_window(hours, told):
    meter = Meter()
    for _ in range(4):
        meter.balances(40, 150).wait(hours=hours + 1, minutes=-30)
    assert (("L2", "flap") not in meter.recorded) == told
