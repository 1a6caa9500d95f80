"""Bills and payments for the tests of money: one postpaid home, its bills, and orders that a gateway has taken money for."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, date, datetime
from typing import Any

from bijoli.core.payment import BILL
from bijoli.customers.models import Account, Customer
from bijoli.payments import ledger, orders, settling
from bijoli.payments.billintake import Taken, take
from bijoli.payments.gateways.port import Attempt, Paid, Told
from bijoli.payments.models import Bill, Order
from tests.households import meter

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # noon in Dhaka
_numbers = itertools.count(1)


def home(*people: Customer) -> Account:
    """A postpaid account, tariff LT-A."""
    account = Account.objects.get(usage_point__installations__meter=meter(*people))
    account.mode = "postpaid"
    account.save()
    return account


def row(account: Account, number: str = "", **fields: Any) -> dict[str, Any]:
    """October's bill of 1,000 taka, due on 25 November, as it is written."""
    given = {
        "number": number or f"1026-{next(_numbers):06d}",
        "account": account.number,
        "month": "2026-10",
        "issued_on": "2026-11-05",
        "due_on": "2026-11-25",
        "meter": "123456",
        "previous_kwh": "1000",
        "current_kwh": "1150",
        "energy_kwh": "150",
        "lines": "energy:868.38:150:5.79;demand:84.00;vat:47.62",
        "total": "1000.00",
    }
    return {**given, **fields}


def amounts(taka: str) -> dict[str, str]:
    """A bill of one line."""
    return {"total": taka, "lines": f"energy:{taka}"}


def brought(*rows: Any, now: datetime = NOW) -> Taken:
    """What came of rows that fit into one piece."""
    return next(iter(take(enumerate(rows, 1), "test", now)))


def bill(account: Account, now: datetime = NOW, **fields: Any) -> Bill:
    given = row(account, **fields)
    taken = brought(given, now=now)
    assert taken.accepted == 1, taken
    return Bill.objects.get(number=given["number"])


def order(account: Account, paisa: int, of: Bill | None = None, at: datetime = NOW, **fields: Any) -> Order:
    wanted = orders.Wanted(uuid.uuid4(), BILL, None, account.pk, paisa, "bkash", bill_id=of.pk if of else None, **fields)
    return orders.make(wanted, at)


def money(of: Order, now: datetime = NOW) -> Order:
    """The gateway says that it has the order's amount."""
    return settling.settle(of.pk, Told(Attempt.PAID, (Paid(f"T{of.pk}", of.amount_paisa),)), now)


def paid(account: Account, paisa: int, of: Bill | None = None, at: datetime = NOW) -> Order:
    return money(order(account, paisa, of, at), at)


def balances(account: Account) -> dict[str, int]:
    """What stands on the ledger for the account, as credit."""
    names = ("unapplied", "bills", "late", "advance")
    return {name: -found for name in names if (found := ledger.balance(name, account.pk))}


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
