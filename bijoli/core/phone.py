"""Mobile numbers as people write them, and the one form in which they are kept: E.164, `+8801712345678`."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s().\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff-]+")
_NATIONAL = {"880": re.compile(r"1[3-9]\d{8}")}  # Bangladesh: 013 to 019 and eight digits (BTRC numbering plan)
_ANY = re.compile(r"[1-9]\d{6,11}")


def e164(text: str, country_code: str = "880") -> str:
    """`01712-345678`, `+880 1712 345678`, `৮৮০১৭১২৩৪৫৬৭৮` -> `+8801712345678`. Raises ValueError for what is no mobile number.

    `country_code` is that of the utility: a number without one is taken as a number of that country.
    """
    digits = _latin(_SEPARATORS.sub("", text))
    if not re.fullmatch(r"\+?\d+", digits, re.ASCII):
        raise ValueError("a mobile number has digits only")
    national = _without_country(digits, country_code)
    if not _NATIONAL.get(country_code, _ANY).fullmatch(national):
        raise ValueError("not a mobile number")
    return f"+{country_code}{national}"


def masked(number: str) -> str:
    """`+8801712345678` -> `+88017•••••678`: enough for its owner to know it by, too little for others to call it."""
    return f"{number[:6]}{'•' * max(0, len(number) - 9)}{number[-3:]}"


def local(number: str, country_code: str = "880") -> str:
    """`+8801712345678` -> `01712-345678`, as its owner writes it. Other countries' numbers stay as they are."""
    if country_code != "880":
        return number
    national = number.removeprefix("+880")
    return f"0{national[:4]}-{national[4:]}"


def _latin(text: str) -> str:
    """Digits of any script (Bangla, Arabic, full width) as Latin digits; other letters stay."""
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def _without_country(digits: str, country_code: str) -> str:
    """The national number, without the trunk prefix 0. `+`, `00` and a bare country code all mean the same."""
    bare = digits.removeprefix("+")
    if digits.startswith("+") or bare.startswith("00"):
        bare = bare.removeprefix("00")
        if not bare.startswith(country_code):
            raise ValueError("a number of another country")
        return bare.removeprefix(country_code).removeprefix("0")
    if bare.startswith(country_code) and len(bare) > 10:
        return bare.removeprefix(country_code).removeprefix("0")
    return bare.removeprefix("0")
