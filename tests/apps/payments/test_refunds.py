"""Money that goes back: two people, one call to the gateway."""

from __future__ import annotations

import pytest
from django.utils import timezone

from bijoli.payments import refunds
from bijoli.payments.gateways.port import Attempt, GatewayAway, RefundTold, Told
from bijoli.payments.models import Payment, Refund
from bijoli.payments.settling import settle
from tests.apps.payments.outside import DELIVERED, begun, books, outside, paid, work
from tests.households import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    with outside() as both:
        yield both


@pytest.fixture
def waiting(world):
    order = begun()
    settle(order.pk, paid(1000), timezone.now())
    return order, Payment.objects.get()


def test_money_goes_back_once_two_people_want_it(world, waiting):
    paper, _ = world
    order, payment = waiting
    refund = refunds.propose(payment.pk, person().pk, "tampered", timezone.now())
    order = work(order)
    assert paper.refunds == []
    refunds.approve(refund.public_id, person().pk, timezone.now())
    order = work(order)
    refund.refresh_from_db()
    assert (order.state, refund.state, paper.refunds) == ("refunded", "refunded", [refund.public_id])
    assert books()["gateway:paper"] == books()["unapplied"] == 0


def test_nobody_approves_their_own(waiting):
    _, payment = waiting
    one = person()
    refund = refunds.propose(payment.pk, one.pk, "x", timezone.now())
    with pytest.raises(refunds.RefundError, match="own"):
        refunds.approve(refund.public_id, one.pk, timezone.now())
    with pytest.raises(refunds.RefundError, match="taken"):
        refunds.propose(payment.pk, person().pk, "again", timezone.now())


def test_a_refund_without_an_answer_is_asked_about_and_never_sent_again(world, waiting):
    paper, _ = world
    order, payment = waiting
    paper.refund_says = GatewayAway("silent")
    refund = refunds.propose(payment.pk, person().pk, "x", timezone.now())
    refunds.approve(refund.public_id, person().pk, timezone.now())
    order = work(order)
    assert (order.state, len(paper.refunds)) == ("refunding", 1)
    paper.refund_says = RefundTold("processing", "rf1")
    assert work(order).state == "refunding"
    paper.refund_says = RefundTold("refunded", "rf1")
    assert work(order).state == "refunded"
    assert len(paper.refunds) == 1


def test_a_refused_refund_leaves_the_money_with_a_person(world, waiting):
    paper, _ = world
    order, payment = waiting
    paper.refund_says = RefundTold("refused", reason="too old")
    refund = refunds.propose(payment.pk, person().pk, "x", timezone.now())
    refunds.approve(refund.public_id, person().pk, timezone.now())
    order = work(order)
    refund.refresh_from_db()
    assert (order.state, refund.state, refund.reason, books()["gateway:paper"]) == ("review", "refused", "too old", 1000)
    assert refunds.propose(payment.pk, person().pk, "by bank", timezone.now())


def test_money_that_pays_for_something_does_not_go_back(world):
    order = begun()
    settle(order.pk, paid(), timezone.now())
    order = work(order)
    with pytest.raises(refunds.RefundError, match="taken"):
        refunds.propose(Payment.objects.get().pk, person().pk, "x", timezone.now())


def test_only_a_surplus_goes_back_of_an_order_that_is_delivered(world):
    order = begun()
    settle(order.pk, Told(Attempt.PAID, (*paid().paid, *paid(transaction="T2").paid)), timezone.now())
    order = work(order)
    refunds.approve(Refund.objects.get().public_id, person().pk, timezone.now())
    assert work(order).state == "done"
    assert books() == DELIVERED


def test_a_withdrawn_refund_is_not_sent(world, waiting):
    paper, _ = world
    order, payment = waiting
    refund = refunds.propose(payment.pk, person().pk, "x", timezone.now())
    refunds.withdraw(refund.public_id, timezone.now())
    with pytest.raises(refunds.RefundError, match="state"):
        refunds.approve(refund.public_id, person().pk, timezone.now())
    assert work(order).state == "review"
    assert paper.refunds == []
