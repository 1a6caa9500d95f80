"""The lines of the utility's register (accounts, meters, people) as CSV: read and checked one by one. The columns stand in docs/load.md."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import IO, Any
from zoneinfo import ZoneInfo

from bijoli.core.metering import meter_number
from bijoli.core.phone import e164

REQUIRED = ("account", "meter", "division", "feeder", "sanctioned_kw")
OPTIONAL = ("mode", "installed_at", "phases", "tariff", "profile", "phone", "name", "role", "nickname")
ROLES = ("owner", "family", "payer", "tenant", "viewer")
MOST_KW = 100_000


class BadLine(ValueError):
    """A line that cannot be taken: its number in the file, the column, and why."""

    def __init__(self, line: int, column: str, reason: str) -> None:
        super().__init__(f"line {line}: {column}: {reason}")
        self.line, self.column, self.reason = line, column, reason


class BadFile(ValueError):
    """The file as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One account with its meter, and the people who see it."""

    line: int
    account: str
    mode: str
    meter: str
    installed_at: datetime | None
    division: str
    feeder: str
    sanctioned_w: int
    phases: int
    tariff: str
    profile: str
    phones: tuple[str, ...]
    name: str
    role: str
    nickname: str


def rows(file: IO[str], required: tuple[str, ...], optional: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line as a dict of stripped texts, with its number in the file. Raises BadFile where a column is missing or not known."""
    reader = csv.DictReader(file, restkey="", restval="")
    try:
        names = [name.strip().lower() for name in reader.fieldnames or []]
        if missing := [name for name in required if name not in names]:
            raise BadFile(f"the first line must name the columns; missing: {', '.join(missing)}")
        if unknown := [name for name in names if name not in (*required, *optional)]:
            raise BadFile(f"unknown column: {', '.join(unknown)} (known: {', '.join((*required, *optional))})")
        reader.fieldnames = names
        for row in reader:
            yield reader.line_num, {name: text.strip() if isinstance(text, str) else "\0" for name, text in row.items()}
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadFile(f"no CSV in UTF-8 near line {reader.line_num + 1}: {error}") from None


class Checker:
    """Turns rows into lines. `zone` and `country_code` are the utility's."""

    def __init__(self, zone: str, country_code: str) -> None:
        self.zone, self.country_code = ZoneInfo(zone), country_code

    def line(self, number: int, row: dict[str, str]) -> Line:
        """Raises BadLine."""
        if "" in row:
            raise BadLine(number, "", "more values than columns")
        checks: dict[str, Callable[[str], Any]] = {
            "account": _account,
            "meter": meter_number,
            "division": lambda text: _text(text, 40),
            "feeder": lambda text: _text(text, 40),
            "sanctioned_kw": _watts,
            "mode": lambda text: _one_of(text.lower() or "prepaid", ("prepaid", "postpaid")),
            "installed_at": self.instant,
            "phases": lambda text: int(_one_of(text or "1", ("1", "3"))),
            "tariff": lambda text: _text(text or "LT-A", 12),
            "profile": lambda text: _text(text.lower() or "is15959", 12),
            "phone": self._phones,
            "name": lambda text: _text(text, 120, empty=True),
            "role": lambda text: _one_of(text.lower() or "owner", ROLES),
            "nickname": lambda text: _text(text, 60, empty=True),
        }
        values = {name: checked(number, name, check, row.get(name, "")) for name, check in checks.items()}
        values["sanctioned_w"], values["phones"] = values.pop("sanctioned_kw"), values.pop("phone")
        return Line(line=number, **values)

    def instant(self, text: str) -> datetime | None:
        """A day, or a time; without an offset it is the utility's own. Empty is not known."""
        if not text:
            return None
        try:
            if len(text) == 10:
                return datetime.combine(date.fromisoformat(text), time(), self.zone)
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError("no date: 2026-11-22 or 2026-11-22T10:15:00+06:00") from None
        return at if at.tzinfo else at.replace(tzinfo=self.zone)

    def _phones(self, text: str) -> tuple[str, ...]:
        """Several are parted by a semicolon."""
        return tuple(dict.fromkeys(e164(part, self.country_code) for part in text.split(";") if part.strip()))


def checked(line: int, column: str, check: Callable[[str], Any], text: str) -> Any:
    """The checked value; raises BadLine with the check's own reason."""
    try:
        if "\0" in text:
            raise ValueError("no text")
        return check(text)
    except ValueError as error:
        raise BadLine(line, column, str(error)) from None


def _account(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) == 8):
        raise ValueError("an account number has 8 digits")
    return text


def _text(text: str, longest: int, *, empty: bool = False) -> str:
    if len(text) > longest or not (text or empty):
        raise ValueError(f"{'at most' if empty else '1 to'} {longest} characters")
    return text


def _one_of(text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise ValueError(f"not one of {', '.join(known)}")
    return text


def _watts(text: str) -> int:
    try:
        kilowatts = Decimal(text)
    except InvalidOperation:
        raise ValueError("no number of kW") from None
    if not (kilowatts.is_finite() and 0 < kilowatts <= MOST_KW):
        raise ValueError(f"over 0 and at most {MOST_KW} kW")
    return int(kilowatts * 1000)
