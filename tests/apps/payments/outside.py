"""A gateway and a head-end that stand for the outside, in the test's own hands: what they say, and that they do not answer, is scripted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.test import override_settings
from django.utils import timezone

from bijoli.core.payment import RECHARGE, VendState
from bijoli.customers.models import Account
from bijoli.payments import gateways, headend, ledger, orders, worker
from bijoli.payments.gateways.port import Arrived, Attempt, Begun, Hint, Paid, Payable, RefundAsked, RefundTold, Told
from bijoli.payments.headend.port import CreditLine, CreditOrder, CreditTold, Dues, HeadEndAway, MeterStanding, Split
from bijoli.payments.models import Order, Refund, Vend
from tests.households import meter, person

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
QUOTE = {"gross": 50000, "vat": 2381, "demand": 0, "rent": 0, "arrears": 0, "rebate": 238, "credited": 47857}
SPLIT = Split(**QUOTE)


class Paper:
    """A gateway: `says` is its answer to `ask`, by order number; an exception in it is raised."""

    name = "paper"

    def __init__(self, executes: bool = False) -> None:
        self.executes = executes
        self.says: dict[str, Told | Exception] = {}
        self.executed: list[str] = []
        self.execute_says: Told | Exception = Told(Attempt.OPEN)
        self.begun: list[str] = []
        self.begin_says: Exception | None = None
        self.refunds: list[UUID] = []
        self.refund_says: RefundTold | Exception | None = RefundTold("refunded", "rf1")

    def begin(self, payable: Payable) -> Begun:
        self.begun.append(payable.number)
        return _said(self.begin_says) or Begun(f"http://gateway.invalid/{payable.number}", f"ref-{payable.number}")

    def execute(self, payable: Payable) -> Told:
        self.executed.append(payable.number)
        return _said(self.execute_says)

    def ask(self, payable: Payable) -> Told:
        return _said(self.says.get(payable.number, Told(Attempt.OPEN)))

    def returned(self, arrived: Arrived) -> Hint:
        return Hint(claims="success")

    def noticed(self, arrived: Arrived) -> Hint:
        return Hint(number=arrived.body.decode(), genuine=True)

    def refund(self, asked: RefundAsked) -> RefundTold:
        self.refunds.append(asked.id)
        return _said(self.refund_says)

    def refund_state(self, asked: RefundAsked) -> RefundTold | None:
        return _said(self.refund_says)


class Meters:
    """A head-end: each key counts once; `lost` answers are lost after they took effect, `deaf` ones before."""

    def __init__(self) -> None:
        self.taken: dict[UUID, CreditOrder] = {}
        self.sent: list[UUID] = []
        self.state = VendState.ON_METER
        self.refuses = ""
        self.split = SPLIT
        self.tokens: tuple[str, ...] = ()
        self.lost = self.deaf = 0
        self.lists: dict[date, list[CreditLine] | Exception] = {}  # what it says of a day

    def dues(self, meter: str, at: datetime) -> Dues:
        return Dues(0, 0)

    def credit(self, order: CreditOrder) -> CreditTold:
        self.sent.append(order.key)
        if self.deaf:
            self.deaf -= 1
            raise HeadEndAway("deaf")
        if self.refuses:
            return CreditTold(VendState.REFUSED, self.refuses, self.split)
        if order.expected != self.split.credited:
            return CreditTold(VendState.REFUSED, "changed", self.split)
        self.taken.setdefault(order.key, order)
        if self.lost:
            self.lost -= 1
            raise HeadEndAway("lost")
        return self._told()

    def confirm(self, key: UUID) -> CreditTold | None:
        return self._told() if key in self.taken else None

    def _told(self) -> CreditTold:
        return CreditTold(self.state, "", self.split, self.tokens)

    def standing(self, meter: str) -> MeterStanding:
        return MeterStanding()

    def credits(self, day: date) -> list[CreditLine]:
        return _said(self.lists.get(day, []))


def _said(what: Any) -> Any:
    if isinstance(what, Exception):
        raise what
    return what


@contextmanager
def outside(executes: bool = False) -> Iterator[tuple[Paper, Meters]]:
    """The two, plugged in as the installation's only gateway and head-end."""
    paper, meters = Paper(executes), Meters()
    gateways.MAKERS["paper"], headend.MAKERS["paper"] = lambda: paper, lambda: meters
    gateways.gateway.cache_clear(), headend.head_end.cache_clear()
    try:
        with override_settings(GATEWAYS=["paper"], HEADEND="paper"):
            yield paper, meters
    finally:
        del gateways.MAKERS["paper"], headend.MAKERS["paper"]
        gateways.gateway.cache_clear(), headend.head_end.cache_clear()


def ordered(now: datetime = NOW, key: UUID | None = None, **fields: Any) -> Order:
    """A recharge of 500 taka that a person wants, not begun yet."""
    her = person()
    home = meter(her)
    account = Account.objects.get(usage_point__installations__meter=home)
    given: dict[str, Any] = {
        "key": key or uuid4(),
        "purpose": RECHARGE,
        "customer_id": her.pk,
        "account_id": account.pk,
        "meter_id": home.pk,
        "amount_paisa": 50000,
        "gateway": "paper",
        "quote": {**QUOTE, "at": now.isoformat()},
    }
    return orders.make(orders.Wanted(**{**given, **fields}), now)


def paid(paisa: int = 50000, transaction: str = "T1", **more: Any) -> Told:
    """The gateway has the money."""
    return Told(Attempt.PAID, (Paid(transaction, paisa, **more),))


def begun() -> Order:
    order = ordered(timezone.now())
    orders.begin(order, timezone.now())
    return due(order)


def due(order: Order) -> Order:
    """All of it that waits is due now."""
    for model in (Order, Vend, Refund):
        model.objects.exclude(ask_at=None).update(ask_at=timezone.now() - timedelta(seconds=1), leased_until=None)
    order.refresh_from_db()
    return order


def work(order: Order, rounds: int = 4) -> Order:
    """What `settle` does, with all waiting times over."""
    for _ in range(rounds):
        due(order)
        worker.drain(1)
    order.refresh_from_db()
    return order


def books() -> dict[str, int]:
    accounts = ("gateway:paper", "unapplied", "energy", "vat", "rebate")
    return {account: ledger.balance(account) for account in accounts}


DELIVERED = {"gateway:paper": 50000, "unapplied": 0, "energy": -QUOTE["credited"], "vat": -QUOTE["vat"], "rebate": QUOTE["rebate"]}
