"""Takes bills in, from a file or from the billing system's API: each once, never changed, bad ones kept with their reason.

A piece is one transaction: what it answers is stored. The accounts of the piece are locked in the order of their ids.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction

from bijoli.core.payment import ADVANCE
from bijoli.customers.models import Account
from bijoli.metering.models import UsagePoint
from bijoli.payments import billpaying
from bijoli.payments.billrows import BadBill, BillRow, bill_row
from bijoli.payments.models import Bill, BillReject, Posting

PIECE = 1000
LONGEST_BODY = 4000
LONGEST_NOTE = 500
SAME = tuple(one.name for one in fields(BillRow) if one.name not in ("account", "replaces", "paid_paisa", "paid_on"))


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not taken: its number in what was sent, from 1."""

    row: int
    field: str
    reason: str


@dataclass(slots=True)
class Taken:
    """What came of the rows; `known` were there already, exactly so."""

    rows: int = 0
    accepted: int = 0
    known: int = 0
    rejected: list[Fault] = field(default_factory=list)


def take(rows: Iterable[tuple[int, Any]], source: str, now: datetime) -> Iterator[Taken]:
    """Stores (number, row) pairs piece by piece; a row is a mapping of the columns. Yields what came of each piece, after its commit."""
    every = iter(rows)
    while piece := list(islice(every, PIECE)):
        with transaction.atomic():
            taken = _piece(piece, source[:40], now)
        yield taken


def _piece(piece: list[tuple[int, Any]], source: str, now: datetime) -> Taken:
    taken = Taken(rows=len(piece))
    good: list[tuple[int, BillRow]] = []
    for number, row in piece:
        try:
            good.append((number, bill_row(_mapping(row))))
        except BadBill as error:
            taken.rejected.append(Fault(number, error.field, error.reason))
    _store(good, taken, source, now)
    taken.rejected.sort(key=lambda fault: fault.row)
    _keep(taken.rejected, dict(piece), source, now)
    return taken


