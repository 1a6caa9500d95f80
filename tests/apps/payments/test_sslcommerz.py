"""The SSLCOMMERZ adapter against the simulated gateway, over real sockets: what it asks, and what it believes."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import pytest
from django.test import override_settings

from bijoli.payments.gateways import gateway
from bijoli.payments.gateways.port import Arrived, Attempt, GatewayAway, GatewayRefused, Payable, RefundAsked
from bijoli.payments.gateways.sslcommerz import Sslcommerz
from bijoli.payments.orders import new_number
from bijoli.simulator.paygates.sslcommerz import PASSWORD, STORE
from tests.paygates import Gates, chosen, running
from tests.processes import free_port, wait_until

NAME = "sslcommerz"
NOWHERE = "http://127.0.0.1:9/"  # nobody listens to notices here


@pytest.fixture(scope="module")
def gates(tmp_path_factory) -> Iterator[Gates]:
    with running(tmp_path_factory.mktemp("paygates")) as gates:
        yield gates


@pytest.fixture(autouse=True)
def adapter(gates: Gates) -> Iterator[Sslcommerz]:
    gates.calm()
    with chosen(gates):
        yield gateway(NAME)


def payable(**more: Any) -> Payable:
    now = datetime.now(UTC)
    given = {
        "number": new_number("recharge", now),
        "amount_paisa": 50050,
        "created_at": now,
        "expires_at": now + timedelta(minutes=30),
        "back_url": NOWHERE + "back",
        "notice_url": NOWHERE + "notice",
        "phone": "+8801700000001",
    }
    return Payable(**{**given, **more})


def opened(adapter: Sslcommerz, **more: Any) -> Payable:
    wanted = payable(**more)
    return dataclasses.replace(wanted, ref=adapter.begin(wanted).ref)


def posted(fields: dict[str, str]) -> Arrived:
    return Arrived("POST", "", urlencode(fields).encode(), {})


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


# Notices and returns


def test_a_return_claims_and_no_more(gates, adapter):
    for choice, claims in (("pay", "success"), ("fail", "failed"), ("cancel", "cancelled")):
        session = opened(adapter)
        hint = adapter.returned(posted(gates.press(NAME, session.number, choice, back=False)["fields"]))
        assert (hint.claims, hint.number, hint.genuine) == (claims, session.number, None)
    assert adapter.returned(Arrived("GET", "", b"", {})).claims == ""
    assert adapter.returned(Arrived("POST", "", b"\xff\xfe=%ff", {})).claims == ""


@pytest.mark.parametrize("choice", ["pay", "fail", "cancel"])
def test_a_genuine_notice_is_known_by_its_signature(gates, adapter, choice):
    session = opened(adapter)
    said = gates.press(NAME, session.number, choice, back=False)["fields"]
    assert said["value_a"] == ""  # signed though empty
    assert "value_a" in said["verify_key"].split(",")
    hint = adapter.noticed(posted(said))
    assert (hint.genuine, hint.reason, hint.number) == (True, "", session.number)


def test_the_signature_is_the_one_that_is_documented(gates, adapter):
    """By another way than both programs: PHP's ksort and rtrim, written down from the gateway's own library."""
    session = opened(adapter)
    said = gates.press(NAME, session.number, "pay", back=False)["fields"]
    named = {name: said[name] for name in said["verify_key"].split(",")}
    named["store_passwd"] = hashlib.md5(PASSWORD.encode()).hexdigest()  # noqa: S324
    text = "".join(f"{name}={named[name]}&" for name in sorted(named)).rstrip("&")
    assert said["verify_sign"] == hashlib.md5(text.encode()).hexdigest()  # noqa: S324
    assert said["verify_sign_sha2"] == hashlib.sha256(text.encode()).hexdigest()


def _resigned(said: dict[str, str], password: str = PASSWORD) -> dict[str, str]:
    named = {name: said[name] for name in said["verify_key"].split(",")}
    named["store_passwd"] = hashlib.md5(password.encode()).hexdigest()  # noqa: S324
    text = "&".join(f"{name}={named[name]}" for name in sorted(named))
    return {**said, "verify_sign": hashlib.md5(text.encode()).hexdigest()}  # noqa: S324


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": "1.00"}, "wrong"),
        ({"status": "VALIDATED"}, "wrong"),
        ({"verify_sign": ""}, "wrong"),
        ({"verify_key": ""}, "not signed"),
        ({"verify_key": "tran_id,status"}, "not signed"),
        ({"store_id": "another"}, "another store"),
    ],
)
def test_a_changed_notice_is_not_genuine(gates, adapter, change, reason):
    session = opened(adapter)
    said = gates.press(NAME, session.number, "pay", back=False)["fields"]
    hint = adapter.noticed(posted({**said, **change}))
    assert hint.genuine is False
    assert reason in hint.reason


@pytest.mark.parametrize("left_out", ["status", "tran_id", "amount", "currency", "store_id", "val_id"])
def test_a_signature_over_too_little_says_nothing(gates, adapter, left_out):
    session = opened(adapter)
    said = gates.press(NAME, session.number, "pay", back=False)["fields"]
    short = ",".join(name for name in said["verify_key"].split(",") if name != left_out)
    hint = adapter.noticed(posted(_resigned({**said, "verify_key": short})))
    assert (hint.genuine, hint.reason) == (False, f"not signed: {left_out}")


def test_a_field_that_comes_twice_is_not_believed(gates, adapter):
    session = opened(adapter)
    body = posted(gates.press(NAME, session.number, "pay", back=False)["fields"]).body
    assert adapter.noticed(Arrived("POST", "", body, {})).genuine is True
    assert adapter.noticed(Arrived("POST", "", body + b"&amount=1.00", {})).genuine is False
    assert adapter.noticed(Arrived("POST", "", body + b"&value_e=%ff", {})).genuine is False


def test_spaces_come_as_they_like(gates, adapter):
    session = opened(adapter)
    said = gates.press(NAME, session.number, "pay", back=False)["fields"]
    said = _resigned({**said, "card_issuer": "Bank + Trust & Co = ৳"})
    body = urlencode(said).encode()
    assert b"+" in body
    assert adapter.noticed(Arrived("POST", "", body, {})).genuine is True
    assert adapter.noticed(Arrived("POST", "", body.replace(b"+", b"%20"), {})).genuine is True
    assert dict(parse_qsl(body.decode(), keep_blank_values=True))["card_issuer"] == "Bank + Trust & Co = ৳"


# Refunds


def asked(gates: Gates, session: Payable, paisa: int = 50050, **more: Any) -> RefundAsked:
    facts = {"bank_tran_id": gates.money(order=session.number)[0]["data"]["bank_tran_id"]}
    return RefundAsked(uuid4(), paisa, "came twice", session, gates.money(order=session.number)[0]["id"], facts, **more)


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
