"""TAMPER: one signal, a counter, a second stage, and a latch that only staff open."""

from tests.core.alerts_loop import Meter


def test_cover_open_closed_open_is_one_t1_with_a_counter_and_stays_open():  # (11)
    meter = Meter().event("tamper_cover", code="251").wait(minutes=5).event("tamper_cover", begins=False, code="252")
    meter.wait(minutes=4).event("tamper_cover", code="251")
    assert meter.pushed == ["T1"]
    assert meter.standing.tamper.counter == 2
    assert meter.open == {"tamper"}


def test_the_end_of_an_event_alone_is_no_signal():
    assert Meter().event("tamper_cover", begins=False).recorded == []


def test_a_second_class_is_t2_and_a_third_is_not_told():
    meter = Meter().event("tamper_cover").wait(days=3).event("tamper_magnet").event("tamper_neutral")
    assert meter.pushed == ["T1", "T2"]


def test_five_repeats_in_24_hours_are_t2():
    meter = Meter().event("tamper_current")
    for _ in range(4):
        meter.wait(hours=1).event("tamper_current")
    assert meter.pushed == ["T1"]
    assert meter.wait(hours=1).event("tamper_current").pushed == ["T1", "T2"]
    assert meter.stages[-1].facts["counter"] == 6


def test_five_repeats_over_more_than_a_day_are_not():
    meter = Meter().event("tamper_current")
    for _ in range(8):
        meter.wait(hours=6).event("tamper_current")
    assert meter.pushed == ["T1"]


def test_a_finding_closes_it_and_the_next_signal_is_told_again():
    meter = Meter().event("tamper_cover").wait(hours=1).finding("seal replaced")
    assert meter.pushed == ["T1", "TR"]
    assert meter.stages[-1].facts["finding"] == "seal replaced"
    assert meter.open == set()
    assert meter.wait(hours=1).event("tamper_cover").pushed == ["T1", "TR", "T1"]


def test_other_events_are_no_tamper():
    assert Meter().event("power_fail").event("config_change").event("low_balance").recorded == []


def test_a_signal_older_than_six_hours_is_shown_and_does_not_ring():
    assert Meter().event("tamper_cover", late_s=7 * 3600).recorded == [("T1", "late")]


def test_a_postpaid_account_has_tamper_alerts():
    assert Meter(prepaid=False).event("tamper_cover").pushed == ["T1"]
