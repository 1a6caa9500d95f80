"""Statements as PDF, read back as Chrome reads them: every row, Bangla still Bangla, nothing over the edge or left to chance."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bijoli.core import bangla
from bijoli.web.paper import pdf as paper
from bijoli.web.paper.document import Section
from tests.apps.papers import MADE, metadata, read, row, statement, tags

MARGIN = 18 * 72 / 25.4  # points


@pytest.mark.parametrize("language", ["bn", "en"])
def test_a_month_is_one_page_with_every_row(language: str) -> None:
    [page] = read(paper.pdf(statement(language)))
    lines = page.text.split("\n")
    for number in range(1, 32):
        assert " ".join(cell or "–" for cell in row(number, language)) in lines


def test_bangla_is_bangla_when_copied() -> None:
    [page] = read(paper.pdf(statement("bn")))
    for words in ("বিদ্যুৎ ব্যবহারের বিবরণী", "রিচার্জ ৳ ১০০", "ক্ষুদ্র শিল্প", "সর্বোচ্চ লোড", "৩.৬৫ কিলোওয়াট", "রহিমা আক্তার"):
        assert words in page.text
    assert settings.UTILITY.name["bn"] in page.text
    assert "পৃষ্ঠা ১ / ১" in page.text
    assert "তৈরির সময়: ২৫ নভেম্বর ২০২৬, সকাল ১০:১৫" in page.text


def test_each_page_repeats_the_head_and_has_its_number() -> None:
    pages = read(paper.pdf(statement("en", days=120)))
    assert len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert "Day Use (kWh) Cost (৳) At" in page.text
        assert f"Page {number} of 3" in page.text
        assert ("Statement of electricity use, October 2026" in page.text) == (number > 1)
    told = "\n".join(page.text for page in pages)
    assert [f"#{number:03d}" for number in range(1, 121)] == [word for word in told.split() if word.startswith("#")]


LONG = st.text(st.sampled_from("ABCম্যরিক্ষোন"), min_size=30, max_size=300)


@hypothesis_settings(max_examples=15)
@given(LONG, LONG, LONG)
def test_long_words_stay_on_the_paper(one: str, two: str, three: str) -> None:
    table = Section(two, ["A", one, "৳"], [[three, "1.00", "১.০০"], [one, two, "২.০০"]], note=three)
    document = replace(statement("bn", days=3, facts=((one, two),)), footer=three, figures=((two, three),))
    for page in read(paper.pdf(replace(document, sections=[*document.sections, table]))):
        assert min(left for left, _ in page.letters if left) > MARGIN - 3
        assert max(right for _, right in page.letters) < page.width - MARGIN + 3


def test_the_decimal_points_stand_below_each_other() -> None:
    content = paper.pdf(replace(statement("bn", days=3), chart=None, sections=[Section("", ["", "৳"], [["a", "১.১১"], ["b", "৮৮৮.৮৮"]])]))
    [page] = read(content)
    points = [left for letter, (left, _) in zip(page.text.replace("\n", "\r\n"), page.letters, strict=False) if letter == "."]
    assert len(points) == 3  # one is in the large figure
    assert abs(points[1] - points[2]) < 0.5


def test_the_same_document_is_the_same_file() -> None:
    script = (
        "import django; django.setup(); import sys; from bijoli.web.paper.pdf import pdf; from tests.apps.papers import statement;"
        "sys.stdout.buffer.write(pdf(statement()))"
    )
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, env=_environment()).stdout
    assert paper.pdf(statement()) == paper.pdf(statement()) == other
    assert paper.pdf(replace(statement(), made=MADE + timedelta(minutes=1))) != other


def _environment() -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "bijoli.config.settings"}


def test_the_metadata_names_the_paper_and_no_person() -> None:
    content = paper.pdf(statement("bn"))
    told = metadata(content)
    assert told["Title"] == "বিদ্যুৎ ব্যবহারের বিবরণী, অক্টোবর ২০২৬"
    assert told["Author"] == settings.UTILITY.name["bn"]
    assert told["CreationDate"] == told["ModDate"] == "D:20261125041500Z"
    assert not [value for value in told.values() if "রহিমা" in value]
    assert b"/Lang" in content


def test_a_screen_reader_finds_headings_a_table_and_the_pictures_words() -> None:
    found = tags(paper.pdf(statement("en", days=3)))
    kinds = [kind for kind, _ in found]
    assert (kinds.count("H1"), kinds.count("Table"), kinds.count("TH"), kinds.count("TR")) == (1, 1, 4, 5)
    assert ("Figure", "PICTURE") in found


def test_a_chart_names_its_limit_and_its_highest_bar() -> None:
    document = statement("en", days=2)
    chart = replace(document.chart, top="Highest 3.1", limit=2000, limit_text="Sanctioned load 2 kW")
    [page] = read(paper.pdf(replace(document, chart=chart)))
    assert "Sanctioned load 2 kW Highest 3.1" in page.text


def test_unknown_is_a_dash_that_is_explained() -> None:
    [page] = read(paper.pdf(statement("en", days=3)))
    assert "– means that this is not known." in page.text
    [page] = read(paper.pdf(statement("en", days=2)))
    assert "–" not in page.text


@pytest.mark.parametrize("name", ["😀 রহিমা", "张伟", "a\x07b", "محمد", "\ud800", '#evil *x* $y$ \\ <l> @z "', "", "é ž Ω €"])
def test_any_name_can_be_printed(name: str) -> None:
    [page] = read(paper.pdf(statement("en", days=2, facts=(("Name", name),))))
    assert all(letter in page.text for letter in name if letter.isascii() and letter.isprintable())


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs 2 cells"):
        paper.pdf(replace(statement(), sections=[Section("X", ["a", "b"], [["1"]])]))


def test_the_answer_is_a_file_that_no_cache_keeps() -> None:
    answer = paper.pdf_response("bijoli-usage-2026-10.pdf", statement(days=1))
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bijoli-usage-2026-10.pdf"'
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_web_process_starts_without_the_typesetter() -> None:
    script = "import bijoli.config.wsgi, bijoli.config.urls, bijoli.web.paper.pdf, sys; sys.exit('typst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], env=_environment(), check=False).returncode == 0


def test_every_number_of_ours_is_found_to_be_one() -> None:
    for language in ("bn", "en"):
        cells = [
            bangla.number(-1234567, language, 2),
            bangla.taka(5, language),
            bangla.kwh(0, language),
            bangla.kw(5600, language),
            None,
            "",
        ]
        assert paper._is_numbers(cells)
    assert not paper._is_numbers([None, ""])
    assert not paper._is_numbers(["১২", "সকাল ১০:১৫"])
