"""Chooses the constants of the forecast's range on some homes; `backtest` shows them on others.

All homes' root mean square error at each horizon first, then how many of a home's own errors the range must go down and up so that
no more than the given parts of the truths fall outside. An end before the range does harm, an end after it does not: so the first
part is smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo

import numpy as np

from bijoli.core.forecast import TUNING, Profile, Tuning
from bijoli.core.forecast.learn import LARGEST
from bijoli.core.forecast.model import HORIZONS, PERMILLE
from bijoli.core.forecast.path import Habit
from bijoli.insight.backtest import Home, origins, profile_at

SOONER, LATER = 0.06, 0.11  # parts of the truths that may come before and after the range

Errors = list[list[tuple[float, int]]]  # at each horizon: log of used / expected, and the spread that the profile gave


def chosen(homes: Sequence[Home], zone: tzinfo, tuning: Tuning = TUNING) -> Tuning:
    """The constants of the range, chosen on these homes; the levels' constants stay."""
    squares = [[min(abs(error), LARGEST) ** 2 for error, _ in at_horizon] for at_horizon in errors(homes, zone, tuning)]
    if not all(squares):
        raise ValueError(f"the homes to choose on need {HORIZONS[-1]} known days after an origin")
    pooled = tuple(round(PERMILLE * math.sqrt(float(np.mean(square)))) for square in squares)
    found = errors(homes, zone, replace(tuning, pooled=pooled))
    counts = [np.array([error / (spread / PERMILLE) for error, spread in at_horizon if spread]) for at_horizon in found]
    less = tuple(max(round(-PERMILLE * float(np.quantile(count, LATER))), 0) for count in counts)
    more = tuple(max(round(PERMILLE * float(np.quantile(count, 1 - SOONER))), 0) for count in counts)
    return replace(tuning, pooled=pooled, less=less, more=more)


def errors(homes: Sequence[Home], zone: tzinfo, tuning: Tuning) -> Errors:
    """How far the forecasts of every origin of these homes were off."""
    found: Errors = [[] for _ in HORIZONS]
    for home in homes:
        for origin in origins(home):
            profile = profile_at(home, origin, tuning)
            if profile is not None:
                _compare(home, origin, profile, zone, found)
    return found


def _compare(home: Home, origin: date, profile: Profile, zone: tzinfo, found: Errors) -> None:
    place = (origin - home.first_day).days * 24
    habit = Habit(profile, datetime.combine(origin, time(0), zone))
    expected = {day: before for day, _, _, before, _ in habit.days(HORIZONS[-1])}
    for at_horizon, horizon, spread in zip(found, HORIZONS, profile.spread, strict=True):
        if home.complete(place, place + horizon * 24):
            used, foreseen = home.used(place, place + horizon * 24), expected[origin + timedelta(days=horizon)]
            at_horizon.append((math.log(max(used, 1.0) / max(foreseen, 1.0)), spread))
