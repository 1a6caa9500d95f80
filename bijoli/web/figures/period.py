"""Which days a view shows, as its address says: ?days=7, ?days=30 (the default), ?month=2026-11. What cannot be is the default."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import QueryDict
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.metering.reads import DayUse

WEEK, MONTH = 7, 30
LONGEST_BACK = 120  # months


@dataclass(frozen=True, slots=True)
class Period:
    """`days` 7 or 30, or None for a calendar month; `earlier` and `later` are the months beside it ("2026-10"), empty for none."""

    first: date
    last: date
    days: int | None
    title: str
    earlier: str = ""
    later: str = ""

    @property
    def month(self) -> str:
        """ "2026-11" of a calendar month; empty for the last days."""
        return "" if self.days else f"{self.first:%Y-%m}"


def every_day(known: Iterable[DayUse], first: date, last: date) -> list[DayUse]:
    """All days of a stretch, oldest first; one that is not known is there, with nothing known of it."""
    by_day = {day.day: day for day in known}
    wanted = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [by_day.get(day) or DayUse(day, None, None, None, None) for day in wanted]


def period(query: QueryDict, today: date, language: str, since: date | None = None) -> Period:
    """`since` is the day from which on the person sees the account (None: all): nothing begins before, nor leads there."""
    month = _month_of(query, today)
    if month is not None and (since is None or month >= since.replace(day=1)):
        found = _month(month, today, language)
        return found if since is None or month > since else replace(found, first=since, earlier="")
    count = WEEK if query.get("days") == str(WEEK) else MONTH
    title = gettext("Last %(n)s days") % {"n": bangla.digits(str(count), language)}
    return Period(max(today - timedelta(days=count - 1), since or date.min), today, count, title)


def _month_of(query: QueryDict, today: date) -> date | None:
    """The month that the address names; None for none, for one to come and for one of long ago."""
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", query.get("month", ""), re.ASCII)
    if not found:
        return None
    month = date(max(1970, int(found[1])), int(found[2]), 1)
    return month if months_back(today, LONGEST_BACK) <= month <= today else None


def months_back(today: date, count: int) -> date:
    """The first day of the month `count` months before that of `today`."""
    number = today.year * 12 + today.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _month(month: date, today: date, language: str) -> Period:
    after = months_back(month, -1)
    last = min(today, after - timedelta(days=1))
    earlier = months_back(month, 1)
    return Period(
        month,
        last,
        None,
        bangla.month(month, language),
        f"{earlier:%Y-%m}" if earlier >= months_back(today, LONGEST_BACK) else "",
        f"{after:%Y-%m}" if after <= today else "",
    )
