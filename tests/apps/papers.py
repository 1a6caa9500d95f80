"""Documents for the tests of the PDF, and a reader that reads a file as Chrome does (PDFium)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pypdfium2
from pypdfium2 import raw

from bijoli.core import bangla
from bijoli.web.paper.document import Bar, Chart, Document, Section

MADE = datetime(2026, 11, 25, 10, 15, tzinfo=ZoneInfo("Asia/Dhaka"))


@dataclass(frozen=True)
class Page:
    """A page's words in reading order, and the boxes of its letters in points from the left: left, right."""

    text: str
    letters: list[tuple[float, float]]
    width: float


def read(content: bytes) -> list[Page]:
    with pypdfium2.PdfDocument(content) as file:
        pages = []
        for page in file:
            words = page.get_textpage()
            boxes = [words.get_charbox(index) for index in range(words.count_chars())]
            pages.append(Page(words.get_text_range().replace("\r\n", "\n"), [(box[0], box[2]) for box in boxes], page.get_width()))
        return pages


def metadata(content: bytes) -> dict[str, str]:
    with pypdfium2.PdfDocument(content) as file:
        return {name: value for name, value in file.get_metadata_dict().items() if value}


def tags(content: bytes) -> list[tuple[str, str]]:
    """What a screen reader walks through on the first page: each element's kind and its words in place of a picture."""
    with pypdfium2.PdfDocument(content) as file:
        page = file[0]
        tree = raw.FPDF_StructTree_GetForPage(page)
        count = raw.FPDF_StructTree_CountChildren(tree)
        return [found for index in range(count) for found in _walk(raw.FPDF_StructTree_GetChildAtIndex(tree, index))]


def _walk(element: object) -> Iterator[tuple[str, str]]:
    yield _string(raw.FPDF_StructElement_GetType, element), _string(raw.FPDF_StructElement_GetAltText, element)
    for index in range(raw.FPDF_StructElement_CountChildren(element)):
        if child := raw.FPDF_StructElement_GetChildAtIndex(element, index):
            yield from _walk(child)


def _string(ask: object, element: object) -> str:
    size = ask(element, None, 0)
    room = raw.ctypes.create_string_buffer(size)
    ask(element, room, size)
    return room.raw.decode("utf-16-le").rstrip("\0")


def statement(language: str = "bn", days: int = 31, facts: tuple[tuple[str, str], ...] = ()) -> Document:
    """A month, day by day; the third day is not known."""
    bn = language == "bn"
    rows = [row(number, language) for number in range(1, days + 1)]
    head = ["তারিখ", "ব্যবহার (ইউনিট)", "খরচ (৳)", "সময়"] if bn else ["Day", "Use (kWh)", "Cost (৳)", "At"]
    return Document(
        title="বিদ্যুৎ ব্যবহারের বিবরণী" if bn else "Statement of electricity use",
        subtitle="অক্টোবর ২০২৬" if bn else "October 2026",
        made=MADE,
        language=language,
        facts=facts or ((("গ্রাহক", "রহিমা আক্তার"), ("শ্রেণি", "ক্ষুদ্র শিল্প")) if bn else (("Customer", "Rahima Akter"), ("Class", "Small"))),
        figures=(("সর্বোচ্চ লোড", "৩.৬৫ কিলোওয়াট") if bn else ("Highest load", "3.65 kW"),),
        chart=Chart(
            "প্রতিদিন" if bn else "Each day",
            [Bar(None if day == 3 else day * 100, "*" if day == 1 else "") for day in range(1, 32)],
            says="PICTURE",
        ),
        sections=[Section("দিনে দিনে" if bn else "Day by day", head, rows, ["মোট" if bn else "Total", *rows[0][1:3], ""], note="NOTE")],
        footer="রিচার্জ ৳ ১০০" if bn else "Recharge",
    )


def row(number: int, language: str) -> list[str | None]:
    known = number != 3
    use = bangla.number(number * 1111, language) + bangla.digits(f".{number:03d}", language)
    cost = bangla.number(number * 12345, language) + bangla.digits(f".{number % 100:02d}", language)
    clock = bangla.clock(MADE.replace(hour=number % 24), language)
    return [bangla.digits(f"#{number:03d}", language), *((use, cost, clock) if known else (None, None, None))]
