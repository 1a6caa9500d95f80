"""Use of a meter as rows and charts: the days of one account, in the page's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.metering.reads import DayUse
from bijoli.web.chart import Bar, bars
from bijoli.web.templatetags.bijoli import language

WEEK = 7
MONTH = 30


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, the names under its bars, a number to stand beside its title, and what its dashed line means."""

    picture: SafeString
    names: list[tuple[str, bool]]
    average_wh: int | None
    known: bool
    legend: str = ""


def full(days: Sequence[DayUse], today: date, count: int) -> list[DayUse]:
    """The last `count` days to today; a day that is not known is there, with nothing known of it."""
    known = {day.day: day for day in days}
    wanted = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [known.get(day) or DayUse(day=day, energy_wh=None, spent_paisa=None, max_w=None, max_at=None) for day in wanted]


def average(days: Sequence[DayUse], today: date) -> int | None:
    """Wh a day over the finished days that are known."""
    whole = [day.energy_wh for day in days if day.energy_wh is not None and day.day != today]
    return round(sum(whole) / len(whole)) if whole else None


def energy_chart(days: Sequence[DayUse], today: date) -> Chart:
    """kWh of each day. Up to a week every day has its name and number, longer every fifth."""
    speak, few = language(), len(days) <= WEEK
    items = [
        Bar(
            name=_name(day.day, today, few),
            value=day.energy_wh,
            text="" if day.energy_wh is None else bangla.kwh(day.energy_wh, speak),
            now=day.day == today,
        )
        for day in days
    ]
    mean = average(days, today)
    says = gettext("Electricity use of the last %(count)s days") % {"count": bangla.digits(str(len(days)), speak)}
    if mean is not None:
        says += ", " + gettext("on average %(units)s units a day") % {"units": bangla.kwh(mean, speak)}
    return _chart(items, bars(items, says, 112 if few else 150, numbers=few), mean)


def load_chart(days: Sequence[DayUse], today: date, sanctioned_w: int) -> Chart:
    """Highest load of each day, with the sanctioned load as a line."""
    speak = language()
    items = [
        Bar(
            name=_name(day.day, today, False),
            value=day.max_w,
            text="" if day.max_w is None else bangla.kw(day.max_w, speak),
            now=day.day == today,
            over=day.max_w is not None and day.max_w > sanctioned_w,
        )
        for day in days
    ]
    limit = gettext("Sanctioned load %(load)s kW") % {"load": bangla.kw(sanctioned_w, speak)}
    says = gettext("Highest load of each day") + ", " + limit
    return _chart(items, bars(items, says, 150, sanctioned_w), None, limit)


def _chart(items: list[Bar], picture: SafeString, mean: int | None, legend: str = "") -> Chart:
    return Chart(picture, [(item.name, item.now) for item in items], mean, any(item.value is not None for item in items), legend)


def _name(day: date, today: date, few: bool) -> str:
    speak = language()
    if few:
        return gettext("Today") if day == today else bangla.weekday(day, speak)
    return bangla.digits(str(day.day), speak) if day.day in (1, 5, 10, 15, 20, 25) else ""
