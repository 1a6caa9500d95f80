"""Home's last seven days as bars, each with its name and number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.metering.reads import DayUse
from bijoli.web.chart import Bar, bars
from bijoli.web.figures.daily import average
from bijoli.web.templatetags.bijoli import language


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, the names under its bars, and a number to stand beside its title. `known`: whether there is anything to draw."""

    picture: SafeString
    names: list[tuple[str, bool]]
    average_wh: int | None
    known: bool


def week_chart(days: Sequence[DayUse], today: date) -> Chart:
    """kWh of each day. `days` without holes."""
    speak = language()
    items = [_bar(day, today, speak) for day in days]
    mean = average(days, today)
    says = gettext("Electricity use of the last %(count)s days") % {"count": bangla.digits(str(len(days)), speak)}
    if mean is not None:
        says += ", " + gettext("on average %(units)s units a day") % {"units": bangla.kwh(mean, speak)}
    known = any(item.value is not None for item in items)
    return Chart(bars(items, says, numbers=True), [(item.name, item.now) for item in items], mean, known)


def _bar(day: DayUse, today: date, speak: str) -> Bar:
    return Bar(
        name=gettext("Today") if day.day == today else bangla.weekday(day.day, speak),
        value=day.energy_wh,
        text="" if day.energy_wh is None else bangla.kwh(day.energy_wh, speak),
        now=day.day == today,
    )
