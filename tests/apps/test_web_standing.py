""" "Ask the meter now": what a head-end says of a meter, on the customer's and the staff's page; few times, and honest where it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.customers.models import Account, Customer, Limit
from bijoli.metering.models import Meter, MeterState
from bijoli.payments import calls, headend
from bijoli.payments.models import GatewayCall
from bijoli.staff.models import Looked
from tests import households
from tests.apps.staff.conftest import EAST, member
from tests.apps.vending_peer import METER, Peer, meter, peer

__all__ = ["member"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def head(tmp_path: Path, settings: Any) -> Iterator[Peer]:
    """The simulated head-end behind its door, with 412.33 taka on the meter and the switch open."""
    with peer(tmp_path, meter(balance=412_33, relay="open_credit")) as made:
        settings.HEADEND = "peer"
        headend.MAKERS["peer"] = lambda: made.ours
        headend.head_end.cache_clear()
        yield made
    del headend.MAKERS["peer"]
    headend.head_end.cache_clear()


@pytest.fixture
def her(db: None) -> Customer:
    made = households.person(language="en")
    home = households.meter(made)
    Meter.objects.filter(pk=home.pk).update(number=METER)
    MeterState.objects.create(meter=home, sanctioned_load_w=5000, balance_paisa=9_99, balance_at=1, last_at=1, relay=1)
    return made


@pytest.fixture
def account(her: Customer) -> Account:
    return Account.objects.get(access__customer=her)


@pytest.fixture
def page(client: Client, her: Customer, account: Account) -> str:
    client.force_login(her)
    return f"/help/power/{account.public_id}/"


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().replace("\u00a0", " ")))


def test_the_answer_is_shown_with_its_source_and_changes_no_reading(head: Peer, client: Client, page: str) -> None:
    before = MeterState.objects.values().get()
    assert "Ask the meter now" in text(client.get(page))
    assert not GatewayCall.objects.exists()
    answer = client.post(f"{page}ask")
    said = text(answer)
    assert re.search(r"Balance ৳ 412.33 · Today", said)
    assert "off: no balance · Today" in said
    assert "Answered by the meter system" in said
    assert "no-store" in answer.headers["Cache-Control"]
    assert MeterState.objects.values().get() == before
    assert GatewayCall.objects.get().what == "standing"
    assert "412.33" not in text(client.get(page))


def test_in_bangla(head: Peer, client: Client, her: Customer, page: str) -> None:
    Customer.objects.update(language="bn")
    said = text(client.post(f"{page}ask"))
    assert "৪১২.৩৩" in said
    assert "মিটার সিস্টেম" in said


def test_an_account_asks_three_times_in_five_minutes_whoever_presses(head: Peer, client: Client, account: Account, page: str) -> None:
    second = households.person(language="en")
    account.access.create(customer=second, since=households.LONG_AGO)
    other = Client()
    other.force_login(second)
    for one in (client, client, other):
        assert "412.33" in text(one.post(f"{page}ask"))
    said = text(other.post(f"{page}ask"))
    assert "It can be asked again in" in said
    assert "412.33" not in said
    assert GatewayCall.objects.count() == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [("garbage", "does not answer just now"), ("error_before", "does not answer just now"), ("timeout_before", "does not answer just now")],
)
def test_a_head_end_that_fails_is_said_so(head: Peer, client: Client, page: str, fault: str, words: str) -> None:
    head.fault(fault, of="standing")
    said = text(client.post(f"{page}ask"))
    assert words in said
    assert "412.33" not in said
    assert not GatewayCall.objects.get().ok


def test_a_meter_that_the_head_end_does_not_have(head: Peer, client: Client, page: str) -> None:
    Meter.objects.update(number="066012999999")
    assert "it does not know this meter" in text(client.post(f"{page}ask"))


def test_while_the_head_end_rests_nobody_asks_it(head: Peer, client: Client, page: str) -> None:
    now = timezone.now()
    GatewayCall.objects.bulk_create(GatewayCall(gateway=calls.HEAD_END, what="dues", at=now, ok=False, ms=1) for _ in range(5))
    assert "does not answer just now" in text(client.post(f"{page}ask"))
    assert not GatewayCall.objects.filter(what="standing").exists()


def test_without_a_head_end_nothing_is_offered(client: Client, page: str, settings: Any) -> None:
    settings.HEADEND = ""
    assert "Ask the meter now" not in text(client.get(page))
    assert client.post(f"{page}ask").status_code == 302


def test_a_postpaid_meter_has_no_balance_to_tell(head: Peer, client: Client, account: Account, page: str) -> None:
    Account.objects.update(mode="postpaid")
    said = text(client.post(f"{page}ask"))
    assert "412.33" not in said
    assert "off: no balance" in said


def test_nobody_elses(head: Peer, client: Client, page: str) -> None:
    other = Client()
    other.force_login(households.person())
    assert other.post(f"{page}ask").status_code == 404
    assert client.get(f"{page}ask").status_code == 405
    account_role = Account.objects.get().access
    account_role.update(role="payer")
    assert client.post(f"{page}ask").status_code == 404
    assert not GatewayCall.objects.exists()


def test_staff_ask_within_their_divisions_and_it_is_written_down(head: Peer, account: Account, member: Any) -> None:
    account.usage_point.division = EAST
    account.usage_point.save()
    url = f"/staff/customers/account/{account.public_id}/"
    one = member("service", EAST)
    assert f"{url}ask/" in one.client.get(url).content.decode()
    said = text(one.client.post(f"{url}ask/"))
    assert "412.33" in said
    assert Looked.objects.filter(page="customers.account/ask", staff=one.person, account_id=account.pk).count() == 1
    assert one.client.get(f"{url}ask/").status_code == 403
    assert member("service", "Uttara West").client.post(f"{url}ask/").status_code == 404
    Limit.objects.all().delete()
    for _ in range(3):
        one.client.post(f"{url}ask/")
    assert "It can be asked again in" in text(one.client.post(f"{url}ask/"))
