"""Load shapes from any file of interval data: when a home or shop uses electricity, apart from how much.

A file is CSV (or .csv.gz) with a column of times and one of kWh per interval: hourly or half-hourly, with or without a zone,
with stamps that come twice and with gaps. The clock as written is the home's clock. Load in kW is kWh / hours of the interval.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

SHIPPED = Path(__file__).parent / "shapes"
SLOT_SECONDS = 900
WEEK_SLOTS = 7 * 24 * 4
YEAR_WEEKS = 52
MONDAY = 4 * 86400  # 1970-01-05, the first Monday of the epoch
LAYOUTS = ("", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y/%m/%d %H:%M:%S")

Seconds = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


class ShapeError(ValueError):
    """A file that holds no interval data that we can read; names the file and says why."""


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
    times, kwh = _columns(path)
    times, kwh = _once(times, kwh)
    interval = _interval(path, times)
    load_w = _without_gaps(*_grid(times, kwh * 1000 * 3600 / interval, interval), interval)
    return _weeks(path, times[0] - times[0] % interval, load_w, interval)


def _columns(path: Path) -> tuple[Seconds, Values]:
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        lines = [row for row in rows if row]
    if len(lines) < 2:
        raise ShapeError(f"{path}: no rows")
    time, value = _places(path, header, lines[0])
    kwh = np.array([_number(row[value]) if len(row) > value else np.nan for row in lines])
    known = ~np.isnan(kwh)
    return _seconds(path, [row[time] for row in lines])[known], kwh[known]


def _places(path: Path, header: list[str], row: list[str]) -> tuple[int, int]:
    """Which column holds the time, and which the kWh: by its name if one is named so, else the first number after the time."""
    times = [place for place, cell in enumerate(row) if ":" in cell and any(_clock(cell, layout) for layout in LAYOUTS)]
    if not times:
        raise ShapeError(f"{path}: no column of times (tried ISO 8601 and {', '.join(LAYOUTS[1:])})")
    numbers = [place for place, cell in enumerate(row) if place != times[0] and not np.isnan(_number(cell))]
    named = [place for place in numbers if place < len(header) and ("kwh" in header[place].lower() or header[place].lower() == "value")]
    if not numbers:
        raise ShapeError(f"{path}: no column of numbers beside {header[times[0]]!r}")
    return times[0], (named or numbers)[0]


def _clock(cell: str, layout: str) -> datetime | None:
    """The clock as written, whatever its zone; `layout` "" is ISO 8601."""
    try:
        read = datetime.strptime(cell, layout) if layout else datetime.fromisoformat(cell)  # noqa: DTZ007
    except ValueError:
        return None
    return read.replace(tzinfo=None)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _seconds(path: Path, cells: list[str]) -> Seconds:
    """Seconds since 1970 of the written clock. The first layout that fits every row is the file's."""
    for layout in LAYOUTS:
        clocks = [_clock(cell, layout) for cell in cells]
        if None not in clocks:
            return np.array(clocks, dtype="datetime64[s]").astype(np.int64)
    raise ShapeError(f"{path}: the times are not all of one layout")


def _once(times: Seconds, kwh: Values) -> tuple[Seconds, Values]:
    """Sorted, and a stamp that comes twice (the hour that a clock change repeats) counts once, with its mean."""
    unique, places, counts = np.unique(times, return_inverse=True, return_counts=True)
    return unique, np.bincount(places, weights=kwh) / counts


def _interval(path: Path, times: Seconds) -> int:
    steps, counts = np.unique(np.diff(times), return_counts=True)
    interval = int(steps[np.argmax(counts)]) if len(steps) else 0
    if interval < SLOT_SECONDS or 86400 % interval or interval % SLOT_SECONDS:
        raise ShapeError(f"{path}: intervals of {interval} s; quarters of an hour or multiples of them are needed")
    return interval


def _grid(times: Seconds, load_w: Values, interval: int) -> tuple[Values, int]:
    """Values at every interval, NaN in the gaps; and the place of the first one in its week."""
    places = (times - times[0]) // interval
    grid = np.full(int(places[-1]) + 1, np.nan)
    grid[places] = load_w
    return grid, int((times[0] - MONDAY) // interval % (7 * 86400 // interval))


def _without_gaps(grid: Values, first: int, interval: int) -> Values:
    """A gap takes the mean of the same time of the week."""
    week = 7 * 86400 // interval
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
