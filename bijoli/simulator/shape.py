"""Load shapes from any file of interval data (metering.intervalfile): when a home or shop uses electricity, apart from how much."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bijoli.metering.intervalfile import IntervalFileError as ShapeError
from bijoli.metering.intervalfile import Values, read_intervals

__all__ = ["SHIPPED", "Shape", "ShapeError", "read_shape", "shipped"]

SHIPPED = Path(__file__).parent / "shapes"
SLOT_SECONDS = 900
DAY_S = 86400
WEEK_SLOTS = 7 * 24 * 4
YEAR_WEEKS = 52
MONDAY = 4 * DAY_S  # 1970-01-05, the first Monday of the epoch


@dataclass(frozen=True, slots=True)
class Shape:
    """A load over whole weeks from a Monday 00:00 on, in quarters of an hour, as parts of its mean load `mean_w`."""

    name: str
    first_slot: int  # quarters of an hour from Monday 1970-01-05 to the first level
    levels: npt.NDArray[np.float32]
    mean_w: float


def shipped() -> list[Shape]:
    """The public sample load shapes that come with the simulator (see shapes/NOTICE)."""
    return [read_shape(path) for path in sorted(SHIPPED.glob("*.csv.gz"))]


def read_shape(path: Path) -> Shape:
    """The shape in a file. Raises ShapeError."""
    known = read_intervals(path)
    first = (known.first_s - MONDAY) // known.interval_s % (7 * DAY_S // known.interval_s)
    load_w = _without_gaps(known.load_w, first, known.interval_s)
    return _weeks(path, known.first_s, load_w, known.interval_s)


def _without_gaps(grid: Values, first: int, interval: int) -> Values:
    """A gap takes the mean of the same time of the week."""
    week = 7 * DAY_S // interval
    known = ~np.isnan(grid)
    places = (np.arange(len(grid)) + first) % week
    counts = np.bincount(places[known], minlength=week)
    means = np.bincount(places[known], weights=grid[known], minlength=week) / np.maximum(counts, 1)
    means[counts == 0] = grid[known].mean()
    return np.where(known, grid, means[places])


def _weeks(path: Path, start: int, load_w: Values, interval: int) -> Shape:
    """Whole weeks from the first Monday on; whole years of 52 weeks where there are as many, so that the seasons join."""
    slots = np.repeat(load_w, interval // SLOT_SECONDS)
    first = (int(start) - MONDAY) // SLOT_SECONDS
    skip = -first % WEEK_SLOTS
    weeks = (len(slots) - skip) // WEEK_SLOTS
    weeks -= weeks % YEAR_WEEKS if weeks >= YEAR_WEEKS else 0
    if weeks < 1:
        raise ShapeError(f"{path}: less than one whole week from a Monday on")
    kept = slots[skip : skip + weeks * WEEK_SLOTS]
    if not kept.mean() > 0:
        raise ShapeError(f"{path}: no use at all")
    return Shape(path.name.split(".")[0], first + skip, (kept / kept.mean()).astype(np.float32), float(kept.mean()))
