"""The way of a paid recharge to the meter: at most once, whatever is lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.core.payment import VendState
from bijoli.payments import reads, vending, worker
from bijoli.payments.headend.port import Split
from bijoli.payments.models import Closure
from bijoli.payments.settling import settle
from tests.apps.payments.outside import DELIVERED, begun, books, outside, paid, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    with outside() as both:
        yield both


def test_an_answer_that_is_lost_is_asked_for_and_nothing_is_sent_twice(world):
    _, meters = world
    order, meters.lost = begun(), 1
    settle(order.pk, paid(), timezone.now())
    assert work(order).state == "done"
    assert len(meters.sent) == 1


def test_what_the_head_end_never_heard_is_sent_again_with_the_same_key(world):
    _, meters = world
    order, meters.deaf = begun(), 2
    settle(order.pk, paid(), timezone.now())
    assert work(order, 5).state == "done"
    assert len(meters.sent) == 3
    assert len(set(meters.sent)) == 1
    assert len(meters.taken) == 1


def test_a_meter_that_is_late_keeps_the_order_paid(world):
    _, meters = world
    order, meters.state = begun(), VendState.ACCEPTED
    settle(order.pk, paid(), timezone.now())
    order = work(order)
    assert (order.state, order.vend.state, books()["unapplied"]) == ("paid", "accepted", -50000)
    assert list(reads.under_way([order.meter_id], timezone.now() - timedelta(minutes=30))) == [order.meter_id]
    meters.state = VendState.ON_METER
    assert work(order).state == "done"
    assert reads.under_way([order.meter_id], timezone.now() - timedelta(minutes=30)) == {}


def test_tokens_are_kept_in_order_and_end_the_order(world):
    _, meters = world
    meters.state, meters.tokens = VendState.TOKENS, ("00000000000000000001", "09239624803025986815")
    order = begun()
    settle(order.pk, paid(), timezone.now())
    order = work(order)
    assert (order.state, order.vend.state, tuple(order.vend.tokens)) == ("done", "tokens", meters.tokens)
    vending.apply(order.vend.pk, vending.CreditTold(VendState.ON_METER), timezone.now())
    order.vend.refresh_from_db()
    assert (order.vend.state, tuple(order.vend.tokens), books()) == ("on_meter", meters.tokens, DELIVERED)


def test_a_refused_credit_waits_for_a_person(world):
    _, meters = world
    meters.refuses, order = "unknown_meter", begun()
    settle(order.pk, paid(), timezone.now())
    order = work(order)
    assert (order.state, order.reason, order.vend.state) == ("review", "headend unknown_meter", "refused")


def test_a_split_that_changed_against_the_customer_waits_for_a_person(world):
    _, meters = world
    meters.split = Split(50000, 2381, 8400, 0, 0, 196, 39415)
    order = begun()
    settle(order.pk, paid(), timezone.now())
    order = work(order)
    assert (order.state, order.reason, order.vend.split["credited"]) == ("review", "headend changed", 39415)
    assert not meters.taken


def test_a_split_that_changed_in_the_customer_s_favour_is_taken(world):
    _, meters = world
    meters.split = Split(50000, 2000, 0, 0, 0, 240, 48240)
    order = begun()
    settle(order.pk, paid(), timezone.now())
    order = work(order, 6)
    assert (order.state, order.vend.split["credited"], len(meters.taken)) == ("done", 48240, 1)
    assert books()["energy"] == -48240


def test_a_credit_paid_while_recharge_is_closed_waits_for_its_end(world):
    _, meters = world
    now = timezone.now()
    Closure.objects.create(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=2), policy="hold")
    order = begun()
    settle(order.pk, paid(), now)
    assert order.vend.not_before == order.vend.ask_at == now + timedelta(hours=2)
    worker.drain()
    assert not meters.sent
    assert work(order).state == "paid"  # due too early, it is held all the same
    assert not meters.sent
    Closure.objects.update(ends_at=now)
    assert work(order).state == "done"
