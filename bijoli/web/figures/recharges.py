"""Recharge and use, side by side by month, with the running balance as a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.metering.reads import MonthTotal
from bijoli.web.chart import Bar, bars
from bijoli.web.figures.monthly import is_part, is_running, notes, short
from bijoli.web.figures.sheet import Column, Sheet
from bijoli.web.figures.view import Stat, View, names, picked
from bijoli.web.templatetags.bijoli import UNKNOWN


def recharges(months: Sequence[MonthTotal], today: date, language: str) -> View:
    """`months` without holes, oldest first; a month of which nothing is known has no recharge bar either."""
    items = [_bar(month, today, language) for month in months]
    known = any(month.known for month in months)
    title = gettext("Last %(n)s months") % {"n": bangla.digits(str(len(months)), language)}
    says = gettext("Recharged and used in each month, with the balance at its end") + ", " + title
    return View(
        graph=bars(items, says, 190, pairs=True, axis=lambda value: bangla.part(value, 100, language, 0)) if known else None,
        names=names(items),
        picked=picked(items),
        legend=[("one", gettext("Recharged")), ("two", gettext("Used")), ("level", gettext("Balance at the end"))],
        stats=_stats(months, today, language),
        sheet=_sheet(months, title),
        items=items,
        notes=notes(months, today),
    )


def _bar(month: MonthTotal, today: date, language: str) -> Bar:
    recharged = month.recharged_paisa if month.known else None
    words = [
        bangla.month(month.month, language) + (f", {gettext('so far')}" if is_running(month, today) else ""),
        gettext("part month") if month.begins is not None else None,
        None if month.spent_paisa is None else gettext("used %(n)s") % {"n": bangla.taka(month.spent_paisa, language, 0)},
        None if month.closing_paisa is None else gettext("balance at the end %(n)s") % {"n": bangla.taka(month.closing_paisa, language, 0)},
    ]
    main = gettext("No data") if recharged is None else gettext("Recharged %(n)s") % {"n": bangla.taka(recharged, language, 0)}
    return Bar(
        name=short(month.month, language),
        value=recharged,
        beside=month.spent_paisa,
        level=month.closing_paisa,
        now=is_running(month, today),
        says=main + "|" + " · ".join(filter(None, words)),
        part=is_part(month, today),
    )


def _stats(months: Sequence[MonthTotal], today: date, language: str) -> list[Stat]:
    running = months[-1]
    times = bangla.digits(str(running.recharges), language)
    return [
        Stat(gettext("Recharged this month"), bangla.taka(running.recharged_paisa, language, 0), gettext("%(n)s times") % {"n": times}),
        Stat(gettext("Used this month"), UNKNOWN if running.spent_paisa is None else bangla.taka(running.spent_paisa, language, 0)),
        Stat(gettext("Balance"), UNKNOWN if running.closing_paisa is None else bangla.taka(running.closing_paisa, language, 0)),
    ]


def _sheet(months: Sequence[MonthTotal], title: str) -> Sheet:
    columns = [
        Column("month", gettext("Month"), "month"),
        Column("opening_balance_taka", gettext("Balance before"), "paisa"),
        Column("recharged_taka", gettext("Recharged"), "paisa"),
        Column("credited_taka", gettext("Added to the meter"), "paisa"),
        Column("used_taka", gettext("Used"), "paisa"),
        Column("closing_balance_taka", gettext("Balance after"), "paisa"),
    ]
    rows = [
        (one.month, one.opening_paisa, *((one.recharged_paisa, one.credited_paisa) if one.known else (None, None)), one.spent_paisa,
         one.closing_paisa)
        for one in reversed(months)
    ]  # fmt: skip
    return Sheet(title, columns, rows)
