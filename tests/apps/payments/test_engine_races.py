"""Many workers and many notices at the same time, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from bijoli.payments import claims, ledger, orders, worker
from bijoli.payments.gateways.port import Attempt, Told
from bijoli.payments.models import Order, Payment, Vend
from bijoli.payments.settling import settle
from tests.apps.payments.outside import ordered, outside, paid

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 8


def together(does: Callable[[int], Any]) -> list[Any]:
    """The same at the same moment in many threads; what each returned."""
    start = Barrier(MANY)

    def one(number: int) -> Any:
        start.wait(10)
        try:
            return does(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def test_the_same_word_in_many_processes_counts_once():
    with outside():
        order = ordered(timezone.now())
        orders.begin(order, timezone.now())
        together(lambda _: settle(order.pk, paid(), timezone.now()))
    assert (Payment.objects.count(), Vend.objects.count()) == (1, 1)
    assert ledger.balance("unapplied") == -50000


def test_different_payments_of_one_order_at_once_pay_it_once():
    with outside():
        order = ordered(timezone.now())
        orders.begin(order, timezone.now())
        together(lambda number: settle(order.pk, paid(transaction=f"T{number}"), timezone.now()))
    assert Payment.objects.filter(wrong="").count() == 1
    assert Payment.objects.filter(wrong="surplus").count() == MANY - 1
    assert Vend.objects.count() == 1


def test_the_same_form_in_many_tabs_is_one_order_and_one_session():
    with outside() as (paper, _):
        wanted = orders.Wanted(
            **{name: getattr(ordered(timezone.now()), name) for name in orders.Wanted.__slots__ if name != "key"}, key=uuid4()
        )
        made = together(lambda _: orders.make(wanted, timezone.now()).pk)
        assert len(set(made)) == 1

        def begin(_number: int) -> str:
            try:
                return orders.begin(Order.objects.get(pk=made[0]), timezone.now())
            except orders.GatewayAway:
                return "wait"

        assert "wait" not in set(together(begin)) or len(paper.begun) == 1
        assert len(paper.begun) == 1


def test_a_row_is_leased_to_one_worker():
    with outside():
        for _ in range(3):
            ordered(timezone.now())
        Order.objects.update(ask_at=timezone.now())
        taken = [row for rows in together(lambda _: claims.claim("payments_order", 1, timezone.now())) for row in rows]
    assert sorted(taken) == sorted(Order.objects.values_list("pk", flat=True))


def test_many_workers_take_the_money_once_and_send_one_credit():
    with outside(executes=True) as (paper, meters):
        order = ordered(timezone.now())
        orders.begin(order, timezone.now())
        paper.says[order.number], paper.execute_says = Told(Attempt.READY), paid()
        for _ in range(4):
            Order.objects.exclude(ask_at=None).update(ask_at=timezone.now())
            Vend.objects.exclude(ask_at=None).update(ask_at=timezone.now())
            together(lambda _: worker.step())
    order.refresh_from_db()
    assert (order.state, len(paper.executed), len(meters.sent)) == ("done", 1, 1)
