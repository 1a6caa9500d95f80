"""Bills, corrections, counters and payments in any order and at the same moment: no paisa is lost, none is counted twice."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from bijoli.core.payment import ADVANCE, ELSEWHERE, UNAPPLIED
from bijoli.core.utility import Paying
from bijoli.customers.models import Account
from bijoli.payments import bills, ledger
from bijoli.payments.models import Bill, BillPayment, Order
from tests.apps.payments.billing import NOW, amounts, balances, bill, brought, home, money, order, paid, row

STEPS = 40


def _step(account: Account, chance: random.Random, now: Any, over: bool) -> None:
    known = list(Bill.objects.filter(account=account, replaced_by=None))
    kind = chance.random() if known else 0
    if kind < 0.3:
        due = {"issued_on": f"{now.date()}", "due_on": f"{(now + timedelta(days=20)).date()}"}
        replaces = {"replaces": chance.choice(known).number} if known and chance.random() < 0.3 else {}
        bill(account, now=now, month=f"{now:%Y-%m}", **due, **amounts(f"{chance.randrange(20000)}.{chance.randrange(100):02d}"), **replaces)
    elif kind < 0.4:
        one = chance.choice(known)
        taken = one.elsewhere_paisa + chance.randrange(1, 50_000)
        told = {"paid": f"{taken // 100}.{taken % 100:02d}", "paid_on": f"{now.date()}"}
        dates = {"month": f"{one.month:%Y-%m}", "issued_on": f"{one.issued_on}", "due_on": f"{one.due_on}"}
        again = row(account, one.number, **dates, **amounts(f"{one.total_paisa // 100}.{one.total_paisa % 100:02d}"), **told)
        assert brought({**again, "replaces": one.replaces.number if one.replaces else ""}, now=now).rejected == []
    else:
        done = paid(account, chance.randrange(1, 3_000_000), chance.choice([None, *known]), now)
        assert done.state == ("done" if over else done.state)


def _holds(account: Account, now: Any) -> None:
    stood = balances(account)
    settled = sum(Order.objects.filter(account=account, state="done").values_list("amount_paisa", flat=True))
    waiting = sum(Order.objects.filter(account=account, state="review").values_list("amount_paisa", flat=True))
    elsewhere = ledger.balance(ELSEWHERE, account.pk)
    assert settled + elsewhere == stood.get("bills", 0) + stood.get("late", 0) + stood.get(ADVANCE, 0)
    assert stood.get(UNAPPLIED, 0) == waiting
    assert stood.get(ADVANCE, 0) >= 0
    assert elsewhere == sum(Bill.objects.values_list("elsewhere_paisa", flat=True))
    live = list(BillPayment.objects.filter(bill__account=account, bill__replaced_by=None))
    assert sum(part.paisa for part in live) == stood.get("bills", 0)
    assert sum(part.late_paisa for part in live) == stood.get("late", 0)
    for one in bills.of_account(account.pk, now):
        if not one.replaced:
            assert sum(part.paisa for part in one.paid) <= one.total_paisa
            assert (Bill.objects.get(pk=one.id).closed_at is None) == (one.open > 0)
    assert not (stood.get(ADVANCE, 0) and any(one.rest for one in bills.open_bills(account.pk, now.date()))) or not _over()


def _over() -> bool:
    from django.conf import settings

    return bool(settings.UTILITY.paying.over)


@pytest.mark.django_db
@pytest.mark.parametrize("over", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_whatever_comes_in_whatever_order(settings: Any, seed: int, over: bool) -> None:
    settings.UTILITY = replace(settings.UTILITY, paying=Paying(partial=True, over=over))
    account, chance, now = home(), random.Random(seed), NOW
    for _ in range(STEPS):
        now += timedelta(hours=chance.randrange(1, 200))
        _step(account, chance, now, over)
        _holds(account, now)


@pytest.mark.django_db(transaction=True)
def test_eight_pay_one_bill_at_the_same_moment(settings: Any) -> None:
    settings.UTILITY = replace(settings.UTILITY, paying=Paying())
    account = home()
    mine = bill(account)
    begun = [order(account, 100_000, mine) for _ in range(8)]
    gate = threading.Barrier(len(begun))

    def pays(one: Order) -> None:
        gate.wait()
        try:
            money(one)
        finally:
            connection.close()

    threads = [threading.Thread(target=pays, args=(one,)) for one in begun]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = sorted(Order.objects.values_list("state", flat=True))
    assert states == ["done"] + ["review"] * 7
    assert balances(account) == {"bills": 100_000, "unapplied": 700_000}
