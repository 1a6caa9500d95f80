"""Quiet and protected hours, to the minute."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bijoli.core.hours import is_quiet, protected_until
from bijoli.core.utility import ProtectedHours

DHAKA = ZoneInfo("Asia/Dhaka")
HOURS = ProtectedHours(time(16), time(10), weekly_days=(4, 5), on_holidays=True)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=DHAKA)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (at(23, 15, 59), None),  # Monday before four
        (at(23, 16), at(24, 10)),  # Monday evening
        (at(24, 9, 59), at(24, 10)),  # Tuesday morning
        (at(24, 10), None),
        (at(26, 17), at(29, 10)),  # Thursday evening: Friday and Saturday follow
        (at(27, 21), at(29, 10)),  # Friday evening
        (at(28, 12), at(29, 10)),  # Saturday noon
        (at(29, 10), None),  # Sunday
    ],
)
def test_the_end_of_the_stretch_that_runs_now(now, end):
    assert protected_until(now, HOURS, set()) == end


def test_a_holiday_joins_the_stretch():
    assert protected_until(at(28, 12), HOURS, {date(2026, 11, 29)}) == at(30, 10)


def test_weekly_days_alone_end_at_midnight():
    assert protected_until(at(27, 21), ProtectedHours(weekly_days=(4,)), set()) == at(28, 0)


def test_nothing_configured_protects_never_and_all_days_promise_no_end():
    assert protected_until(at(27, 21), ProtectedHours(), set()) is None
    assert protected_until(at(27, 21), ProtectedHours(weekly_days=(0, 1, 2, 3, 4, 5, 6)), set()) is None


@pytest.mark.parametrize(("clock", "quiet"), [((21, 59), False), ((22, 0), True), ((2, 0), True), ((6, 59), True), ((7, 0), False)])
def test_quiet_hours_run_over_midnight(clock, quiet):
    assert is_quiet(at(23, *clock), time(22), time(7)) is quiet


def test_equal_ends_mean_no_quiet_hours():
    assert not is_quiet(at(23, 12), time(12), time(12))
