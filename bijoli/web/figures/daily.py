"""Daily: a bar a day, in units or taka."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.metering.reads import DayUse
from bijoli.web.chart import Bar, bars
from bijoli.web.figures.sheet import Column, Sheet
from bijoli.web.figures.view import Stat, View, day_words, names, picked
from bijoli.web.templatetags.bijoli import UNKNOWN

FEW = 7  # so many days have each their name and number


def daily(days: Sequence[DayUse], today: date, title: str, language: str, *, money: bool) -> View:
    """`days` without holes, oldest first; those of which nothing is known hold None."""
    units = gettext("%(n)s units")  # once: the catalogue is asked for no bar on its own
    items = [_bar(day, today, len(days) <= FEW, language, units, money=money) for day in days]
    known = [item.value for item in items if item.value is not None]
    says = (gettext("Cost of each day") if money else gettext("Use of each day")) + ", " + title
    axis = (lambda value: bangla.part(value, 100, language, 0)) if money else (lambda value: bangla.part(value, 1000, language, 0))
    return View(
        graph=bars(items, says, 170, numbers=len(days) <= FEW, axis=axis if len(days) > FEW else None) if known else None,
        names=names(items),
        picked=picked(items),
        legend=(),
        stats=_stats(days, today, language),
        sheet=_sheet(days, title),
        items=items,
        notes=_notes(days, today, language),
    )


def average(days: Sequence[DayUse], today: date) -> int | None:
    """Wh a day over the finished days that are known."""
    whole = [day.energy_wh for day in days if day.energy_wh is not None and day.day != today]
    return round(sum(whole) / len(whole)) if whole else None


def _bar(day: DayUse, today: date, few: bool, language: str, units: str, *, money: bool) -> Bar:
    energy = None if day.energy_wh is None else units % {"n": bangla.kwh(day.energy_wh, language)}
    cost = None if day.spent_paisa is None else bangla.taka(day.spent_paisa, language)
    main, other = (cost, energy) if money else (energy, cost)
    rest = [gettext("Today") if day.day == today else day_words(day.day, language), other]
    if day.estimated:
        rest.append(gettext("estimated"))
    value = day.spent_paisa if money else day.energy_wh
    text = ""
    if few and value is not None:
        text = bangla.part(value, 100, language, 0) if money else bangla.kwh(value, language)
    return Bar(
        name=_name(day.day, today, few, language),
        value=value,
        text=text,
        now=day.day == today,
        says=(main or gettext("No data")) + "|" + " · ".join(filter(None, rest)),
        part=day.estimated,
    )


def _name(day: date, today: date, few: bool, language: str) -> str:
    if few:
        return gettext("Today") if day == today else bangla.weekday(day, language)
    return bangla.digits(str(day.day), language) if day.day in (1, 5, 10, 15, 20, 25) else ""


def _stats(days: Sequence[DayUse], today: date, language: str) -> list[Stat]:
    energy = [day.energy_wh for day in days if day.energy_wh is not None]
    spent = [day.spent_paisa for day in days if day.spent_paisa is not None]
    mean = average(days, today)
    return [
        Stat(gettext("Use"), bangla.kwh(sum(energy), language) if energy else UNKNOWN, gettext("units")),
        Stat(gettext("Cost"), bangla.taka(sum(spent), language, 0) if spent else UNKNOWN),
        Stat(gettext("A day"), UNKNOWN if mean is None else bangla.kwh(mean, language), gettext("units")),
    ]


def _sheet(days: Sequence[DayUse], title: str) -> Sheet:
    columns = [
        Column("date", gettext("Day"), "day"),
        Column("energy_kwh", gettext("Units"), "wh"),
        Column("cost_taka", gettext("Taka"), "paisa"),
        Column("max_load_kw", gettext("Highest load, kW"), "w"),
        Column("max_load_at", gettext("At"), "clock"),
    ]
    return Sheet(title, columns, [(day.day, day.energy_wh, day.spent_paisa, day.max_w, day.max_at) for day in reversed(days)])


def _notes(days: Sequence[DayUse], today: date, language: str) -> list[str]:
    missing = sum(day.energy_wh is None for day in days if day.day != today)
    notes = []
    if 0 < missing < len(days):
        notes.append(
            gettext("Nothing is known of %(n)s of these days: they are drawn as gaps.") % {"n": bangla.digits(str(missing), language)}
        )
    if any(day.estimated for day in days):
        notes.append(gettext("Striped days rest on an estimate, until the meter's own reading comes."))
    return notes
