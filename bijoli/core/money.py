"""Money is integer paisa inside; taka with two decimals at the doors. Never a float."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from bijoli.core.bangla import latin

TAKA = 100  # paisa
LONGEST_AMOUNT = 20
# Digits alone, or with commas by lakh (1,00,000) or by thousands (100,000); at most two decimals.
AMOUNT = re.compile(r"([0-9]+|[0-9]{1,2}(,[0-9]{2})*,[0-9]{3}|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]{1,2})?")


def paisa(taka: Decimal | str | int) -> int:
    """Taka to paisa, exactly. Raises ValueError for what is no number or has parts of a paisa."""
    try:
        value = Decimal(taka) * TAKA
    except InvalidOperation:
        raise ValueError(f"{taka!r} is no amount in taka") from None
    if not value.is_finite() or value != value.to_integral_value():
        raise ValueError(f"{taka!r} taka is no whole number of paisa")
    return int(value)


def typed(text: str) -> int:
    """Paisa of an amount in taka as a person types it: "300", "৩০০.৫০", "৳ 1,00,000". Raises ValueError for anything else."""
    bare = "".join(latin(text).replace("৳", "").split())
    if len(bare) > LONGEST_AMOUNT or not AMOUNT.fullmatch(bare):
        raise ValueError("this is no amount in taka")
    return paisa(bare.replace(",", ""))


def to_taka(amount: int) -> Decimal:
    """Paisa to taka with two decimals."""
    return (Decimal(amount) / TAKA).quantize(Decimal("0.01"))
