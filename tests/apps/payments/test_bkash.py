"""The bKash adapter against the simulated gateway, over real sockets: what it asks, and what it believes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings

from bijoli.payments.gateways.bkash import Bkash, instant, understood
from bijoli.payments.gateways.port import Arrived, Attempt, GatewayAway, GatewayRefused, Payable, RefundAsked, Told
from bijoli.payments.orders import new_number
from tests.paygates import Gates, chosen, running
from tests.processes import free_port

NAME = "bkash"
NOWHERE = "http://127.0.0.1:9/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def gates(tmp_path) -> Iterator[Gates]:
    """One for each test: bKash remembers for an hour who asked for tokens."""
    with running(tmp_path) as gates:
        yield gates


@pytest.fixture
def adapter(gates: Gates) -> Iterator[Bkash]:
    with chosen(gates):
        yield Bkash(answer_s=2, quick_s=2)


def payable(**more: Any) -> Payable:
    now = datetime.now(UTC)
    times = {"created_at": now, "expires_at": now + timedelta(minutes=30)}
    given = {"number": new_number("recharge", now), "amount_paisa": 50050, "back_url": NOWHERE + "back", **times}
    return Payable(**{**given, **more})


def opened(adapter: Bkash, **more: Any) -> Payable:
    wanted = payable(**more)
    return dataclasses.replace(wanted, ref=adapter.begin(wanted).ref)


def agreed(gates: Gates, adapter: Bkash, choice: str = "success", **more: Any) -> Payable:
    payment = opened(adapter, **more)
    gates.press(NAME, payment.number, choice, back=False)
    return payment


def test_a_payment_sends_the_browser_to_the_hosted_page(gates, adapter):
    wanted = payable()
    begun = adapter.begin(wanted)
    page = gates.call(begun.url.removeprefix(gates.origin))
    assert begun.url == f"{gates.origin}/bkash/pay/{begun.ref}"
    assert "500.50" in page
    assert wanted.number in page


def test_the_amount_goes_as_text_with_two_decimals_and_nothing_of_the_person_is_told(gates, adapter):
    payment = opened(adapter, phone="+8801700000001", amount_paisa=50000)
    sent = gates.call(f"/_session?gateway=bkash&ref={payment.ref}")["data"]
    assert (sent["amount"], sent["mode"], sent["currency"], sent["intent"]) == ("500.00", "0011", "BDT", "sale")
    assert sent["payerReference"] == sent["merchantInvoiceNumber"] == payment.number


def test_until_the_payer_agrees_it_is_open(gates, adapter):
    payment = opened(adapter)
    assert adapter.ask(payment) == Told(Attempt.OPEN)
    gates.press(NAME, payment.number, "success", back=False)
    assert adapter.ask(payment) == Told(Attempt.READY)
    assert gates.money() == []


def test_execution_takes_the_money_and_the_query_tells_the_same(gates, adapter):
    payment = agreed(gates, adapter)
    told = adapter.execute(payment)
    [paid] = told.paid
    [moved] = gates.money()
    assert (told.attempt, paid.transaction_id, paid.paisa, paid.wrong) == (Attempt.PAID, moved["id"], 50050, "")
    assert paid.at is not None
    assert abs(paid.at.timestamp() - moved["at"]) < 0.002
    assert paid.facts == {"payment_id": payment.ref}
    assert adapter.ask(payment) == told


def test_a_second_execution_becomes_a_query(gates, adapter):
    payment = agreed(gates, adapter)
    first = adapter.execute(payment)
    assert adapter.execute(payment) == first  # 2062
    assert len(gates.money()) == 1


def test_without_balance_it_fails_and_nothing_is_taken(gates, adapter):
    payment = agreed(gates, adapter, "poor")
    assert adapter.execute(payment) == Told(Attempt.FAILED, reason="2023")
    assert gates.money() == []


def test_an_execution_before_the_payer_agreed_leaves_it_open(gates, adapter):
    payment = opened(adapter)
    assert adapter.execute(payment) == Told(Attempt.OPEN)
    gates.press(NAME, payment.number, "success", back=False)
    assert adapter.execute(payment).attempt == Attempt.PAID


def test_an_execution_that_has_no_time_is_away_and_the_query_tells_what_came(gates, adapter):
    payment = agreed(gates, adapter)
    gates.fault(NAME, "execute_timeout", seconds=0)
    with pytest.raises(GatewayAway, match="no time"):
        adapter.execute(payment)
    assert adapter.ask(payment).attempt == Attempt.PAID
    assert len(gates.money()) == 1


def test_an_execution_that_hangs_is_away_and_the_query_tells_what_came(gates):
    with chosen(gates):
        adapter = Bkash(answer_s=0.3)
        payment = agreed(gates, adapter)
        gates.fault(NAME, "execute_timeout", seconds=2)
        with pytest.raises(GatewayAway, match="in time"):
            adapter.execute(payment)
        assert adapter.ask(payment).attempt == Attempt.PAID


def test_while_an_execution_goes_on_a_second_one_only_asks(gates, adapter):
    payment = agreed(gates, adapter)
    gates.fault(NAME, "execute_timeout", seconds=0, taken=False)
    with pytest.raises(GatewayAway):
        adapter.execute(payment)
    assert adapter.execute(payment) == Told(Attempt.READY)  # 2117
    assert gates.money() == []


@pytest.mark.parametrize(
    ("code", "attempt"), [("2062", Attempt.READY), ("2117", Attempt.READY), ("2015", Attempt.FAILED), ("2999", Attempt.FAILED)]
)
@pytest.mark.parametrize("style", ["statusCode", "errorCode"])
def test_a_refused_execution_is_told_by_its_code_in_either_style(gates, adapter, code, attempt, style):
    payment = agreed(gates, adapter)
    gates.fault(NAME, "refused", call="execute", code=code, style=style)
    told = adapter.execute(payment)
    assert (told.attempt, told.reason) == (attempt, "" if attempt == Attempt.READY else code)


def test_where_no_connection_came_about_it_may_be_executed_again(gates, adapter):
    payment = agreed(gates, adapter)
    with override_settings(BKASH_URL=f"http://localhost:{free_port()}"):
        gone = Bkash()
        assert gone.execute(payment) == Told(Attempt.OPEN)
        with pytest.raises(GatewayAway):
            gone.ask(payment)
    assert adapter.execute(payment).attempt == Attempt.PAID


@pytest.mark.parametrize(
    ("fault", "wrong", "paisa"), [("amount_tampered", "", 49950), ("wrong_order", "order", 50050), ("wrong_currency", "currency", 50050)]
)
def test_money_that_does_not_fit_is_told_as_it_is(gates, adapter, fault, wrong, paisa):
    payment = agreed(gates, adapter)
    gates.fault(NAME, fault)
    [paid] = adapter.execute(payment).paid
    assert (paid.wrong, paid.paisa) == (wrong, paisa)
    assert adapter.ask(payment).paid == (paid,)


@pytest.mark.parametrize(("choice", "claims", "attempt"), [("cancel", "cancelled", Attempt.CANCELLED), ("fail", "failed", Attempt.FAILED)])
def test_one_that_is_given_up_ends_by_the_browsers_word(gates, adapter, choice, claims, attempt):
    payment = opened(adapter)
    gone = gates.press(NAME, payment.number, choice, back=False)
    hint = adapter.returned(Arrived("GET", gone["url"].partition("?")[2], b"", {}))
    assert (hint.claims, hint.ref) == (claims, payment.ref)
    assert adapter.ask(payment).attempt == Attempt.OPEN
    assert adapter.ask(dataclasses.replace(payment, hint=hint.claims)).attempt == attempt


def test_a_false_word_of_the_browser_ends_nothing_that_the_payer_agreed_to(gates, adapter):
    payment = dataclasses.replace(agreed(gates, adapter), hint="cancelled")
    assert adapter.ask(payment).attempt == Attempt.READY


def test_a_payment_ends_after_a_day(gates, adapter):
    payment = agreed(gates, adapter)
    gates.fault(NAME, "payment_expired")
    with pytest.raises(GatewayRefused) as refusal:
        adapter.ask(payment)  # not known there, and not yet old by our clock: nothing is decided
    assert refusal.value.reason == "2002"
    old = dataclasses.replace(payment, created_at=payment.created_at - timedelta(hours=25))
    assert adapter.ask(old) == Told(Attempt.EXPIRED)
    assert adapter.execute(old) == Told(Attempt.FAILED, reason="2002")


@pytest.mark.parametrize("what", ["http_500", "garbage", "null_body", "cut", "lost_answer"])
def test_what_is_no_answer_is_away(gates, adapter, what):
    payment = agreed(gates, adapter)
    for call, ask in (
        ("create", lambda: adapter.begin(payable())),
        ("query", lambda: adapter.ask(payment)),
        ("execute", lambda: adapter.execute(payment)),
    ):
        gates.fault(NAME, what, call=call)
        with pytest.raises(GatewayAway):
            ask()
    told = adapter.ask(payment).attempt
    assert told == (Attempt.PAID if what == "lost_answer" else Attempt.READY)


@pytest.mark.parametrize(("code", "reason"), [("2001", "credentials"), ("2006", "2006"), ("2031", "2031")])
def test_a_refused_payment_is_told_with_status_200_and_either_body(gates, adapter, code, reason):
    for style in ("statusCode", "errorCode"):
        gates.fault(NAME, "refused", call="create", code=code, style=style)
        with pytest.raises(GatewayRefused) as refusal:
            adapter.begin(payable())
        assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "told", [{"statusCode": "503", "statusMessage": "maintenance"}, {"message": "Endpoint request timed out"}, {}, {"trxID": "A"}]
)
def test_maintenance_and_answers_without_a_code_are_away(told):
    with pytest.raises(GatewayAway):
        understood(told)


def refunding(payment: Payable, told: Told, paisa: int = 50050) -> RefundAsked:
    [paid] = told.paid
    return RefundAsked(uuid4(), paisa, "came <twice> & more", payment, paid.transaction_id, paid.facts)


def test_a_refund_and_its_state(gates, adapter):
    payment = agreed(gates, adapter)
    asked = refunding(payment, adapter.execute(payment), 20000)
    assert adapter.refund_state(asked) is None
    told = adapter.refund(asked)
    assert told.state == "refunded"
    assert adapter.refund_state(asked) == told
    assert [one["paisa"] for one in gates.money() if one["kind"] == "refund"] == [20000]
    with pytest.raises(GatewayRefused):
        adapter.refund(dataclasses.replace(asked, paisa=30051))  # more than is left


def test_a_refund_whose_answer_is_lost_is_found(gates, adapter):
    payment = agreed(gates, adapter)
    asked = refunding(payment, adapter.execute(payment))
    gates.fault(NAME, "lost_answer", call="refund")
    with pytest.raises(GatewayAway):
        adapter.refund(asked)
    assert adapter.refund_state(asked).state == "refunded"


def test_a_refund_that_takes_its_time(gates, adapter):
    payment = agreed(gates, adapter)
    asked = refunding(payment, adapter.execute(payment))
    gates.fault(NAME, "refund_processing", seconds=0)
    assert adapter.refund(asked).state == "processing"
    assert adapter.refund_state(asked).state == "refunded"


def test_where_the_state_of_a_refund_cannot_be_asked_it_stays_under_way_until_its_transaction_is_known(gates, adapter):
    payment = agreed(gates, adapter)
    asked = refunding(payment, adapter.execute(payment))
    told = adapter.refund(asked)
    gates.fault(NAME, "refused", call="refund", code="2065", times=2)
    assert adapter.refund_state(asked).state == "processing"
    assert adapter.refund_state(dataclasses.replace(asked, ref=told.ref)) == told
    gates.fault(NAME, "refused", call="refund", code="2001")
    with pytest.raises(GatewayRefused):
        adapter.refund_state(asked)


def test_a_transaction_is_found_by_its_number(gates, adapter):
    payment = agreed(gates, adapter)
    [paid] = adapter.execute(payment).paid
    found = adapter.search(paid.transaction_id)
    assert (found.order_number, found.paisa, found.at) == (payment.number, 50050, paid.at)
    assert adapter.search("NOSUCH") is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2019-08-07T11:12:34:978 GMT+0600", datetime(2019, 8, 7, 5, 12, 34, 978000, tzinfo=UTC)),
        ("2019-08-07T11:12:34 GMT+0600", datetime(2019, 8, 7, 5, 12, 34, tzinfo=UTC)),
        ("2019-08-07T11:12:34:9 GMT-06:30", datetime(2019, 8, 7, 17, 42, 34, 900000, tzinfo=UTC)),
        ("2019-13-07T11:12:34:978 GMT+0600", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times_with_a_colon_before_the_milliseconds(text, at):
    assert instant(text) == at
