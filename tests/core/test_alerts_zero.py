"""BALANCE FINISHED: what opens and closes it, protected hours, and how it stands above LOW."""

from dataclasses import replace
from datetime import datetime

from bijoli.core.conditions import Relay
from tests.core.alerts_loop import DHAKA, PROTECTING, Meter


def test_a_true_zero_is_z1_while_the_relay_is_closed_or_not_reported_and_z2_when_it_is_open():  # (3)
    assert Meter().balances(5, 0).pushed == ["L2", "Z1"]
    assert Meter().reading(5).reading(0, relay=Relay.CLOSED).pushed == ["L2", "Z1"]
    assert Meter().reading(5).reading(0, relay=Relay.OPEN_CREDIT).pushed == ["L2", "Z2"]


def test_z1_names_the_end_of_the_protected_hours_and_z2_comes_when_the_relay_opens():  # (4)
    friday_evening, sunday = datetime(2026, 11, 27, 21, 0, tzinfo=DHAKA), datetime(2026, 11, 29, 10, 0, tzinfo=DHAKA)
    meter = Meter(utility=PROTECTING, start=friday_evening).reading(-35, relay=Relay.CLOSED)
    assert meter.pushed == ["Z1"]
    assert datetime.fromisoformat(meter.stages[0].facts["protected_until"]) == sunday
    assert meter.to(sunday).reading(-40, relay=Relay.OPEN_CREDIT).pushed == ["Z1", "Z2"]


def test_where_no_protected_hours_are_configured_or_none_run_z1_promises_nothing():
    assert "protected_until" not in Meter().balances(-5).stages[0].facts
    noon = datetime(2026, 11, 25, 12, 0, tzinfo=DHAKA)
    assert "protected_until" not in Meter(utility=PROTECTING, start=noon).balances(-5).stages[0].facts


def test_40_to_minus_1_in_one_reading_is_z_alone():  # (5)
    meter = Meter().balances(150, -1)
    assert meter.pushed == ["Z1"]
    meter = Meter().balances(40, -1)
    assert meter.pushed == ["L2", "Z1"]
    assert meter.open == {"zero"}
    assert [decision.closed for decision in meter.decisions if decision.kind == "low"] == ["", "superseded"]


def test_a_recharge_from_minus_20_to_50_tells_zr_and_no_l_beside_it():
    meter = Meter().balances(150, -20, 50)
    assert meter.pushed == ["Z1", "ZR"]
    assert meter.open == {"low"}
    assert meter.stages[-1].reason == "told by restored"
    assert meter.balances(49).pushed == ["Z1", "ZR", "L2"]


def test_a_recharge_to_500_closes_and_leaves_nothing_open():  # (6), (18)
    meter = Meter().reading(-20, relay=Relay.OPEN_CREDIT).credit(520).credit(520).reading(500, relay=Relay.CLOSED).balances(499)
    assert meter.pushed == ["Z2", "ZR"]
    assert meter.open == set()
    assert "out_since" in meter.stages[-1].facts


def test_credit_while_the_relay_is_still_open_is_not_restored():
    meter = Meter().reading(-20, relay=Relay.OPEN_CREDIT).reading(500, relay=Relay.OPEN_CREDIT)
    assert meter.open == {"zero"}
    assert meter.reading(499, relay=Relay.CLOSED).pushed == ["Z2", "ZR"]


def test_a_closed_relay_while_the_balance_is_negative_is_not_restored():
    assert Meter().reading(-20, relay=Relay.OPEN_CREDIT).reading(-20, relay=Relay.CLOSED).open == {"zero"}


def test_z1_and_z2_are_told_once():
    meter = Meter().balances(-1, -2, -3, 0, -4)
    assert meter.pushed == ["Z1"]
    meter.relays(Relay.OPEN_CREDIT, Relay.CLOSED, Relay.OPEN_CREDIT)
    assert meter.pushed == ["Z1", "Z2"]


