"""Promised times by working hours, legal moves, and how a late complaint goes up."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bijoli.core.complaint import (
    MOVES,
    WAITING,
    Category,
    Desk,
    MoveError,
    State,
    WorkingHours,
    level,
    may_reopen,
    move,
    number,
    promise,
    promised,
    rises,
)

DHAKA = ZoneInfo("Asia/Dhaka")
WORK = WorkingHours(holidays=frozenset({date(2026, 12, 16)}))  # a Wednesday
DESK = Desk(working=WORK)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=DHAKA)


@pytest.mark.parametrize(
    ("begun", "hours", "until"),
    [
        ("11-22 10:00", 4, "11-22 14:00"),  # a Sunday: a working day
        ("11-22 15:00", 4, "11-23 11:00"),  # over night
        ("11-22 09:00", 8, "11-22 17:00"),  # a whole day ends when it ends
        ("11-22 16:59", 1, "11-23 09:59"),
        ("11-22 17:00", 1, "11-23 10:00"),  # closed: counted from the next morning
        ("11-22 03:00", 1, "11-22 10:00"),
        ("11-26 16:00", 2, "11-29 10:00"),  # Thursday afternoon: Friday and Saturday do not count
        ("11-27 12:00", 8, "11-29 17:00"),  # begun on a Friday
        ("12-15 16:00", 2, "12-17 10:00"),  # a holiday in between
        ("12-16 10:00", 1, "12-17 10:00"),  # begun on a holiday
        ("11-22 09:00", 40, "11-26 17:00"),  # a whole week
    ],
)
def test_working_hours_are_counted(begun: str, hours: int, until: str) -> None:
    assert promised(at(begun), hours, WORK) == at(until)


def test_the_clock_counts_every_hour() -> None:
    assert promised(at("11-27 23:00"), 24, None) == at("11-28 23:00")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.integers(0, 500_000), st.integers(1, 200), st.integers(1, 200))
def test_a_promise_lies_in_working_time_and_grows_with_its_hours(minute: int, hours: int, more: int) -> None:
    begun = at("01-01 00:00") + timedelta(minutes=minute)
    until = promised(begun, hours, WORK)
    assert WORK.works(until.date())
    assert time(9) < until.time() <= time(17)
    assert until >= begun + timedelta(hours=hours)
    assert promised(until, more, WORK) == promised(begun, hours + more, WORK)


def test_nobody_works_and_no_promise_is_made() -> None:
    never = WorkingHours(weekdays=frozenset({0}), holidays=frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(800)))
    with pytest.raises(ValueError, match="nobody works"):
        promised(at("01-01 10:00"), 1, never)


@pytest.mark.parametrize("wrong", [{"begin": time(17), "until": time(9)}, {"weekdays": frozenset()}, {"weekdays": frozenset({7})}])
def test_working_hours_that_cannot_be_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="working"):
        replace(WORK, **wrong)


LEGAL = """submitted assigned|submitted working|submitted resolved|assigned assigned|assigned working|assigned resolved|working assigned
|working resolved|resolved closed|resolved reopened|closed reopened|reopened assigned|reopened working|reopened resolved"""


@pytest.mark.parametrize("here", State)
@pytest.mark.parametrize("there", State)
def test_the_legal_moves_are_these_and_no_others(here: State, there: State) -> None:
    if f"{here} {there}" in LEGAL.replace("\n", "").split("|"):
        assert move(here, there) == there
    else:
        with pytest.raises(MoveError):
            move(here, there)


def test_every_state_can_be_left_and_what_waits_can_be_resolved() -> None:
    assert set(MOVES) == set(State)
    assert all(MOVES.values())
    assert all(State.RESOLVED in MOVES[state] for state in WAITING)


def test_a_late_complaint_goes_up_by_working_hours() -> None:
    until = at("11-26 16:00")  # a Thursday
    steps = [("11-26 15:59", 0), ("11-26 16:00", 1), ("11-28 12:00", 1), ("11-29 15:59", 1), ("11-29 16:00", 2), ("12-01 16:00", 3)]
    assert [level(until, at(now), DESK) for now, _ in steps] == [reached for _, reached in steps]
    assert [rises(until, reached, DESK) for reached in range(4)] == [until, at("11-29 16:00"), at("12-01 16:00"), None]


def test_danger_goes_up_by_the_clock() -> None:
    until = at("11-27 02:00")  # Friday night
    assert level(until, at("11-27 10:00"), DESK, danger=True) == 2
    assert level(until, at("11-27 10:00"), DESK) == 0  # without danger: not before the office opens
    assert rises(until, 1, DESK, danger=True) == at("11-27 10:00")


def test_a_promise_by_its_category() -> None:
    names = {"bn": "ক", "en": "A"}
    assert promise(Category("a", names, 24, by_clock=True), at("11-27 12:00"), DESK) == at("11-28 12:00")
    assert promise(Category("b", names, 8), at("11-27 12:00"), DESK) == at("11-29 17:00")


@pytest.mark.parametrize(
    ("state", "days_ago", "may"),
    [
        (State.RESOLVED, 6.9, True),
        (State.RESOLVED, 7, False),
        (State.CLOSED, 1, True),
        (State.WORKING, 1, False),
        (State.SUBMITTED, 1, False),
    ],
)
def test_opening_again_has_its_days(state: State, days_ago: float, may: bool) -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    assert may_reopen(state, now - timedelta(days=days_ago), now, 7) is may
    assert may_reopen(state, None, now, 7) is False


def test_the_number_names_the_day_and_the_place() -> None:
    assert number(date(2026, 11, 28), 123) == "C261128-00123"
