"""The likely end alone and only as far as the alert rules look: a tenth of the work of `run_out`, for many meters at once."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, time, timedelta

from bijoli.core.forecast.model import Profile
from bijoli.core.forecast.path import HOUR_S, Habit
from bijoli.core.forecast.purse import afford, cost
from bijoli.core.forecast.runout import Charges, Tariffs

HORIZON_DAYS = 2


def likely_end(
    paisa: float, at: datetime, month_wh: float, profile: Profile, tariffs: Tariffs, charges: Charges | None = None
) -> datetime | None:
    """When `paisa`, known at `at` (local), is likely used up; None where that is later than the day after tomorrow. As `run_out` says.

    The caller has asked `unknown` before.
    """
    habit, month = Habit(profile, at), at.month
    for day, begin, _, _, whole in habit.days(HORIZON_DAYS):
        if day.month != month:
            month, month_wh = day.month, 0.0
            paisa -= charges(day) if charges else 0
        if paisa <= 0:
            return begin
        share, tariff = habit.share(begin), tariffs(day)
        energy = whole * (1 - share)
        price = cost(month_wh, energy, tariff)
        if price > paisa:
            return _moment(habit, day, share + min(afford(month_wh, paisa, tariff), energy) / whole)
        paisa, month_wh = paisa - price, month_wh + energy
    return None


def _moment(habit: Habit, day: date, part: float) -> datetime:
    """When a part of a day's use is used."""
    hour = min(bisect_right(habit.shape, part) - 1, 23)
    width = habit.shape[hour + 1] - habit.shape[hour]
    way = hour + ((part - habit.shape[hour]) / width if width else 0.0)
    return datetime.combine(day, time(0), habit.at.tzinfo) + timedelta(seconds=round(way * HOUR_S))