def test_the_meters_own_events_open_cut_and_restore():
    meter = Meter().balances(60).event("zero_balance")
    assert meter.pushed == ["L1", "Z1"]
    assert meter.event("supply_off", code="301").pushed == ["L1", "Z1", "Z2"]
    assert meter.balances(200).event("supply_on", code="302").pushed == ["L1", "Z1", "Z2", "ZR"]


def test_an_exhausted_event_that_comes_after_the_recharge_tells_of_the_past():
    meter = Meter().balances(-1, 500)
    pushed = meter.pushed
    assert meter.wait(minutes=-20).event("zero_balance").pushed == pushed


def test_a_disconnect_without_a_finished_balance_is_no_zero():
    assert Meter().balances(500).event("supply_off").recorded == []


def test_a_late_finish_is_shown_in_the_centre_and_so_is_its_restoring():
    meter = Meter().reading(-1, late_s=7 * 3600).reading(300, late_s=7 * 3600)
    assert meter.recorded == [("Z1", "late"), ("ZR", "late")]


# what no reading triggers


def test_z3_after_two_hours_then_daily_and_three_at_most():
    meter = Meter().reading(-5, relay=Relay.OPEN_CREDIT)
    for _ in range(6 * 24 * 5):
        meter.wait(minutes=10).tick()
    assert meter.pushed == ["Z2", "Z3", "Z3", "Z3"]
    first = meter.stages[0].at
    hours = [(stage.at - first).total_seconds() // 3600 for stage in meter.stages[1:]]
    assert hours == [2, 26, 50]


def test_days_on_which_the_timer_did_not_run_are_passed_over():
    meter = Meter().reading(-5, relay=Relay.OPEN_CREDIT).wait(hours=27).tick().tick()
    assert meter.pushed == ["Z2", "Z3"]
    assert Meter().reading(-5, relay=Relay.OPEN_CREDIT).wait(days=9).tick().pushed == ["Z2"]


def test_there_is_no_z3_while_supply_is_on_or_credit_is_back():
    assert Meter().balances(-5).wait(hours=3).tick().pushed == ["Z1"]
    meter = Meter().reading(-5, relay=Relay.OPEN_CREDIT).reading(-5, relay=Relay.CLOSED)
    assert meter.wait(hours=3).tick().pushed == ["Z2"]
    meter = Meter().reading(-5, relay=Relay.OPEN_CREDIT).reading(50, relay=Relay.OPEN_CREDIT)
    assert meter.wait(hours=3).tick().pushed == ["Z2"]


def test_there_is_no_z3_after_a_disconnect_event_when_readings_know_the_relay_as_closed():
    meter = Meter().reading(20, relay=Relay.CLOSED).reading(-5).event("supply_off").wait(minutes=15)
    assert meter.reading(-6, relay=Relay.CLOSED).wait(hours=3).tick().pushed == ["L2", "Z1", "Z2"]


def test_an_episode_that_an_event_alone_opened_is_closed_by_the_next_known_credit():
    meter = Meter().balances(500).event("zero_balance").wait(minutes=1).tick()
    assert meter.open == {"zero"}
    assert meter.balances(None, 499).pushed == ["Z1", "ZR"]
    assert meter.open == set()


def test_a_meter_whose_first_known_balance_is_well_is_restored_though_nobody_knew_what_it_had_before():
    meter = Meter(ticks=True).relays(Relay.OPEN_CREDIT, Relay.CLOSED)
    assert meter.open == {"zero"}
    assert meter.reading(500, relay=Relay.CLOSED).pushed == ["Z2", "ZR"]
    assert meter.open == set()


def test_an_account_that_has_become_postpaid_is_told_no_more_of_its_balance():
    meter = Meter().reading(-5, relay=Relay.OPEN_CREDIT)
    meter.context = replace(meter.context, prepaid=False)
    assert meter.wait(hours=3).tick().pushed == ["Z2"]
