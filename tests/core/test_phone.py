"""A mobile number is understood however it is written, and refused when it is none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.phone import e164, masked


@pytest.mark.parametrize(
    "written",
    [
        "01712345678",
        "01712-345678",
        " 017 1234 5678 ",
        "+8801712345678",
        "+880 1712-345678",
        "8801712345678",
        "008801712345678",
        "০১৭১২৩৪৫৬৭৮",
        "+৮৮০১৭১২৩৪৫৬৭৮",
        "1712345678",
        "+880 (0)1712 345678",
        "\u200e01712345678",
    ],
)
def test_one_number_written_in_many_ways_is_one_number(written: str) -> None:
    assert e164(written) == "+8801712345678"


@pytest.mark.parametrize(
    "written", ["", "0171234567", "017123456789", "01212345678", "029876543", "+911234567890", "hello", "০১৭১২abc", "+", "²1712345678"]
)
def test_what_is_no_mobile_number_of_the_country_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="number"):
        e164(written)


@given(st.text())
def test_any_text_is_either_a_number_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert e164(text).startswith("+880")


def test_a_masked_number_shows_its_two_ends() -> None:
    assert masked("+8801712345678") == "+88017•••••678"


def test_another_country_has_its_own_numbers() -> None:
    assert e164("098765 43210", "91") == "+919876543210"
