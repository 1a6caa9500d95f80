"""What a browser's return and a notice of the simulated SSLCOMMERZ claim, and whether a notice is genuine."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlencode

import pytest

from bijoli.payments.gateways import gateway
from bijoli.payments.gateways.port import Arrived, Gateway
from bijoli.simulator.paygates.sslcommerz import PASSWORD
from tests.apps.payments.sslcommerz_shop import NAME, opened, posted
from tests.paygates import Gates


@pytest.fixture(autouse=True)
def adapter(gates: Gates) -> Gateway:
    return gateway(NAME)


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
    assert adapter.noticed(Arrived("POST", "", body.replace(b"tran_id=", b"tran_id=%00"), {})).number == ""


def test_spaces_come_as_they_like(gates, adapter):
    session = opened(adapter)
    said = gates.press(NAME, session.number, "pay", back=False)["fields"]
    said = _resigned({**said, "card_issuer": "Bank + Trust & Co = ৳"})
    body = urlencode(said).encode()
    assert b"+" in body
    assert adapter.noticed(Arrived("POST", "", body, {})).genuine is True
    assert adapter.noticed(Arrived("POST", "", body.replace(b"+", b"%20"), {})).genuine is True
    assert dict(parse_qsl(body.decode(), keep_blank_values=True))["card_issuer"] == "Bank + Trust & Co = ৳"
