"""Figures as CSV for spreadsheets and programs: UTF-8 with a byte order mark (Excel asks for it), lines by RFC 4180.

Values are for machines in every language of the page: Latin digits, ISO dates and times, kWh with three decimals, taka with two, and
empty where nothing is known. A text that a spreadsheet would run as a formula gets an apostrophe in front
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse

from bijoli.web.download import download

Cell = str | int | date | datetime | None
FORMULA = tuple("=+-@＝＋－＠\t\r\n")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
BOM = "\ufeff"


def csv_response(filename: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """The rows as a download. `head` is English in both languages and names the unit ("used_kwh"). Raises ValueError for a row of another
    length than the head, and for a time without a zone."""
    return download(filename, file(head, rows), "text/csv; charset=utf-8")


def file(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The whole file, with the byte order mark."""
    return (BOM + written(head, rows)).encode()


def written(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The head and the rows as the text of a CSV file, without the byte order mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    zone = ZoneInfo(settings.UTILITY.zone)
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"a row has {len(row)} cells, the head has {len(head)}")
        writer.writerow([_text(cell, zone) for cell in row])
    return out.getvalue()


def kwh(wh: int | None) -> str | None:
    """Wh as "12.345"."""
    return _fixed(wh, 3)


def kw(w: int | None) -> str | None:
    """W as "2.450"."""
    return _fixed(w, 3)


def taka(paisa: int | None) -> str | None:
    """Paisa as "1942.20"."""
    return _fixed(paisa, 2)


def _fixed(value: int | None, decimals: int) -> str | None:
    if value is None:
        return None
    whole, part = divmod(abs(value), 10**decimals)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{decimals}d}"


def _text(cell: Cell, zone: ZoneInfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        if cell.tzinfo is None:
            raise ValueError("a time without a zone")
        return cell.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(cell)
    return "'" + text if _runs(text) else text


def _runs(text: str) -> bool:
    """Whether a spreadsheet could take it for a formula. Numbers below zero are none; spaces before the sign do not count."""
    return not NUMBER.fullmatch(text) and text.lstrip(" \u00a0\ufeff").startswith(FORMULA)
