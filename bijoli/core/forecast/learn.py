"""Learns a home's profile from its daily use: two levels, its weekdays, and how far its own past forecasts were off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from bijoli.core.forecast.model import HORIZONS, PERMILLE, TUNING, Profile, Tuning

Day = tuple[date, int | None]
Values = list[float | None]


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
    levels = _levels(even, tuning)
    low, high = _spread(first, values, weekdays, levels, tuning)
    recent, usual = levels[-1]
    return Profile(
        last_day=date.fromordinal(first.toordinal() + len(values) - 1),
        known_days=known,
        recent_wh=round(recent),
        usual_wh=round(usual),
        keep_permille=tuning.keep_permille,
        trend_permille=0,
        weekdays=tuple(round(factor * PERMILLE) for factor in weekdays),
        low=low,
        high=high,
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
    """Each weekday's use as a part of the days around it, drawn to 1 where few are known."""
    sums, counts = [tuning.weekday_days] * 7, [tuning.weekday_days] * 7
    for place in range(3, len(values) - 3):
        value, around = values[place], [near for near in values[place - 3 : place + 4] if near is not None]
        if value is None or len(around) < 5 or not (mean := sum(around) / len(around)):
            continue
        weekday = (first.weekday() + place) % 7
        sums[weekday] += min(value / mean, 2.5)
        counts[weekday] += 1
    factors = [total / count for total, count in zip(sums, counts, strict=True)]
    mean = sum(factors) / 7
    return [factor / mean for factor in factors]


def _levels(even: Values, tuning: Tuning) -> list[tuple[float, float]]:
    """The recent and the usual level after each day: means whose weights halve with age."""
    fast, slow = 0.5 ** (1 / tuning.recent_days), 0.5 ** (1 / tuning.usual_days)
    sums, weights, found = [0.0, 0.0], [0.0, 0.0], []
    for value in even:
        for which, fade in enumerate((fast, slow)):
            sums[which] = sums[which] * fade + (value or 0.0)
            weights[which] = weights[which] * fade + (value is not None)
        found.append((sums[0] / max(weights[0], 1e-9), sums[1] / max(weights[1], 1e-9)))
    return found


def _spread(
    first: date, values: Values, weekdays: list[float], levels: list[tuple[float, float]], tuning: Tuning
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ends of the range at each horizon: quantiles of this home's own past errors, mixed with those of all homes."""
    ratios: list[list[float]] = [[] for _ in HORIZONS]
    keep = tuning.keep_permille / PERMILLE
    for origin in range(tuning.min_days - 1, len(values) - 1):
        _compare(origin, first, values, weekdays, levels[origin], keep, ratios)
    tail = (PERMILLE - tuning.confidence_permille) / 2 / PERMILLE
    low: list[int] = []
    high: list[int] = []
    for place, horizon in enumerate(HORIZONS):
        own, weight = sorted(ratios[place]), len(ratios[place]) / (len(ratios[place]) + tuning.spread_days * math.sqrt(horizon))
        for ends, pooled, part in ((low, tuning.pooled_low, tail), (high, tuning.pooled_high, 1 - tail)):
            mixed = weight * _quantile(own, part) * PERMILLE + (1 - weight) * pooled[place] if own else pooled[place]
            ends.append(round(mixed))
    return tuple(min(end, PERMILLE) for end in low), tuple(max(end, PERMILLE) for end in high)


def _compare(
    origin: int, first: date, values: Values, weekdays: list[float], level: tuple[float, float], keep: float, ratios: list[list[float]]
) -> None:
    """What was used after one past day, as a part of what would have been forecast then; days not known are left out of both."""
    recent, usual = level
    expected = used = 0.0
    kept, known, place = 1.0, 0, 0
    for ahead in range(1, min(HORIZONS[-1], len(values) - 1 - origin) + 1):
        kept *= keep
        value = values[origin + ahead]
        if value is not None:
            expected += (usual + (recent - usual) * kept) * weekdays[(first.weekday() + origin + ahead) % 7]
            used, known = used + value, known + 1
        if ahead == HORIZONS[place]:
            if expected > 0 and known * 5 >= ahead * 4:
                ratios[place].append(used / expected)
            place += 1


def _quantile(ordered: list[float], part: float) -> float:
    where = part * (len(ordered) - 1)
    left = int(where)
    right = min(left + 1, len(ordered) - 1)
    return ordered[left] + (ordered[right] - ordered[left]) * (where - left)


def _hours(hours: Sequence[int] | None) -> tuple[int, ...] | None:
    if hours is None or sum(hours) <= 0:
        return None
    if len(hours) != 24:
        raise ValueError(f"a day has 24 hours, not {len(hours)}")
    mean = sum(hours) / 24
    return tuple(round(max(hour, 0) / mean * PERMILLE) for hour in hours)
