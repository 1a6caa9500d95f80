"""bKash's notices come by SNS: which of them are believed, and how the subscription is confirmed. Over real HTTP to the site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from bijoli.payments import orders
from bijoli.payments.gateways import gateway, sns
from bijoli.payments.gateways.port import Arrived, GatewayAway
from bijoli.payments.models import Notice, Order
from bijoli.simulator.paygates.bkashsns import TOPIC
from tests.apps.payments.outside import ordered, outside, work
from tests.paygates import Gates, chosen, running
from tests.processes import wait_until

NAME = "bkash"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gates(tmp_path) -> Iterator[Gates]:
    with running(tmp_path) as gates:
        yield gates


@pytest.fixture(autouse=True)
def site(gates: Gates, live_server: Any) -> Iterator[str]:
    with outside(), chosen(gates, SITE_URL=live_server.url, HEADEND="paper"):
        yield live_server.url


def subscribe(gates: Gates, site: str, **more: str) -> dict[str, Any]:
    told: dict[str, Any] = gates.call("/bkash/_subscribe", {"url": f"{site}/till/notice/bkash/", **more})
    return told


def executed() -> Order:
    """Agreed, and executed by `settle`."""
    order = ordered(timezone.now(), gateway=NAME)
    orders.begin(order, timezone.now())
    return order


def pressed(gates: Gates) -> Order:
    order = executed()
    gates.press(NAME, order.number, "success", back=False)
    return order


def notices(count: int, order: Order | None = None) -> list[Notice]:
    rows = Notice.objects.exclude(body__contains="SubscriptionConfirmation").order_by("pk")
    wait_until(f"{count} notices", lambda: rows.count() >= count)
    return list(rows)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_genuine_subscription_is_confirmed_and_notices_are_believed(gates, site, version):
    assert subscribe(gates, site, version=version) == {"status": 200, "confirmed": True}
    order = work(pressed(gates), 2)
    [kept] = notices(1)
    assert (kept.genuine, kept.reason, kept.order_id) == (True, "", order.pk)
    order.refresh_from_db()
    assert order.payments.count() == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("notice_forged", "the signature is wrong"),
        ("notice_tampered", "the signature is wrong"),
        ("notice_topic", "another topic"),
        ("notice_certificate", "a certificate from elsewhere"),
    ],
)
def test_a_false_subscription_is_kept_and_not_confirmed(gates, site, fault, reason):
    gates.fault(NAME, fault)
    assert subscribe(gates, site) == {"status": 200, "confirmed": False}
    [kept] = Notice.objects.all()
    assert (kept.genuine, kept.reason) == (False, reason)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("notice_forged", "the signature is wrong"),
        ("notice_tampered", "the signature is wrong"),
        ("notice_topic", "another topic"),
        ("notice_certificate", "a certificate from elsewhere"),
    ],
)
def test_a_false_notice_is_kept_and_hurries_nobody(gates, site, fault, reason):
    subscribe(gates, site)
    order = pressed(gates)
    gates.fault(NAME, fault, order=order.number)
    work(order, 1)
    [kept] = notices(1)
    assert (kept.genuine, kept.reason, kept.order_id) == (False, reason, None)


def test_a_notice_thrice_is_one_payment(gates, site):
    subscribe(gates, site)
    order = pressed(gates)
    gates.fault(NAME, "duplicate_notice", order=order.number)
    work(order, 1)
    assert [one.genuine for one in notices(3)] == [True] * 3
    order = work(order)
    assert (order.state, order.payments.count()) == ("done", 1)


def test_without_a_topic_nothing_is_believed(gates, site):
    with override_settings(BKASH_TOPIC=""):
        assert subscribe(gates, site)["confirmed"] is False
    assert Notice.objects.get().reason == "BIJOLI_BKASH_TOPIC is not set"


def test_where_no_local_addresses_are_allowed_nothing_is_fetched_from_here(gates, site):
    """As in production: the right topic and signature, but an address that is not SNS'."""
    with override_settings(GATEWAYS_LOCAL=[]):
        assert subscribe(gates, site)["confirmed"] is False
    assert Notice.objects.get().reason == "a certificate from elsewhere"


def test_a_confirmation_that_is_not_taken_is_told(gates):
    with pytest.raises(GatewayAway, match="400"):
        sns.confirm(f"{gates.origin}/bkash/sns/confirm?Token=unknown")


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.ap-southeast-1.amazonaws.com/a.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/a.pem",
    ],
)
def test_addresses_of_sns_are_taken(url):
    assert sns._ours_to_fetch(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.ap-southeast-1.amazonaws.com/a.pem",
        "https://sns.ap-southeast-1.amazonaws.com.example.com/a.pem",
        "https://example.com/sns.ap-southeast-1.amazonaws.com/a.pem",
        "https://sns.ap-southeast-1.amazonaws.com@example.com/a.pem",
        "https://example.com\\@sns.ap-southeast-1.amazonaws.com/a.pem",
        "https://sns.ap-southeast-1.amazonaws.com:8443/a.pem",
        "https://sns.a.amazonaws.com/a.pem",
        "https://sns.a_b_c.amazonaws.com/a.pem",
        "https://s3.ap-southeast-1.amazonaws.com/a.pem",
        "https://sns.ap-southeast-1.amazonaws.com\n.example.com/a.pem",
        "https://[sns.ap-southeast-1.amazonaws.com/a.pem",
        "file:///etc/hosts",
        "",
    ],
)
def test_other_addresses_are_not(url):
    assert not sns._ours_to_fetch(url)


BODIES = [b"", b"null", b"[]", b"\xff", b"[" * 60_000, b'{"Type": "Other"}', b'{"Type": "Notification", "TopicArn": 5}', b'{"Type": []}']


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_what_is_no_message_is_kept_and_not_believed(body):
    answer = Client().post("/till/notice/bkash/", body, content_type="text/plain")
    assert answer.status_code == 200
    assert Notice.objects.get().genuine is False


def test_a_message_without_a_signature_is_not_believed(gates):
    message = {"Type": "Notification", "TopicArn": TOPIC, "Message": "{}", "MessageId": "1", "Timestamp": "now"}
    message["SigningCertURL"] = f"{gates.origin}/bkash/sns/unknown.pem"
    signed = {"SignatureVersion": "1", "Signature": ""}
    for more in ({}, {**signed, "SignatureVersion": "3"}, {**signed, "Signature": "!"}, signed, {**signed, "Message": "\ud800"}):
        told = gateway(NAME).noticed(Arrived("POST", "", json.dumps({**message, **more}).encode(), {}))
        assert told.genuine is False
        assert told.reason
