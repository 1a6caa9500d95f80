"""Hours of the day that matter: quiet hours, in which a push makes no sound, and protected hours, in which supply is not cut."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from bijoli.core.utility import ProtectedHours

LONGEST = timedelta(days=31)  # no utility protects longer; it bounds the search


def within(moment: time, begin: time, end: time) -> bool:
    """Whether a time of day lies in [begin, end); the hours may run over midnight. Equal ends mean no hours at all."""
    if begin <= end:
        return begin <= moment < end
    return moment >= begin or moment < end


def is_quiet(at: datetime, begin: time, end: time) -> bool:
    """Whether a push at this local moment is to be silent."""
    return within(at.time(), begin, end)


def is_protected(at: datetime, hours: ProtectedHours, holidays: Collection[date]) -> bool:
    """Whether supply is not cut for a finished balance at this local moment."""
    if at.weekday() in hours.weekly_days or (hours.on_holidays and at.date() in holidays):
        return True
    if hours.daily_from is None or hours.daily_until is None:
        return False
    return within(at.time(), hours.daily_from, hours.daily_until)


def protected_until(at: datetime, hours: ProtectedHours, holidays: Collection[date]) -> datetime | None:
    """When the protected hours that run at this local moment end: Friday evening to Sunday morning is one stretch. None where none run."""
    moment = at
    while is_protected(moment, hours, holidays):
        moment = _next_turn(moment, hours)
        if moment - at > LONGEST:
            return None
    return moment if moment > at else None


def _next_turn(at: datetime, hours: ProtectedHours) -> datetime:
    """The next local moment at which protection may begin or end: midnight or one of the daily hours."""
    days = (at.date(), at.date() + timedelta(days=1))
    turns = {time(0)} | {turn for turn in (hours.daily_from, hours.daily_until) if turn is not None}
    return min(moment for day in days for turn in turns if (moment := datetime.combine(day, turn, at.tzinfo)) > at)
