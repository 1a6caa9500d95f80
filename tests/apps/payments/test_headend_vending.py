"""Paid recharges and a real head-end together: its faults, its second thoughts, its tokens, and what the meter itself reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from bijoli.core.payment import OrderState, VendState
from bijoli.metering import numbers
from bijoli.metering import reads as metering
from bijoli.metering.columns import Status
from bijoli.metering.events import CreditTold, Event, record_events
from bijoli.payments import headend, ledger, quotes, reads, vending, worker
from bijoli.payments.headend.port import Dues
from bijoli.payments.models import Entry, GatewayCall, Order, Vend
from bijoli.payments.settling import settle
from bijoli.simulator.vending.inprocess import Simulated, simulated
from tests.apps.alert_changes import state
from tests.apps.payments.outside import QUOTE, ordered, outside, paid
from tests.apps.vending_peer import Peer, meter, peer
from tests.households import meter as household
from tests.households import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(tmp_path) -> Iterator[Peer]:
    """Orders are paid at the paper gateway; the head-end is the simulated one behind its door."""
    numbers.forget()
    with outside(), peer(tmp_path) as made:
        headend.MAKERS["paper"] = lambda: made.ours
        headend.head_end.cache_clear()
        yield made
    numbers.forget()


def bought(head: Peer, **fields) -> Vend:
    """A paid recharge of 500 taka for a meter of 2 kW that owes nothing."""
    now = timezone.now()
    order = ordered(now)
    state(order.meter)
    head.engine.store.keep_meters([meter(order.meter.number, charged=head.engine.month(now), **fields)])
    settle(order.pk, paid(transaction=f"T{order.pk}"), now)
    return Vend.objects.get(order=order)


def work(vend: Vend, rounds: int = 1) -> Vend:
    """What `settle` does, with all waiting times over."""
    for _ in range(rounds):
        Vend.objects.exclude(ask_at=None).update(ask_at=timezone.now() - timedelta(seconds=1), leased_until=None)
        worker.drain(1)
    return fresh(vend)


def fresh(vend: Vend) -> Vend:
    return Vend.objects.select_related("order").get(pk=vend.pk)


def reported(vend: Vend, paisa: int = QUOTE["credited"], **fields) -> None:
    """The meter's own credit event comes in at the ingest door."""
    told = CreditTold(paisa, **{"order": vend.order.number, "gross_paisa": vend.gross_paisa, **fields})
    event = Event(int(vend.meter.number), int(timezone.now().timestamp()), "prepay", "credit", credit=told)
    assert record_events([event], timezone.now()).status.tolist() == [Status.ACCEPTED]


def entries(vend: Vend) -> int:
    return Entry.objects.filter(key=f"vend:{vend.pk}").count()


def test_a_paid_recharge_reaches_the_meter_to_the_quoted_paisa(head):
    vend = work(bought(head))
    assert (vend.state, vend.order.state) == (VendState.ON_METER, OrderState.DONE)
    assert vend.split == QUOTE
    assert head.engine.store.meter(vend.meter.number).balance == QUOTE["credited"]


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "error_after", "error_before", "garbage"])
def test_a_fault_delays_the_credit_and_never_doubles_it(head, fault):
    vend = bought(head)
    head.fault(fault, times=2)
    vend = work(vend, 4)
    assert (vend.state, entries(vend)) == (VendState.ON_METER, 1)
    assert head.engine.store.meter(vend.meter.number).balance == QUOTE["credited"]
    assert GatewayCall.objects.filter(gateway="head-end", ok=False).exists()


def test_a_change_in_the_persons_favour_is_taken_with_the_same_key(head):
    vend = bought(head)
    Vend.objects.filter(pk=vend.pk).update(expected_paisa=QUOTE["credited"] - 100_00)
    vend = work(vend, 3)
    assert (vend.state, vend.expected_paisa, vend.split["credited"]) == (VendState.ON_METER, QUOTE["credited"], QUOTE["credited"])
    assert [one.key for one in head.engine.store.credits()] == [str(vend.key)]


def test_a_change_against_the_person_waits_for_staff(head):
    vend = bought(head, arrears=50_00)
    vend = work(vend, 2)
    assert (vend.state, vend.reason, vend.order.state) == (VendState.REFUSED, "changed", OrderState.REVIEW)
    assert vend.split["arrears"] == 50_00
    assert head.engine.store.credits() == []


def test_a_refusal_that_is_told_when_asked_does_not_stop_what_we_agreed_to(head, monkeypatch):
    """A head-end may keep its refusal and tell it again: the credit that it named is sent all the same."""
    vend = bought(head)
    Vend.objects.filter(pk=vend.pk).update(expected_paisa=1)
    told = head.ours.credit(vending._order(fresh(vend)))
    vend = work(vend)
    assert (vend.state, vend.expected_paisa) == (VendState.SENT, QUOTE["credited"])
    monkeypatch.setattr(head.ours, "confirm", lambda key: told)
    assert work(vend).state == VendState.ON_METER


