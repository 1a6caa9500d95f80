"""The expected use from a moment on, and the ends of its range: day by day, and inside a day by its hours."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bijoli.core.forecast.model import FLAT, HORIZONS, PERMILLE, Profile

End = Literal["low", "likely", "high"]
HOUR_S = 3600
DAY_S = 86400
TREND_FADE = 0.75  # of the season's drift, a week later


@dataclass(frozen=True, slots=True)
class Stretch:
    """One day, or what is left of it: `used_wh` of the range's end from the moment asked for until the day's beginning, and to its end."""

    day: date
    begin: datetime
    before_wh: float
    after_wh: float


def expected(profile: Profile, day: date) -> float:
    """Wh of a whole day."""
    ahead = max((day - profile.last_day).days, 1)
    kept = (profile.keep_permille / PERMILLE) ** ahead
    level = profile.usual_wh + (profile.recent_wh - profile.usual_wh) * kept
    drift = (1 - TREND_FADE ** (ahead / 7)) / (1 - TREND_FADE) * profile.trend_permille / PERMILLE
    return float(max(level * (1 + drift) * profile.weekdays[day.weekday()] / PERMILLE, 0.0))


class Path:
    """Cumulative use of one end of the range from `at` (local) on. It never falls."""

    def __init__(self, profile: Profile, at: datetime, end: End) -> None:
        self.profile, self.at = profile, at
        self.scale = None if end == "likely" else (profile.low if end == "low" else profile.high)
        self.shape = _cumulated(profile.hours or FLAT)

    def stretches(self, days: int) -> Iterator[Stretch]:
        """The rest of today, then whole days."""
        begin, used, reached = self.at, 0.0, 0.0
        for _ in range(days + 1):
            day = begin.date()
            used += expected(self.profile, day) * (1 - self._share(begin))
            end = datetime.combine(day + timedelta(days=1), time(0), self.at.tzinfo)
            after = max(reached, used * self._scaled(end))
            yield Stretch(day, begin, reached, after)
            begin, reached = end, after

    def when(self, stretch: Stretch, wh: float) -> datetime:
        """The moment inside a stretch at which the use reaches `wh`, from the path's beginning."""
        day_wh = expected(self.profile, stretch.day)
        before = self._plain(stretch.begin)
        last, last_wh = stretch.begin, stretch.before_wh
        for mark in _marks(stretch.begin):
            plain = before + day_wh * ((1 if mark.date() > stretch.day else self._share(mark)) - self._share(stretch.begin))
            mark_wh = max(last_wh, plain * self._scaled(mark))
            if mark_wh >= wh:
                part = (wh - last_wh) / (mark_wh - last_wh) if mark_wh > last_wh else 0.0
                return last + timedelta(seconds=round(max(part, 0.0) * (mark - last).total_seconds()))
            last, last_wh = mark, mark_wh
        return last

    def _plain(self, until: datetime) -> float:
        """Expected use without the range, to the beginning of a day."""
        used, begin = 0.0, self.at
        while begin < until:
            used += expected(self.profile, begin.date()) * (1 - self._share(begin))
            begin = datetime.combine(begin.date() + timedelta(days=1), time(0), self.at.tzinfo)
        return used

    def _share(self, moment: datetime) -> float:
        """How much of the day's use lies before a moment of it."""
        part = moment.minute * 60 + moment.second
        before, after = self.shape[moment.hour], self.shape[moment.hour + 1]
        return before + (after - before) * part / HOUR_S

    def _scaled(self, moment: datetime) -> float:
        if self.scale is None:
            return 1.0
        ahead = (moment - self.at).total_seconds() / DAY_S
        return _spread(ahead, self.scale)


def _spread(ahead: float, scale: tuple[int, ...]) -> float:
    """The range's end as a part of the expected use, so many days ahead."""
    if ahead >= HORIZONS[-1]:
        return scale[-1] / PERMILLE
    if ahead < 1:
        first = scale[0] / PERMILLE  # under a day ahead the range widens with the root of the time
        wider = 1 / math.sqrt(max(ahead, 1e-6))
        return 1 + (first - 1) * wider if first >= 1 else 1 / (1 + (1 / max(first, 0.01) - 1) * wider)
    place = bisect_right(HORIZONS, ahead) - 1
    left, right = HORIZONS[place], HORIZONS[place + 1]
    return (scale[place] + (scale[place + 1] - scale[place]) * (ahead - left) / (right - left)) / PERMILLE


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
