"""Maximum load: the highest load of each month, or of each day of one, against the sanctioned load, with the time of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.metering.reads import DayUse, MonthTotal
from bijoli.web.chart import Bar, bars
from bijoli.web.figures.monthly import is_running, short
from bijoli.web.figures.sheet import Column, Sheet, local
from bijoli.web.figures.view import Stat, View, day_words, names, picked
from bijoli.web.templatetags.bijoli import UNKNOWN

Peak = tuple[str, date, int | None, datetime | None, bool]  # name, month or day, W, when, whether it runs


def by_month(months: Sequence[MonthTotal], sanctioned_w: int | None, today: date, language: str) -> View:
    """A bar a month."""
    peaks: list[Peak] = [(short(one.month, language), one.month, one.max_w, one.max_at, is_running(one, today)) for one in months]
    title = gettext("Last %(n)s months") % {"n": bangla.digits(str(len(months)), language)}
    return _view(peaks, gettext("Highest load of each month"), title, "month", sanctioned_w, language)


def by_day(days: Sequence[DayUse], sanctioned_w: int | None, today: date, title: str, language: str) -> View:
    """A bar a day of one month."""
    peaks: list[Peak] = [
        (bangla.digits(str(one.day.day), language) if one.day.day in (1, 5, 10, 15, 20, 25) else "", one.day, one.max_w, one.max_at,
         one.day == today)
        for one in days
    ]  # fmt: skip
    return _view(peaks, gettext("Highest load of each day"), title, "day", sanctioned_w, language)


def _view(peaks: Sequence[Peak], says: str, title: str, kind: str, sanctioned_w: int | None, language: str) -> View:
    items = [_bar(peak, kind, sanctioned_w, language) for peak in peaks]
    limit = None if sanctioned_w is None else gettext("Sanctioned load %(load)s kW") % {"load": bangla.kw(sanctioned_w, language)}
    known = any(item.value is not None for item in items)
    words = ", ".join(filter(None, [says, title, limit]))
    return View(
        graph=bars(items, words, 190, sanctioned_w, axis=lambda value: bangla.kw(value, language)) if known else None,
        names=names(items),
        picked=picked(items),
        legend=[("limit", limit)] if limit else [],
        stats=_stats(peaks, sanctioned_w, language),
        sheet=_sheet(peaks, kind, title, sanctioned_w),
        items=items,
        limit=sanctioned_w,
    )


def _bar(peak: Peak, kind: str, sanctioned_w: int | None, language: str) -> Bar:
    name, on, load, at, runs = peak
    over = load is not None and sanctioned_w is not None and load > sanctioned_w
    rest = [_when(at, language) if at else bangla.month(on, language) if kind == "month" else day_words(on, language)]
    if over:
        rest.append(gettext("over the sanctioned load"))
    main = gettext("No data") if load is None else gettext("%(n)s kW") % {"n": bangla.kw(load, language)}
    return Bar(name=name, value=load, now=runs, over=over, says=main + "|" + " · ".join(rest))


def _when(at: datetime, language: str) -> str:
    here = local(at)
    return f"{day_words(here.date(), language)}, {bangla.clock(here, language)}"


def _stats(peaks: Sequence[Peak], sanctioned_w: int | None, language: str) -> list[Stat]:
    known = [load for _, _, load, _, _ in peaks if load is not None]
    over = sum(load > sanctioned_w for load in known) if sanctioned_w is not None else None
    return [
        Stat(gettext("Highest load"), bangla.kw(max(known), language) if known else UNKNOWN, gettext("kW")),
        Stat(gettext("Sanctioned load"), UNKNOWN if sanctioned_w is None else bangla.kw(sanctioned_w, language), gettext("kW")),
        Stat(gettext("Over it"), UNKNOWN if over is None or not known else bangla.digits(str(over), language), gettext("times")),
    ]


def _sheet(peaks: Sequence[Peak], kind: str, title: str, sanctioned_w: int | None) -> Sheet:
    columns = [
        Column(kind if kind == "month" else "date", gettext("Month") if kind == "month" else gettext("Day"), kind),
        Column("max_load_kw", gettext("Highest load, kW"), "w"),
        Column("max_load_at", gettext("At"), "time"),
        Column("sanctioned_load_kw", gettext("Sanctioned load, kW"), "w"),
    ]
    links = [f"?month={on:%Y-%m}" if load is not None else "" for _, on, load, _, _ in reversed(peaks)] if kind == "month" else ()
    return Sheet(title, columns, [(on, load, at, sanctioned_w) for _, on, load, at, _ in reversed(peaks)], links)
