"""The utility's own days: which local day an instant falls on, as days since 1970, whatever the zone's offset does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from bijoli.metering.columns import Ints

EPOCH = date(1970, 1, 1)


def number(day: date) -> int:
    """A calendar day as days since 1970."""
    return (day - EPOCH).days


def calendar(day: int) -> date:
    """Days since 1970 as a calendar day."""
    return EPOCH + timedelta(days=day)


@lru_cache(16384)
def starts(day: int, zone: str) -> int:
    """The instant at which the local day begins, in seconds since 1970 UTC."""
    first = calendar(day)
    return int(datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).timestamp())


def midnight(day: int) -> int:
    """The instant at which the utility's local day begins."""
    return starts(day, settings.UTILITY.zone)


def days(at: Ints) -> NDArray[np.int32]:
    """The local day of each instant."""
    if not len(at):
        return np.empty(0, np.int32)
    first, last = int(at.min()) // 86400 - 1, int(at.max()) // 86400 + 2  # no zone is further from UTC than a day
    midnights = np.array([starts(day, settings.UTILITY.zone) for day in range(first, last + 1)], np.int64)
    return (first - 1 + np.searchsorted(midnights, at, side="right")).astype(np.int32)


def day(at: int) -> int:
    """The local day of one instant."""
    near = at // 86400 + 1  # no zone is further from UTC than a day
    while midnight(near) > at:
        near -= 1
    return near
