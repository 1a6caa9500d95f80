"""The first page of the reports: the figures large, charts, tables."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.reports.gather import Report
from bijoli.reports.times import WHOLE
from bijoli.staff.desks import say
from bijoli.staff.reporting import papers, tables, words
from bijoli.web.chart import Bar, bars
from bijoli.web.templatetags.bijoli import fulldate

NAMES = 5  # under the bars of a chart, at most


def shown(report: Report) -> dict[str, Any]:
    """What the template needs."""
    by_division, by_kind, by_day = tables.benefit(report)
    whole = report.times.get("", {}).get(WHOLE)
    off = report.selfoff.total
    parts = [by_division, by_kind, by_day, tables.times(report), tables.selfoff(report), *tables.complaints(report)]
    return {
        "figures": papers.figures(report.benefit.total),
        "more": [
            (gettext("Half of the alerts were shown within"), words.span(whole.p50 if whole else None)),
            (gettext("Self-disconnections"), say.count(off.count)),
            (gettext("Half of these were back within"), words.span(off.median_s)),
            (gettext("Complaints"), say.count(report.complaints.total.count)),
        ],
        "charts": [one for one in (_days(report), _kinds(report)) if one],
        "sections": [one.page() for one in parts],
        "definitions": tables.definitions().page(),
        "cut": fulldate(report.cut) if report.cut else "",
    }


def _days(report: Report) -> dict[str, Any] | None:
    """Beneficiaries beside those who were shown an alert, each day."""
    days = list(report.benefit.days.items())
    if not 1 < len(days) <= 2 * papers.BARS:
        return None
    every = -(-len(days) // NAMES)
    items = [
        Bar(fulldate(day), one.shown, beside=one.acted, says=f"{say.count(one.acted)} / {say.count(one.shown)}|{fulldate(day)}")
        for day, one in days
    ]
    names = [
        (f"{bangla.digits(str(day.day), words.language())}/{bangla.digits(str(day.month), words.language())}", False) for day, _ in days
    ]
    title = gettext("Shown an alert and beneficiaries, by day")
    return _chart(title, items, names[::every], pairs=True)


def _kinds(report: Report) -> dict[str, Any] | None:
    kinds = list(report.benefit.kinds.items())
    if not kinds:
        return None
    items = [
        Bar(words.kind(kind), one.shown, beside=one.acted, says=f"{say.count(one.acted)} / {say.count(one.shown)}|{words.kind(kind)}")
        for kind, one in kinds
    ]
    title = gettext("Shown an alert and beneficiaries, by kind")
    return _chart(title, items, [(words.kind(kind), False) for kind, _one in kinds], pairs=True)


def _chart(title: str, items: list[Bar], names: list[tuple[str, bool]], pairs: bool) -> dict[str, Any]:
    picture: SafeString = bars(items, title, height=150, axis=say.count, pairs=pairs)
    return {"title": title, "picture": picture, "names": names}