def test_a_blocked_meter_waits_for_staff(head):
    vend = work(bought(head, blocked=True))
    assert (vend.state, vend.order.state, vend.order.reason) == (VendState.REFUSED, OrderState.REVIEW, "headend blocked")


def test_a_closed_head_end_is_tried_again_later(head):
    vend = bought(head)
    head.fault("refuse", reason="closed", times=2)
    vend = work(vend, 2)
    assert (vend.state, vend.order.state) == (VendState.SENT, OrderState.PAID)
    assert work(vend).state == VendState.ON_METER


def test_wrong_credentials_leave_the_credit_waiting(head):
    vend = bought(head)
    head.ours._client.headers["Authorization"] = "Bearer wrong"
    vend = work(vend)
    assert (vend.state, vend.order.state) == (VendState.SENT, OrderState.PAID)
    assert vend.ask_at is not None


def test_tokens_close_the_order_and_the_meters_own_event_says_that_they_were_typed(head):
    vend = work(bought(head, tokens=18))
    assert (vend.state, vend.order.state, len(vend.tokens), vend.ask_at) == (VendState.TOKENS, OrderState.DONE, 18, None)
    reported(vend)
    vend = fresh(vend)
    assert vend.ask_at is not None
    worker.drain(1)
    vend = fresh(vend)
    assert (vend.state, vend.ask_at, len(vend.tokens), entries(vend)) == (VendState.ON_METER, None, 18, 1)
    seen = reads.order(vend.order.customer_id, vend.order.public_id)
    assert seen.on_meter_at == vend.ended_at


def test_the_meters_own_event_is_quicker_than_a_late_confirmation(head):
    vend = bought(head)
    head.fault("late", seconds=3600)
    vend = work(vend)
    assert vend.state == VendState.ACCEPTED
    assert vend.ask_at > timezone.now()
    reported(vend)
    assert fresh(vend).ask_at <= timezone.now()
    worker.drain(1)
    vend = fresh(vend)
    assert (vend.state, vend.order.state, entries(vend)) == (VendState.ON_METER, OrderState.DONE, 1)
    assert ledger.balance("unapplied") == 0


def test_an_event_that_comes_before_the_answer_counts_when_the_answer_is_there(head):
    vend = bought(head)
    head.fault("late", seconds=3600)
    reported(vend)
    assert fresh(vend).state == VendState.QUEUED
    assert work(vend).state == VendState.ON_METER


def test_an_event_of_other_paisa_or_of_another_meter_proves_nothing(head):
    vend, other = bought(head), bought(head)
    head.fault("late", seconds=3600, times=2)
    vend, other = work(vend, 2), work(other)
    assert {vend.state, other.state} == {VendState.ACCEPTED}
    reported(vend, paisa=1)
    reported(other, order=vend.order.number)
    assert work(vend).state == work(other).state == VendState.ACCEPTED


def test_credits_that_others_sold_wake_nothing(head):
    her = person()
    at = household(her)
    state(at)
    vend = bought(head)
    due = fresh(vend).ask_at
    event = Event(int(at.number), int(timezone.now().timestamp()), "prepay", "credit", credit=CreditTold(100, order="20261122120000"))
    record_events([event], timezone.now())
    assert fresh(vend).ask_at == due


def test_the_head_end_without_a_network_learns_meters_from_the_register(settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    numbers.forget()
    at, now = household(person()), timezone.now()
    ours = simulated()
    assert isinstance(ours, Simulated)
    assert ours.dues(at.number, now) == Dues(1, 0)
    with outside():
        headend.MAKERS["paper"] = lambda: ours
        headend.head_end.cache_clear()
        order = ordered(now)
        quoted = quotes.quote(metering.point_of(order.meter.number), order.amount_paisa, now)
        assert (quoted.months, quoted.split.demand, quoted.split.rent) == (1, 210_00, 40_00)
        Order.objects.filter(pk=order.pk).update(quote=quoted.kept)
        settle(order.pk, paid(), now)
        vend = Vend.objects.get(order=order)
        assert work(vend).state == VendState.ACCEPTED
        ours.engine.clock = lambda: timezone.now().timestamp() + 5
        assert work(vend).state == VendState.ON_METER
    assert asdict(quoted.split) == fresh(vend).split, "the receipt is the quote, to the paisa"
    assert ours.standing(order.meter.number).balance == quoted.split.credited
    assert [line.key for line in ours.credits(timezone.localdate())] == [vend.key]


def test_simulated_is_a_head_end_of_the_settings():
    headend.head_end.cache_clear()
    try:
        with override_settings(HEADEND="simulated"):
            assert isinstance(headend.head_end(), Simulated)
    finally:
        headend.head_end.cache_clear()
