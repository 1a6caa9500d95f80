"""What a backtest found, in a few figures."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bijoli.insight.backtest import Trial

# A width of 12 hours is always narrow enough; that is a quarter of two days, so that fewer days left count as two.
CREDITED_DAYS = 2.0
GROUPS = ((0.0, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 7.0), (7.0, 10.0), (10.0, 14.01), (14.01, 61.0))


@dataclass(frozen=True, slots=True)
class Score:
    """Of the forecasts that said something: parts (0 to 1) and medians. `unknown` counts those that said nothing."""

    homes: int
    origins: int
    forecasts: int
    unknown: int
    inside: float
    sooner: float  # the truth came before the range: the harmful side
    later: float
    width_ratio: float  # median of the range's width / days left, less than two days left counting as two
    error_h: float  # median of |likely - truth|
    peer_error_h: float  # the same of the peer
    broken: int  # cuts named inside protected hours


def score(trials: Sequence[Trial]) -> Score | None:
    """None where no forecast said anything."""
    said = [trial for trial in trials if trial.answer is not None]
    if not said:
        return None
    return Score(
        homes=len({trial.home for trial in trials}),
        origins=len({(trial.home, trial.origin) for trial in trials}),
        forecasts=len(trials),
        unknown=len(trials) - len(said),
        inside=_part(trial.inside for trial in said),
        sooner=_part(trial.below for trial in said),
        later=_part(trial.above for trial in said),
        width_ratio=statistics.median(trial.width_days / max(trial.days_left, CREDITED_DAYS) for trial in said),
        error_h=statistics.median(trial.error_h for trial in said),
        peer_error_h=statistics.median(trial.peer_error_h for trial in said),
        broken=sum(trial.broken for trial in said),
    )


def by_home(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    homes: dict[str, list[Trial]] = {}
    for trial in trials:
        homes.setdefault(trial.home, []).append(trial)
    return homes


def by_days_left(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    """Groups of horizons that have a forecast."""
    groups = {f"{least:.0f}-{most:.0f} days": [t for t in trials if least <= t.days_left < most] for least, most in GROUPS}
    return {name: group for name, group in groups.items() if group}


def _part(flags: Iterable[bool]) -> float:
    return statistics.fmean(flags)
