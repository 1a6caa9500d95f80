"""From the order through the simulated bKash back to the site over real HTTP, and on to the (scripted) head-end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from bijoli.payments import asking, ledger, orders, worker
from bijoli.payments.gateways.port import GatewayAway
from bijoli.payments.models import GatewayToken, Notice, Order, Payment
from tests.apps.payments.outside import Meters, due, ordered, outside, work
from tests.apps.payments.test_engine_races import together
from tests.apps.payments.wallets import begun, executions, held, moved, sent_back_by_two, state
from tests.paygates import Gates, chosen, running
from tests.processes import wait_until

NAME = "bkash"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gates(tmp_path) -> Iterator[Gates]:
    with running(tmp_path) as gates:
        yield gates


@pytest.fixture(autouse=True)
def meters(gates: Gates, live_server: Any) -> Iterator[Meters]:
    """The site on a port of this machine, and the head-end that stands for the outside."""
    with outside() as (_, meters), chosen(gates, SITE_URL=live_server.url):
        yield meters


def agreed(gates: Gates, choice: str = "success") -> Order:
    """The payer pressed a button, and the browser came back."""
    order = begun(NAME)
    gates.press(NAME, order.number, choice)
    return order


def test_a_recharge_from_the_order_to_the_meter(gates, meters, live_server):
    order = begun(NAME)
    gone = gates.press(NAME, order.number, "success")
    assert (gone["status"], gone["location"]) == (303, reverse("web:pay", args=[order.public_id]))
    assert moved(gates, order) == []  # nothing is taken by the page
    order = work(order)
    assert (order.state, order.vend.state, order.hint) == ("done", "on_meter", "success")
    assert moved(gates, order) == [("payment", 50000)]
    assert (executions(), held(order), len(meters.taken)) == (1, 50000, 1)


def test_many_workers_at_once_execute_once(gates, meters):
    order = agreed(gates)
    for _ in range(3):
        due(order)
        together(lambda _: worker.step())
    assert state(work(order)) == {"state": "done", "reason": "", "payments": 1}
    assert (executions(), moved(gates, order), len(meters.sent)) == (1, [("payment", 50000)], 1)


def test_many_looks_at_the_same_order_at_once_execute_once(gates):
    """Without the lease, as if it had ended: `executed_at` alone keeps the others from it."""
    order = agreed(gates)
    gates.fault(NAME, "execute_timeout", order=order.number, seconds=0.5)
    together(lambda _: asking.look(order.pk))
    assert executions() == 1
    assert state(work(order))["state"] == "done"
    assert (executions(), moved(gates, order), held(order)) == (1, [("payment", 50000)], 50000)


def test_an_execution_without_an_answer_is_only_asked_about(gates):
    order = agreed(gates)
    gates.fault(NAME, "execute_timeout", order=order.number, seconds=0, later=0.7)
    assert state(work(order, 1))["state"] == "pending"
    assert moved(gates, order) == []
    wait_until("the money has moved", lambda: moved(gates, order))
    assert state(work(order))["state"] == "done"
    assert (executions(), held(order)) == (1, 50000)


@pytest.mark.parametrize("what", ["lost_answer", "http_500", "cut"])
def test_an_execution_whose_answer_is_lost_is_never_made_twice(gates, what):
    order = agreed(gates)
    gates.fault(NAME, what, call="execute", order=order.number)
    work(order)
    taken = what == "lost_answer"
    assert executions() == 1
    assert state(order)["state"] == ("done" if taken else "pending")
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now())
    work(order)
    assert state(order)["state"] == ("done" if taken else "expired")
    assert (executions(), len(moved(gates, order)), held(order)) == (1, int(taken), 50000 * taken)


def test_a_worker_that_died_before_its_call_takes_nothing_and_the_order_expires(gates):
    order = agreed(gates)
    Order.objects.filter(pk=order.pk).update(executed_at=timezone.now(), expires_at=timezone.now())
    assert state(work(order))["state"] == "expired"
    assert (executions(), moved(gates, order)) == (0, [])


def test_money_that_comes_after_the_order_expired_is_taken(gates):
    order = agreed(gates)
    gates.fault(NAME, "execute_timeout", order=order.number, seconds=0, later=0.7)
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() + timedelta(seconds=0.2))
    work(order, 1)
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now())
    assert state(work(order, 1))["state"] == "expired"
    wait_until("the money has moved", lambda: moved(gates, order))
    assert state(work(order)) == {"state": "done", "reason": "", "payments": 1}


def test_without_balance_the_order_fails(gates):
    order = work(agreed(gates, "poor"))
    assert state(order) == {"state": "failed", "reason": "2023", "payments": 0}
    assert (executions(), moved(gates, order)) == (1, [])


@pytest.mark.parametrize(("choice", "ends"), [("cancel", "cancelled"), ("failure", "failed")])
def test_one_that_is_given_up_ends_at_once(gates, choice, ends):
    order = work(agreed(gates, choice), 1)
    assert state(order)["state"] == ends
    assert (executions(), moved(gates, order)) == (0, [])


def test_a_lost_return_is_executed_by_the_timer(gates):
    order = begun(NAME)
    gates.fault(NAME, "lost_return", order=order.number)
    assert gates.press(NAME, order.number, "success")["lost"]
    order.refresh_from_db()
    assert order.hint == ""
    assert state(work(order))["state"] == "done"
    assert (executions(), moved(gates, order)) == (1, [("payment", 50000)])


def test_a_return_that_claims_success_takes_nothing(gates, client):
    order = begun(NAME)
    answer = client.get(reverse("web:pay_back", args=[order.public_id]), {"paymentID": order.ref, "status": "success"})
    assert answer.status_code == 303
    assert state(work(order))["state"] == "pending"
    assert (executions(), moved(gates, order)) == (0, [])


def test_a_return_about_another_payment_ends_nothing(gates, client):
    order, other = begun(NAME), begun(NAME)
    client.get(reverse("web:pay_back", args=[order.public_id]), {"paymentID": other.ref, "status": "cancel"})
    assert state(work(order, 1))["state"] == "pending"
    assert state(other)["state"] == "pending"


def test_a_wrong_amount_waits_for_a_person_and_goes_back_through_two(gates):
    order = begun(NAME)
    gates.fault(NAME, "amount_tampered", order=order.number, paisa=100)
    gates.press(NAME, order.number, "success")
    assert state(work(order)) == {"state": "review", "reason": "amount", "payments": 1}
    assert (held(order), ledger.balance("unapplied")) == (100, -100)
    refund = sent_back_by_two(order)
    assert (refund.state, state(order)["state"]) == ("refunded", "refunded")
    assert moved(gates, order) == [("payment", 100), ("refund", 100)]
    assert (held(order), ledger.balance("unapplied")) == (0, 0)


def test_a_refund_whose_answer_is_lost_is_not_sent_twice(gates):
    order = begun(NAME)
    gates.fault(NAME, "wrong_order", order=order.number)
    gates.press(NAME, order.number, "success")
    assert state(work(order))["reason"] == "order"
    gates.fault(NAME, "lost_answer", call="refund")
    assert sent_back_by_two(order).state == "refunded"
    assert moved(gates, order) == [("payment", 50000), ("refund", 50000)]
    assert held(order) == 0


def test_a_session_whose_answer_was_lost_can_never_take_money(gates):
    """The person begins again: only the payment that we know is ever executed."""
    order = ordered(timezone.now(), gateway=NAME)
    gates.fault(NAME, "lost_answer", call="create")
    with pytest.raises(GatewayAway):
        orders.begin(order, timezone.now())
    gates.press(NAME, order.number, "success", back=False)  # the unknown one
    Order.objects.filter(pk=order.pk).update(leased_until=None)
    order.refresh_from_db()
    orders.begin(order, timezone.now())
    order = work(order)
    assert (state(order)["state"], moved(gates, order)) == ("pending", [])
    gates.press(NAME, order.number, "success")
    assert state(work(order))["state"] == "done"
    assert moved(gates, order) == [("payment", 50000)]


def test_a_token_that_ends_in_the_middle_is_replaced_once(gates):
    order = agreed(gates)
    gates.fault(NAME, "token_expired", call="execute")
    assert state(work(order))["state"] == "done"
    assert (executions(), moved(gates, order)) == (1, [("payment", 50000)])
    assert len(GatewayToken.objects.get().granted) == 2


def test_without_a_token_the_order_waits_and_is_executed_later(gates):
    order = agreed(gates)
    spent = [timezone.now().timestamp()] * 2
    GatewayToken.objects.update(granted=spent, token="")
    assert state(work(order))["state"] == "pending"
    assert (len(gates.log("token")), moved(gates, order)) == (1, [])
    GatewayToken.objects.update(granted=[])
    assert state(work(order))["state"] == "done"


def test_notices_the_return_and_many_workers_are_one_payment(gates, live_server):
    gates.call("/bkash/_subscribe", {"url": f"{live_server.url}/till/notice/bkash/"})
    order = begun(NAME)
    gates.fault(NAME, "duplicate_notice", order=order.number)
    gates.press(NAME, order.number, "success")
    due(order)
    together(lambda _: worker.step())
    wait_until("three notices", lambda: Notice.objects.filter(order=order, genuine=True).count() == 3)
    due(order)
    together(lambda _: worker.step())
    assert state(work(order)) == {"state": "done", "reason": "", "payments": 1}
    assert (executions(), Payment.objects.count(), held(order)) == (1, 1, 50000)
