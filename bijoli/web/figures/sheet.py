"""A table of figures, once: on the page in the person's words, in a CSV file for programs, on paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.web import csvout
from bijoli.web.csvout import Cell
from bijoli.web.templatetags.bijoli import UNKNOWN

ZONE = ZoneInfo(settings.UTILITY.zone)


@dataclass(frozen=True, slots=True)
class Column:
    """`key` heads it in a CSV file, with its unit; `title` on the page; `kind` says what its values are (KINDS)."""

    key: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` hold a value for each column, None where it is not known; newest first. `links`: where a row's first cell leads, by row."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    links: Sequence[str] = field(default=())


def local(value: datetime) -> datetime:
    """In the utility's zone; a page asks for as many as it has rows."""
    return value.astimezone(ZONE)


def _day(value: date, language: str) -> str:
    return f"{bangla.digits(str(value.day), language)} {bangla.MONTHS[language][value.month - 1]}"


def _time(value: datetime, language: str) -> str:
    here = local(value)
    return f"{_day(here.date(), language)}, {bangla.clock(here, language)}"


# By kind: how a page says a value, and how a file does
KINDS: dict[str, tuple[Callable[[Any, str], str], Callable[[Any], Cell]]] = {
    "day": (_day, lambda value: value),
    "month": (bangla.month, lambda value: f"{value:%Y-%m}"),
    "time": (_time, lambda value: value),
    "clock": (lambda value, language: bangla.clock(local(value), language), lambda value: value),
    "wh": (bangla.kwh, csvout.kwh),
    "paisa": (lambda value, language: bangla.part(value, 100, language, 2), csvout.taka),
    "w": (lambda value, language: bangla.part(value, 1000, language, 2), csvout.kw),
}


def said(sheet: Sheet, language: str) -> list[list[str | None]]:
    """The cells in the person's language; None is unknown."""
    speak = [KINDS[column.kind][0] for column in sheet.columns]
    return [[None if value is None else say(value, language) for say, value in zip(speak, row, strict=True)] for row in sheet.rows]


def written(sheet: Sheet) -> tuple[list[str], list[list[Cell]]]:
    """Head and cells for a program; None is unknown."""
    write = [KINDS[column.kind][1] for column in sheet.columns]
    rows = [[None if value is None else put(value) for put, value in zip(write, row, strict=True)] for row in sheet.rows]
    return [column.key for column in sheet.columns], rows


def part_marked(sheet: Sheet, since: date | None) -> Sheet:
    """A sheet of months for a file, with the day on which a part month begins, where the person sees the home only `since` then."""
    if since is None or since.day == 1 or sheet.columns[0].kind != "month":
        return sheet
    rows = [(*row, since if row[0] == since.replace(day=1) else None) for row in sheet.rows]
    return replace(sheet, columns=[*sheet.columns, Column("part_month_from", gettext("Part month from"), "day")], rows=rows)


def table(sheet: Sheet, language: str) -> SafeString:
    """The sheet as an HTML table; its first column heads the rows. No kind of value holds what somebody wrote: cells need no escaping."""
    heads = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in sheet.columns)
    links = sheet.links or [""] * len(sheet.rows)
    rows = [[cell or UNKNOWN for cell in cells] for cells in said(sheet, language)]
    body = "".join(
        f'<tr><th scope="row">{_linked(head, link)}</th><td>{"</td><td>".join(cells)}</td></tr>'
        for (head, *cells), link in zip(rows, links, strict=True)
    )
    return mark_safe(f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>")  # noqa: S308 - see above


def _linked(cell: str, link: str) -> str:
    return f'<a href="{escape(link)}">{cell}</a>' if link else cell
