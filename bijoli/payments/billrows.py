"""One bill as a billing system writes it, in CSV or JSON: read, checked, and its lines added up. The form stands in docs/bills.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from bijoli.core.money import paisa

REQUIRED = ("number", "account", "month", "issued_on", "due_on", "total", "lines")
OPTIONAL = ("disconnect_on", "meter", "previous_kwh", "current_kwh", "energy_kwh", "late", "replaces", "paid", "paid_on")
KNOWN = frozenset(REQUIRED + OPTIONAL)
LINE = frozenset({"name", "amount", "kwh", "rate"})
MOST_LINES = 60
MOST = 10**13  # paisa, or Wh
T = TypeVar("T")


class BadBill(ValueError):
    """A bill that is not taken; `field` is the column, empty for the whole row."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill whose form is right. Money is paisa, energy Wh; `lines` as models.Bill keeps them."""

    number: str
    account: str
    month: date
    issued_on: date
    due_on: date
    disconnect_on: date | None
    meter_number: str
    previous_wh: int | None
    current_wh: int | None
    energy_wh: int | None
    lines: list[dict[str, Any]]
    total_paisa: int
    late_paisa: int | None
    replaces: str
    paid_paisa: int  # at banks and counters so far
    paid_on: date | None


def bill_row(row: Mapping[str, Any]) -> BillRow:
    """Reads a row of a CSV file or an object of JSON (numbers as Decimal, never float). Raises BadBill."""
    if unknown := set(row) - KNOWN:
        raise BadBill("", f"unknown: {', '.join(sorted(map(str, unknown)))}"[:120])
    given = {name: _bare(row.get(name)) for name in KNOWN}
    for name in REQUIRED:
        if given[name] in (None, "", []):
            raise BadBill(name, "is missing")

    def read(name: str, check: Callable[[Any], T]) -> T:
        try:
            return check(given[name])
        except ValueError as error:
            raise BadBill(name, str(error)) from None

    def may(name: str, check: Callable[[Any], T]) -> T | None:
        return None if given[name] in (None, "") else read(name, check)

    found = BillRow(
        number=read("number", lambda value: _text(value, 30)),
        account=read("account", _account),
        month=read("month", _month),
        issued_on=read("issued_on", _day),
        due_on=read("due_on", _day),
        disconnect_on=may("disconnect_on", _day),
        meter_number=may("meter", _meter) or "",
        previous_wh=may("previous_kwh", _wh),
        current_wh=may("current_kwh", _wh),
        energy_wh=may("energy_kwh", _wh),
        lines=read("lines", _lines),
        total_paisa=read("total", _amount),
        late_paisa=may("late", _amount),
        replaces=may("replaces", lambda value: _text(value, 30)) or "",
        paid_paisa=may("paid", _amount) or 0,
        paid_on=may("paid_on", _day),
    )
    _adds_up(found)
    return found


def _adds_up(row: BillRow) -> None:
    """What is wrong with the bill as a whole."""
    summed = sum(line["paisa"] for line in row.lines)
    if summed != row.total_paisa:
        raise BadBill("total", f"the lines add up to {summed} paisa, the total is {row.total_paisa} paisa")
    if row.total_paisa < 0:
        raise BadBill("total", "is below zero")
    if row.late_paisa is not None and row.late_paisa < 0:
        raise BadBill("late", "is below zero")
    if row.due_on < row.issued_on:
        raise BadBill("due_on", "lies before issued_on")
    if row.disconnect_on and row.disconnect_on < row.due_on:
        raise BadBill("disconnect_on", "lies before due_on")
    if row.paid_paisa < 0:
        raise BadBill("paid", "is below zero")
    if row.paid_paisa and row.paid_on is None:
        raise BadBill("paid_on", "is missing")
    if row.replaces == row.number:
        raise BadBill("replaces", "a bill cannot replace itself")


def _bare(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("is no text")
    if len(value) > longest:
        raise ValueError(f"at most {longest} characters")
    return value


def _account(value: Any) -> str:
    text = _text(value, 8)
    if not (text.isascii() and text.isdigit() and len(text) == 8):
        raise ValueError("an account number has 8 digits")
    return text


def _meter(value: Any) -> str:
    """As it is printed: postpaid meters may have shorter numbers than prepaid ones."""
    text = _text(value, 12)
    if not (text.isascii() and text.isdigit()):
        raise ValueError("a meter number has digits alone")
    return text


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(_text(value, 10))
    except ValueError:
        raise ValueError("a day is written 2026-11-30") from None


def _month(value: Any) -> date:
    try:
        return date.fromisoformat(f"{_text(value, 7)}-01")
    except ValueError:
        raise ValueError("a month is written 2026-11") from None


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("is no number")
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise ValueError("is no number") from None
    if not found.is_finite() or found.copy_abs() > MOST or (found and found.adjusted() < -6):
        raise ValueError("cannot be right")
    return found


def _amount(value: Any) -> int:
    try:
        return paisa(_decimal(value))
    except ValueError:
        raise ValueError("no amount in taka with two decimals") from None


def _wh(value: Any) -> int:
    wh = _decimal(value) * 1000
    if wh < 0 or wh != wh.to_integral_value():
        raise ValueError("kWh, not below zero and no finer than a Wh")
    return int(wh)


def _lines(value: Any) -> list[dict[str, Any]]:
    """`energy:394.50:75:5.26;demand:84.00;vat:23.93` (name:taka, for energy :kWh:taka a kWh), or the same as a list of objects."""
    parts = _parts(value) if isinstance(value, str) else value
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_LINES:
        raise ValueError(f"1 to {MOST_LINES} lines")
    return [_line(part) for part in parts]


def _parts(text: str) -> list[dict[str, str]]:
    parts = [part.strip().split(":") for part in text.split(";") if part.strip()]
    if any(len(part) not in (2, 4) for part in parts):
        raise ValueError("write energy:394.50:75:5.26;demand:84.00")
    return [dict(zip(("name", "amount", "kwh", "rate"), part, strict=False)) for part in parts]


def _line(part: Any) -> dict[str, Any]:
    if not isinstance(part, Mapping) or set(part) - LINE or "name" not in part or "amount" not in part:
        raise ValueError("a line has name and amount, and for energy kwh and rate")
    name = _text(_bare(part["name"]), 40)
    if not name:
        raise ValueError("a line needs a name")
    line: dict[str, Any] = {"name": name, "paisa": _amount(_bare(part["amount"]))}
    if part.get("kwh") is not None:
        line["energy_wh"] = _wh(_bare(part["kwh"]))
    if part.get("rate") is not None:
        line["rate"] = _amount(_bare(part["rate"]))
    return line
