"""Orders from the form to the meter: what is told twice, late, wrongly or never."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from bijoli.core.payment import OrderState
from bijoli.payments import asking, claims, orders, reads
from bijoli.payments.gateways.port import Arrived, Attempt, GatewayAway, GatewayRefused, Told
from bijoli.payments.models import GatewayCall, Order, Payment, Refund, Vend
from bijoli.payments.returns import came_back
from bijoli.payments.settling import settle
from tests.apps.payments.outside import DELIVERED, QUOTE, SPLIT, begun, books, ordered, outside, paid, work
from tests.households import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    with outside() as both:
        yield both


def test_a_recharge_reaches_the_meter(world):
    paper, meters = world
    order = begun()
    assert (order.state, order.ref, order.facts["url"]) == ("pending", f"ref-{order.number}", f"http://gateway.invalid/{order.number}")
    paper.says[order.number] = paid()
    order = work(order)
    vend = order.vend
    assert (order.state, vend.state, vend.split) == ("done", "on_meter", QUOTE)
    assert [(one.number, one.gross, one.expected, one.sold_at) for one in meters.taken.values()] == [
        (order.number, 50000, QUOTE["credited"], vend.sold_at)
    ]
    assert books() == DELIVERED
    assert (order.ask_at, vend.ask_at) == (None, None)


def test_a_form_that_is_sent_twice_is_one_order(world):
    key = uuid4()
    first = ordered(timezone.now(), key=key)
    wanted = {name: getattr(first, name) for name in orders.Wanted.__slots__}
    again = orders.make(orders.Wanted(**wanted), timezone.now())
    assert again.pk == first.pk
    with pytest.raises(orders.KeyTaken):
        orders.make(orders.Wanted(**{**wanted, "amount_paisa": 1}), timezone.now())
    with pytest.raises(orders.KeyTaken):
        orders.make(orders.Wanted(**{**wanted, "customer_id": person().pk}), timezone.now())


def test_an_order_is_opened_once(world):
    paper, _ = world
    order = ordered(timezone.now())
    first = orders.begin(order, timezone.now())
    order.refresh_from_db()
    assert orders.begin(order, timezone.now()) == first
    assert paper.begun == [order.number]


def test_two_clicks_at_the_same_time_open_one_session(world):
    paper, _ = world
    order = ordered(timezone.now())
    Order.objects.filter(pk=order.pk).update(leased_until=timezone.now() + timedelta(seconds=9))  # the other request is at it
    with pytest.raises(GatewayAway):
        orders.begin(order, timezone.now())
    assert paper.begun == []


def test_a_gateway_that_refuses_to_begin_fails_the_order(world):
    paper, _ = world
    paper.begin_says, order = GatewayRefused("2006"), ordered(timezone.now())
    with pytest.raises(GatewayRefused):
        orders.begin(order, timezone.now())
    order.refresh_from_db()
    assert (order.state, order.reason, order.ask_at) == ("failed", "2006", None)


def test_a_gateway_that_is_silent_at_the_beginning_can_be_tried_again(world):
    paper, _ = world
    paper.begin_says, order = GatewayAway("silent"), ordered(timezone.now())
    with pytest.raises(GatewayAway):
        orders.begin(order, timezone.now())
    paper.begin_says = None
    orders.begin(order, timezone.now() + timedelta(seconds=30))
    order.refresh_from_db()
    assert order.state == "pending"
    assert list(GatewayCall.objects.order_by("pk").values_list("what", "ok")) == [("begin", False), ("begin", True)]


def test_one_payment_told_many_times_counts_once(world):
    order = begun()
    for _ in range(3):
        settle(order.pk, paid(), timezone.now())
    order = work(order)
    settle(order.pk, paid(), timezone.now())
    assert (Payment.objects.count(), Vend.objects.count(), Refund.objects.count()) == (1, 1, 0)
    assert books() == DELIVERED


@pytest.mark.parametrize(("told", "reason"), [(paid(1000), "amount"), (paid(50001), "amount"), (paid(wrong="risk"), "risk")])
def test_wrong_money_waits_for_a_person_and_stands_in_the_ledger(world, told, reason):
    paper, meters = world
    order = begun()
    paper.says[order.number] = told
    order = work(order)
    assert (order.state, order.reason) == ("review", reason)
    assert not Vend.objects.exists()
    assert not meters.taken
    assert books()["gateway:paper"] == told.paid[0].paisa == -books()["unapplied"]


def test_money_that_came_twice_is_delivered_once_and_proposed_to_go_back(world):
    paper, meters = world
    order = begun()
    paper.says[order.number] = Told(Attempt.PAID, (*paid().paid, *paid(transaction="T2").paid))
    order = work(order)
    assert order.state == "done"
    assert len(meters.taken) == 1
    refund = Refund.objects.get()
    assert (refund.payment.transaction_id, refund.payment.wrong, refund.paisa, refund.state) == ("T2", "surplus", 50000, "proposed")
    assert books()["gateway:paper"] == 100000
    assert books()["unapplied"] == -50000


def test_a_second_payment_that_comes_later_goes_back_too(world):
    order = begun()
    settle(order.pk, paid(), timezone.now())
    order = work(order)
    settle(order.pk, paid(transaction="T9"), timezone.now())
    assert Refund.objects.get().payment.transaction_id == "T9"
    assert work(order).state == "done"


@pytest.mark.parametrize("end", [Attempt.FAILED, Attempt.CANCELLED, Attempt.EXPIRED])
def test_late_money_is_taken(world, end):
    order = begun()
    settle(order.pk, Told(end, reason="2023"), timezone.now())
    order.refresh_from_db()
    assert (order.state, order.reason) == (end, "2023")
    settle(order.pk, Told(Attempt.OPEN), timezone.now())
    settle(order.pk, paid(), timezone.now())
    assert work(order).state == "done"
    assert books() == DELIVERED


def test_an_order_that_nobody_pays_expires_and_is_asked_about_for_two_days(world):
    order = begun()
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    order = work(order, 1)
    assert (order.state, order.ask_at is not None) == ("expired", True)
    Order.objects.update(expires_at=timezone.now() - asking.LATE)
    assert work(order, 1).ask_at is None


def test_a_silent_gateway_ends_nothing(world):
    paper, _ = world
    order = begun()
    Order.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    paper.says[order.number] = GatewayAway("silent")
    order = work(order, 3)
    assert (order.state, order.asked) == ("pending", 3)
    paper.says[order.number] = paid()
    assert work(order).state == "done"


def test_a_gateway_that_is_gone_from_the_settings_breaks_nothing(world, settings):
    order = begun()
    settings.GATEWAYS = []
    assert work(order, 1).state == "pending"
    assert came_back(order.public_id, Arrived("GET", "status=success", b"", {}), timezone.now())
    assert not came_back(uuid4(), Arrived("GET", "", b"", {}), timezone.now())


def test_a_notice_during_a_question_is_not_forgotten(world):
    order = begun()
    [leased] = claims.claim("payments_order", 5, timezone.now())
    orders.hurry(order.pk, timezone.now(), "success")
    asking.look(leased)
    order.refresh_from_db()
    assert order.ask_at <= timezone.now()
    assert order.hint == "success"


def test_looking_at_an_open_order_asks_at_once_and_not_at_every_look(world):
    order = begun()

    def look():
        orders.looked_at(order.pk, timezone.now())
        due = claims.claim("payments_order", 5, timezone.now())
        for one in due:
            asking.look(one)
        return len(due)

    assert (look(), look()) == (1, 0)


class TestExecuting:
    """A gateway that takes the money by our call."""

    @pytest.fixture
    def world(self):
        with outside(executes=True) as both:
            yield both

    def test_the_money_is_taken_once_the_person_has_agreed(self, world):
        paper, _ = world
        order = work(begun(), 1)
        assert (order.state, paper.executed) == ("pending", [])
        paper.says[order.number], paper.execute_says = Told(Attempt.READY), paid()
        assert work(order).state == "done"
        assert paper.executed == [order.number]

    def test_after_a_silent_execution_the_gateway_is_only_asked(self, world):
        paper, _ = world
        order = begun()
        paper.says[order.number], paper.execute_says = Told(Attempt.READY), GatewayAway("30 s")
        order = work(order, 3)
        assert (order.state, len(paper.executed)) == ("pending", 1)
        paper.says[order.number] = paid()
        assert work(order).state == "done"
        assert len(paper.executed) == 1

    def test_an_execution_that_came_too_early_may_be_tried_again(self, world):
        paper, _ = world
        order = begun()
        paper.says[order.number], paper.execute_says = Told(Attempt.READY), Told(Attempt.OPEN)
        order = work(order, 2)
        assert order.executed_at is None
        paper.execute_says = paid()
        assert work(order).state == "done"


def test_only_the_payer_sees_the_order(world):
    order = begun()
    assert order.customer_id is not None
    seen = reads.order(order.customer_id, order.public_id)
    assert seen
    assert (seen.number, seen.state, seen.settled) == (order.number, OrderState.PENDING, False)
    stranger = person().pk
    assert reads.order(stranger, order.public_id) is None
    assert reads.orders(stranger) == []
    assert [one.number for one in reads.orders(order.customer_id)] == [order.number]


def test_the_split_of_these_tests_is_the_quote():
    assert SPLIT.credited == QUOTE["credited"]
