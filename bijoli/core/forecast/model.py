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
PACKED = HEAD + 7 + 2 * len(HORIZONS)

Reason = Literal["few_days", "old_reading", "no_balance", "idle"]


class ProfileError(ValueError):
    """Packed numbers that are no profile of this version: learn it anew."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Constants of the method, in days and permille. The defaults were chosen by `manage.py backtest --choose` (docs/forecast.md)."""

    min_days: int = 14  # fewer known days: nothing is said
    window_days: int = 400  # older days are not looked at
    recent_days: float = 5  # half-life of the weights of the recent level
    usual_days: float = 28  # half-life of the usual level
    keep_permille: int = 850  # how much of recent - usual is left a day later
    weekday_days: float = 8  # days of an even week that a home's weekdays are mixed with
    spread_days: float = 40  # days of the pooled spread that a home's own is mixed with
    confidence_permille: int = 840  # how often the truth is to lie in the range
    stale_days: int = 10  # a profile that knows nothing newer says nothing
    idle_wh: int = 100  # a day: a home that uses less is not forecast
    pooled_low: tuple[int, ...] = (650, 700, 730, 770, 790, 800, 810, 810, 810)  # permille of the expected use, at HORIZONS
    pooled_high: tuple[int, ...] = (1400, 1320, 1280, 1240, 1220, 1210, 1200, 1200, 1200)


TUNING = Tuning()


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one home's habits.

    The expected use of the k-th day after `last_day` is (usual + (recent - usual) x keep^k) x the weekday's factor, in Wh. `low` and
    `high` are the ends of the range as permille of the expected use, at HORIZONS days ahead. `hours` is the load of each hour of the
    day as permille of the day's mean; None where it is not known (then the day is taken as even).
    """

    last_day: date
    known_days: int
    recent_wh: int
    usual_wh: int
    keep_permille: int
    trend_permille: int  # change of the level by the season, per week; fades within a month
    weekdays: tuple[int, ...]  # Monday first, permille
    low: tuple[int, ...]
    high: tuple[int, ...]
    hours: tuple[int, ...] | None = None

    def pack(self) -> list[int]:
        """At most 56 whole numbers, each fitting 32 bits."""
        head = [VERSION, self.last_day.toordinal(), self.known_days, self.recent_wh, self.usual_wh, self.keep_permille, self.trend_permille]
        return [*head, *self.weekdays, *self.low, *self.high, *(self.hours or ())]

    @classmethod
    def unpack(cls, packed: Sequence[int]) -> Profile:
        """The profile of `pack`. Raises ProfileError for anything else."""
        if len(packed) not in (PACKED, PACKED + 24) or packed[0] != VERSION:
            raise ProfileError(f"{len(packed)} numbers of version {packed[0] if packed else None} are no profile of version {VERSION}")
        _, day, known, recent, usual, keep, trend = packed[:HEAD]
        ends = [tuple(packed[start : start + len(HORIZONS)]) for start in (HEAD + 7, HEAD + 7 + len(HORIZONS))]
        hours = tuple(packed[PACKED:]) or None
        return cls(date.fromordinal(day), known, recent, usual, keep, trend, tuple(packed[HEAD : HEAD + 7]), ends[0], ends[1], hours)


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
