"""How many messages a text is: what networks charge."""

import unicodedata

import pytest

from bijoli.core.sms import is_gsm, segments, sent

KO = "\u0995"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 77, 3),  # 306 septets, but the first part ends before a sign that counts twice
        (KO * 70, 1),
        (KO * 71, 2),
        (KO * 134, 2),
        (KO * 135, 3),
        ("a" * 69 + KO, 1),
        ("a" * 70 + KO, 2),
        ("\U0001f600" * 35, 1),
        ("\U0001f600" * 36, 2),
        ("\U0001f600" * 67, 3),  # 134 units, but no pair is cut in two
        ("৳" + "a" * 70, 2),
    ],
)
def test_segments(text, count):
    assert segments(text) == count


@pytest.mark.parametrize("letter", ["ড়", "ঢ়", "য়"])
def test_letters_that_keyboards_write_as_two_leave_as_one(letter):
    two = unicodedata.normalize("NFC", letter)
    assert len(two) == 2  # Unicode composes these three never: counted as written, they cost double
    assert (segments(two * 70), segments(sent(two * 70))) == (3, 1)
    assert sent(two * 70) == sent(sent(two * 70))


def test_plain_typography_keeps_english_in_the_short_alphabet():
    text = sent("Meter •••• 1234: ৳84.50 left – please “recharge”.")
    assert text == 'Meter **** 1234: Tk 84.50 left - please "recharge".'
    assert is_gsm(text)
    assert "৳" in sent("৳৮৪.৫০ আছে")  # nothing is gained there
