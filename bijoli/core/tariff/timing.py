"""Time of use: which of a tariff's times runs at a moment, and a meter's intervals by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time

from bijoli.core.hours import within
from bijoli.core.tariff.model import Hours, Tariff, TariffError


def time_of(moment: datetime, tariff: Tariff) -> str:
    """The time of use at a local moment. Raises TariffError where the tariff has no rates by time, or nobody said their hours."""
    running = _running(moment.time(), tariff.times, tariff.hours)
    if not running:
        raise TariffError(f"tariff {tariff.code} of {tariff.since} has no time of use for {moment:%H:%M}")
    return running[0]


def split_by_time(intervals: Iterable[tuple[datetime, int]], tariff: Tariff) -> dict[str, int]:
    """Wh by time of use of (local start of the interval, Wh). An interval belongs to the time in which it starts, whole."""
    energy = dict.fromkeys(tariff.times, 0)
    for start, energy_wh in intervals:
        energy[time_of(start, tariff)] += energy_wh
    return energy


def check_hours(times: Iterable[str], hours: Mapping[str, tuple[Hours, ...]]) -> None:
    """Raises ValueError unless each moment of the day has exactly one of `times`, or none of them has hours."""
    told = [name for name in times if name in hours]
    if not told:
        return
    turns = {time(0)} | {turn for name in told for stretch in hours[name] for turn in (stretch.begin, stretch.end)}
    for turn in sorted(turns):
        running = _running(turn, told, hours)
        if len(running) != 1:
            raise ValueError(f"hours: at {turn:%H:%M} there is {' and '.join(running) or 'no time of use'}; each moment needs one")


def _running(at: time, times: Iterable[str], hours: Mapping[str, tuple[Hours, ...]]) -> list[str]:
    return [name for name in times if any(_inside(at, stretch) for stretch in hours.get(name, ()))]


def _inside(at: time, stretch: Hours) -> bool:
    return stretch.begin == stretch.end or within(at, stretch.begin, stretch.end)
