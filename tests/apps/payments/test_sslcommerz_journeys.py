"""From the order through the simulated SSLCOMMERZ back to the site over real HTTP, and on to the (scripted) head-end."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bijoli.payments import ledger, orders
from bijoli.payments.gateways.port import GatewayAway
from bijoli.payments.models import Notice, Order, Payment
from tests.apps.payments.outside import ordered, work
from tests.processes import wait_until

NAME = "sslcommerz"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("site")]


def begun() -> Order:
    order = ordered(timezone.now(), gateway=NAME)
    orders.begin(order, timezone.now(), phone="+8801700000001")
    order.refresh_from_db()
    return order


def notices(count: int, order: Order) -> list[Notice]:
    """Until so many of the order have been kept."""
    wait_until(f"{count} notices", lambda: Notice.objects.filter(order=order).count() >= count)
    return list(Notice.objects.filter(order=order))


def held(order: Order) -> int:
    return ledger.balance(f"gateway:{order.gateway}")


def hurried(order: Order) -> bool:
    order.refresh_from_db()
    return order.ask_at is not None and order.ask_at <= timezone.now()


def test_a_recharge_from_the_order_to_the_meter(gates, meters, site):
    order = begun()
    gone = gates.press(NAME, order.number, "pay")
    assert (gone["status"], gone["location"]) == (
        303,
        reverse("web:pay", args=[order.public_id]),
    )  # by GET, the session is not needed before
    assert gone["url"] == f"{site}/pay/{order.public_id}/back/"
    [kept] = notices(1, order)
    assert (kept.genuine, kept.reason) == (True, "")
    order = work(order)
    assert (order.state, order.vend.state, order.hint) == ("done", "on_meter", "success")
    assert [one.gross for one in meters.taken.values()] == [50000]
    assert held(order) == 50000 == sum(one["paisa"] for one in gates.money(order=order.number))


def test_three_notices_and_a_return_are_one_payment(gates, meters):
    order = begun()
    gates.fault(NAME, "duplicate_notice", order=order.number)
    gates.press(NAME, order.number, "pay")
    assert len(notices(3, order)) == 3
    order = work(order)
    assert (order.state, Payment.objects.count(), len(meters.taken), len(meters.sent), held(order)) == ("done", 1, 1, 1, 50000)


def test_notices_that_come_late_change_nothing(gates, meters):
    order = begun()
    gates.fault(NAME, "notice_delayed", order=order.number, seconds=0.5)
    gates.press(NAME, order.number, "pay")
    assert work(order).state == "done"
    notices(1, order)
    assert work(order).state == "done"
    assert (Payment.objects.count(), len(meters.taken), held(order)) == (1, 1, 50000)


def test_the_notice_alone_is_enough(gates):
    order = begun()
    gates.fault(NAME, "notice_first", order=order.number)
    gates.press(NAME, order.number, "pay", back=False)
    assert len(Notice.objects.filter(order=order, genuine=True)) == 1
    assert hurried(order)
    assert work(order).state == "done"


def test_the_return_alone_is_enough(gates):
    order = begun()
    gates.fault(NAME, "no_notice", order=order.number)
    assert gates.press(NAME, order.number, "pay")["status"] == 303
    assert hurried(order)
    assert work(order).state == "done"
    assert Notice.objects.count() == 0


def test_without_notice_and_return_the_timer_finds_the_money(gates):
    order = begun()
    gates.fault(NAME, "no_notice", order=order.number)
    gates.fault(NAME, "lost_return", order=order.number)
    assert gates.press(NAME, order.number, "pay")["lost"] is True
    assert not hurried(order)
    assert work(order).state == "done"


@pytest.mark.parametrize(("fault", "reason"), [("amount_tampered", "amount"), ("risk", "risk"), ("wrong_currency", "currency")])
def test_wrong_money_waits_for_a_person(gates, meters, fault, reason):
    order = begun()
    gates.fault(NAME, fault, order=order.number)
    gates.press(NAME, order.number, "pay")
    order = work(order)
    assert (order.state, order.reason, meters.sent) == ("review", reason, [])
    assert held(order) == sum(one["paisa"] for one in gates.money(order=order.number))
    assert ledger.balance("unapplied") == -held(order)


@pytest.mark.parametrize("fault", ["notice_tampered", "notice_forged"])
def test_a_forged_notice_is_kept_and_not_believed(gates, fault):
    order = begun()
    gates.fault(NAME, fault, order=order.number)
    gates.press(NAME, order.number, "pay", back=False)
    [kept] = notices(1, order)
    assert (kept.genuine, kept.reason) == (False, "the signature is wrong")
    assert not hurried(order)
    assert work(order).state == "done"  # the gateway itself says that it is paid


def returns(path: str, fields: dict[str, str]) -> int:
    """The status for a browser that comes with this form."""
    return Client().post(path, urlencode(fields), content_type="application/x-www-form-urlencoded").status_code


def test_a_return_that_lies_pays_nothing(gates, site):
    order = begun()
    path = f"/pay/{order.public_id}/back/"
    lie = {"status": "VALID", "tran_id": order.number, "amount": "500.00", "val_id": "x"}
    assert returns(path, lie) == 303
    order = work(order)
    assert (order.state, order.hint, Payment.objects.count()) == ("pending", "success", 0)
    assert returns(path, {**lie, "status": "CANCELLED"}) == 303
    order = work(order)
    assert (order.state, order.hint) == ("pending", "cancelled")


@pytest.mark.parametrize(("choice", "state"), [("cancel", "cancelled"), ("fail", "failed")])
def test_an_attempt_that_took_nothing_ends_the_order(gates, meters, choice, state):
    order = begun()
    gates.press(NAME, order.number, choice)
    order = work(order)
    assert (order.state, order.hint, meters.sent, held(order)) == (state, state, [], 0)


def test_nobody_pays_and_the_order_expires(gates):
    order = begun()
    assert work(order).state == "pending"
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert work(order).state == "expired"
    gates.press(NAME, order.number, "pay")  # late money
    assert work(order).state == "done"


@pytest.mark.parametrize("fault", ["http_500", "cut", "garbage", "lost_answer"])
def test_a_session_without_an_answer_can_be_opened_again(gates, meters, fault):
    order = ordered(timezone.now(), gateway=NAME)
    gates.fault(NAME, fault, order=order.number, call="session")
    with pytest.raises(GatewayAway):
        orders.begin(order, timezone.now())
    order = work(order)
    assert (order.state, order.ref) == ("created", "")
    Order.objects.filter(pk=order.pk).update(leased_until=None)
    order.refresh_from_db()
    orders.begin(order, timezone.now())
    gates.press(NAME, order.number, "pay")
    order = work(order)
    assert (order.state, len(meters.taken), held(order)) == ("done", 1, 50000)


def test_questions_without_answers_are_asked_again(gates, meters):
    order = begun()
    for fault in ("http_500", "cut", "garbage", "null_body", "lost_answer"):
        gates.fault(NAME, fault, call="query")
    gates.press(NAME, order.number, "pay")
    assert work(order, 5).state == "pending"
    assert work(order).state == "done"
    assert (len(meters.taken), held(order)) == (1, 50000)
