"""A view of the Usage place on paper: whose, which time, the figures, the chart and the table."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.customers.reads import AccountView
from bijoli.metering.reads import PointView
from bijoli.web.figures.sheet import said
from bijoli.web.figures.view import View
from bijoli.web.paper.document import Bar, Chart, Document, Section


def document(view: View, title: str, mine: AccountView, point: PointView | None, made: datetime, language: str) -> Document:
    """`made` is aware and local. Account and meter numbers are printed as they stand on the meter, in Latin digits."""
    facts = [(gettext("Account"), mine.number)]
    if mine.nickname:
        facts.append((gettext("Name"), mine.nickname))
    if point and point.meter_number:
        facts.append((gettext("Meter"), point.meter_number))
    if point:
        facts += [
            (gettext("Tariff class"), point.tariff),
            (gettext("Sanctioned load"), gettext("%(n)s kW") % {"n": bangla.kw(point.sanctioned_load_w, language)}),
        ]
    sheet = view.sheet
    table = Section("", [column.title for column in sheet.columns], list(reversed(said(sheet, language))), note=" ".join(view.notes))
    return Document(
        title=title,
        subtitle=sheet.title,
        made=made,
        language=language,
        facts=facts,
        figures=[(stat.name, f"{stat.value} {stat.unit}".strip()) for stat in view.stats],
        chart=_chart(view, title),
        sections=[table],
        footer=gettext("Made of the readings of your meter."),
    )


def _chart(view: View, title: str) -> Chart | None:
    if view.graph is None:
        return None
    limit = next((words for css, words in view.legend if css == "limit"), "")
    bars = [Bar(item.value, item.name, item.over) for item in view.items]
    return Chart(title, bars, f"{title}, {view.sheet.title}", limit=view.limit, limit_text=limit)
