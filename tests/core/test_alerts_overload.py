"""OVERLOAD: by interval load, by events, by trips; hysteresis, gaps and reminders."""

from datetime import timedelta

from bijoli.core.conditions import Relay
from tests.core.alerts_loop import Meter

TRIP = Relay.OPEN_OVERLOAD


def test_5_01_kw_on_5_kw_opens_and_two_calm_intervals_close():  # (9)
    meter = Meter().loads(5.0)
    assert meter.pushed == []
    assert meter.loads(5.01).pushed == ["O1"]
    assert meter.loads(4.9).open == {"overload"}
    assert meter.loads(4.7).open == {"overload"}
    meter.loads(4.7)
    assert meter.open == set()
    assert meter.recorded == [("O1", ""), ("OR", "centre only")]


def test_an_interval_without_a_known_load_is_no_calm_interval():
    assert Meter().loads(5.5, 4.0, None, None).open == {"overload"}
    assert Meter().loads(5.5, 4.0, None, 4.0).open == set()


def test_far_over_is_o2_at_once_and_hovering_there_is_told_once():
    assert Meter().loads(5.5).pushed == ["O1"]
    meter = Meter().loads(5.51, 5.4, 5.6, 5.3, 5.6)
    assert meter.pushed == ["O2"]
    assert meter.loads(4.0, 5.6).pushed == ["O2", "O2"]


def test_from_over_to_far_over_is_a_second_stage():
    assert Meter().loads(5.2, 5.6).pushed == ["O1", "O2"]


def trips(*minutes):
    meter = Meter().reading(kw=3, relay=Relay.CLOSED)
    begin = meter.now
    for minute in minutes:
        meter.to(begin + timedelta(minutes=minute)).reading(relay=TRIP)
        meter.to(begin + timedelta(minutes=minute + 2)).reading(relay=Relay.CLOSED)
    return meter


def test_trips_at_0_5_and_50_minutes_are_two_pushes():  # (10)
    meter = trips(0, 5, 50)
    assert meter.recorded == [("O2", ""), ("O2", "gap"), ("O3", "")]
    assert meter.stages[1].facts["counter"] == 2
    assert meter.stages[2].facts["counter"] == 3


def test_trips_at_0_20_and_50_minutes_are_three_pushes():  # (10)
    assert trips(0, 20, 50).pushed == ["O2", "O2", "O3"]


def test_trips_over_more_than_an_hour_are_no_o3():
    assert trips(0, 30, 61).pushed == ["O2", "O2", "O2"]


def test_an_overload_event_opens_and_a_disconnect_within_a_minute_is_a_trip():
    meter = Meter().event("overload", code="215")
    assert meter.pushed == ["O1"]
    assert meter.wait(seconds=60).event("supply_off", code="301").pushed == ["O1", "O2"]
    assert meter.stages[-1].facts["event_code"] == "301"
    alone = Meter().event("overload").wait(seconds=61).event("supply_off")
    assert alone.pushed == ["O1"]


def test_a_trip_told_by_events_and_by_the_next_reading_is_one_trip():
    meter = Meter().event("overload").wait(seconds=2).event("supply_off").wait(minutes=10).reading(relay=TRIP)
    assert meter.recorded == [("O1", ""), ("O2", "")]
    assert len(meter.standing.overload.trips) == 1


def test_a_disconnect_that_arrives_before_its_overload_event_is_a_trip_too():
    from dataclasses import replace

    meter = Meter()
    meter.context = replace(meter.context, off_event_at=int(meter.now.timestamp()) + 1)
    assert meter.event("overload").pushed == ["O2"]


def test_a_disconnect_that_was_known_before_its_turn_is_no_second_trip():
    from dataclasses import replace

    meter = Meter()
    off = meter.now + timedelta(seconds=20)
    meter.context = replace(meter.context, off_event_at=int(off.timestamp()))
    assert meter.event("overload").pushed == ["O2"]
    assert meter.to(off).event("supply_off").recorded == [("O2", "")]
    assert len(meter.standing.overload.trips) == 1


def test_a_trip_holds_the_episode_open_for_an_hour_and_the_timer_closes_it():
    meter = Meter(ticks=True).reading(kw=3, relay=Relay.CLOSED).reading(kw=0, relay=TRIP)
    meter.reading(kw=2, relay=Relay.CLOSED).loads(2, 2)
    assert meter.open == {"overload"}
    meter.loads(2, 2)
    assert meter.open == set()
    assert meter.recorded == [("O2", ""), ("OR", "centre only")]


def test_a_meter_that_reports_no_load_closes_an_hour_after_its_own_all_clear():
    meter = Meter().event("overload").wait(minutes=5).event("overload", begins=False)
    assert meter.wait(minutes=59).tick().open == {"overload"}
    assert meter.wait(minutes=1).tick().open == set()


def test_hourly_reminders_while_still_over_three_a_day_at_most():
    meter = Meter(ticks=True)
    meter.loads(*[5.2] * (4 * 26))
    first = meter.stages[0].at
    assert set(meter.pushed) == {"O1"}
    assert [(stage.at - first).total_seconds() / 3600 for stage in meter.stages] == [0, 1, 2, 24, 25]


def test_no_reminder_of_a_load_that_is_not_known_to_be_over_now():
    assert Meter().loads(5.2).wait(hours=3).tick().pushed == ["O1"]
    assert Meter(ticks=True).loads(5.2, *[4.9] * 8).pushed == ["O1"]


def test_an_overload_event_repeated_is_told_again_after_an_hour():
    meter = Meter().event("overload").wait(minutes=30).event("overload")
    assert meter.pushed == ["O1"]
    assert meter.wait(minutes=30).event("overload").pushed == ["O1", "O1"]


def test_a_postpaid_account_has_overload_alerts_and_without_a_sanctioned_load_there_are_none():
    assert Meter(prepaid=False).loads(6).pushed == ["O2"]
    assert Meter(sanctioned_w=None).loads(60).recorded == []
    assert Meter().loads(None, None).recorded == []
