"""Energy of days from interval values: of a meter that tells no register, only the average load of the interval that ends at each reading.

Pure: no database, no clock. Only what was told is counted; nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bijoli.metering.columns import Ints

# Of a day's time so much must lie in known intervals, or its energy is unknown: a bar that is short for want of readings would be read as
# a thrifty day. An hour may be missing of 24 (one interval of an hourly meter, four quarters), which is less than days differ by anyway.
KNOWN_SHARE_PERCENT = 95
LONGEST_S = 3600  # readings further apart are no intervals: a load that is told once a day says nothing of the day's energy
MINUTE_S = 60
SLACK = 10  # neighbours may be a tenth of the step further apart than it: stamps are some seconds off the grid, each meter by its own

Span = tuple[int, int]  # of time: from one instant to another, in seconds since 1970 UTC


@dataclass(frozen=True, slots=True)
class Counted:
    """What was used in a span of time, in Wh. `estimated`: a part of it is missing, or was estimated by the head-end."""

    energy_wh: int
    estimated: bool


def energy(at: Ints, load_w: Ints, guessed: NDArray[np.bool_], spans: Mapping[int, Span]) -> dict[int, Counted]:
    """By day what was used in its span, for the days of which enough is known (KNOWN_SHARE_PERCENT).

    `at` is the end of each interval (seconds since 1970 UTC), in any order; of one that comes twice the known value goes before the
    guessed one, else the first. An interval over an edge of a span counts with its part within. Days are any numbers.
    """
    order = np.lexsort((guessed, at))
    order = order[np.diff(at[order], prepend=-1) != 0]
    at, load_w, guessed = at[order], load_w[order], guessed[order]
    interval = step(at)
    if interval is None:
        return {}
    begins = _begins(at, interval)
    found = {day: _counted(at, begins, load_w, guessed, span) for day, span in spans.items()}
    return {day: counted for day, counted in found.items() if counted is not None}


def step(at: Ints) -> int | None:
    """The meter's own step in seconds: the most common difference between neighbours to the minute, of equal ones the shortest.

    None where no two lie an hour or less apart. `at` is sorted, each once.
    """
    minutes = (np.diff(at) + MINUTE_S // 2) // MINUTE_S
    minutes = minutes[(minutes > 0) & (minutes * MINUTE_S <= LONGEST_S)]
    return int(np.bincount(minutes).argmax()) * MINUTE_S if len(minutes) else None


def _begins(at: Ints, interval: int) -> Ints:
    """Where each interval begins: where its neighbour ended if that is about a step before or less, else a step before its end."""
    begins: Ints = at - interval
    near = np.diff(at) <= interval + interval // SLACK
    begins[1:][near] = at[:-1][near]
    return begins


def _counted(at: Ints, begins: Ints, load_w: Ints, guessed: NDArray[np.bool_], span: Span) -> Counted | None:
    since, until = span
    chosen = slice(int(np.searchsorted(at, since, side="right")), int(np.searchsorted(begins, until, side="left")))
    seconds = np.minimum(at[chosen], until) - np.maximum(begins[chosen], since)
    known = int(seconds.sum())
    if until <= since or known * 100 < (until - since) * KNOWN_SHARE_PERCENT:
        return None
    watt_seconds = int((load_w[chosen] * seconds).sum())
    return Counted((watt_seconds + 1800) // 3600, known < until - since or bool(guessed[chosen].any()))
