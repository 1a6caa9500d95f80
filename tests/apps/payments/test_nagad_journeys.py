"""From the order through the simulated Nagad back to the site over real HTTP, and on to the (scripted) head-end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from bijoli.payments import ledger, orders, worker
from bijoli.payments.gateways.port import GatewayAway, GatewayRefused
from bijoli.payments.models import Order
from tests.apps.payments.outside import Meters, due, ordered, outside, work
from tests.apps.payments.test_engine_races import together
from tests.apps.payments.wallets import begun, executions, held, moved, sent_back_by_two, state
from tests.paygates import Gates, chosen, running
from tests.processes import wait_until

NAME = "nagad"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def gates(tmp_path_factory) -> Iterator[Gates]:
    with running(tmp_path_factory.mktemp("paygates")) as gates:
        yield gates


@pytest.fixture(autouse=True)
def meters(gates: Gates, live_server: Any) -> Iterator[Meters]:
    """The site on a port of this machine, and the head-end that stands for the outside."""
    gates.calm()
    with outside() as (_, meters), chosen(gates, SITE_URL=live_server.url):
        yield meters


def test_a_recharge_from_the_order_to_the_meter(gates, meters):
    order = begun(NAME)
    gone = gates.press(NAME, order.number, "pay")
    assert (gone["status"], gone["location"]) == (303, reverse("web:pay", args=[order.public_id]))
    order = work(order)
    assert (order.state, order.vend.state, order.hint) == ("done", "on_meter", "success")
    assert moved(gates, order) == [("payment", 50000)]
    assert (executions(), held(order), len(meters.taken)) == (0, 50000, 1)


def test_three_returns_and_many_workers_are_one_payment(gates, meters):
    order = begun(NAME)
    gates.fault(NAME, "duplicate_callback", order=order.number)
    gates.press(NAME, order.number, "pay")
    wait_until("two more returns", lambda: len([one for one in gates.log("again") if str(order.public_id) in one["url"]]) == 2)
    assert {one["status"] for one in gates.log("again")} == {303}
    for _ in range(2):
        due(order)
        together(lambda _: worker.step())
    assert state(work(order)) == {"state": "done", "reason": "", "payments": 1}
    assert (held(order), len(meters.sent)) == (50000, 1)


def test_a_lost_return_is_found_by_the_timer(gates):
    order = begun(NAME)
    gates.fault(NAME, "lost_return", order=order.number)
    assert gates.press(NAME, order.number, "pay")["lost"]
    assert state(work(order))["state"] == "done"


@pytest.mark.parametrize(
    ("choice", "ends", "reason"),
    [("abort", "cancelled", "aborted 102"), ("cancel", "cancelled", "aborted 102"), ("fail", "failed", "failed 101")],
)
def test_what_did_not_come_about_ends_the_order(gates, choice, ends, reason):
    order = begun(NAME)
    gates.press(NAME, order.number, choice)
    assert state(work(order, 1)) == {"state": ends, "reason": reason, "payments": 0}


def test_a_false_return_pays_nothing_and_ends_nothing(gates, client):
    order = begun(NAME)
    back = reverse("web:pay_back", args=[order.public_id])
    for status in ("Success", "Failed"):
        client.get(back, {"order_id": order.number, "payment_ref_id": order.ref, "status": status})
        assert state(work(order, 1))["state"] == "pending"


def test_a_return_with_another_order_number_is_asked_about_all_the_same(gates):
    order = begun(NAME)
    gates.fault(NAME, "return_tampered", order=order.number)
    gates.press(NAME, order.number, "pay")
    assert state(work(order))["state"] == "done"
    assert order.hint == ""


def test_what_is_initiated_for_a_while_is_paid_in_the_end(gates):
    order = begun(NAME)
    gates.fault(NAME, "still_initiated", order=order.number, times=2)
    gates.press(NAME, order.number, "pay")
    assert state(work(order, 2))["state"] == "pending"
    assert state(work(order))["state"] == "done"


@pytest.mark.parametrize("what", ["null_body", "http_500", "cut", "garbage", "lost_answer"])
def test_while_nagad_does_not_answer_the_order_waits(gates, what):
    order = begun(NAME)
    gates.fault(NAME, what, order=order.number, call="verify", times=2)
    gates.press(NAME, order.number, "pay")
    assert state(work(order, 2))["state"] == "pending"
    assert state(work(order))["state"] == "done"
    assert held(order) == 50000


@pytest.mark.parametrize(
    ("fault", "reason", "paisa"),
    [("amount_tampered", "amount", 49900), ("wrong_order", "order", 50000), ("wrong_merchant", "store", 50000)],
)
def test_money_that_does_not_fit_waits_for_a_person_and_goes_back_through_two(gates, fault, reason, paisa):
    order = begun(NAME)
    gates.fault(NAME, fault, order=order.number)
    gates.press(NAME, order.number, "pay")
    assert state(work(order)) == {"state": "review", "reason": reason, "payments": 1}
    assert held(order) == paisa
    assert sent_back_by_two(order).state == "refunded"
    assert state(order)["state"] == "refunded"
    assert moved(gates, order) == [("payment", paisa), ("refund", paisa)]
    assert (held(order), ledger.balance("unapplied")) == (0, 0)


def test_a_refund_whose_answer_is_lost_is_not_sent_twice(gates):
    order = begun(NAME)
    gates.fault(NAME, "amount_tampered", order=order.number)
    gates.press(NAME, order.number, "pay")
    work(order)
    gates.fault(NAME, "lost_answer", call="refund")
    assert sent_back_by_two(order).state == "refunded"
    assert moved(gates, order) == [("payment", 49900), ("refund", 49900)]


@pytest.mark.parametrize(("fault", "call", "raises"), [("bad_signature", "", GatewayRefused), ("null_body", "complete", GatewayAway)])
def test_an_order_that_cannot_be_opened_sends_nobody_anywhere(gates, fault, call, raises):
    order = ordered(timezone.now(), gateway=NAME)
    gates.fault(NAME, fault, call=call)
    with pytest.raises(raises):
        orders.begin(order, timezone.now())
    assert state(order)["state"] == ("failed" if raises is GatewayRefused else "created")
    if raises is GatewayAway:
        Order.objects.filter(pk=order.pk).update(leased_until=None)
        order.refresh_from_db()
        assert orders.begin(order, timezone.now()).startswith(gates.origin)
