"""The days and divisions that a report is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

Value = str | bool | datetime | list[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """First and last local day, both included; `divisions` None is all, an empty one nothing. What comes after `now` is not seen."""

    first: date
    last: date
    now: datetime
    divisions: tuple[str, ...] | None = None

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=place) for place in range((self.last - self.first).days + 1)]

    @property
    def given(self) -> dict[str, Value]:
        """What the statements are given."""
        zone = ZoneInfo(settings.UTILITY.zone)
        start, end = (datetime.combine(day, datetime.min.time(), zone) for day in (self.first, self.last + timedelta(days=1)))
        return {
            "start": start,
            "end": end,
            "now": self.now,
            "zone": settings.UTILITY.zone,
            "everywhere": self.divisions is None,
            "divisions": list(self.divisions or ()),
        }


def fiscal(year: int) -> tuple[date, date]:
    """First and last day of the fiscal year that begins in this year's July."""
    return date(year, 7, 1), date(year + 1, 6, 30)


def fiscal_year(on: date) -> int:
    """The fiscal year that a day lies in."""
    return on.year if on.month >= 7 else on.year - 1
