"""Import past recharges from CSV: history for the pages. No alert rule hears of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

import numpy as np

from bijoli.core.metering import meter_number
from bijoli.core.money import paisa
from bijoli.metering import numbers
from bijoli.metering.models import Credit
from bijoli.metering.register import BadLine, Checker, checked

REQUIRED = ("meter", "at", "credited")
OPTIONAL = ("order", "gross", "vat", "rebate", "charges", "channel", "tokens")
PIECE = 5_000


@dataclass(slots=True)
class Imported:
    """What a file brought; `known` were there already."""

    lines: int = 0
    credits: int = 0
    known: int = 0
    bad: list[BadLine] = field(default_factory=list)


def credit_line(checker: Checker, number: int, row: dict[str, str]) -> tuple[int, int, Credit]:
    """The line's number, the meter's number as an integer, and the credit without its meter. Raises BadLine."""
    if "" in row:
        raise BadLine(number, "", "more values than columns")

    def read(name: str, check: Any) -> Any:
        return checked(number, name, check, row.get(name, ""))

    at = read("at", lambda text: _instant(text, checker))
    credit = Credit(
        at=at,
        received_at=at,
        order=read("order", lambda text: _short(text, 80)),
        credited_paisa=read("credited", _positive),
        gross_paisa=read("gross", _amount),
        vat_paisa=read("vat", _amount),
        rebate_paisa=read("rebate", _amount),
        charges=read("charges", _charges),
        channel=read("channel", lambda text: _short(text, 40)),
        tokens=row.get("tokens", "").split(),
    )
    return number, int(read("meter", meter_number)), credit


def import_credits(lines: Iterable[tuple[int, int, Credit]]) -> Iterator[Imported]:
    """Stores the credits piece by piece, each once; yields what has been brought so far after each piece."""
    imported = Imported()
    every = iter(lines)
    while piece := list(islice(every, PIECE)):
        _store(piece, imported)
        imported.lines += len(piece)
        yield imported


def _store(piece: Sequence[tuple[int, int, Credit]], imported: Imported) -> None:
    ids = numbers.ids(np.array([meter for _, meter, _ in piece], np.int64)).tolist()
    found = []
    for (line, _, credit), meter_id in zip(piece, ids, strict=True):
        if meter_id < 0:
            imported.bad.append(BadLine(line, "meter", "no meter of this number is loaded"))
        else:
            credit.meter_id = meter_id
            found.append(credit)
    meters = {credit.meter_id for credit in found}
    before = Credit.objects.filter(meter_id__in=meters).count()
    Credit.objects.bulk_create(found, ignore_conflicts=True)
    new = Credit.objects.filter(meter_id__in=meters).count() - before
    imported.credits += new
    imported.known += len(found) - new


def _instant(text: str, checker: Checker) -> datetime:
    """The wire's own ways, and a local day or time."""
    if text.isascii() and text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    at = checker.instant(text)
    if at is None:
        raise ValueError("is missing")
    return at


def _amount(text: str) -> int | None:
    try:
        return paisa(Decimal(text)) if text else None
    except (InvalidOperation, ValueError):
        raise ValueError("no amount in taka with two decimals") from None


def _positive(text: str) -> int:
    amount = _amount(text)
    if amount is None or not 0 < amount <= 10**13:
        raise ValueError("an amount over 0 in taka")
    return amount


def _charges(text: str) -> list[dict[str, Any]]:
    """`demand:84.00;rent:40.00`."""
    charges = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, _, amount = part.rpartition(":")
        worth = _amount(amount.strip())
        if not name or worth is None:
            raise ValueError("write demand:84.00;rent:40.00")
        charges.append({"name": _short(name.strip(), 40), "paisa": worth})
    return charges


def _short(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(f"at most {longest} characters")
    return text
