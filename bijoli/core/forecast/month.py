"""A month's total, and when its use reaches the edge of a slab."""

from __future__ import annotations

from datetime import date, datetime

from bijoli.core.forecast.model import TUNING, Crossing, Profile, Tuning
from bijoli.core.forecast.path import End, Habit, Path


def month_total(profile: Profile, at: datetime, month_wh: int, *, tuning: Tuning = TUNING) -> tuple[int, int, int]:
    """Wh at the month's end, (low, likely, high), where it stands at `month_wh` at `at` (aware, local)."""
    habit = Habit(profile, at)
    low, likely, high = (round(month_wh + _left(Path(profile, at, end, tuning, habit))) for end in _ENDS)
    return low, likely, high


def crossing(profile: Profile, at: datetime, month_wh: int, edge_wh: int, *, tuning: Tuning = TUNING) -> Crossing | None:
    """When the month's use reaches `edge_wh`. None where not even the upper end does so before the month is over."""
    habit = Habit(profile, at)
    late, likely, early = (_reaches(Path(profile, at, end, tuning, habit), edge_wh - month_wh) for end in _ENDS)
    return None if early is None else Crossing(early, likely, late)


_ENDS: tuple[End, End, End] = ("low", "likely", "high")


def _days_left(at: datetime) -> int:
    """Days of the month after today."""
    turn = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return (turn - at.date()).days - 1


def _left(path: Path) -> float:
    return max((stretch.after_wh for stretch in path.stretches(_days_left(path.at))), default=0.0)


def _reaches(path: Path, wh: float) -> datetime | None:
    if wh <= 0:
        return path.at
    for stretch in path.stretches(_days_left(path.at)):
        if stretch.after_wh >= wh:
            return path.when(stretch, wh)
    return None
