"""The town's clock in columns: local months, waking hours, and the hours in which nobody's supply is cut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from bijoli.core.utility import Utility
from bijoli.simulator.chance import Ints

DAY = 86400
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0
AWAKE = (8 * 3600, 22 * 3600 + 1800)

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local time of one utility. All `at` are seconds since 1970 UTC, one a meter, close to each other."""

    utility: Utility

    def local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at, ZoneInfo(self.utility.zone))

    def clock(self, at: Ints) -> Ints:
        """Seconds since 1970 as the local clock shows them; one offset for all (no meter stands where another's clock differs)."""
        offset = self.local(int(at[-1])).utcoffset()
        return at + int(offset.total_seconds() if offset else 0)

    def months(self, at: Ints) -> Ints:
        """Local months since January 1970."""
        return self.clock(at).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)

    def awake(self, at: Ints) -> Bools:
        """When people recharge."""
        second = self.clock(at) % DAY
        return (second >= AWAKE[0]) & (second < AWAKE[1])

    def protected(self, at: Ints) -> Bools:
        """Whether the utility's protected hours keep the supply on although the balance is finished."""
        rule, clock = self.utility.protected, self.clock(at)
        day, second = clock // DAY, clock % DAY
        kept = np.isin((day + EPOCH_WEEKDAY) % 7, rule.weekly_days)
        if rule.on_holidays:
            kept |= np.isin(day, [holiday.toordinal() - 719163 for holiday in self.utility.holidays])
        if rule.daily_from is None or rule.daily_until is None:
            return kept
        start, end = _second(rule.daily_from), _second(rule.daily_until)
        return kept | ((second >= start) & (second < end) if start < end else (second >= start) | (second < end))


def _second(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
