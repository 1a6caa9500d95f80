"""Was the forecast right? Replays homes from interval files: at each origin it forecasts from what was known then, and compares.

An origin is a Monday 00:00 with 60 days before it. The balance is set so that the true run-out lies some days ahead by the tariff:
seeded choices, one from each equal part of the days asked for. Beside it stands a peer, the average cost of the last 30 days.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bijoli.core.forecast import TUNING, Profile, RunOut, Tuning, learn, run_out
from bijoli.core.forecast.purse import cost
from bijoli.core.hours import is_protected
from bijoli.core.tariff import Tariff
from bijoli.core.utility import ProtectedHours
from bijoli.metering.intervalfile import Intervals

HISTORY_DAYS = 60
HABIT_DAYS = 60  # of which the hours of the day are learnt
PEER_DAYS = 30
MENDED_HOURS = 2  # a gap no longer than this is drawn straight; a longer one is unknown
MONTH_DAYS = 365.25 / 12
EPOCH = date(1970, 1, 1)
DAY_S, HOUR_S = 86400, 3600


@dataclass(frozen=True)
class Home:
    """A home's Wh by hour from the midnight of `first_day` on, NaN where unknown."""

    name: str
    first_day: date
    hourly: npt.NDArray[np.float64]

    @cached_property
    def daily(self) -> list[int | None]:
        """Wh of each day; None where an hour of it is unknown."""
        return [None if np.isnan(day) else round(day) for day in self.hourly.reshape(-1, 24).sum(1)]

    @cached_property
    def total(self) -> npt.NDArray[np.float64]:
        """Wh before each hour, unknown hours as nothing."""
        return np.concatenate([[0.0], np.nancumsum(self.hourly)])

    @cached_property
    def unknown(self) -> npt.NDArray[np.int64]:
        """How many unknown hours lie before each hour."""
        return np.concatenate([[0], np.cumsum(np.isnan(self.hourly))])

    def used(self, since: float, until: float) -> float:
        """Wh between two moments, hours since the first midnight."""
        return float(np.diff(np.interp([since, until], np.arange(len(self.total)), self.total))[0])

    def complete(self, since: int, until: int) -> bool:
        """Whether every hour between two is known."""
        return until < len(self.unknown) and self.unknown[until] == self.unknown[since]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the homes are replayed with. `balance_days` are the least and the most days to the true run-out."""

    tariff: Tariff
    zone: tzinfo
    protected: ProtectedHours = field(default_factory=ProtectedHours)
    holidays: frozenset[date] = frozenset()
    balance_days: tuple[float, float] = (1, 14)
    each: int = 4  # balances at an origin
    seed: int = 1
    tuning: Tuning = TUNING


@dataclass(frozen=True, slots=True)
class Trial:
    """One forecast against the truth. Days and hours; `answer` is None where nothing was said, and `reason` says why."""

    home: str
    origin: date
    days_left: float
    answer: RunOut | None
    reason: str = ""
    below: bool = False  # the truth came before the range
    above: bool = False
    width_days: float = math.inf
    error_h: float = math.inf
    peer_error_h: float = math.inf
    broken: bool = False  # a cut was named inside protected hours

    @property
    def inside(self) -> bool:
        return self.answer is not None and not (self.below or self.above)


def home_of(file: Intervals, kwh_month: float | None = None, name: str = "") -> Home:
    """A file as a home, scaled to a mean month of `kwh_month`: the shape in time is kept, the size is Dhaka's."""
    per_hour = max(HOUR_S // file.interval_s, 1)
    hourly = np.repeat(file.load_w, max(file.interval_s // HOUR_S, 1))
    before = file.first_s % DAY_S // (HOUR_S // per_hour)
    size = len(hourly) + before
    padded = np.pad(hourly, (before, -size % (24 * per_hour)), constant_values=np.nan)
    hourly = _mended(padded.reshape(-1, per_hour).mean(1))
    if kwh_month:
        hourly = hourly * (kwh_month * 1000 / (np.nanmean(hourly) * 24 * MONTH_DAYS))
    return Home(name or file.name, EPOCH + timedelta(seconds=file.first_s - file.first_s % DAY_S), hourly)


def _mended(hourly: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Short gaps drawn straight from hour to hour."""
    known = np.flatnonzero(~np.isnan(hourly))
    mended = np.interp(np.arange(len(hourly)), known, hourly[known])
    for left, right in pairwise(known):
        if right - left - 1 > MENDED_HOURS:
            mended[left + 1 : right] = np.nan
    mended[: known[0]] = mended[known[-1] + 1 :] = np.nan
    return mended


def origins(home: Home) -> Iterator[date]:
    """The Mondays with enough days before them, of which most are known."""
    for place in range(HISTORY_DAYS, len(home.daily)):
        day = home.first_day + timedelta(days=place)
        if day.weekday() == 0:
            yield day


def profile_at(home: Home, origin: date, tuning: Tuning = TUNING) -> Profile | None:
    """What can be learnt from the days before an origin, and from nothing after it."""
    place = (origin - home.first_day).days
    days = [(home.first_day + timedelta(days=number), home.daily[number]) for number in range(place)]
    habit = home.hourly[max(place - HABIT_DAYS, 0) * 24 : place * 24].reshape(-1, 24)
    whole = habit[~np.isnan(habit).any(1)]
    return learn(days, [round(wh) for wh in whole.sum(0)] if len(whole) else None, tuning)


def replay(home: Home, setting: Setting) -> list[Trial]:
    """Every origin of a home, with several balances each; what comes after the data's end or has gaps is left out."""
    chance = random.Random(f"{setting.seed} {home.name}")  # noqa: S311
    trials: list[Trial] = []
    least, most = setting.balance_days
    for origin in origins(home):
        at = (origin - home.first_day).days * 24
        parts = [least + (most - least) * (part + chance.random()) / setting.each for part in range(setting.each)]
        asked = [days for days in parts if home.complete(at, at + math.ceil(days * 24))]
        if asked:
            profile = profile_at(home, origin, setting.tuning)
            trials += [trial(home, origin, days, profile, setting) for days in asked]
    return trials


def trial(home: Home, origin: date, days: float, profile: Profile | None, setting: Setting) -> Trial:
    """One balance that truly ends `days` after an origin."""
    place = (origin - home.first_day).days * 24
    begin = datetime.combine(origin, time(0), setting.zone)
    balance = int(spent(home, origin, days, setting.tariff))
    month_wh = round(home.used(_month_place(home, origin), place))
    found = run_out(
        balance, begin, month_wh, profile, lambda _day: setting.tariff, setting.protected, setting.holidays, tuning=setting.tuning
    )
    if not isinstance(found, RunOut):
        return Trial(home.name, origin, days, None, found.reason)
    truth = begin + timedelta(days=days)
    error, width = _apart(found.likely, truth), _apart(found.late, found.early or truth)
    peer = abs(balance / max(_per_day(home, origin, setting.tariff), 1e-9) - days) * 24
    below, above = found.early is None or truth < found.early, found.late is not None and truth > found.late
    cuts = [cut for cut in (found.cut_early, found.cut, found.cut_late) if cut is not None]
    broken = any(is_protected(cut, setting.protected, setting.holidays) for cut in cuts)
    return Trial(home.name, origin, days, found, "", below, above, width / 24, error, peer, broken)


def spent(home: Home, origin: date, days: float, tariff: Tariff) -> float:
    """Paisa that the home used up in so many days from an origin on, by slabs, each month anew."""
    paisa, since = 0.0, float((origin - home.first_day).days * 24)
    until = since + days * 24
    day = origin
    while since < until:
        turn = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        end = min(until, (turn - home.first_day).days * 24)
        paisa += cost(home.used(_month_place(home, day), since), home.used(since, end), tariff)
        since, day = end, turn
    return paisa


def _month_place(home: Home, day: date) -> int:
    """The hour at which a day's month begins, or the data."""
    return max((day.replace(day=1) - home.first_day).days * 24, 0)


def _per_day(home: Home, origin: date, tariff: Tariff) -> float:
    """The peer: what a day cost in the mean of the last 30."""
    return spent(home, origin - timedelta(days=PEER_DAYS), PEER_DAYS, tariff) / PEER_DAYS


def _apart(one: datetime | None, other: datetime) -> float:
    """Hours."""
    return math.inf if one is None else abs((one - other).total_seconds()) / HOUR_S


def replay_all(homes: Sequence[Home], setting: Setting) -> list[Trial]:
    return [trial for home in homes for trial in replay(home, setting)]
