"""The overload coach in words, for the detail page of an overload and the view of the maximum load (`web/parts/coach.html`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, ngettext

from bijoli.core import bangla
from bijoli.core.coach import Fit, Hours, Pattern, Peak
from bijoli.insight.reads import Coach
from bijoli.web.templatetags.bijoli import dayname, digits, kw, language, taka, within


@dataclass(frozen=True, slots=True)
class CoachCard:
    """`said` is what happened and when, `free` what helps without cost, `fits` what a higher sanctioned load costs, `ask` how to get it.

    The last two are empty where that is not known.
    """

    said: list[str]
    free: str
    fits: str
    ask: str


def card(found: Coach | None) -> CoachCard | None:
    """None where there is nothing to say."""
    if found is None:
        return None
    happened = [_happened(found.pattern, found.days), _when(found.pattern), _peak(found.pattern.peak)]
    fits = _fits(found.fit) if found.fit else ""
    ask = gettext("To ask for it, call %(hotline)s.") % {"hotline": digits(settings.UTILITY.hotline)} if fits else ""
    return CoachCard([one for one in happened if one], _free(found.pattern.hours), fits, ask)


def _happened(seen: Pattern, days: int) -> str:
    if seen.trips:
        said = ngettext(
            "In the last %(days)s days the power tripped once because the load was too high.",
            "In the last %(days)s days the power tripped %(count)s times because the load was too high.",
            seen.trips,
        )
        return said % {"days": digits(days), "count": digits(seen.trips)}
    return gettext("In the last %(days)s days the load passed the sanctioned load on %(count)s.") % {
        "days": digits(days),
        "count": _days(seen.over_days),
    }


def _days(count: int) -> str:
    return ngettext("one day", "%(count)s days", count) % {"count": digits(count)}


def _when(seen: Pattern) -> str:
    """Where the trips cluster, in hours and in days of the week."""
    said = []
    if seen.hours:
        known = {"trips": digits(seen.hours.trips), "begin": _hour(seen.hours.begin), "end": _hour(seen.hours.end)}
        every = seen.hours.trips == seen.trips
        some = gettext("%(trips)s of them came between %(begin)s and %(end)s.")
        said.append((gettext("All came between %(begin)s and %(end)s.") if every else some) % known)
    if seen.weekday:
        known = {"trips": digits(seen.weekday.trips), "day": str(WEEKDAYS[seen.weekday.day])}
        said.append(gettext("%(day)s: %(trips)s of them.") % known)
    return " ".join(said)


def _hour(hour: int) -> str:
    return bangla.clock(datetime(2000, 1, 1, hour), language())  # noqa: DTZ001 - an hour of any day


def _peak(peak: Peak | None) -> str:
    return gettext("The highest load was %(load)s kW, %(when)s.") % {"load": kw(peak.load_w), "when": within(peak.at)} if peak else ""


def _free(hours: Hours | None) -> str:
    if hours is None:
        return gettext("It costs nothing to use iron, pump, oven and heater one after the other.")
    known = {"begin": _hour(hours.begin), "end": _hour(hours.end)}
    return gettext("It costs nothing to use iron, pump, oven and heater one after the other between %(begin)s and %(end)s.") % known


def _fits(fit: Fit) -> str:
    known = {"load": kw(fit.load_w), "taka": taka(fit.month_paisa), "day": dayname(fit.tariff_since)}
    return (
        gettext("A sanctioned load of %(load)s kW would have held it. It costs %(taka)s more a month with VAT (tariff as of %(day)s).")
        % known
    )
