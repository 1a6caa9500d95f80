"""The SSLCOMMERZ adapter against the simulated gateway, over real sockets: what it asks, and what it believes of a payment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.test import override_settings

from bijoli.payments.gateways import gateway
from bijoli.payments.gateways.port import Attempt, Gateway, GatewayAway, GatewayRefused
from bijoli.payments.gateways.sslcommerz import Sslcommerz
from bijoli.simulator.paygates.sslcommerz import PASSWORD, STORE
from tests.apps.payments.sslcommerz_shop import NAME, opened, payable
from tests.paygates import Gates
from tests.processes import free_port


@pytest.fixture(autouse=True)
def adapter(gates: Gates) -> Gateway:
    return gateway(NAME)


def test_a_session_sends_the_browser_to_the_hosted_page(gates, adapter):
    wanted = payable()
    begun = adapter.begin(wanted)
    assert begun.url == f"{gates.origin}/sslcommerz/pay/{begun.ref}"
    page = gates.call(f"/sslcommerz/pay/{begun.ref}")
    assert "SIMULATED" in page
    assert "500.50" in page
    assert wanted.number in page


def test_only_the_phone_of_the_person_is_told(gates, adapter):
    with override_settings(SITE_URL="https://my.utility.example"):
        session = opened(adapter)
    form = gates.press(NAME, session.number, "pay", back=False)["fields"]
    sent = gates.call("/_session?" + urlencode({"gateway": NAME, "ref": session.ref}))["data"]["form"]
    assert form["tran_id"] == session.number
    assert sent["cus_phone"] == "01700000001"
    assert sent["cus_email"] == "no-reply@my.utility.example"
    assert sent["cus_name"] == sent["cus_add1"]
    assert "store_passwd" not in sent


@pytest.mark.parametrize(("paisa", "opens"), [(999, False), (1000, True), (50_000_000, True), (50_000_001, False)])
def test_the_gateway_says_which_amounts_it_takes(adapter, paisa, opens):
    if opens:
        assert adapter.begin(payable(amount_paisa=paisa)).ref
    else:
        with pytest.raises(GatewayRefused, match="total_amount"):
            adapter.begin(payable(amount_paisa=paisa))


def test_a_field_that_is_too_long_is_refused(adapter):
    with pytest.raises(GatewayRefused, match="tran_id"):
        adapter.begin(payable(number="R" * 31))


def test_wrong_credentials_are_told_as_such(gates):
    with override_settings(SSLCOMMERZ_PASSWORD="the panel's password"):
        stranger = Sslcommerz()
        with pytest.raises(GatewayRefused) as refusal:
            stranger.begin(payable())
        assert refusal.value.reason == "credentials"
        with pytest.raises(GatewayRefused) as refusal:
            stranger.ask(payable(ref="x"))
        assert refusal.value.reason == "credentials"


def test_nothing_is_told_of_a_session_nobody_has_touched(adapter):
    told = adapter.ask(opened(adapter))
    assert (told.attempt, told.paid) == (Attempt.OPEN, ())


def test_money_is_confirmed_by_the_validation_first_and_again(gates, adapter):
    session = opened(adapter)
    gates.press(NAME, session.number, "pay", back=False)
    [truth] = gates.money(order=session.number)
    assert truth["state"] == "VALID"
    for _ in range(2):  # VALID, then VALIDATED
        told = adapter.ask(session)
        assert told.attempt == Attempt.PAID
        [paid] = told.paid
        assert (paid.transaction_id, paid.paisa, paid.wrong) == (truth["id"], 50050, "")
        assert paid.facts["bank_tran_id"] == truth["data"]["bank_tran_id"]
        assert paid.at is not None
        assert abs(paid.at - datetime.fromtimestamp(truth["at"], UTC)) < timedelta(seconds=1)
    assert gates.money(order=session.number)[0]["state"] == "VALIDATED"


@pytest.mark.parametrize(("choice", "attempt"), [("fail", Attempt.FAILED), ("cancel", Attempt.CANCELLED)])
def test_an_attempt_that_took_nothing_ends(gates, adapter, choice, attempt):
    session = opened(adapter)
    gates.press(NAME, session.number, choice, back=False)
    told = adapter.ask(session)
    assert (told.attempt, told.paid) == (attempt, ())
    assert told.reason


def test_a_session_whose_time_is_over_has_expired(gates, adapter):
    session = opened(adapter)
    gates.fault(NAME, "expired", order=session.number)
    gates.press(NAME, session.number, "pay", back=False)
    assert adapter.ask(session).attempt == Attempt.EXPIRED
    assert gates.money(order=session.number) == []


def test_a_failed_attempt_and_a_paid_one_of_the_same_order_are_paid(gates, adapter):
    first = opened(adapter)
    gates.press(NAME, first.number, "fail", back=False)
    second = opened(adapter, number=first.number)
    gates.press(NAME, first.number, "pay", back=False)
    for session in (first, second):
        told = adapter.ask(session)
        assert (told.attempt, len(told.paid)) == (Attempt.PAID, 1)


@pytest.mark.parametrize(
    ("fault", "wrong"), [("risk", "risk"), ("wrong_currency", "currency"), ("wrong_order", "order"), ("wrong_store", "store")]
)
def test_money_with_something_amiss_says_so(gates, adapter, fault, wrong):
    session = opened(adapter)
    gates.fault(NAME, fault, order=session.number)
    gates.press(NAME, session.number, "pay", back=False)
    [paid] = adapter.ask(session).paid
    assert (paid.wrong, paid.paisa) == (wrong, 50050)


@pytest.mark.parametrize("paisa", [50049, 50051, 1])
def test_another_amount_is_told_to_the_paisa(gates, adapter, paisa):
    session = opened(adapter)
    gates.fault(NAME, "amount_tampered", order=session.number, paisa=paisa)
    gates.press(NAME, session.number, "pay", back=False)
    [paid] = adapter.ask(session).paid
    assert paid.paisa == paisa


def test_two_payments_of_one_order_are_both_told(gates, adapter):
    session = opened(adapter)
    gates.fault(NAME, "paid_twice", order=session.number)
    gates.press(NAME, session.number, "pay", back=False)
    told = adapter.ask(session)
    assert [paid.transaction_id for paid in told.paid] == [one["id"] for one in gates.money(order=session.number)]
    assert len(told.paid) == 2


def test_what_the_validation_does_not_confirm_is_no_money(gates, adapter):
    session = opened(adapter)
    gates.press(NAME, session.number, "pay", back=False)
    gates.fault(NAME, "invalid_transaction", order=session.number)
    told = adapter.ask(session)
    assert (told.attempt, told.paid) == (Attempt.OPEN, ())
    assert adapter.ask(session).attempt == Attempt.PAID


@pytest.mark.parametrize("fault", ["http_500", "garbage", "null_body", "cut", "lost_answer"])
@pytest.mark.parametrize("call", ["query", "validate"])
def test_without_an_answer_nothing_is_known(gates, adapter, fault, call):
    session = opened(adapter)
    gates.press(NAME, session.number, "pay", back=False)
    gates.fault(NAME, fault, call=call)
    with pytest.raises(GatewayAway):
        adapter.ask(session)
    assert adapter.ask(session).attempt == Attempt.PAID


def test_a_gateway_that_does_not_answer_in_time_is_not_waited_for(gates):
    gates.fault(NAME, "timeout", call="session", seconds=5)
    with pytest.raises(GatewayAway, match="in time"):
        Sslcommerz(answer_s=0.2).begin(payable())


def test_nothing_secret_is_logged_or_told(gates, adapter, caplog):
    caplog.set_level("DEBUG")
    session = opened(adapter)
    adapter.ask(session)
    gates.fault(NAME, "http_500", call="query")
    with pytest.raises(GatewayAway) as error:
        adapter.ask(session)
    with override_settings(SSLCOMMERZ_URL=f"http://localhost:{free_port()}"), pytest.raises(GatewayAway) as unreachable:
        Sslcommerz().ask(session)
    everything = caplog.text + repr(error.value) + repr(unreachable.value) + str(error.value.__cause__)
    assert PASSWORD not in everything
    assert STORE not in everything
