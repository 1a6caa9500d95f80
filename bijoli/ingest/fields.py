"""The fields of the wire: each turns a column of what was written into numbers of ours, and says what is wrong with which row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from bijoli.core.metering import CREDIT, NUMBER_LENGTH, meter_number
from bijoli.core.money import paisa
from bijoli.ingest import isotime
from bijoli.metering.columns import MISSING, Ints
from bijoli.metering.events import CreditTold

Faults = dict[int, str]  # row of the column -> reason
RELAYS = {None: 0, "closed": 1, "open_credit": 2, "open_overload": 3, "open_other": 4}
QUALITIES = {None: False, "known": False, "estimated": True}
EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
LATEST = 253_402_300_799  # the year 9999; milliseconds and nanoseconds lie beyond
MOST_PAISA = 10**13
MOST_WH = 10**15
BEYOND = 15  # digits of an amount in taka that is out of range for certain
MOST_W = 2**31 - 1
NOISE = 1e-3  # what a float may be off from a whole number of our units
_POWERS = 10 ** np.arange(NUMBER_LENGTH - 1, -1, -1, dtype=np.int64)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FieldError(ValueError):
    """One field of one row is wrong; the message says how."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class ChargeRow(msgspec.Struct):
    name: str
    amount: Decimal


class CreditRow(msgspec.Struct):
    """A recharge as it is written on the wire, in taka."""

    credited: Decimal
    order: str | int | None = None
    gross: Decimal | None = None
    vat: Decimal | None = None
    rebate: Decimal | None = None
    charges: list[ChargeRow] | None = None
    channel: str | None = None
    tokens: list[str | int] | None = None


def meters(column: list[str]) -> tuple[Ints, Faults]:
    """Meter numbers as integers."""
    joined = "".join(column)
    if joined.isascii() and joined.isdigit() and set(map(len, column)) == {NUMBER_LENGTH}:
        digits = np.frombuffer(joined.encode(), np.uint8).reshape(-1, NUMBER_LENGTH).astype(np.int64) - ord("0")
        return digits @ _POWERS, {}
    return _each(column, meter, "meter")


def meter(written: str) -> int:
    try:
        return int(meter_number(written))
    except ValueError as error:
        raise FieldError("meter", str(error)) from None


def times(column: list[int | str]) -> tuple[Ints, Faults]:
    """Meter times in seconds since 1970 UTC: at once where all are written alike, else each text once."""
    if set(map(type, column)) == {str}:
        read = isotime.seconds(cast("list[str]", column))
        if read is not None and read.min() >= EARLIEST and read.max() <= LATEST:
            return read, {}
    known: dict[int | str, int] = {}
    try:
        known = {written: time(written) for written in set(column)}
    except FieldError:
        return _each(column, time, "at")
    return np.fromiter(map(known.__getitem__, column), np.int64, len(column)), {}


def time(written: int | str) -> int:
    seconds = written if isinstance(written, int) else _seconds(written)
    if seconds < EARLIEST:
        raise FieldError("at", "before the year 2000")
    if seconds > LATEST:
        raise FieldError("at", "out of range: seconds since 1970, or ISO 8601")
    return seconds


def _seconds(written: str) -> int:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise FieldError("at", "no time: ISO 8601 with offset, or seconds since 1970") from None
    if at.tzinfo is None:
        raise FieldError("at", "no time zone")
    since = at - _EPOCH
    return since.days * 86400 + since.seconds


def balances(column: list[float | str | None]) -> tuple[Ints, Faults]:
    """Balances in paisa. Text is read exactly; empty text is not read."""
    faults: Faults = {}
    if str in set(map(type, column)):
        read: list[float | None] = []
        for row, written in enumerate(column):
            try:
                read.append(_balance(written) if isinstance(written, str) else written)
            except ValueError:
                faults[row] = "no amount in taka with two decimals"
                read.append(None)
    else:
        read = cast("list[float | None]", column)
    values, more = _scaled(read, 100, -MOST_PAISA, MOST_PAISA, "two decimals")
    return values, more | faults


