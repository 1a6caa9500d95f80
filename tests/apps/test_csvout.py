"""CSV as a spreadsheet and a program read it: nothing lost, nothing run, unknown empty."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core import bangla
from bijoli.web import csvout

HEAD = ["day", "used_kwh", "cost_taka"]
SIGNS = "=+-@＝＋－＠\t\r\n"


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3)))
def test_what_is_read_back_is_what_went_in(rows: list[list[str]]) -> None:
    back = read(csvout.csv_response("bijoli-usage.csv", HEAD, rows).content)
    assert back[0] == HEAD
    assert len(back) == 1 + len(rows)
    for told, got in zip(rows, back[1:], strict=True):
        assert all(got_cell in (cell, "'" + cell) for cell, got_cell in zip(told, got, strict=True))


PLAIN = st.text().filter(lambda text: not text.lstrip().startswith(tuple(SIGNS)) and not text.startswith(tuple(SIGNS)))


@given(st.lists(st.lists(PLAIN, min_size=2, max_size=2)))
def test_what_is_no_formula_is_not_touched(rows: list[list[str]]) -> None:
    assert read(csvout.written(["a", "b"], rows).encode()) == [["a", "b"], *rows]


@given(st.sampled_from(SIGNS), st.text(), st.sampled_from(["", " ", "  "]))
def test_a_text_that_would_be_run_is_not(sign: str, rest: str, space: str) -> None:
    text = space + sign + rest
    [[got]] = read(csvout.written(["note"], [[text]]).encode())[1:]
    assert got == (text if re.fullmatch(r"-[0-9]+(\.[0-9]+)?", text) else "'" + text)


@given(st.integers(-(10**9), 10**9))
def test_numbers_are_exact_and_below_zero_too(value: int) -> None:
    row = [csvout.kwh(value), csvout.taka(value), csvout.kw(value)]
    [[kwh, taka, kw]] = read(csvout.written(["used_kwh", "cost_taka", "max_kw"], [row]).encode())[1:]
    assert (Decimal(kwh), Decimal(taka), Decimal(kw)) == (Decimal(value) / 1000, Decimal(value) / 100, Decimal(value) / 1000)
    assert [len(number.partition(".")[2]) for number in (kwh, taka, kw)] == [3, 2, 3]


def test_unknown_is_empty_and_zero_is_not() -> None:
    text = csvout.written(HEAD, [[date(2026, 11, 1), csvout.kwh(None), csvout.taka(0)], [date(2026, 11, 2), None, None]])
    assert text == "day,used_kwh,cost_taka\r\n2026-11-01,,0.00\r\n2026-11-02,,\r\n"


def test_times_are_local_with_their_offset() -> None:
    text = csvout.written(["at"], [[datetime(2026, 11, 1, 18, 30, tzinfo=UTC)]])
    assert text == "at\r\n2026-11-02T00:30:00+06:00\r\n"
    with pytest.raises(ValueError, match="without a zone"):
        csvout.written(["at"], [[datetime(2026, 11, 1, 18, 30)]])


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 cells, the head has 3"):
        csvout.written(HEAD, [["a", "b"]])


def test_the_answer_is_a_file_that_no_cache_keeps() -> None:
    answer = csvout.csv_response("bijoli-usage-daily-2026-11.csv", HEAD, [[bangla.month(date(2026, 11, 1), "bn"), 1, None]])
    assert answer.content.startswith(b"\xef\xbb\xbfday,used_kwh,cost_taka\r\n")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bijoli-usage-daily-2026-11.csv"'
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", ["Rashida Khatun.csv", 'a".csv', "../a.csv", "a.csv\r\nX: y", "হিসাব.csv", ""])
def test_a_file_name_is_plain(name: str) -> None:
    with pytest.raises(ValueError, match="no plain file name"):
        csvout.csv_response(name, HEAD, [])
