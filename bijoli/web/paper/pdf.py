"""Documents as PDF: A4, the utility's name and colour, tagged for screen readers (PDF/UA-1), fit to be kept (PDF/A-2a).

Typst sets the page by `paper.typ`; what the document says reaches it as JSON and is never read as markup. The same document makes the
same bytes. The library is loaded with the first document (docs/adr/0004-pdf.md has the figures).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext, override

from bijoli.core import bangla
from bijoli.web.download import download
from bijoli.web.paper.document import Cell, Document, Section

if TYPE_CHECKING:
    from typst import Fonts, PDFStandard

TEMPLATE = Path(__file__).with_name("paper.typ")
FAMILIES = ("Hind Siliguri", "Source Sans 3")
STANDARDS: list[PDFStandard] = ["a-2a", "ua-1"]
LINE_ROOM = 90  # letters, nearly, on a line of the table
NUMBER_ROOM = 14
LEAST_ROOM, MOST_ROOM = 16, 40
FULL = 110  # more letters than a line has: the heads break, and each column gets what its cells need
NUMBER = re.compile(r"(?:৳ ?)?[−+-]?[0-9০-৯][0-9০-৯,]*(?:\.[0-9০-৯]+)?(?: ?%)?")


def pdf_response(filename: str, document: Document) -> HttpResponse:
    """The PDF as a download that no cache keeps. `filename` names no person and no account: "bijoli-usage-2026-11.pdf"."""
    return download(filename, pdf(document), "application/pdf")


def pdf(document: Document) -> bytes:
    """The document as a PDF file. Raises ValueError where a table's rows or totals are not as long as its head.

    The standards ask for a letter's shape in our fonts. Where a name has another one (an emoji, another script), the file is a plain PDF
    with an empty box in its place, since a customer's statement matters more than its standard.
    """
    from typst import TypstError

    words = json.dumps(_printed(document), ensure_ascii=False).encode(errors="replace").decode()
    made = int(document.made.timestamp())
    try:
        return _compiled(words, made, STANDARDS)
    except TypstError:
        return _compiled(words, made, [])


def _compiled(words: str, made: int, standards: list[PDFStandard]) -> bytes:
    from typst import Compiler

    compiler = Compiler(_template(), root=str(TEMPLATE.parent), font_paths=_fonts())
    file = compiler.compile(format="pdf", sys_inputs={"document": words}, pdf_standards=standards, timestamp=made)
    if not isinstance(file, bytes):
        raise TypeError("a PDF was asked for, and something else came")
    return file


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


@cache
def _fonts() -> Fonts:
    """The two families of our own dependencies: what else is installed on the machine changes nothing."""
    import fontpkg
    from typst import Fonts

    folders = [str(fontpkg.path(name).parent) for name in FAMILIES]
    return Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _printed(document: Document) -> dict[str, object]:
    """The document and the frame's own words, as `paper.typ` reads them."""
    language = document.language
    with override(language):
        return {
            **asdict(document),
            "sections": [_section(section) for section in document.sections],
            "made": gettext("Made on %(day)s, %(time)s") % _moment(document.made, language),
            "utility": settings.UTILITY.name[language],
            "hotline": gettext("Hotline %(number)s") % {"number": bangla.digits(settings.UTILITY.hotline, language)},
            "accent": settings.UTILITY.accent[0],
            "digits": bangla.digits("0123456789", language),
            "page": gettext("Page %(page)s of %(pages)s"),
        }


def _section(section: Section) -> dict[str, object]:
    wide = len(section.head)
    if any(len(row) != wide for row in section.rows) or len(section.totals) not in (0, wide):
        raise ValueError(f"each row of {section.title!r} needs {wide} cells, as its head has")
    lines = [*section.rows, section.totals] if section.totals else list(section.rows)
    unknown = any(cell is None for row in lines for cell in row)
    numbers = [_is_numbers([row[column] for row in lines]) for column in range(wide)]
    longest = [max(len(row[column] or "") for row in [section.head, *lines]) for column in range(wide)]
    return {
        **asdict(section),
        "numbers": numbers,
        "widths": _widths(numbers, longest),
        "unknown": gettext("– means that this is not known.") if unknown else "",
    }


def _is_numbers(cells: Sequence[Cell]) -> bool:
    """Whether a column is of numbers: at least one, and nothing that is none."""
    told = [cell for cell in cells if cell]
    return bool(told) and all(NUMBER.fullmatch(cell) for cell in told)


def _widths(numbers: Sequence[bool], longest: Sequence[int]) -> list[int]:
    """Each column's share of the room that is left, 0 for just what it needs: few words spread the numbers, many take the room."""
    words = sum(length for length, number in zip(longest, numbers, strict=True) if not number)
    if any(numbers) and words + NUMBER_ROOM * sum(numbers) <= LINE_ROOM:
        return [1 if number else 0 for number in numbers]
    if max(longest) <= MOST_ROOM and sum(longest) > FULL:
        return [0] * len(longest)
    most = max(MOST_ROOM, 160 // len(longest))
    return [0 if number else min(max(LEAST_ROOM, length), most) for number, length in zip(numbers, longest, strict=True)]


def _moment(at: datetime, language: str) -> dict[str, str]:
    day = f"{at.day} {bangla.MONTHS[language][at.month - 1]} {at.year}"
    return {"day": bangla.digits(day, language), "time": bangla.clock(at, language)}
