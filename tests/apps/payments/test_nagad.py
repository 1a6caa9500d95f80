"""The Nagad adapter against the simulated gateway, over real sockets: what it seals, and what it believes."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from bijoli.payments.gateways.nagad import Nagad, instant
from bijoli.payments.gateways.nagadkeys import Keys
from bijoli.payments.gateways.port import Arrived, Attempt, GatewayAway, GatewayRefused, Payable, RefundAsked, Told
from bijoli.payments.orders import new_number
from tests.paygates import Gates, chosen, running
from tests.processes import free_port

NAME = "nagad"
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture(scope="module")
def gates(tmp_path_factory) -> Iterator[Gates]:
    with running(tmp_path_factory.mktemp("paygates")) as gates:
        yield gates


@pytest.fixture(autouse=True)
def adapter(gates: Gates) -> Iterator[Nagad]:
    gates.calm()
    with chosen(gates):
        yield Nagad()


def payable(**more: Any) -> Payable:
    now = datetime.now(UTC)
    times = {"created_at": now, "expires_at": now + timedelta(minutes=30)}
    given = {"number": new_number("recharge", now), "amount_paisa": 50050, "back_url": NOWHERE + "back", **times}
    return Payable(**{**given, **more})


def opened(adapter: Nagad, **more: Any) -> Payable:
    wanted = payable(**more)
    return dataclasses.replace(wanted, ref=adapter.begin(wanted).ref)


def paid(gates: Gates, adapter: Nagad, choice: str = "pay") -> Payable:
    payment = opened(adapter)
    gates.press(NAME, payment.number, choice, back=False)
    return payment


def test_a_payment_sends_the_browser_to_the_hosted_page(gates, adapter):
    wanted = payable()
    begun = adapter.begin(wanted)
    page = gates.call(begun.url.removeprefix(gates.origin))
    assert begun.url == f"{gates.origin}/nagad/pay/{begun.ref}"
    assert "500.50" in page
    assert wanted.number in page


def test_money_is_told_as_verify_tells_it(gates, adapter):
    payment = paid(gates, adapter)
    told = adapter.ask(payment)
    [one], [moved] = told.paid, gates.money(NAME, payment.number)
    assert (told.attempt, one.transaction_id, one.paisa, one.wrong) == (Attempt.PAID, moved["id"], 50050, "")
    assert one.at is not None
    assert 0 <= moved["at"] - one.at.timestamp() < 1
    assert one.facts == {"payment_ref": payment.ref, "amount": "500.50"}


@pytest.mark.parametrize(
    ("choice", "attempt", "reason"), [("fail", Attempt.FAILED, "failed 101"), ("abort", Attempt.CANCELLED, "aborted 102")]
)
def test_what_did_not_come_about(gates, adapter, choice, attempt, reason):
    assert adapter.ask(paid(gates, adapter, choice)) == Told(attempt, reason=reason)
    assert adapter.ask(opened(adapter)) == Told(Attempt.OPEN)


def test_one_that_is_still_initiated_is_open_until_it_is_told_as_paid(gates, adapter):
    payment = paid(gates, adapter)
    gates.fault(NAME, "still_initiated", order=payment.number)
    assert adapter.ask(payment) == Told(Attempt.OPEN)
    assert adapter.ask(payment).attempt == Attempt.PAID


@pytest.mark.parametrize(
    ("fault", "wrong", "paisa"), [("amount_tampered", "", 49950), ("wrong_order", "order", 50050), ("wrong_merchant", "store", 50050)]
)
def test_money_that_does_not_fit_is_told_as_it_is(gates, adapter, fault, wrong, paisa):
    payment = opened(adapter)
    gates.fault(NAME, fault, order=payment.number)
    gates.press(NAME, payment.number, "pay", back=False)
    [one] = adapter.ask(payment).paid
    assert (one.wrong, one.paisa) == (wrong, paisa)


@pytest.mark.parametrize("fault", ["bad_signature", "sealed_badly"])
def test_a_reply_with_a_wrong_signature_is_refused(gates, adapter, fault):
    gates.fault(NAME, fault)
    with pytest.raises(GatewayRefused) as refusal:
        adapter.begin(payable())
    assert refusal.value.reason == "signature"


def test_a_second_reply_that_is_sealed_is_opened(gates, adapter):
    gates.fault(NAME, "sealed")
    assert adapter.begin(payable()).url.startswith(f"{gates.origin}/nagad/pay/")


def test_a_wrong_challenge_is_refused_by_the_gateway(gates, adapter):
    gates.fault(NAME, "wrong_challenge")
    with pytest.raises(GatewayRefused) as refusal:
        adapter.begin(payable())
    assert refusal.value.reason == "InvalidChallenge"


@pytest.mark.parametrize("call", ["initialize", "complete", "verify"])
def test_an_empty_answer_says_what_it_probably_means(gates, adapter, call):
    payment = opened(adapter)
    gates.fault(NAME, "null_body", call=call)
    with pytest.raises(GatewayAway, match="white-listed"):
        adapter.ask(payment) if call == "verify" else adapter.begin(payable())


@pytest.mark.parametrize("what", ["http_500", "garbage", "cut", "lost_answer"])
@pytest.mark.parametrize("call", ["initialize", "complete", "verify"])
def test_what_is_no_answer_is_away(gates, adapter, what, call):
    payment = opened(adapter)
    gates.fault(NAME, what, call=call)
    with pytest.raises(GatewayAway):
        adapter.ask(payment) if call == "verify" else adapter.begin(payable())


def test_an_answer_that_does_not_come_in_time_is_away(gates):
    slow = Nagad(answer_s=0.3)
    payment = opened(slow)
    gates.fault(NAME, "timeout", call="verify", seconds=1)
    with pytest.raises(GatewayAway, match="in time"):
        slow.ask(payment)


def test_a_server_that_cannot_be_reached_is_away(gates):
    with override_settings(NAGAD_URL=f"http://localhost:{free_port()}"), pytest.raises(GatewayAway):
        Nagad().begin(payable())


def test_an_unknown_payment_is_refused(adapter):
    with pytest.raises(GatewayRefused) as refusal:
        adapter.ask(payable(ref="0" * 32))
    assert refusal.value.reason == "NotFound"


def test_an_order_that_is_paid_is_not_opened_again(gates, adapter):
    payment = paid(gates, adapter)
    with pytest.raises(GatewayRefused) as refusal:
        adapter.begin(payment)
    assert refusal.value.reason == "Duplicate"


def test_the_time_goes_by_the_clocks_of_the_city(gates):
    """The simulated gateway takes no other; a process in another zone would be refused."""
    with override_settings(TIME_ZONE="UTC"), pytest.raises(GatewayRefused, match="Dhaka"):
        Nagad().begin(payable())
    assert Nagad().begin(payable()).ref


@pytest.mark.parametrize(("status", "claims"), [("Success", "success"), ("Failed", "failed"), ("Aborted", "cancelled"), ("Odd", "")])
def test_a_return_is_a_hint(adapter, status, claims):
    query = f"merchant=1&order_id=R1&payment_ref_id=ab&status={status}&status_code=00&message=x"
    hint = adapter.returned(Arrived("GET", query, b"", {}))
    assert (hint.claims, hint.number, hint.ref, hint.genuine) == (claims, "R1", "ab", None)
    assert adapter.noticed(Arrived("POST", "", b"{}", {})).genuine is False


def refunding(payment: Payable, told: Told, paisa: int = 50050) -> RefundAsked:
    [one] = told.paid
    return RefundAsked(uuid4(), paisa, "came twice", payment, one.transaction_id, one.facts)


def test_a_refund_and_its_state(gates, adapter):
    payment = paid(gates, adapter)
    asked = refunding(payment, adapter.ask(payment), 20000)
    assert adapter.refund_state(asked).state == "processing"  # nobody can say that there is none
    told = adapter.refund(asked)
    assert told.state == "refunded"
    assert adapter.refund_state(asked) == told
    assert [one["paisa"] for one in gates.money(NAME, payment.number) if one["kind"] == "refund"] == [20000]


def test_a_refused_refund(gates, adapter):
    payment = paid(gates, adapter)
    gates.fault(NAME, "refund_refused")
    with pytest.raises(GatewayRefused) as refusal:
        adapter.refund(refunding(payment, adapter.ask(payment)))
    assert refusal.value.reason == "RefundRefused"


def test_a_refund_whose_answer_is_lost_is_found(gates, adapter):
    payment = paid(gates, adapter)
    asked = refunding(payment, adapter.ask(payment))
    gates.fault(NAME, "lost_answer", call="refund")
    with pytest.raises(GatewayAway):
        adapter.refund(asked)
    assert adapter.refund_state(asked).state == "refunded"


def test_a_refund_that_never_left_is_refused(gates, adapter):
    payment = paid(gates, adapter)
    asked = refunding(payment, adapter.ask(payment))
    with override_settings(NAGAD_URL=f"http://localhost:{free_port()}"), pytest.raises(GatewayRefused) as refusal:
        Nagad().refund(asked)
    assert refusal.value.reason == "not sent"


# Keys


@pytest.fixture
def keys() -> Keys:
    return Keys(Path(settings.NAGAD_KEY), Path(settings.NAGAD_PUBLIC_KEY))


def test_keys_come_bare_or_armoured_or_on_several_lines(tmp_path, keys):
    bare, public = (Path(name).read_text() for name in (settings.NAGAD_KEY, settings.NAGAD_PUBLIC_KEY))
    assert "BEGIN" not in bare
    armoured = tmp_path / "private.pem"
    armoured.write_bytes(
        load_der_private_key(base64.b64decode(bare), None).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    lines = tmp_path / "public.txt"
    lines.write_text("\n".join(public[at : at + 64] for at in range(0, len(public), 64)) + "\n")
    Keys(armoured, lines)
    lines.write_bytes(load_der_public_key(base64.b64decode(public)).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    Keys(Path(settings.NAGAD_KEY), lines)


@pytest.mark.parametrize("text", ["", "not a key", "AAAA", "-----BEGIN PRIVATE KEY-----"])
def test_what_is_no_key_is_told_without_being_shown(tmp_path, text):
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(ImproperlyConfigured) as error:
        Keys(path, Path(settings.NAGAD_PUBLIC_KEY))
    assert text == "" or text not in str(error.value)
    with pytest.raises(ImproperlyConfigured):
        Keys(tmp_path / "missing", path)


def test_no_more_is_sealed_than_rsa_can_hide(keys):
    overhead = len('{"a":""}')
    assert keys.sealed({"a": "x" * (245 - overhead)})["sensitiveData"]
    with pytest.raises(ValueError, match="246"):
        keys.sealed({"a": "x" * (246 - overhead)})


def test_what_is_sealed_now_is_sealed_otherwise_next_time(keys):
    assert keys.sealed({"a": "b"})["sensitiveData"] != keys.sealed({"a": "b"})["sensitiveData"]


@pytest.mark.parametrize(
    "told", [{}, {"sensitiveData": 5}, {"sensitiveData": "!", "signature": "!"}, {"sensitiveData": "QUJD", "signature": "QUJD"}]
)
def test_what_cannot_be_opened_is_no_answer(keys, told):
    with pytest.raises((GatewayAway, GatewayRefused)):
        keys.opened(told)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20261128231502", datetime(2026, 11, 28, 17, 15, 2, tzinfo=UTC)),
        ("2026-11-28 23:15:02.0", datetime(2026, 11, 28, 17, 15, 2, tzinfo=UTC)),
        ("2026-11-28T23:15:02", datetime(2026, 11, 28, 17, 15, 2, tzinfo=UTC)),
        (None, None),
        ("soon", None),
    ],
)
def test_times_are_those_of_the_city(text, at):
    assert instant(text) == at
