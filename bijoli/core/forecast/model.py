"""What the forecast knows and says: a home's profile, the constants that were chosen, the answer and its refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

HORIZONS = (1, 2, 3, 5, 7, 10, 14, 21, 30)  # days ahead at which a home's spread is kept
PERMILLE = 1000
FLAT = (PERMILLE,) * 24
VERSION = 1
HEAD = 7  # version, last day, known days, recent, usual, keep, trend
PACKED = HEAD + 7 + len(HORIZONS)

Reason = Literal["few_days", "old_reading", "no_balance", "idle"]


class ProfileError(ValueError):
    """Packed numbers that are no profile of this version: learn it anew."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Constants of the method: days, permille, and thousandths of a natural logarithm (log) at HORIZONS.

    The defaults were chosen on 9 homes of California, 9 of Belgium and, for the season, 2 simulated of Illinois (docs/forecast.md names
    them); no other home had a part in it.
    """

    min_days: int = 14  # fewer known days: nothing is said
    window_days: int = 400  # older days are not looked at
    recent_days: float = 3  # half-life of the weights of the recent level
    usual_days: float = 28  # half-life of the usual level
    keep_permille: int = 970  # how much of recent - usual is left a day later
    weekday_days: float = 8  # days of an even week that a home's weekdays are mixed with
    season_days: int = 28  # of the last year, before and after this day
    season_permille: int = 500  # how much of the last year's change is expected again
    past_days: int = 120  # of which a home's own past forecasts are looked at
    error_days: float = 60  # half-life of the weights of its past errors
    pooled_days: float = 6  # of all homes' errors that a home's own are mixed with, at one day ahead
    stale_days: int = 10  # a profile that knows nothing newer says nothing
    idle_wh: int = 100  # a day: a home that uses less is not forecast
    pooled: tuple[int, ...] = (397, 339, 317, 282, 259, 262, 267, 284, 308)  # root mean square of the error, log
    less: tuple[int, ...] = (1263, 1261, 1124, 1167, 1208, 1167, 1178, 1188, 1159)  # how many such errors the range goes down, permille
    more: tuple[int, ...] = (1327, 1425, 1388, 1364, 1426, 1512, 1424, 1423, 1392)  # and up


TUNING = Tuning()


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one home's habits.

    The expected use of the k-th day after `last_day` is (usual + (recent - usual) x keep^k) x season x the weekday's factor, in Wh.
    `spread` is the root mean square of this home's past errors, thousandths of a natural logarithm at HORIZONS days ahead. `hours` is
    the load of each hour of the day as permille of the day's mean; None where it is not known (then the day is taken as even).
    """

    last_day: date
    known_days: int
    recent_wh: int
    usual_wh: int
    keep_permille: int
    trend_permille: int  # change of the level by the season, per week; fades within some weeks
    weekdays: tuple[int, ...]  # Monday first, permille
    spread: tuple[int, ...]
    hours: tuple[int, ...] | None = None

    def pack(self) -> list[int]:
        """At most 47 whole numbers, each fitting 32 bits."""
        head = [VERSION, self.last_day.toordinal(), self.known_days, self.recent_wh, self.usual_wh, self.keep_permille, self.trend_permille]
        return [*head, *self.weekdays, *self.spread, *(self.hours or ())]

    @classmethod
    def unpack(cls, packed: Sequence[int]) -> Profile:
        """The profile of `pack`. Raises ProfileError for anything else."""
        if len(packed) not in (PACKED, PACKED + 24) or packed[0] != VERSION:
            raise ProfileError(f"{len(packed)} numbers of version {packed[0] if packed else None} are no profile of version {VERSION}")
        _, day, known, recent, usual, keep, trend = packed[:HEAD]
        weekdays, spread, hours = packed[HEAD : HEAD + 7], packed[HEAD + 7 : PACKED], packed[PACKED:]
        return cls(
            date.fromordinal(day), known, recent, usual, keep, trend, tuple(weekdays), tuple(spread), tuple(hours) if hours else None
        )


@dataclass(frozen=True, slots=True)
class RunOut:
    """When the balance is used up, and when supply may then be cut: never inside protected hours. Local times; None: later than was looked.

    The truth is meant to lie in [early, late] with the stated certainty; `likely` lies between.
    """

    early: datetime | None
    likely: datetime | None
    late: datetime | None
    cut_early: datetime | None
    cut: datetime | None
    cut_late: datetime | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing can be said, and why: few_days, old_reading, no_balance or idle. The words are made elsewhere."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a month's use reaches an edge, before the month is over; None where that end of the range does not reach it."""

    early: datetime
    likely: datetime | None
    late: datetime | None
