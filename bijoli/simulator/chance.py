"""Chance that can be asked again: the same seed, meter, time and question give the same answer, in any order and in any process.

So a town needs no record of its dice: what a meter did at ten past eight can be derived anew.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_METER, _TIME, _ASKED = (np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


def chance(seed: int, meter: Ints, time: Ints | int, question: int) -> Floats:
    """Uniform numbers in [0, 1), one for each meter: splitmix64's mixing (Steele, Lea, Flood 2014) of what was asked."""
    start = np.asarray([seed * 1_000_003 + question], dtype=np.int64).view(np.uint64) * _ASKED
    mixed = meter.view(np.uint64) * _METER + np.asarray(time, dtype=np.int64).reshape(-1).view(np.uint64) * _TIME + start
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11), dtype=np.float64) * 2.0**-53


def pick(seed: int, meter: Ints, question: int, weights: list[float]) -> Ints:
    """For each meter the position of one of the weighted choices."""
    edges = np.cumsum(weights) / sum(weights)
    return np.searchsorted(edges, chance(seed, meter, 0, question), side="right").astype(np.int64)
