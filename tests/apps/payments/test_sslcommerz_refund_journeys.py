"""Money that goes back: from the simulated SSLCOMMERZ over the ledger to the gateway again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bijoli.payments import ledger, orders, refunds
from bijoli.payments.models import Notice, Order, Payment, Refund
from tests.apps.payments.outside import ordered, work
from tests.households import person
from tests.paygates import Gates
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


def approved(refund: Refund) -> Refund:
    refunds.approve(refund.public_id, person().pk, timezone.now())
    return refund


def back(gates: Gates, order: Order) -> list[dict[str, Any]]:
    return [one for one in gates.money(order=order.number) if one["kind"] == "refund"]


def finished(order: Order, refund: Refund) -> Refund:
    def look() -> bool:
        work(order, 1)
        refund.refresh_from_db()
        return refund.state in {"refunded", "refused"}

    wait_until("the refund ends", look, every=0.3)
    return refund


@pytest.mark.parametrize("seconds", [0, 0.5])
def test_money_that_came_twice_is_proposed_for_refund_and_goes_back(gates, meters, seconds):
    """Also where the second payment comes when the first has been settled: its notice makes us look again."""
    order = begun()
    gates.fault(NAME, "paid_twice", order=order.number, seconds=seconds)
    gates.press(NAME, order.number, "pay")
    if seconds:
        assert work(order).state == "done"
        assert Payment.objects.count() == 1
    notices(2, order)
    order = work(order)
    assert (order.state, Payment.objects.count(), len(meters.taken), held(order)) == ("done", 2, 1, 100000)
    [refund] = Refund.objects.all()
    assert (refund.state, refund.payment.wrong, refund.paisa) == ("proposed", "surplus", 50000)
    assert finished(order, approved(refund)).state == "refunded"
    assert [(one["paisa"], one["state"], one["data"]["of"]) for one in back(gates, order)] == [
        (50000, "refunded", refund.payment.transaction_id)
    ]
    assert (held(order), ledger.balance("unapplied")) == (50000, 0)


def test_tampered_money_goes_back_once_two_people_want_it(gates):
    order = begun()
    gates.fault(NAME, "amount_tampered", order=order.number, paisa=1000)
    gates.press(NAME, order.number, "pay")
    order = work(order)
    refund = refunds.propose(Payment.objects.get().pk, person().pk, "tampered", timezone.now())
    assert back(gates, order) == []
    finished(order, approved(refund))
    order.refresh_from_db()
    assert (order.state, refund.state, held(order), ledger.balance("unapplied")) == ("refunded", "refunded", 0, 0)
    assert [one["paisa"] for one in back(gates, order)] == [1000]


def test_a_refund_whose_answer_is_lost_waits_for_its_number_and_is_never_told_twice(gates):
    order = begun()
    gates.fault(NAME, "risk", order=order.number)
    gates.press(NAME, order.number, "pay")
    work(order)
    refund = refunds.propose(Payment.objects.get().pk, person().pk, "risk", timezone.now())
    gates.fault(NAME, "lost_answer", call="refund")
    work(order, 0)
    approved(refund)
    work(order, 3)
    Refund.objects.update(sent_at=timezone.now() - timedelta(hours=2))
    order = work(order, 3)
    refund.refresh_from_db()
    assert (order.state, refund.state, refund.ref) == ("refunding", "sent", "")
    [truth] = back(gates, order)
    refunds.named(refund.public_id, truth["id"], timezone.now())
    assert finished(order, refund).state == "refunded"
    with pytest.raises(refunds.RefundError, match="state"):
        refunds.named(refund.public_id, truth["id"], timezone.now())
    order.refresh_from_db()
    assert (order.state, held(order), len(back(gates, order))) == ("refunded", 0, 1)


def test_a_refund_that_the_gateway_refuses_comes_back_to_a_person(gates):
    order = begun()
    gates.fault(NAME, "risk", order=order.number)
    gates.fault(NAME, "refund_refused", order=order.number)
    gates.press(NAME, order.number, "pay")
    work(order)
    refund = refunds.propose(Payment.objects.get().pk, person().pk, "risk", timezone.now())
    assert finished(order, approved(refund)).state == "refused"
    order.refresh_from_db()
    assert (order.state, held(order), back(gates, order)) == ("review", 50000, [])


def test_a_refund_that_never_came_is_proposed_again_once_a_person_has_looked(gates):
    order = begun()
    gates.fault(NAME, "risk", order=order.number)
    gates.press(NAME, order.number, "pay")
    work(order)
    payment = Payment.objects.get()
    refund = refunds.propose(payment.pk, person().pk, "risk", timezone.now())
    gates.fault(NAME, "http_500", call="refund")
    approved(refund)
    work(order, 2)
    with pytest.raises(refunds.RefundError, match="state"):  # it may still be on its way
        refunds.absent(refund.public_id, timezone.now())
    refunds.absent(refund.public_id, timezone.now() + timedelta(minutes=16))
    order.refresh_from_db()
    assert (order.state, back(gates, order)) == ("review", [])
    again = refunds.propose(payment.pk, person().pk, "once more", timezone.now())
    assert finished(order, approved(again)).state == "refunded"
    assert (held(order), len(back(gates, order))) == (0, 1)
