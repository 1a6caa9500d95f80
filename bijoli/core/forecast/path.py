"""The expected use from a moment on, and the ends of its range: day by day, and inside a day by its hours."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bijoli.core.forecast.model import FLAT, HORIZONS, PERMILLE, TUNING, Profile, Tuning

End = Literal["low", "likely", "high"]
HOUR_S = 3600
DAY_S = 86400
TREND_FADE = 0.85  # of the season's change, a week later
TREND_BEHIND = 2  # days that the recent level lies behind the season


@dataclass(frozen=True, slots=True)
class Stretch:
    """One day, or what is left of it. Wh from the path's beginning: expected, and at this end of the range, to its begin and end."""

    day: date
    begin: datetime
    plain_wh: float
    day_wh: float
    before_wh: float
    after_wh: float


def expected(profile: Profile, day: date) -> float:
    """Wh of a whole day."""
    ahead = max((day - profile.last_day).days, 1)
    level = profile.usual_wh + (profile.recent_wh - profile.usual_wh) * (profile.keep_permille / PERMILLE) ** ahead
    weeks = (1 - TREND_FADE ** ((ahead + TREND_BEHIND) / 7)) / (1 - TREND_FADE) if profile.trend_permille else 0
    grown = level * (1 + profile.trend_permille / PERMILLE * weeks)
    return float(max(grown, 0.0) * profile.weekdays[day.weekday()] / PERMILLE)


class Habit:
    """What a profile expects from `at` (local) on. Its days are worked out once and serve all ends of the range."""

    def __init__(self, profile: Profile, at: datetime) -> None:
        self.profile, self.at = profile, at
        self.shape = _cumulated(profile.hours or FLAT)
        self._known: list[tuple[date, datetime, datetime, float, float]] = []

    def days(self, count: int) -> Iterator[tuple[date, datetime, datetime, float, float]]:
        """Of the rest of today and the days after it: the day, its begin and end, Wh before its begin, Wh of the whole day."""
        for place in range(count + 1):
            if place == len(self._known):
                self._known.append(self._next())
            yield self._known[place]

    def share(self, moment: datetime) -> float:
        """How much of the day's use lies before a moment of it."""
        before, after = self.shape[moment.hour], self.shape[moment.hour + 1]
        return before + (after - before) * (moment.minute * 60 + moment.second) / HOUR_S

    def _next(self) -> tuple[date, datetime, datetime, float, float]:
        begin, used = self.at, 0.0
        if self._known:
            _, last, begin, before, whole = self._known[-1]
            used = before + whole * (1 - self.share(last))
        day = begin.date()
        end = datetime.combine(day + timedelta(days=1), time(0), self.at.tzinfo)
        return day, begin, end, used, expected(self.profile, day)


class Path:
    """Cumulative use at one end of the range from `at` on; it never falls. Paths of one home and moment can share their `habit`."""

    def __init__(self, profile: Profile, at: datetime, end: End, tuning: Tuning = TUNING, habit: Habit | None = None) -> None:
        self.habit, self.at = habit or Habit(profile, at), at
        self.scale = _scale(profile, end, tuning)

    def stretches(self, days: int) -> Iterator[Stretch]:
        """The rest of today, then whole days."""
        reached = 0.0
        for day, begin, end, plain, whole in self.habit.days(days):
            after = max(reached, (plain + whole * (1 - self.habit.share(begin))) * self._scaled(end))
            yield Stretch(day, begin, plain, whole, reached, after)
            reached = after

    def when(self, stretch: Stretch, wh: float) -> datetime:
        """The moment inside a stretch at which the use reaches `wh`, counted from the path's beginning."""
        share = self.habit.share(stretch.begin)
        last, last_wh = stretch.begin, stretch.before_wh
        for mark in _marks(stretch.begin):
            part = 1.0 if mark.date() > stretch.day else self.habit.share(mark)
            mark_wh = max(last_wh, (stretch.plain_wh + stretch.day_wh * (part - share)) * self._scaled(mark))
            if mark_wh >= wh:
                way = (wh - last_wh) / (mark_wh - last_wh) if mark_wh > last_wh else 0.0
                return last + timedelta(seconds=round(max(way, 0.0) * (mark - last).total_seconds()))
            last, last_wh = mark, mark_wh
        return last

    def _scaled(self, moment: datetime) -> float:
        return 1.0 if self.scale is None else _between((moment - self.at).total_seconds() / DAY_S, self.scale)


def _scale(profile: Profile, end: End, tuning: Tuning) -> list[float] | None:
    """The range's end as parts of the expected use, at HORIZONS."""
    if end == "likely":
        return None
    errors, sign = (tuning.less, -1) if end == "low" else (tuning.more, 1)
    return [math.exp(sign * count * size / PERMILLE**2) for count, size in zip(errors, profile.spread, strict=True)]


def _between(ahead: float, scale: list[float]) -> float:
    """The range's end as a part of the expected use, so many days ahead."""
    if ahead >= HORIZONS[-1]:
        return scale[-1]
    if ahead < 1:  # the range widens with the root of the time
        wider, first = 1 / math.sqrt(max(ahead, 1e-6)), scale[0]
        return 1 + (first - 1) * wider if first >= 1 else 1 / (1 + (1 / max(first, 0.01) - 1) * wider)
    place = bisect_right(HORIZONS, ahead) - 1
    left, right = HORIZONS[place], HORIZONS[place + 1]
    return scale[place] + (scale[place + 1] - scale[place]) * (ahead - left) / (right - left)


def _cumulated(hours: tuple[int, ...]) -> list[float]:
    total, shape = sum(hours) or 1, [0.0]
    for hour in hours:
        shape.append(shape[-1] + hour / total)
    return shape


def _marks(begin: datetime) -> Iterator[datetime]:
    """The full hours after a moment to the day's end, which is the last."""
    midnight = datetime.combine(begin.date(), time(0), begin.tzinfo)
    for hour in range(begin.hour + 1, 25):
        yield midnight + timedelta(hours=hour)
