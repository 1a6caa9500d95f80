"""LOW BALANCE: the limits, laps, least gaps and own limits. Numbers in brackets are the specification's test vectors."""

from datetime import timedelta

import pytest

from tests.core.alerts_loop import Meter


def test_99_99_is_low_and_100_is_not():  # (1)
    meter = Meter().balances(150, 101, 100)
    assert meter.pushed == []
    assert meter.balances(99.99).pushed == ["L1"]


def test_a_balance_that_hovers_at_the_limit_is_told_once():  # (2)
    meter = Meter().balances(99, 101, 99, 119, 99)
    assert meter.pushed == ["L1"]
    assert meter.open == {"low"}


def test_after_the_close_a_new_episode_tells_again_but_a_recharge_within_it_does_not():  # (2)
    meter = Meter().balances(99, 101, 99, 119, 99)
    meter.wait(days=2).balances(120)
    assert meter.open == set()
    assert meter.balances(99).pushed == ["L1", "L1"]
    meter.wait(days=1).balances(110, 99)
    assert meter.pushed == ["L1", "L1"]
    assert meter.recorded[-1] == ("L1", "gap")


def test_a_daily_payer_between_20_and_110_hears_l1_every_72_hours_at_most_and_l2_every_12():  # (2)
    meter = Meter()
    for _ in range(10):
        meter.balances(110, 99, 70, 49, 20).wait(hours=22, minutes=45)
    times = {code: [stage.at for stage in meter.stages if stage.push and stage.code == code] for code in ("L1", "L2")}
    assert len(times["L1"]) == 4
    assert all(later - earlier >= timedelta(hours=72) for earlier, later in zip(times["L1"], times["L1"][1:], strict=False))
    assert all(later - earlier >= timedelta(hours=12) for earlier, later in zip(times["L2"], times["L2"][1:], strict=False))


def test_l1_is_told_once_in_24_hours_across_episodes():
    meter = Meter().balances(99, 130, 99)
    assert meter.recorded == [("L1", ""), ("L1", "gap")]
    assert meter.wait(hours=24).balances(130, 99).pushed == ["L1", "L1"]


def test_several_stages_of_one_reading_make_one_push_the_highest():  # (19)
    meter = Meter().balances(150, 40)
    assert meter.pushed == ["L2"]
    assert meter.balances(30).pushed == ["L2"]


def test_after_a_recharge_that_does_not_close_each_stage_may_fire_again_when_crossed_again():  # (19)
    meter = Meter().balances(150, 40, 30)
    meter.wait(hours=1).balances(110)
    assert meter.standing.low.lap == 2
    assert meter.wait(hours=20).balances(45).pushed == ["L2", "L2"]


def test_a_stage_that_a_recharge_did_not_lift_is_not_crossed_again():
    assert Meter().balances(150, 20).wait(hours=13).balances(40, 39).pushed == ["L2"]


def test_a_stage_passed_over_is_not_told_later_in_the_lap():
    assert Meter().balances(150, 40, 40.5, 41, 40).pushed == ["L2"]


def test_a_rise_and_its_credit_event_are_one_recharge_in_either_order():  # (18)
    meter = Meter().balances(150, 40).wait(hours=1).credit(70).wait(minutes=15).balances(110)
    assert meter.standing.low.lap == 2
    later = Meter().balances(150, 40).wait(hours=1).reading(110)
    later.wait(minutes=-20).credit(70)
    assert later.standing.low.lap == 2


def test_a_credit_event_alone_does_not_tell_again_while_the_balance_has_not_risen():
    meter = Meter(filtered=False).balances(150, 40).wait(hours=13).credit(70).balances(39, 38)
    assert meter.pushed == ["L2"]


def test_a_rise_of_less_than_a_taka_is_no_recharge():
    assert Meter().balances(99.9, 100.5, 99.9).standing.low.lap == 1


@pytest.mark.parametrize("nothing", [None])
def test_what_was_not_read_changes_nothing(nothing):  # (3)
    meter = Meter().balances(nothing, nothing)
    assert meter.recorded == []
    assert Meter().balances(99, nothing, nothing).pushed == ["L1"]


def test_an_estimated_reading_neither_opens_nor_closes():
    assert Meter().reading(150).reading(40, quality="estimated").pushed == []
    assert Meter().reading(40).reading(500, quality="estimated").open == {"low"}


def test_a_postpaid_account_has_no_balance_alerts():
    assert Meter(prepaid=False).balances(40, -1).event("zero_balance").recorded == []


def test_a_reading_older_than_six_hours_opens_but_does_not_ring():
    meter = Meter().balances(150).reading(40, late_s=6 * 3600 + 1)
    assert meter.recorded == [("L2", "late")]
    assert meter.stages[0].facts["late"] is True
    assert meter.open == {"low"}
    assert Meter().balances(150).reading(40, late_s=6 * 3600).pushed == ["L2"]


# own limits


def test_an_own_limit_of_300_tells_at_299_then_l1_and_closes_at_360():  # (17)
    meter = Meter(own_limits=(300,)).balances(301, 300, 299)
    assert meter.pushed == ["L0"]
    assert meter.stages[0].own_limit == 300_00
    assert meter.balances(99).pushed == ["L0", "L1"]
    assert meter.wait(hours=1).balances(359.99).open == {"low"}
    assert meter.balances(360).open == set()
    assert {decision.closed for decision in meter.decisions} == {"", "recovered"}


def test_two_own_limits_are_two_tellings_each_for_its_own_people():
    meter = Meter(own_limits=(300, 200)).balances(400, 150)
    assert [(stage.code, stage.times, stage.own_limit) for stage in meter.stages] == [("L0", 1, 200_00), ("L0", 2, 300_00)]


def test_under_100_an_own_limit_says_nothing_of_its_own():
    assert Meter(own_limits=(300,)).balances(400, 80).pushed == ["L1"]