def _mapping(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise BadBill("", "is no object")
    return row


def _store(good: list[tuple[int, BillRow]], taken: Taken, source: str, now: datetime) -> None:
    wanted = sorted({row.account for _, row in good})
    locked = Account.objects.select_for_update(no_key=True).filter(number__in=wanted).order_by("pk")
    accounts = dict(locked.values_list("number", "pk"))
    numbers = {row.number for _, row in good} | {row.replaces for _, row in good}
    there = {bill.number: bill for bill in Bill.objects.filter(number__in=numbers).select_related("replaces")}
    replaced = set(Bill.objects.filter(replaces__number__in=numbers).values_list("replaces__number", flat=True))
    waiting: list[Bill] = []  # stored together, since a month brings a million
    for number, row in good:
        try:
            if row.replaces:
                waiting = _stored(waiting)
            bill = _bill(row, accounts, there, replaced, source, now)
        except BadBill as error:
            taken.rejected.append(Fault(number, error.field, error.reason))
            continue
        if bill is None:
            taken.known += 1
            continue
        taken.accepted += 1
        there[row.number] = bill
        waiting.append(bill)
        if bill.replaces:
            replaced.add(row.replaces)
            waiting = _stored(waiting)
            billpaying.withdraw(bill.replaces, now)
    _stored(waiting)
    _elsewhere(good, there, taken, now)
    made = {bill.pk: bill.account_id for bill in there.values() if bill.received_at == now}
    for account_id in _ahead(set(made.values())):
        billpaying.use_advance(account_id, frozenset(pk for pk, account in made.items() if account == account_id), now)


def _elsewhere(good: list[tuple[int, BillRow]], there: Mapping[str, Bill], taken: Taken, now: datetime) -> None:
    """What banks and counters took since it was last told. A row that was rejected is not heard here either."""
    bad = {fault.row for fault in taken.rejected}
    for number, row in good:
        if number in bad or not row.paid_paisa or row.paid_on is None:
            continue
        bill = there[row.number]
        if row.paid_paisa < bill.elsewhere_paisa:
            taken.rejected.append(Fault(number, "paid", "is less than was told before"))
        elif row.paid_paisa > bill.elsewhere_paisa:
            billpaying.paid_elsewhere(bill, row.paid_paisa, row.paid_on, now)


def _stored(bills: list[Bill]) -> list[Bill]:
    Bill.objects.bulk_create(bills)
    return []


def _bill(row: BillRow, accounts: dict[str, int], there: dict[str, Bill], replaced: set[str], source: str, now: datetime) -> Bill | None:
    """The new bill, not stored yet; None for one that is there exactly so. Raises BadBill."""
    if row.account not in accounts:
        raise BadBill("account", "no account of this number is loaded")
    if known := there.get(row.number):
        if _same(known, row, accounts[row.account]):
            return None
        raise BadBill("number", "another bill of this number is there: a correction is a new bill that says replaces")
    before = _before(row, accounts, there, replaced)
    same = {name: getattr(row, name) for name in SAME}
    closed = now if row.total_paisa == 0 else None
    return Bill(account_id=accounts[row.account], replaces=before, source=source, received_at=now, closed_at=closed, **same)


def _before(row: BillRow, accounts: dict[str, int], there: dict[str, Bill], replaced: set[str]) -> Bill | None:
    if not row.replaces:
        return None
    before = there.get(row.replaces)
    if before is None or before.account_id != accounts[row.account]:
        raise BadBill("replaces", "no bill of this number is there for the account")
    if row.replaces in replaced:
        raise BadBill("replaces", "that bill was replaced already")
    return before


def _same(bill: Bill, row: BillRow, account_id: int) -> bool:
    mine = bill.account_id == account_id and all(getattr(bill, name) == getattr(row, name) for name in SAME)
    return mine and (bill.replaces.number if bill.replaces else "") == row.replaces


def _ahead(accounts: set[int]) -> list[int]:
    """Which of these accounts have an advance, or had one."""
    return list(Posting.objects.filter(account=ADVANCE, party__in=accounts).values_list("party_id", flat=True).distinct())


def _keep(faults: list[Fault], rows: Mapping[int, Any], source: str, now: datetime) -> None:
    kept = [
        BillReject(
            source=source,
            received_at=now,
            row=fault.row,
            field=fault.field[:20],
            reason=fault.reason[:120],
            body=_body(rows[fault.row]),
            bill_number=_written(rows[fault.row], "number", 30),
            account_number=_written(rows[fault.row], "account", 8),
        )
        for fault in faults
    ]
    points = UsagePoint.objects.filter(account__number__in={one.account_number for one in kept} - {""})
    divisions = dict(points.values_list("account__number", "division"))
    for one in kept:
        one.division = divisions.get(one.account_number, "")
    BillReject.objects.bulk_create(kept)


def _written(row: Any, name: str, most: int) -> str:
    """A number as it stands in the row; empty for one that is none, or too long for one."""
    given = row.get(name) if isinstance(row, Mapping) else None
    text = str(given).strip() if isinstance(given, str | int) else ""
    return text if text.isascii() and text.isprintable() and len(text) <= most else ""


def _body(row: Any) -> str:
    text = row if isinstance(row, str) else json.dumps(row, ensure_ascii=False, default=str)
    return text.replace("\0", "�")[:LONGEST_BODY]


def handled(key: int, staff_id: int, note: str, now: datetime) -> bool:
    """Somebody has seen to a row that was not taken; `note` says how. False where a colleague was faster."""
    waits = BillReject.objects.filter(pk=key, handled_at=None)
    return bool(waits.update(handled_at=now, handled_by_id=staff_id, note=note.strip()[:LONGEST_NOTE]))


def drop_old(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Deletes bills that were not taken, after BIJOLI_REJECT_DAYS. Returns whether nothing too old is left."""
    if settings.REJECT_DAYS <= 0:
        return True
    old = BillReject.objects.filter(received_at__lt=now - timedelta(days=settings.REJECT_DAYS)).order_by("received_at")
    while go_on():
        chosen = list(old.values_list("pk", flat=True)[:PIECE])
        BillReject.objects.filter(pk__in=chosen).delete()
        if len(chosen) < PIECE:
            return True
    return False
