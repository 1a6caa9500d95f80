"""Numbers, money and times as people in Bangladesh write and say them."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core import bangla, money


@pytest.mark.parametrize(
    ("paisa", "language", "said"),
    [
        (8450, "bn", "৳ ৮৪.৫০"),
        (12345678, "en", "৳ 1,23,456.78"),
        (-3500, "en", "৳ \u221235.00"),
        (0, "bn", "৳ ০.০০"),
        (1234567890_00, "en", "৳ 1,23,45,67,890.00"),
    ],
)
def test_money_has_lakh_grouping_and_its_own_digits(paisa, language, said):
    assert bangla.taka(paisa, language) == said


@pytest.mark.parametrize(("w", "said"), [(5600, "5.6"), (5000, "5"), (10000, "10"), (5015, "5.02"), (0, "0")])
def test_kilowatts_have_no_zeros_at_the_end(w, said):
    assert bangla.kw(w, "en") == said


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (3, "রাত ৩:১৫"),
        (5, "ভোর ৫:১৫"),
        (10, "সকাল ১০:১৫"),
        (12, "দুপুর ১২:১৫"),
        (16, "বিকাল ৪:১৫"),
        (19, "সন্ধ্যা ৭:১৫"),
        (0, "রাত ১২:১৫"),
        (21, "রাত ৯:১৫"),
    ],
)
def test_the_clock_says_the_part_of_the_day(hour, said):
    assert bangla.clock(datetime(2026, 11, 22, hour, 15), "bn") == said


def test_dates_are_said_as_people_say_them():
    now = datetime(2026, 11, 22, 12, 0)
    assert bangla.when(datetime(2026, 11, 22, 10, 15), now, "bn") == "আজ, সকাল ১০:১৫"
    assert bangla.when(datetime(2026, 11, 21, 22, 5), now, "en") == "Yesterday, 10:05 pm"
    assert bangla.day(date(2026, 3, 26), now.date(), "bn") == "২৬ মার্চ"
    assert bangla.day(date(2025, 12, 16), now.date(), "en") == "16 December 2025"


@pytest.mark.parametrize(
    ("seconds", "bn", "en"),
    [
        (4, "এইমাত্র", "just now"),
        (45, "৪৫ সেকেন্ড আগে", "45 seconds ago"),
        (60, "১ মিনিট আগে", "1 minute ago"),
        (7300, "২ ঘণ্টা আগে", "2 hours ago"),
    ],
)
def test_age_is_said_in_the_largest_unit(seconds, bn, en):
    assert (bangla.ago(seconds, "bn"), bangla.ago(seconds, "en")) == (bn, en)


@given(st.integers(-(10**15), 10**15))
def test_taka_and_paisa_are_the_same_money(amount):
    assert money.paisa(money.to_taka(amount)) == amount


@given(st.integers(0, 10**12))
def test_grouping_changes_no_digit(value):
    assert bangla.latin(bangla.number(value, "bn")).replace(",", "") == str(value)


@pytest.mark.parametrize("text", ["", "abc", "1.001", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="taka"):
        money.paisa(text)


@pytest.mark.parametrize(
    ("at", "bn", "en"),
    [
        (datetime(2026, 11, 25, 19, 30), "আজ সন্ধ্যা", "today evening"),
        (datetime(2026, 11, 26, 9, 0), "আগামীকাল সকাল", "tomorrow morning"),
        (datetime(2026, 11, 28, 2, 0), "শনিবার রাত", "Saturday night"),
        (datetime(2026, 12, 1, 23, 0), "মঙ্গলবার রাত", "Tuesday night"),
        (datetime(2026, 12, 3, 12, 0), "৩ ডিসেম্বর", "3 December"),
        (datetime(2027, 1, 3, 12, 0), "৩ জানুয়ারি ২০২৭", "3 January 2027"),
    ],
)
def test_a_moment_to_come_is_said_roughly(at, bn, en):
    now = datetime(2026, 11, 25, 10, 0)
    assert (bangla.about(at, now, "bn"), bangla.about(at, now, "en")) == (bn, en)
