"""Money is integer paisa inside; taka with two decimals at the doors. Never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

TAKA = 100  # paisa


def paisa(taka: Decimal | str | int) -> int:
    """Taka to paisa, exactly. Raises ValueError for what is no number or has parts of a paisa."""
    try:
        value = Decimal(taka) * TAKA
    except InvalidOperation:
        raise ValueError(f"{taka!r} is no amount in taka") from None
    if not value.is_finite() or value != value.to_integral_value():
        raise ValueError(f"{taka!r} taka is no whole number of paisa")
    return int(value)


def to_taka(amount: int) -> Decimal:
    """Paisa to taka with two decimals."""
    return (Decimal(amount) / TAKA).quantize(Decimal("0.01"))


def rounded(amount: Decimal) -> int:
    """A calculated amount in paisa to whole paisa, half up (away from zero)."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
