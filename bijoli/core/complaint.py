"""Complaints: their states and legal moves, the promised time by working hours, and when one is late.

Times come in aware and local. What a utility promises is its own (`utilities/*/complaints.toml`); nothing here knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

LONGEST_SEARCH = timedelta(days=400)  # no promise reaches farther; it bounds the count of working hours


class State(StrEnum):
    """Where a complaint stands."""

    SUBMITTED = "submitted"
    ASSIGNED = "assigned"
    WORKING = "working"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"


class Finding(StrEnum):
    """What the utility found, once it is resolved."""

    FIXED = "fixed"
    EXPLAINED = "explained"
    PAID_BACK = "paid_back"
    NOT_FOUND = "not_found"
    DUPLICATE = "duplicate"
    ELSEWHERE = "elsewhere"


_WORK = frozenset({State.ASSIGNED, State.WORKING, State.RESOLVED})
MOVES: dict[State, frozenset[State]] = {
    State.SUBMITTED: _WORK,
    State.REOPENED: _WORK,
    State.ASSIGNED: _WORK,
    State.WORKING: frozenset({State.ASSIGNED, State.RESOLVED}),
    State.RESOLVED: frozenset({State.CLOSED, State.REOPENED}),
    State.CLOSED: frozenset({State.REOPENED}),
}
WAITING = frozenset({State.SUBMITTED, State.REOPENED, State.ASSIGNED, State.WORKING})  # for the utility
BEST_RATING = 5


class MoveError(ValueError):
    """The complaint cannot go from where it stands to there."""


def move(here: State, there: State) -> State:
    """The new state. Raises MoveError for a move that is none."""
    if there not in MOVES[here]:
        raise MoveError(f"no way from {here} to {there}")
    return there


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When the utility works: local hours of the day on some days of the week (Monday is 0), holidays apart."""

    begin: time = time(9, 0)
    until: time = time(17, 0)
    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 6})  # Sunday to Thursday
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.begin < self.until:
            raise ValueError("working hours begin before they end, within one day")
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("working days are some of 0 (Monday) to 6 (Sunday)")

    def works(self, on: date) -> bool:
        return on.weekday() in self.weekdays and on not in self.holidays


@dataclass(frozen=True, slots=True)
class Category:
    """What a complaint may be about. `hours` is the promise, counted by the clock or (`by_clock` False) in working hours.

    `danger` is danger to life: the hotline stands first, and the complaint at the top of the queue. `of_account`: about one account,
    else it may come without one (a street light). `private`: for nobody but who complains, whoever else has the account (against one of our
    people, or about who has access). Names are by language.
    """

    key: str
    name: dict[str, str]
    hours: int
    by_clock: bool = False
    danger: bool = False
    of_account: bool = True
    private: bool = False
    group: str = ""
    icon: str = "help"


@dataclass(frozen=True, slots=True)
class Desk:
    """What one utility says of its complaints.

    `escalate` are working hours after the promised time at which a late complaint goes one step higher (the first: at once).
    `reopen_days`: so long after it was resolved a customer may open it again; then it closes by itself.
    """

    categories: tuple[Category, ...] = ()
    groups: dict[str, dict[str, str]] = field(default_factory=dict)
    working: WorkingHours = field(default_factory=WorkingHours)
    escalate: tuple[int, ...] = (0, 8, 24)
    reopen_days: int = 7

    def category(self, key: str) -> Category | None:
        return next((one for one in self.categories if one.key == key), None)


def promised(at: datetime, hours: int, working: WorkingHours | None) -> datetime:
    """The moment until which `hours` are over, counted from the local moment `at`: by the clock, or within `working` hours alone."""
    left = timedelta(hours=hours)
    if working is None:
        return at + left
    for begins, ends in _stretches(at, working):
        if begins + left <= ends:
            return begins + left
        left -= ends - begins
    raise ValueError("nobody works within a year")


def _stretches(at: datetime, working: WorkingHours) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of working time from `at` on."""
    on = at.date()
    while on - at.date() <= LONGEST_SEARCH:
        begins, ends = datetime.combine(on, working.begin, at.tzinfo), datetime.combine(on, working.until, at.tzinfo)
        if working.works(on) and at < ends:
            yield max(at, begins), ends
        on += timedelta(days=1)


def promise(category: Category, at: datetime, desk: Desk) -> datetime:
    """When a complaint of this category, submitted at this local moment, is to be resolved."""
    return promised(at, category.hours, None if category.by_clock else desk.working)


def level(until: datetime, now: datetime, desk: Desk, *, danger: bool = False) -> int:
    """How many steps a late complaint has gone up; 0 while it is in time. Danger to life knows no closing time."""
    return sum(promised(until, hours, None if danger else desk.working) <= now for hours in desk.escalate) if until <= now else 0


def rises(until: datetime, reached: int, desk: Desk, *, danger: bool = False) -> datetime | None:
    """When it next goes up, from the step that it has reached; None when it stands highest."""
    if reached >= len(desk.escalate):
        return None
    return promised(until, desk.escalate[reached], None if danger else desk.working)


def may_reopen(state: State, resolved_at: datetime | None, now: datetime, days: int) -> bool:
    """Whether the customer may still say that it is not solved."""
    return State.REOPENED in MOVES[state] and resolved_at is not None and now < resolved_at + timedelta(days=days)


def number(on: date, place: int) -> str:
    """ "C261128-00123": the day and the place in it. Said over the phone, so no letters but the first."""
    return f"C{on:%y%m%d}-{place:05d}"


def attached(facts: Iterable[dict[str, Any]], kind: str) -> dict[str, Any] | None:
    """The first attached fact of a kind (alert, charge, order, power)."""
    return next((fact for fact in facts if fact.get("kind") == kind), None)
