"""Wallets that pay bills on their own: a bill asked for, and paid once for each of the wallet's transactions.

A wallet's payment is an order like any other, made, paid and settled in one transaction under the account's lock: what is refused leaves
nothing behind, so no money ever waits for a refund here. What a wallet is known by stands in the file of BIJOLI_BILLERS.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import tomllib
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from bijoli.core.payment import BILL, OrderState
from bijoli.customers.models import Account
from bijoli.metering import reads as metering
from bijoli.metering.models import Installation
from bijoli.payments import billpaying, bills, orders, settling
from bijoli.payments.bills import BillView
from bijoli.payments.gateways.port import Attempt, Paid, Told
from bijoli.payments.models import Bill, Order

TRANSACTIONS = uuid.UUID("6f0e6f1e-64f7-5c0c-9d5c-2f3a8f0f6c1d")  # names of wallets' transactions become order keys by it
WALLET = re.compile(r"[a-z0-9]{1,12}")
log = logging.getLogger(__name__)


class Refused(Exception):
    """What is asked cannot be. `why`: account, month, paid, used, prepaid, or a reason of billpaying.NotAllowed."""

    def __init__(self, why: str, limit: int = 0) -> None:
        super().__init__(why)
        self.why, self.limit = why, limit


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose bill: exactly one of the three numbers, and of which month (its first day; None: of all that is open)."""

    account: str = ""
    meter: str = ""
    bill: str = ""
    month: date | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """What an account, or one bill of it, comes to now; `bills` the oldest first."""

    account_id: int
    account_number: str
    bill_id: int | None
    bills: list[BillView]

    @property
    def paisa(self) -> int:
        return sum(bill.open for bill in self.bills)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a wallet's payment. `parts` are (month, paisa of the bill, paisa of its late fee); `advance` is what was over."""

    number: str
    account_number: str
    paisa: int
    parts: list[tuple[date, int, int]]
    paytime: str

    @property
    def advance(self) -> int:
        return self.paisa - sum(paisa + late for _, paisa, late in self.parts)


def wallet(username: str, password: str) -> str | None:
    """The wallet that these credentials are of. Every one is compared, in a time that does not depend on what is right."""
    digest = hashlib.sha256(password.encode()).hexdigest()
    found = None
    for name, (user, hashed) in _wallets(settings.BILLERS).items():
        right = hmac.compare_digest(user.encode(), username.encode()) & hmac.compare_digest(hashed, digest)
        found = name if right else found
    return found


@cache
def _wallets(path: str) -> dict[str, tuple[str, str]]:
    """User name and SHA-256 of the password by wallet. Raises ImproperlyConfigured."""
    if not path:
        return {}
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        found = {name: (str(each["username"]), str(each["password_sha256"]).lower()) for name, each in table.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(f"BIJOLI_BILLERS: {type(error).__name__}: {error}") from None
    for name, (user, hashed) in found.items():
        if not WALLET.fullmatch(name) or not user or not re.fullmatch(r"[0-9a-f]{64}", hashed):
            raise ImproperlyConfigured(f"BIJOLI_BILLERS: [{name}] needs username and password_sha256, its name small letters and digits")
    return found


def query(asked: Asked, now: datetime) -> Owed:
    """What is to be paid. Raises Refused."""
    owed = _owed(asked, now)
    if owed.paisa <= 0:
        raise Refused("paid")
    return owed


def pay(name: str, transaction_id: str, asked: Asked, paisa: int, paytime: str, paid_at: datetime, now: datetime) -> Receipt:
    """Takes the payment of wallet `name`; the same transaction again gives the same receipt and pays nothing. Raises Refused.

    `paid_at` is the day that counts for late fees; `paytime` the wallet's own text for it, given back as it came.
    """
    key = uuid.uuid5(TRANSACTIONS, f"{name}\n{transaction_id}")
    with transaction.atomic():
        owed = _owed(asked, paid_at)
        billpaying.lock(owed.account_id)
        said = {"month": asked.month.isoformat() if asked.month else "", "paytime": paytime}
        if before := Order.objects.filter(key=key).first():
            return _again(before, owed, paisa, said["month"])
        _allowed(_owed(asked, paid_at), paisa)
        wanted = orders.Wanted(key, BILL, None, owed.account_id, paisa, f"biller-{name}", bill_id=owed.bill_id)
        try:
            order = orders.make(wanted, paid_at)
        except orders.KeyTaken:
            raise Refused("used") from None
        settled = settling.settle(order.pk, Told(Attempt.PAID, (Paid(transaction_id, paisa, paid_at),), facts=said), now)
        if settled.state != OrderState.DONE:
            raise RuntimeError(f"order {order.pk} of a wallet is {settled.state}")  # nothing of it is kept
    log.info("order %d: paid by a wallet, %s", order.pk, name, extra={"event": "biller.paid"})
    return _receipt(settled, owed.account_number)


def _again(order: Order, owed: Owed, paisa: int, month: str) -> Receipt:
    if (order.account_id, order.amount_paisa, order.facts.get("month")) != (owed.account_id, paisa, month):
        raise Refused("used")
    return _receipt(order, owed.account_number)


def _allowed(owed: Owed, paisa: int) -> None:
    if owed.paisa <= 0:
        raise Refused("paid")
    try:
        billpaying.check(owed.paisa, paisa)
    except billpaying.NotAllowed as error:
        raise Refused(error.why, error.limit) from None


def _receipt(order: Order, account_number: str) -> Receipt:
    parts = [(bill.month, part.paisa, part.late_paisa) for bill, part in bills.paid_by(order.pk)]
    return Receipt(order.number, account_number, order.amount_paisa, parts, str(order.facts.get("paytime", "")))


def _owed(asked: Asked, now: datetime) -> Owed:
    account, bill = _account(asked)
    month = bill.month if bill else asked.month
    if bill is None and month is not None:
        bill = Bill.objects.filter(account=account, month=month, replaced_by=None).order_by("-pk").first()
        if bill is None:
            raise Refused("month")
    found = bills.open_bills(account.pk, timezone.localdate(now))
    if bill is None:
        if account.mode == Account.Mode.PREPAID and not found:
            raise Refused("prepaid")
        return Owed(account.pk, account.number, None, found)
    return Owed(account.pk, account.number, bill.pk, [one for one in found if one.id == bill.pk])


def _account(asked: Asked) -> tuple[Account, Bill | None]:
    """The account, and the bill where one was named (or what replaced it). A month that is not the bill's is wrong. Raises Refused."""
    if asked.bill:
        bill = Bill.objects.select_related("account").filter(number=asked.bill).first()
        if bill is None:
            raise Refused("account")
        if asked.month not in (None, bill.month):
            raise Refused("month")
        return bill.account, Bill.objects.get(pk=billpaying.newest(bill.pk))
    account = Account.objects.filter(number=asked.account).first() if asked.account else _of_meter(asked.meter)
    if account is None:
        raise Refused("account")
    return account, None


def _of_meter(number: str) -> Account | None:
    """The account at which the meter of this number stands now."""
    if (meter_id := metering.find(number)) is None:
        return None
    standing = Installation.objects.filter(meter_id=meter_id, removed_at=None)
    return Account.objects.filter(pk__in=standing.values("usage_point__account")).first()
