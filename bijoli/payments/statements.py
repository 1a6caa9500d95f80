"""Gateways' own statements, read from CSV: kind,transaction_id,order_number,amount,at. A line that comes twice counts once."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils import timezone

from bijoli.core.money import paisa
from bijoli.payments.models import Statement, StatementLine

COLUMNS = ("kind", "transaction_id", "order_number", "amount", "at")
KINDS = ("payment", "refund")
SLICE = 1000
AHEAD = timedelta(days=1)


@dataclass
class Imported:
    """What became of a file: new lines, lines that were known, the days it speaks of, and what was not taken, by line number."""

    new: int = 0
    known: int = 0
    days: set[date] = field(default_factory=set)
    rejected: list[tuple[int, str]] = field(default_factory=list)


def load(gateway: str, text: Iterable[str], now: datetime, day: date | None = None) -> Imported:
    """Takes a statement in. `day`: a day that it covers even where no line is of it. Raises ValueError for other columns."""
    rows = csv.DictReader(text)
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"the file has no column {', '.join(missing)}; it needs {','.join(COLUMNS)}")
    done = Imported(days={day} if day else set())
    waiting: dict[tuple[str, str], tuple[int, StatementLine]] = {}
    with transaction.atomic():
        for row in rows:
            try:
                line = _line(gateway, row, now)
            except ValueError as error:
                done.rejected.append((rows.line_num, str(error)))
                continue
            key = (line.kind, line.transaction_id)
            if key in waiting:
                _twice(done, rows.line_num, line, waiting[key][1])
                continue
            waiting[key] = (rows.line_num, line)
            if len(waiting) >= SLICE:
                _store(gateway, waiting, done)
        _store(gateway, waiting, done)
        Statement.objects.bulk_create([Statement(gateway=gateway, day=one, received_at=now) for one in done.days], ignore_conflicts=True)
    done.rejected.sort()
    return done


def _line(gateway: str, row: dict[str, str], now: datetime) -> StatementLine:
    """One row. Raises ValueError that says what is wrong, without the row's own text."""
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if given["kind"] not in KINDS:
        raise ValueError(f"kind is not {' or '.join(KINDS)}")
    if not 0 < len(given["transaction_id"]) <= 80:
        raise ValueError("transaction_id is empty or longer than 80 characters")
    if len(given["order_number"]) > 40:
        raise ValueError("order_number is longer than 40 characters")
    try:
        amount = paisa(Decimal(given["amount"]))
    except (InvalidOperation, ValueError):
        raise ValueError("amount is no sum in taka with at most two decimals") from None
    if not 0 < amount < 10**15:
        raise ValueError("amount is not above zero")
    at = _time(given["at"])
    if at > now + AHEAD:
        raise ValueError("at lies ahead")
    return StatementLine(
        gateway=gateway,
        day=timezone.localdate(at),
        kind=given["kind"],
        transaction_id=given["transaction_id"],
        order_number=given["order_number"],
        paisa=amount,
        at=at,
    )


def _time(text: str) -> datetime:
    """ISO 8601; without a zone it is the utility's time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("at is no time (2026-11-22 14:05:00)") from None
    return at if at.tzinfo else at.replace(tzinfo=timezone.get_default_timezone())


def _store(gateway: str, waiting: dict[tuple[str, str], tuple[int, StatementLine]], done: Imported) -> None:
    """Writes what is new of a slice and empties it."""
    kept = StatementLine.objects.filter(gateway=gateway, transaction_id__in=[key[1] for key in waiting])
    known = {(line.kind, line.transaction_id): line for line in kept}
    new = []
    for key, (number, line) in waiting.items():
        done.days.add(line.day)
        if key in known:
            _twice(done, number, line, known[key])
        else:
            new.append(line)
    StatementLine.objects.bulk_create(new)
    done.new += len(new)
    waiting.clear()


def _twice(done: Imported, number: int, line: StatementLine, known: StatementLine) -> None:
    if (line.paisa, line.order_number) == (known.paisa, known.order_number):
        done.known += 1
    else:
        done.rejected.append((number, "this transaction was told before, with another amount or order"))
