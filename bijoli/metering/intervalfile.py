"""Interval data from any CSV file: kWh per interval of one usage point, as utilities and portals give it out.

A file is CSV (or .csv.gz) with a column of times and one of kWh per interval: quarters of an hour or multiples of them, with or
without a zone, with stamps that come twice and with gaps. The clock as written is the home's clock. Load in W is Wh / hours of
the interval.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

SHORTEST_S = 900
DAY_S = 86400
LAYOUTS = ("", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y/%m/%d %H:%M:%S")

Seconds = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


class IntervalFileError(ValueError):
    """A file that holds no interval data that we can read; names the file and says why."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """A usage point's load at every interval from `first_s` on (seconds since 1970 of the written clock), NaN where unknown."""

    name: str
    first_s: int
    interval_s: int
    load_w: Values


def read_intervals(path: Path) -> Intervals:
    """The interval data in a file. Raises IntervalFileError."""
    times, kwh = _once(*_columns(path))
    interval = _interval(path, times)
    grid = np.full(int((times[-1] - times[0]) // interval) + 1, np.nan)
    grid[(times - times[0]) // interval] = kwh * 1000 * 3600 / interval
    return Intervals(path.name.split(".")[0], int(times[0] - times[0] % interval), interval, grid)


def _columns(path: Path) -> tuple[Seconds, Values]:
    header, lines = _rows(path)
    if len(lines) < 2:
        raise IntervalFileError(f"{path}: no rows")
    time, value = _places(path, header, lines[0])
    kwh = np.array([_number(row[value]) if len(row) > value else np.nan for row in lines])
    known = ~np.isnan(kwh)
    return _seconds(path, [row[time] for row in lines])[known], kwh[known]


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows that are not empty."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            return next(rows, []), [row for row in rows if row]
    except (UnicodeDecodeError, csv.Error, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise IntervalFileError(f"{path}: {error}") from None


def _places(path: Path, header: list[str], row: list[str]) -> tuple[int, int]:
    """Which column holds the time, and which the kWh: by its name if one is named so, else the first number after the time."""
    times = [place for place, cell in enumerate(row) if ":" in cell and any(_clock(cell, layout) for layout in LAYOUTS)]
    if not times:
        raise IntervalFileError(f"{path}: no column of times (tried ISO 8601 and {', '.join(LAYOUTS[1:])})")
    numbers = [place for place, cell in enumerate(row) if place != times[0] and not np.isnan(_number(cell))]
    named = [place for place in numbers if place < len(header) and ("kwh" in header[place].lower() or header[place].lower() == "value")]
    if not numbers:
        raise IntervalFileError(f"{path}: no column of numbers beside {header[times[0]]!r}")
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
    raise IntervalFileError(f"{path}: the times are not all of one layout")


def _once(times: Seconds, kwh: Values) -> tuple[Seconds, Values]:
    """Sorted, and a stamp that comes twice (the hour that a clock change repeats) counts once, with its mean."""
    unique, places, counts = np.unique(times, return_inverse=True, return_counts=True)
    return unique, np.bincount(places, weights=kwh) / counts


def _interval(path: Path, times: Seconds) -> int:
    steps, counts = np.unique(np.diff(times), return_counts=True)
    interval = int(steps[np.argmax(counts)]) if len(steps) else 0
    if interval < SHORTEST_S or DAY_S % interval or interval % SHORTEST_S:
        raise IntervalFileError(f"{path}: intervals of {interval} s; quarters of an hour or multiples of them are needed")
    return interval
