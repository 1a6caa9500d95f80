"""The HTTP adapter: with the simulated head-end behind its door, its faults and its refusals: every credit counts once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.test import override_settings

from bijoli.core.payment import VendState
from bijoli.metering.models import Relay
from bijoli.payments import headend
from bijoli.payments.headend.http import HttpHeadEnd
from bijoli.payments.headend.port import CreditLine, Dues, HeadEndAway, HeadEndRefused
from tests.apps.vending_peer import EXPECTED, METER, OCTOBER, SOLD, Peer, credit, meter, peer

KEY = UUID("6fa459ea-ee8a-4ca4-894e-db77e160355e")


@pytest.fixture
def head(tmp_path) -> Iterator[Peer]:
    with peer(tmp_path) as made:
        yield made


def test_a_recharge_from_the_dues_to_the_meter(tmp_path):
    with peer(tmp_path, delay=60) as head:
        assert head.ours.dues(METER, SOLD) == Dues(1, 0)
        order = credit()
        assert head.ours.confirm(order.key) is None
        told = head.ours.credit(order)
        assert (told.state, told.split.credited, told.tokens) == (VendState.ACCEPTED, EXPECTED, ())
        assert head.ours.confirm(order.key) == head.ours.credit(order) == told
        assert head.ours.dues(METER, SOLD) == Dues(0, 0)
        head.engine.clock = lambda: told.at.timestamp() + 61
        assert head.ours.confirm(order.key).state == VendState.ON_METER
        standing = head.ours.standing(METER)
        assert (standing.balance, standing.relay) == (EXPECTED, Relay.CLOSED)


def test_refusals_bring_their_reason_and_the_new_split(head):
    against, favour = head.ours.credit(credit(expected=EXPECTED + 1)), head.ours.credit(credit(expected=1))
    assert (against.state, against.reason, against.split.credited) == (VendState.REFUSED, "changed", EXPECTED)
    assert favour.split == against.split
    assert head.ours.credit(credit(meter="066012999999")).reason == "unknown_meter"
    with pytest.raises(HeadEndRefused, match="unknown_meter"):
        head.ours.dues("066012999999", SOLD)
    with pytest.raises(HeadEndRefused, match="unknown_meter"):
        head.ours.standing("066012999999")


def test_a_key_that_was_used_for_something_else(head):
    order = credit()
    head.ours.credit(order)
    assert head.ours.credit(credit(order.key, number="R9")) == head.ours.credit(credit(order.key, gross=500_00))
    assert head.ours.credit(credit(order.key, number="R9")).reason == "conflict"


def test_tokens_come_in_order_with_their_zeros(tmp_path):
    with peer(tmp_path, meter(tokens=18)) as head:
        order = credit()
        told = head.ours.credit(order)
        assert (told.state, len(told.tokens)) == (VendState.TOKENS, 18)
        assert told.tokens == head.engine.store.credit(str(order.key)).tokens


@pytest.mark.parametrize("fault", ["timeout_after", "error_after", "garbage"])
def test_an_answer_that_is_timeout_after_the_credit_was_taken_is_found_by_asking(head, fault):
    order = credit()
    head.fault(fault)
    with pytest.raises(HeadEndAway):
        head.ours.credit(order)
    assert head.ours.confirm(order.key).state == VendState.ON_METER
    assert head.ours.credit(order).split.credited == EXPECTED
    assert len(head.engine.store.credits()) == 1


@pytest.mark.parametrize("fault", ["timeout_before", "error_before"])
def test_a_request_that_was_timeout_before_anything_happened_is_sent_again(head, fault):
    order = credit()
    head.fault(fault)
    with pytest.raises(HeadEndAway):
        head.ours.credit(order)
    assert head.ours.confirm(order.key) is None
    assert head.ours.credit(order).state == VendState.ON_METER


def test_a_slow_answer_is_a_time_out(head):
    order = credit()
    head.fault("slow", seconds=1.0)
    with pytest.raises(HeadEndAway, match="ReadTimeout"):
        head.ours.credit(order)
    assert head.ours.confirm(order.key) is not None


def test_a_confirmation_that_is_late(head):
    order = credit()
    head.fault("late", seconds=600)
    assert head.ours.credit(order).state == head.ours.confirm(order.key).state == VendState.ACCEPTED
    now = head.engine.clock()
    head.engine.clock = lambda: now + 601
    assert head.ours.confirm(order.key).state == VendState.ON_METER


def test_nobody_answers():
    with closing(HttpHeadEnd("http://127.0.0.1:9", "t")) as ours, pytest.raises(HeadEndAway, match="ConnectError"):
        ours.standing(METER)


def test_wrong_credentials_are_no_answer_about_the_credit(head):
    with closing(HttpHeadEnd(head.url, "wrong")) as ours:
        for call in (lambda: ours.credit(credit()), lambda: ours.confirm(KEY), lambda: ours.dues(METER, SOLD)):
            with pytest.raises(HeadEndRefused, match="credentials"):
                call()


@pytest.mark.parametrize("url", ["http://head-end.example", "ftp://127.0.0.1", "head-end.example", ""])
def test_the_token_goes_over_tls_alone(url):
    with pytest.raises(HeadEndRefused, match="address"):
        HttpHeadEnd(url, "t")


def test_a_days_credits_are_read_page_by_page(tmp_path, monkeypatch):
    monkeypatch.setattr("bijoli.simulator.vending.door.PAGE", 2)
    with peer(tmp_path, meter(charged=OCTOBER + 1)) as head:
        head.engine.clock = SOLD.timestamp
        orders = [credit(number=f"R{n}", gross=500_00, expected=478_57) for n in range(5)]
        for order in orders:
            head.ours.credit(order)
        at = datetime.fromtimestamp(SOLD.timestamp(), UTC)
        expected = [CreditLine(one.key, one.number, METER, 500_00, 478_57, VendState.ON_METER, at) for one in orders]
        assert head.ours.credits(date(2026, 11, 22)) == expected
        assert head.ours.credits(date(2026, 11, 21)) == []


def test_the_installation_speaks_with_the_head_end_of_its_settings(head):
    headend.head_end.cache_clear()
    token = head.engine.store.path.with_name("vending-token").read_text()
    try:
        with override_settings(HEADEND=head.url, HEADEND_TOKEN=token), closing(headend.head_end()) as ours:
            assert ours.dues(METER, SOLD) == Dues(1, 0)
    finally:
        headend.head_end.cache_clear()
