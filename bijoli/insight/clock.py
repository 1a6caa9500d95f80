"""A moment and the utility's month around it, worked out once for many homes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from bijoli.metering import localday, monthbody

NEWS = timedelta(hours=36)  # of an older balance nothing is said: it may have been recharged, or gone


@dataclass(frozen=True, slots=True)
class Clock:
    """`today` in days, `month` in months since 1970, local; `begins` and `ends` of the month and `time` in seconds since 1970 UTC."""

    now: datetime
    time: int
    today: int
    month: int
    begins: int
    ends: int

    @classmethod
    def at(cls, now: datetime) -> Clock:
        time = int(now.timestamp())
        today = localday.day(time)
        month = monthbody.month(today)
        return cls(now, time, today, month, *(localday.midnight(monthbody.first_day(number)) for number in (month, month + 1)))

    def is_news(self, at: int) -> bool:
        """Whether a value of that time still says something: not too old, and of this month, whose use so far is known."""
        return self.begins <= at < self.ends and self.time - at <= NEWS.total_seconds()


def local(at: int) -> datetime:
    """Seconds since 1970 as the utility's own time."""
    return datetime.fromtimestamp(at, ZoneInfo(settings.UTILITY.zone))