def _balance(written: str) -> float | None:
    stripped = written.strip()
    if not stripped:
        return None
    try:
        amount = Decimal(stripped)
    except InvalidOperation:
        raise ValueError(written) from None
    if amount.is_finite() and amount.adjusted() >= BEYOND:  # "1e999999" is no number to calculate with
        return float("-inf") if amount < 0 else float("inf")
    return paisa(amount) / 100


def registers(column: list[float | None]) -> tuple[Ints, Faults]:
    """Registers in Wh."""
    return _scaled(column, 1000, 0, MOST_WH, "three decimals")


def loads(column: list[float | None]) -> tuple[Ints, Faults]:
    """Loads in W."""
    return _scaled(column, 1000, 0, MOST_W, "three decimals")


def relays(column: list[str | None]) -> tuple[NDArray[np.int16], Faults]:
    return _named(column, RELAYS, np.int16)


def estimates(column: list[str | None]) -> tuple[NDArray[np.bool_], Faults]:
    return _named(column, QUALITIES, np.bool_)


def _named(column: list[str | None], names: dict[Any, int] | dict[Any, bool], kind: Any) -> tuple[NDArray[Any], Faults]:
    unknown = set(column) - names.keys()
    known = ", ".join(name for name in names if name)
    faults = {row: f"not one of {known}" for row, written in enumerate(column) if written in unknown} if unknown else {}
    return np.array([names.get(written, 0) for written in column], kind), faults


def _scaled(column: list[float | None], scale: int, low: int, high: int, decimals: str) -> tuple[Ints, Faults]:
    """Decimal numbers as whole numbers of the small unit."""
    with np.errstate(over="ignore", invalid="ignore"):  # 1e308 becomes infinite, and so lies outside
        scaled = np.array(column, np.float64) * scale
        missing = np.isnan(scaled)
        whole = np.rint(np.where(missing, 0, scaled))
        outside = (whole < low) | (whole > high)
        rough = ~missing & ~outside & (np.abs(scaled - whole) > NOISE)
    values = np.where(missing, MISSING, np.where(outside, 0, whole).astype(np.int64))
    faults = dict.fromkeys(np.flatnonzero(rough).tolist(), f"more than {decimals}")
    negative = "negative" if low == 0 else "out of range"
    faults |= {row: negative if whole[row] < low else "out of range" for row in np.flatnonzero(outside).tolist()}
    return values, faults


def _each(column: Iterable[Any], read: Any, name: str) -> tuple[Ints, Faults]:
    values, faults = [], {}
    for row, written in enumerate(column):
        try:
            values.append(read(written))
        except FieldError as error:
            values.append(0)
            faults[row] = str(error)
    return np.array(values, np.int64), faults


def text(name: str, written: str | int, longest: int) -> str:
    """A short text that must say something."""
    said = str(written).strip()
    if not said or len(said) > longest or "\0" in said:
        raise FieldError(name, f"1 to {longest} characters")
    return said


def credit(profile: str, code: str | int, row: CreditRow | None) -> CreditTold | None:
    """The credit of a credit event; None for any other event. Raises FieldError where a credit event has none."""
    if (profile.lower(), str(code).lower()) != CREDIT:
        return None
    if row is None:
        raise FieldError("credit", "is missing")
    charges = [{"name": text("credit", charge.name, 40), "paisa": _amount(charge.amount)} for charge in row.charges or []]
    credited = _amount(row.credited)
    if credited <= 0:
        raise FieldError("credit", "credited must be over 0")
    return CreditTold(
        credited_paisa=credited,
        order="" if row.order is None or row.order == "" else text("credit", row.order, 80),
        gross_paisa=_optional(row.gross),
        vat_paisa=_optional(row.vat),
        rebate_paisa=_optional(row.rebate),
        charges=charges,
        channel=text("credit", row.channel, 40) if row.channel else "",
        tokens=[text("credit", token, 40) for token in row.tokens or []],
    )


def _optional(amount: Decimal | None) -> int | None:
    return None if amount is None else _amount(amount)


def _amount(amount: Decimal) -> int:
    try:
        if abs(amount) <= MOST_PAISA // 100:
            return paisa(amount)
    except (ValueError, ArithmeticError):
        pass
    raise FieldError("credit", "no amount in taka with two decimals")
