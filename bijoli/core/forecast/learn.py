"""Learns a home's profile from its daily use: two levels, its weekdays and season, and how far its own past forecasts were off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bijoli.core.forecast.model import HORIZONS, PERMILLE, TUNING, Profile, Tuning

Day = tuple[date, int | None]
Values = list[float | None]
YEAR = 364  # whole weeks, so that weekdays meet
STEEPEST = 140  # permille a week that a season changes at most
LARGEST = 2.0  # log of the largest error that counts
STEP = 3  # days between the past forecasts that are looked at


@dataclass(frozen=True, slots=True)
class Past:
    """Daily Wh from a first day on, the weekdays' factors, and the recent and usual level after each day."""

    first: date
    values: Values
    weekdays: list[float]
    levels: list[tuple[float, float]]

    def weekday(self, place: int) -> float:
        return self.weekdays[(self.first.weekday() + place) % 7]


def learn(days: Sequence[Day], hours: Sequence[int] | None = None, tuning: Tuning = TUNING) -> Profile | None:
    """The profile of a home from its whole local days, oldest first, in Wh; None is an unknown day, as is a day left out.

    `hours` are 24 sums or means of Wh by hour of the day. Returns None where fewer than `tuning.min_days` are known.
    """
    first, values = _filled(days, tuning.window_days)
    known = sum(value is not None for value in values)
    if known < max(tuning.min_days, 1):
        return None
    weekdays = _weekdays(first, values, tuning)
    even = [None if value is None else value / weekdays[(first.weekday() + place) % 7] for place, value in enumerate(values)]
    past = Past(first, values, weekdays, _levels(even, tuning))
    recent, usual = past.levels[-1]
    return Profile(
        last_day=date.fromordinal(first.toordinal() + len(values) - 1),
        known_days=known,
        recent_wh=round(recent),
        usual_wh=round(usual),
        keep_permille=tuning.keep_permille,
        trend_permille=_trend(values, tuning),
        weekdays=tuple(round(factor * PERMILLE) for factor in weekdays),
        spread=_spread(past, tuning),
        hours=_hours(hours),
    )


def _filled(days: Sequence[Day], window: int) -> tuple[date, Values]:
    """A value or None for each day of the window, to the last known one."""
    known = {day: value for day, value in days[-window:] if value is not None}
    if not known:
        return date.min, []
    last = max(known).toordinal()
    first = max(min(known).toordinal(), last - window + 1)
    return date.fromordinal(first), [known.get(date.fromordinal(day)) for day in range(first, last + 1)]


def _weekdays(first: date, values: Values, tuning: Tuning) -> list[float]:
    """Each weekday's use as a part of the week around it, drawn to 1 where few are known."""
    sums, counts = [tuning.weekday_days] * 7, [tuning.weekday_days] * 7
    total, known = sum(value or 0.0 for value in values[:6]), sum(value is not None for value in values[:6])
    for place in range(3, len(values) - 3):
        value, comes = values[place], values[place + 3]
        total, known = total + (comes or 0.0), known + (comes is not None)
        if value is not None and known >= 5 and total > 0:
            weekday = (first.weekday() + place) % 7
            sums[weekday] += min(value * known / total, 2.5)
            counts[weekday] += 1
        goes = values[place - 3]
        total, known = total - (goes or 0.0), known - (goes is not None)
    factors = [part / count for part, count in zip(sums, counts, strict=True)]
    mean = sum(factors) / 7
    return [factor / mean for factor in factors]


def _levels(even: Values, tuning: Tuning) -> list[tuple[float, float]]:
    """The recent and the usual level after each day: means whose weights halve with age. An unknown day adds nothing."""
    fast, slow = 0.5 ** (1 / tuning.recent_days), 0.5 ** (1 / tuning.usual_days)
    recent = usual = recent_weight = usual_weight = 0.0
    found = []
    for value in even:
        recent, recent_weight, usual, usual_weight = recent * fast, recent_weight * fast, usual * slow, usual_weight * slow
        if value is not None:
            recent, recent_weight, usual, usual_weight = recent + value, recent_weight + 1, usual + value, usual_weight + 1
        found.append((recent / (recent_weight or 1), usual / (usual_weight or 1)))
    return found


def _trend(values: Values, tuning: Tuning) -> int:
    """How the use changed around this day of the last year, permille a week, so much of it as is expected again; 0 where unknown."""
    window, now = tuning.season_days, len(values) - YEAR
    before, after = (_mean(values[max(start, 0) : start + window]) for start in (now - window, now))
    if now < window or not before or not after:
        return 0
    weekly = math.log(after / before) / (window / 7) * tuning.season_permille
    return round(max(-STEEPEST, min(STEEPEST, weekly)))


def _mean(values: Values) -> float | None:
    """None where less than half is known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and 2 * len(known) >= len(values) else None


def _spread(past: Past, tuning: Tuning) -> tuple[int, ...]:
    """The root mean square of this home's own past errors at each horizon, newer ones weighing more, mixed with that of all homes."""
    pooled = [tuning.pooled_days * math.sqrt(horizon) for horizon in HORIZONS]
    sums, weights = [weight * (size / PERMILLE) ** 2 for weight, size in zip(pooled, tuning.pooled, strict=True)], pooled
    last, fade = len(past.values) - 1, 0.5 ** (1 / tuning.error_days)
    for origin in range(max(tuning.min_days - 1, last - tuning.past_days), last, STEP):
        for place, error in _errors(past, origin, tuning.keep_permille / PERMILLE):
            weight = STEP * fade ** (last - origin - HORIZONS[place])
            sums[place] += weight * error * error
            weights[place] += weight
    return tuple(round(math.sqrt(total / weight) * PERMILLE) for total, weight in zip(sums, weights, strict=True))


def _errors(past: Past, origin: int, keep: float) -> list[tuple[int, float]]:
    """How far the forecast of a past day was off at each horizon that is over; unknown days are left out of both sides."""
    recent, usual = past.levels[origin]
    expected = used = 0.0
    kept, known, found = recent - usual, 0, []
    for ahead in range(1, min(HORIZONS[-1], len(past.values) - 1 - origin) + 1):
        kept *= keep
        value = past.values[origin + ahead]
        if value is not None:
            expected += (usual + kept) * past.weekday(origin + ahead)
            used, known = used + value, known + 1
        if ahead in PLACES and expected > 0 and known * 5 >= ahead * 4:
            found.append((PLACES[ahead], min(abs(math.log(max(used, 1.0) / expected)), LARGEST)))
    return found


PLACES = {horizon: place for place, horizon in enumerate(HORIZONS)}


def _hours(hours: Sequence[int] | None) -> tuple[int, ...] | None:
    if hours is None or sum(hours) <= 0:
        return None
    if len(hours) != 24:
        raise ValueError(f"a day has 24 hours, not {len(hours)}")
    mean = sum(hours) / 24
    return tuple(round(max(hour, 0) / mean * PERMILLE) for hour in hours)
