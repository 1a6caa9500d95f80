"""When a balance ends, and what balance lasts until a day: the paths of use, paid by slabs, month's turns and tariffs by date."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime

from bijoli.core import hours
from bijoli.core.forecast.model import TUNING, Profile, RunOut, Tuning, Unknown
from bijoli.core.forecast.path import End, Habit, Path, Stretch
from bijoli.core.forecast.purse import afford, cost
from bijoli.core.tariff import Tariff
from bijoli.core.utility import ProtectedHours

Tariffs = Callable[[date], Tariff]
Charges = Callable[[date], int]


def run_out(
    balance_paisa: int | None,
    at: datetime,
    month_wh: int,
    profile: Profile | None,
    tariffs: Tariffs,
    protected: ProtectedHours,
    holidays: Collection[date],
    *,
    credits_under_way: int = 0,
    monthly_charges: Charges | None = None,
    horizon_days: int = 60,
    tuning: Tuning = TUNING,
) -> RunOut | Unknown:
    """When a balance known at `at` (aware, in the utility's zone) ends, `month_wh` being used this month until then.

    `tariffs` gives the tariff of a day, `monthly_charges` the paisa taken at 00:00 of a month's first day. `credits_under_way` are
    paid and not yet on the meter. Days are looked at up to `horizon_days` ahead.
    """
    why = unknown(balance_paisa, at, profile, tuning)
    if why is not None or balance_paisa is None or profile is None:
        return why or Unknown("few_days")
    paisa = balance_paisa + credits_under_way
    ends: tuple[End, End, End] = ("high", "likely", "low")
    habit = Habit(profile, at)
    found = [_ends(paisa, month_wh, Path(profile, at, end, tuning, habit), tariffs, monthly_charges, horizon_days) for end in ends]
    cuts = [end and moved(end, protected, holidays) for end in found]
    return RunOut(*found, *cuts)


def unknown(balance_paisa: int | None, at: datetime, profile: Profile | None, tuning: Tuning = TUNING) -> Unknown | None:
    """Why nothing can be said; None where something can."""
    if balance_paisa is None:
        return Unknown("no_balance")
    if profile is None or profile.known_days < tuning.min_days:
        return Unknown("few_days")
    if (at.date() - profile.last_day).days > tuning.stale_days:
        return Unknown("old_reading")
    if max(profile.usual_wh, profile.recent_wh) < tuning.idle_wh:
        return Unknown("idle")
    return None


def enough_until(
    day: date,
    at: datetime,
    month_wh: int,
    profile: Profile,
    tariffs: Tariffs,
    *,
    monthly_charges: Charges | None = None,
    tuning: Tuning = TUNING,
) -> int:
    """Paisa that a balance must have at `at` to last until the end of `day`, by the upper end of the range. 0 for a day that is over."""
    paid = 0.0
    path = Path(profile, at, "high", tuning)
    for stretch, before, charge in _days(path, month_wh, monthly_charges, (day - at.date()).days):
        if stretch.day > day:
            break
        paid += charge + cost(before, stretch.after_wh - stretch.before_wh, tariffs(stretch.day))
    return math.ceil(paid)


def moved(end: datetime, protected: ProtectedHours, holidays: Collection[date]) -> datetime | None:
    """When supply may be cut for a balance that ends then. None where protection has no end in sight."""
    if not hours.is_protected(end, protected, holidays):
        return end
    return hours.protected_until(end, protected, holidays)


def _ends(paisa: float, month_wh: int, path: Path, tariffs: Tariffs, charges: Charges | None, horizon_days: int) -> datetime | None:
    for stretch, before, charge in _days(path, month_wh, charges, horizon_days):
        paisa -= charge
        if paisa <= 0:
            return stretch.begin
        tariff, energy = tariffs(stretch.day), stretch.after_wh - stretch.before_wh
        price = cost(before, energy, tariff)
        if price > paisa:
            return path.when(stretch, stretch.before_wh + min(afford(before, paisa, tariff), energy))
        paisa -= price
    return None


def _days(path: Path, month_wh: float, charges: Charges | None, days: int) -> Iterator[tuple[Stretch, float, int]]:
    """Each day, with where the month stands at its beginning, and the charges taken then."""
    last = path.at.date()
    for stretch in path.stretches(days):
        turned = stretch.day.month != last.month
        month_wh = 0.0 if turned else month_wh
        yield stretch, month_wh, charges(stretch.day) if turned and charges else 0
        month_wh += stretch.after_wh - stretch.before_wh
        last = stretch.day
