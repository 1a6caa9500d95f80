"""Charts as SVG: heights that tell the truth, gaps that are no zeros, words that are escaped."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from bijoli.metering.reads import DayUse
from bijoli.web.chart import LEAST_HEIGHT, Bar, bars
from bijoli.web.figures.daily import average
from bijoli.web.figures.load import by_day
from bijoli.web.figures.period import every_day
from bijoli.web.figures.week import week_chart

TODAY = date(2026, 11, 22)
FIRST = date(2026, 11, 16)


def heights(svg: str) -> list[float]:
    return [float(height) for height in re.findall(r'class="col[^"]*"[^>]*height="([\d.]+)%"', svg)]


def day(number: int, wh: int | None = None, w: int | None = None) -> DayUse:
    return DayUse(date(2026, 11, number), wh, None, w, None)


@given(st.lists(st.none() | st.integers(-5000, 10**7), min_size=1, max_size=40), st.none() | st.integers(0, 10**7))
def test_any_values_make_a_well_formed_picture(values: list[int | None], limit: int | None) -> None:
    svg = bars([Bar("x", value, "1") for value in values], "says", limit=limit, numbers=True)
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    assert root.attrib["role"] == "img"
    assert len(root.findall("rect")) == len(values)
    assert all(LEAST_HEIGHT <= height <= 100 for height in heights(svg))


def test_heights_stand_in_the_proportion_of_the_values() -> None:
    low, high = heights(bars([Bar("a", 250), Bar("b", 1000)], "says"))
    assert high == pytest.approx(4 * low, abs=0.05)


def test_unknown_is_a_gap_and_zero_is_a_bar() -> None:
    svg = bars([Bar("a", None), Bar("b", 0), Bar("c", 5)], "says")
    assert svg.count('class="gap"') == 1
    assert len(heights(svg)) == 2


def test_words_cannot_break_out() -> None:
    svg = bars([Bar("a", 1, '"><script>')], '"><script>', numbers=True)
    assert "<script>" not in svg


def test_a_week_has_every_day_named_and_the_average_of_finished_days() -> None:
    with translation.override("bn"):
        chart = week_chart(every_day([day(20, 6000), day(21, 8000), day(22, 1000)], FIRST, TODAY), TODAY)
    assert [name for name, _ in chart.names] == ["সোম", "মঙ্গল", "বুধ", "বৃহঃ", "শুক্র", "শনি", "আজ"]
    assert chart.average_wh == 7000
    assert "দিনে গড়ে ৭.০ ইউনিট" in chart.picture
    assert chart.picture.count('class="gap"') == 4


def test_no_day_known_is_no_chart_and_no_average() -> None:
    assert not week_chart(every_day([], FIRST, TODAY), TODAY).known
    assert average([day(22, 1000)], TODAY) is None


def test_loads_over_the_sanctioned_one_are_marked() -> None:
    graph = by_day([day(20, w=4000), day(21, w=5600), day(22)], 5000, TODAY, "November 2026", "en").graph
    assert graph is not None
    assert graph.count('class="col over"') == graph.count('class="gap"') == 1
    assert 'class="limit"' in graph
