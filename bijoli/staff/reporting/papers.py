"""The reports on paper: beneficiaries and times, the service sheet with the TCVQ table, the year's indicators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.reports.benefit import Funnel
from bijoli.reports.evidence import evidence
from bijoli.reports.gather import Report
from bijoli.reports.models import Sheet
from bijoli.reports.period import Asked, fiscal
from bijoli.reports.typed import IndicatorView, SavingView
from bijoli.staff.desks import say
from bijoli.staff.reporting import tables, words
from bijoli.web.paper.document import Bar, Chart, Document, Fact, Section
from bijoli.web.templatetags.bijoli import fulldate

BARS = 62  # days that one chart has room for


def benefit(report: Report) -> Document:
    """Beneficiaries, delivery times, self-disconnections, and what the words mean."""
    parts = [*tables.benefit(report), tables.times(report), tables.selfoff(report), *tables.complaints(report), tables.definitions()]
    facts = [(gettext("Where"), words.place(report.asked)), (gettext("Alerts"), say.count(report.benefit.total.alerts))]
    return _document(
        gettext("Proof of benefit"),
        words.days(report.asked.first, report.asked.last),
        facts + _cut(report),
        figures(report.benefit.total),
        [part.paper() for part in parts],
        _chart(report),
    )


def service(sheet: Sheet | None, report: Report | None, savings: Sequence[SavingView], measured_in: Asked) -> Document:
    """The service sheet with the TCVQ table; the query behind the number of beneficiaries is part of it."""
    sections = [tables.savings(savings, measured_in).paper()]
    if report:
        sections += [tables.definitions().paper(), _evidence(report)]
    return _document(
        sheet_name(sheet),
        gettext("Service sheet"),
        [*sheet_facts(sheet), *(_cut(report) if report else [])],
        figures(report.benefit.total) if report else [(gettext("Beneficiaries since the launch"), words.no_data())],
        sections,
    )


def performance(year: int, rows: Sequence[IndicatorView], where: Asked) -> Document:
    """The annual performance report of a fiscal year."""
    facts = [(gettext("Where"), words.place(where)), (gettext("Period"), words.days(*fiscal(year)))]
    return _document(gettext("Annual performance report"), year_name(year), facts, [], [tables.indicators(rows).paper()])


def figures(total: Funnel) -> list[Fact]:
    """The four figures, from the many to those who acted."""
    return [
        (gettext("Registered"), say.count(total.registered or 0)),
        (gettext("Reached"), say.count(total.reached)),
        (gettext("Shown"), say.count(total.shown)),
        (gettext("Beneficiaries"), say.count(total.acted)),
    ]


def sheet_name(sheet: Sheet | None) -> str:
    if sheet is None:
        return gettext("The service has no name yet")
    return sheet.name_bn if words.language() == "bn" else sheet.name_en


def sheet_facts(sheet: Sheet | None) -> list[Fact]:
    def day(on: date | None) -> str:
        return fulldate(on) if on else words.no_data()

    about = (sheet.about_bn if words.language() == "bn" else sheet.about_en) if sheet else ""
    return [
        (gettext("Name of the service"), sheet_name(sheet)),
        (gettext("Pilot from"), day(sheet.pilot_from if sheet else None)),
        (gettext("Pilot until"), day(sheet.pilot_until if sheet else None)),
        (gettext("Launched on"), day(sheet.launched_on if sheet else None)),
        *([(gettext("What it does"), about)] if about else []),
    ]


def year_name(year: int) -> str:
    return gettext("Fiscal year %(year)s") % {"year": bangla.digits(f"{year}-{(year + 1) % 100:02}", words.language())}


def command(asked: Asked) -> str:
    """What tells the same figures on the server."""
    where = "".join(f' --division "{one}"' for one in asked.divisions or ())
    return f"manage.py report --from {asked.first} --until {asked.last}{where}"


def _evidence(report: Report) -> Section:
    """The statements as they ran, line by line: whoever runs them gets the figures of this paper."""
    same = gettext("The same on the server: %(command)s") % {"command": command(report.asked)}
    rows = [[line] for line in (same, *evidence(report.asked).splitlines()) if line]
    return Section(gettext("The query behind the number of beneficiaries"), [gettext("SQL, PostgreSQL")], rows)


def _cut(report: Report) -> list[Fact]:
    return [(gettext("Notifications are kept since"), fulldate(report.cut))] if report.cut else []


def _chart(report: Report) -> Chart | None:
    days = list(report.benefit.days.items())
    if not 1 < len(days) <= BARS:
        return None
    every = max(1, len(days) // 10)
    bars = [
        Bar(one.acted, bangla.digits(str(day.day), words.language()) if place % every == 0 else "") for place, (day, one) in enumerate(days)
    ]
    title = gettext("Beneficiaries by day")
    top = gettext("at most %(count)s") % {"count": say.count(max(one.acted for _day, one in days))}
    return Chart(title, bars, f"{title}, {words.days(report.asked.first, report.asked.last)}", top=top)


def _document(
    title: str, subtitle: str, facts: Sequence[Fact], shown: Sequence[Fact], sections: Sequence[Section], chart: Chart | None = None
) -> Document:
    return Document(
        title=title,
        subtitle=subtitle,
        made=timezone.localtime(),
        language=words.language(),
        facts=facts,
        figures=shown,
        chart=chart,
        sections=sections,
        footer=settings.UTILITY.short_name[words.language()],
    )
