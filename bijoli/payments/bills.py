"""What is open of a bill on a day, and what pages may know of an account's bills.

A bill is its own total and, where something of that was still open when its due day ended, a late fee: the sum that the bill itself names,
else the tariff's part of what was open then; where neither tells one it is not known, nothing is taken, and pages say so. A payment is
for the bill first and for its fee after, since no fee grows on a fee, and what is owed for electricity is what supply is cut for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from bijoli.core.payment import ADVANCE
from bijoli.core.tariff import TariffError, late_fee
from bijoli.customers.seen import first_day
from bijoli.metering import reads as metering
from bijoli.payments import ledger
from bijoli.payments.models import Bill, BillPayment
from bijoli.tariffs.reads import book

MONTHS = 6  # of which an account's bills are shown; open ones always


@dataclass(frozen=True, slots=True)
class PaidPart:
    """What was paid of a bill at once. `way` is order, advance or elsewhere (at a counter); `order_id` and `gateway` are of an order."""

    way: str
    order_id: int | None
    gateway: str
    paisa: int
    late_paisa: int
    at: datetime


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill as it stands on a day. Money is paisa, energy Wh.

    `fee` is the late fee that it has, or will have if nothing more is paid until its due day ends; None: not known. `overdue`: the due day
    ended with something open. `replaced` bills owe nothing any more.
    """

    id: int
    public_id: UUID
    account_id: int
    number: str
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
    fee: int | None
    overdue: bool
    replaced: bool
    paid: tuple[PaidPart, ...] = field(default=())

    @property
    def paid_paisa(self) -> int:
        """Of the bill and of its fee."""
        return sum(part.paisa + part.late_paisa for part in self.paid)

    @property
    def rest(self) -> int:
        """Open of the bill itself."""
        return 0 if self.replaced else max(0, self.total_paisa - sum(part.paisa for part in self.paid))

    @property
    def late_rest(self) -> int:
        """Open of the late fee, as far as it is known."""
        return max(0, (self.fee or 0) - self._late_paid) if self.overdue and not self.replaced else 0

    @property
    def open(self) -> int:
        """To be paid on that day."""
        return self.rest + self.late_rest

    @property
    def after_due(self) -> int | None:
        """What is to be paid after the due day, if nothing is paid before; None where the fee is not known."""
        return None if self.fee is None else self.rest + max(0, self.fee - self._late_paid)

    @property
    def fee_unknown(self) -> bool:
        """Whether it is late and nobody tells what that costs."""
        return self.overdue and self.fee is None and not self.replaced

    @property
    def _late_paid(self) -> int:
        return sum(part.late_paisa for part in self.paid)


def of_account(account_id: int, now: datetime) -> list[BillView]:
    """The bills of the last six months and all that are open, newest first."""
    today = timezone.localdate(now)
    months = today.year * 12 + today.month - 1 - MONTHS
    shown = Q(month__gte=date(months // 12, months % 12 + 1, 1)) | Q(closed_at=None)
    return _views(_seen(account_id).filter(shown), today)


def _seen(account_id: int) -> QuerySet[Bill]:
    """The account's bills that the asker sees: of months that began since. A bill cannot be divided, so the month of moving in is none."""
    since = first_day(account_id)
    rows = Bill.objects.filter(account_id=account_id)
    return rows if since is None else rows.filter(month__gte=since)


def hidden(account_id: int) -> bool:
    """Whether something is open of the account that the asker does not see: what is paid for "all of it" would go there first."""
    since = first_day(account_id)
    return since is not None and Bill.objects.filter(account_id=account_id, closed_at=None, month__lt=since).exists()


def open_bills(account_id: int, day: date) -> list[BillView]:
    """What is open, in the order of paying: the oldest bill first."""
    found = _views(_seen(account_id).filter(closed_at=None), day)
    return sorted((bill for bill in found if bill.open), key=lambda bill: (bill.due_on, bill.id))


def due(account_ids: Sequence[int], now: datetime) -> dict[int, list[BillView]]:
    """Open bills of several accounts, the oldest first: for Home."""
    found: dict[int, list[BillView]] = {}
    mine = [Q(account_id=one) if (since := first_day(one)) is None else Q(account_id=one, month__gte=since) for one in account_ids]
    rows = Bill.objects.filter(reduce(or_, mine), closed_at=None) if mine else Bill.objects.none()
    for bill in sorted(_views(rows, timezone.localdate(now)), key=lambda bill: (bill.due_on, bill.id)):
        if bill.open:
            found.setdefault(bill.account_id, []).append(bill)
    return found


def bill(account_id: int, public_id: UUID, now: datetime) -> BillView | None:
    """One bill of this account; None for an unknown one and for another account's alike."""
    return next(iter(_views(_seen(account_id).filter(public_id=public_id), timezone.localdate(now))), None)


def paid_by(order_id: int) -> list[tuple[Bill, BillPayment]]:
    """Receipt: which bills an order paid, and how much of each; what the sum lacks to the order's amount became advance."""
    rows = BillPayment.objects.filter(order_id=order_id).select_related("bill").order_by("pk")
    return [(row.bill, row) for row in rows]


def advance(account_id: int) -> int:
    """Paisa that were paid ahead and no bill has used yet."""
    return -ledger.balance(ADVANCE, account_id)


def _views(rows: Any, day: date) -> list[BillView]:
    """Newest first. A home's tariff class is asked only where a fee is to be known by the tariff."""
    bills = list(rows.annotate(is_replaced=Exists(Bill.objects.filter(replaces=OuterRef("pk")))).order_by("-month", "-pk"))
    parts: dict[int, list[BillPayment]] = {}
    for part in BillPayment.objects.filter(bill__in=[one.pk for one in bills]).select_related("order").order_by("at", "pk"):
        parts.setdefault(part.bill_id, []).append(part)
    unsaid = sorted({one.account_id for one in bills if one.late_paisa is None})
    codes = {account: point.tariff for account, point in metering.points(unsaid).items()} if unsaid else {}
    return [_view(one, parts.get(one.pk, []), codes.get(one.account_id), day) for one in bills]


def _view(row: Any, parts: list[BillPayment], code: str | None, day: date) -> BillView:
    in_time = sum(part.paisa for part in parts if timezone.localdate(part.at) <= row.due_on)
    open_then = max(0, row.total_paisa - in_time)
    return BillView(
        **{name: getattr(row, name) for name in _SAME},
        fee=_fee(row, open_then, code),
        overdue=day > row.due_on and open_then > 0,
        replaced=row.is_replaced,
        paid=tuple(_part(part) for part in parts),
    )


def _part(row: BillPayment) -> PaidPart:
    return PaidPart(row.way, row.order_id, row.order.gateway if row.order else "", row.paisa, row.late_paisa, row.at)


_SAME = (
    "id", "public_id", "account_id", "number", "month", "issued_on", "due_on", "disconnect_on", "meter_number", "previous_wh", "current_wh",
    "energy_wh", "lines", "total_paisa",
)  # fmt: skip


def _fee(row: Bill, open_then: int, code: str | None) -> int | None:
    """The late fee for what was open when the due day ended; None where nobody tells it."""
    if open_then <= 0:
        return 0
    if row.late_paisa is not None:
        return row.late_paisa
    if code is None:
        return None
    try:
        return late_fee(open_then, book().at(code, row.due_on + timedelta(days=1)))
    except TariffError:
        return None
