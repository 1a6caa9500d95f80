"""Refunds at the simulated SSLCOMMERZ: told once, then asked about by the gateway's own number."""

from __future__ import annotations

import dataclasses

import pytest
from django.test import override_settings

from bijoli.payments.gateways import gateway
from bijoli.payments.gateways.port import Gateway, GatewayAway, GatewayRefused, Payable
from bijoli.payments.gateways.sslcommerz import Sslcommerz
from tests.apps.payments.sslcommerz_shop import NAME, asked, opened
from tests.paygates import Gates
from tests.processes import free_port, wait_until


@pytest.fixture(autouse=True)
def adapter(gates: Gates) -> Gateway:
    return gateway(NAME)


@pytest.fixture
def paid(gates: Gates, adapter: Sslcommerz) -> Payable:
    session = opened(adapter)
    gates.press(NAME, session.number, "pay", back=False)
    return session


def test_a_refund_is_accepted_then_done(gates, adapter, paid):
    gates.fault(NAME, "refund_processing", order=paid.number, seconds=0.5)
    wanted = asked(gates, paid)
    told = adapter.refund(wanted)
    assert (told.state, bool(told.ref)) == ("processing", True)
    wanted = dataclasses.replace(wanted, ref=told.ref)
    assert adapter.refund_state(wanted).state == "processing"
    wait_until("the money is back", lambda: adapter.refund_state(wanted).state == "refunded")
    [back] = [one for one in gates.money(order=paid.number) if one["kind"] == "refund"]
    assert (back["paisa"], back["state"], back["data"]["our"]) == (50050, "refunded", wanted.id.hex[:30])


def test_a_refund_can_be_refused_at_once_and_later(gates, adapter, paid):
    gates.fault(NAME, "refund_refused", order=paid.number)
    told = adapter.refund(asked(gates, paid))
    assert (told.state, told.reason) == ("refused", "Refund is not allowed for this transaction")
    gates.fault(NAME, "refund_cancelled", order=paid.number)
    told = adapter.refund(asked(gates, paid))
    later = asked(gates, paid, ref=told.ref)
    wait_until("it is cancelled", lambda: adapter.refund_state(later).state == "refused")


def test_more_than_was_paid_does_not_go_back(gates, adapter, paid):
    assert adapter.refund(asked(gates, paid, 50051)).state == "refused"
    assert adapter.refund(asked(gates, paid, 50000)).state == "processing"
    assert adapter.refund(asked(gates, paid, 51)).state == "refused"
    assert adapter.refund(asked(gates, paid, 50)).state == "processing"


def test_a_refund_whose_answer_was_lost_is_neither_repeated_nor_given_up(gates, adapter, paid):
    gates.fault(NAME, "lost_answer", call="refund")
    wanted = asked(gates, paid)
    with pytest.raises(GatewayAway):
        adapter.refund(wanted)
    assert adapter.refund_state(wanted).state == "processing"
    [back] = [one for one in gates.money(order=paid.number) if one["kind"] == "refund"]
    found = dataclasses.replace(wanted, ref=back["id"])  # a person found it in the panel
    wait_until("the money is back", lambda: adapter.refund_state(found).state == "refunded")


def test_a_refund_that_certainly_never_left_is_refused(gates, paid):
    with override_settings(SSLCOMMERZ_URL=f"http://localhost:{free_port()}"), pytest.raises(GatewayRefused) as refusal:
        Sslcommerz().refund(asked(gates, paid))
    assert refusal.value.reason == "not sent"
    assert len(gates.money(order=paid.number)) == 1


def test_another_refund_s_number_is_not_taken_for_ours(gates, adapter, paid):
    other = opened(adapter)
    gates.press(NAME, other.number, "pay", back=False)
    theirs = adapter.refund(asked(gates, other))
    for ref in (theirs.ref, "never-heard-of"):
        with pytest.raises(GatewayAway):
            adapter.refund_state(asked(gates, paid, ref=ref))
