"""Monthly: twelve months (six of a postpaid account), with the same month of the year before faint behind each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.metering.reads import MonthTotal
from bijoli.web.chart import Bar, bars
from bijoli.web.figures.sheet import Column, Sheet
from bijoli.web.figures.view import Stat, View, names, picked
from bijoli.web.templatetags.bijoli import UNKNOWN

YEAR = 12
SHORT = {
    "bn": ["জানু", "ফেব", "মার্চ", "এপ্রি", "মে", "জুন", "জুলা", "আগ", "সেপ্টে", "অক্টো", "নভে", "ডিসে"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}


def monthly(months: Sequence[MonthTotal], count: int, today: date, language: str, *, money: bool) -> View:
    """`months` without holes, oldest first: the last `count` are shown, with those of twelve months before behind them."""
    shown = list(zip(months[-count:], months[-count - YEAR : -YEAR], strict=True))
    items = [_bar(month, before, today, language, money=money) for month, before in shown]
    known = any(item.value is not None for item in items)
    title = gettext("Last %(n)s months") % {"n": bangla.digits(str(count), language)}
    axis = (lambda value: bangla.part(value, 100, language, 0)) if money else (lambda value: bangla.part(value, 1000, language, 0))
    past = any(item.past is not None for item in items)
    says = (gettext("Cost of each month") if money else gettext("Use of each month")) + ", " + title
    return View(
        graph=bars(items, says, 190, axis=axis) if known else None,
        names=names(items),
        picked=picked(items),
        legend=[("col", gettext("This year")), ("past", gettext("A year before"))] if past else [],
        stats=_stats([month for month, _ in shown], today, language),
        sheet=_sheet(shown, title),
        items=items,
        notes=notes([month for month, _ in shown], today),
    )


def value_of(month: MonthTotal, *, money: bool) -> int | None:
    return month.spent_paisa if money else month.energy_wh


def short(month: date, language: str) -> str:
    return SHORT[language][month.month - 1]


def is_running(month: MonthTotal, today: date) -> bool:
    return month.month == today.replace(day=1)


def notes(months: Sequence[MonthTotal], today: date) -> list[str]:
    """What is not whole of what is drawn."""
    found = []
    if any(not month.whole and month.begins is None and month.known and not is_running(month, today) for month in months):
        found.append(gettext("Striped months begin with a gap in the readings: a part of their use may belong to the month before."))
    return found


def is_part(month: MonthTotal, today: date) -> bool:
    return month.begins is not None or (not month.whole and not is_running(month, today))


def _bar(month: MonthTotal, before: MonthTotal, today: date, language: str, *, money: bool) -> Bar:
    energy = None if month.energy_wh is None else gettext("%(n)s units") % {"n": bangla.kwh(month.energy_wh, language)}
    cost = None if month.spent_paisa is None else bangla.taka(month.spent_paisa, language, 0)
    main, other = (cost, energy) if money else (energy, cost)
    rest = [bangla.month(month.month, language), other]
    if is_running(month, today):
        rest.append(gettext("so far"))
    if month.begins is not None:
        rest.append(gettext("part month"))
    if (past := value_of(before, money=money)) is not None:
        words = bangla.taka(past, language, 0) if money else gettext("%(n)s units") % {"n": bangla.kwh(past, language)}
        rest.append(gettext("a year before: %(n)s") % {"n": words})
    return Bar(
        name=short(month.month, language),
        value=value_of(month, money=money),
        now=is_running(month, today),
        past=past,
        says=(main or gettext("No data")) + "|" + " · ".join(filter(None, rest)),
        part=is_part(month, today),
    )


def _stats(months: Sequence[MonthTotal], today: date, language: str) -> list[Stat]:
    energy = [month.energy_wh for month in months if month.energy_wh is not None]
    spent = [month.spent_paisa for month in months if month.spent_paisa is not None]
    whole = [one.energy_wh for one in months if one.energy_wh is not None and not is_running(one, today) and one.begins is None]
    return [
        Stat(gettext("Use"), bangla.part(sum(energy), 1000, language, 0) if energy else UNKNOWN, gettext("units")),
        Stat(gettext("Cost"), bangla.taka(sum(spent), language, 0) if spent else UNKNOWN),
        Stat(gettext("A month"), bangla.part(round(sum(whole) / len(whole)), 1000, language, 0) if whole else UNKNOWN, gettext("units")),
    ]


def _sheet(shown: Sequence[tuple[MonthTotal, MonthTotal]], title: str) -> Sheet:
    columns = [
        Column("month", gettext("Month"), "month"),
        Column("energy_kwh", gettext("Units"), "wh"),
        Column("cost_taka", gettext("Taka"), "paisa"),
        Column("energy_kwh_year_before", gettext("Units a year before"), "wh"),
        Column("max_load_kw", gettext("Highest load, kW"), "w"),
    ]
    rows = [(month.month, month.energy_wh, month.spent_paisa, before.energy_wh, month.max_w) for month, before in reversed(shown)]
    return Sheet(title, columns, rows)
