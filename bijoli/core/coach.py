"""The overload coach: when a home's trips cluster, how high its load went, which sanctioned load would have fitted, and what that costs.

Times are local and aware, loads W, money paisa.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bijoli.core.tariff import PERMILLE, Tariff, demand_charge, half_up

WINDOW_H = 3  # trips cluster where so many hours of the day hold half of them
FEWEST = 3  # of fewer trips nothing is said of hours and days


@dataclass(frozen=True, slots=True)
class Peak:
    """A load and when it was."""

    at: datetime
    load_w: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of the day, from `begin` to `end` (both 0 to 23, over midnight where `end` is less), that hold `trips` of the trips."""

    begin: int
    end: int
    trips: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """The day of the week (Monday is 0) that holds `trips` of the trips."""

    day: int
    trips: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the trips have in common. `hours` and `weekday` are None where they do not cluster.

    `over_days` counts the days on which the load passed the sanctioned load.
    """

    trips: int
    hours: Hours | None
    weekday: Weekday | None
    over_days: int
    peak: Peak | None


@dataclass(frozen=True, slots=True)
class Fit:
    """The sanctioned load that the highest peak would have fitted, and what it costs more: paisa a month, VAT included."""

    load_w: int
    month_paisa: int
    tariff_since: date


def pattern(trips: Sequence[datetime], peaks: Sequence[Peak], sanctioned_w: int) -> Pattern:
    """What these trips and the highest loads of the days say together."""
    over = [peak for peak in peaks if peak.load_w > sanctioned_w]
    highest = max(peaks, key=lambda peak: (peak.load_w, -peak.at.timestamp()), default=None)
    return Pattern(len(trips), _hours(trips), _weekday(trips), len({peak.at.date() for peak in over}), highest)


def fit(peak_w: int, sanctioned_w: int, step_w: int, tariff: Tariff) -> Fit | None:
    """The next sanctioned load, in steps of `step_w`, that holds the peak. None where the present one does."""
    if peak_w <= sanctioned_w:
        return None
    load = -(-peak_w // step_w) * step_w
    more = demand_charge(tariff, load) - demand_charge(tariff, sanctioned_w)
    vat = half_up(more * tariff.vat_permille, PERMILLE) if "demand" in tariff.vat_on else 0
    return Fit(load, more + vat, tariff.since)


def _hours(trips: Sequence[datetime]) -> Hours | None:
    """Of all windows that hold the most trips the shortest, then the earliest."""
    count = Counter(trip.hour for trip in trips)
    found = [
        Hours(begin, (begin + length) % 24, sum(count[(begin + hour) % 24] for hour in range(length)))
        for length in range(1, WINDOW_H + 1)
        for begin in range(24)
    ]
    best = max(found, key=lambda window: window.trips)  # the first of equal ones: the shortest
    return best if len(trips) >= FEWEST and best.trips * 2 >= len(trips) else None


def _weekday(trips: Sequence[datetime]) -> Weekday | None:
    count = Counter(trip.weekday() for trip in trips)
    day, most = min(count.items(), key=lambda pair: (-pair[1], pair[0]), default=(0, 0))
    return Weekday(day, most) if len(trips) >= FEWEST and most * 2 >= len(trips) else None
