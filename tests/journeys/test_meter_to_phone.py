"""The main job as a story: read this first. A meter reports, a family's phones know, a tap shows why.

Everything here is real but the meter and the phones: the ingest door, the rules, the queues, the encryption, the push service
(a process of its own), the pages. The phones are `tests/pushclient.py`: they decrypt with their own keys, as browsers do.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from bijoli.alerts import watch
from bijoli.customers.models import Customer
from bijoli.delivery.channels.webpush.send import Sender
from bijoli.delivery.deliver import Deliverer
from bijoli.delivery.models import Delivery
from bijoli.metering import numbers
from tests.processes import answers, free_port, manage
from tests.pushclient import Phone

pytestmark = pytest.mark.django_db
MOTHER, SON = "01710000001", "01710000002"
METER = "066010000001"
REGISTER = f"""account,meter,division,feeder,sanctioned_kw,phone,nickname
20000001,{METER},Uttara West,F-12,5,{MOTHER};{SON},বাসা
"""


@pytest.fixture(scope="module")
def push_port(tmp_path_factory) -> Iterator[int]:
    port = free_port()
    with manage("pushservice", "--port", str(port), "--folder", str(tmp_path_factory.mktemp("pushservice"))) as service:
        service.wait_for(lambda: answers(port))
        yield port


@pytest.fixture
def town(push_port, settings, tmp_path) -> Town:
    """A home that a mother and her son look after, and a gateway that may speak for its meter."""
    numbers.forget()  # another test's meters are gone
    settings.PUSH_HOSTS_LOCAL = [f"localhost:{push_port}"]
    (tmp_path / "register.csv").write_text(REGISTER, encoding="utf-8")
    call_command("load", str(tmp_path / "register.csv"))
    return Town()


@pytest.fixture
def mother(town, push_port) -> Iterator[Member]:
    with Phone(push_port) as phone:
        yield Member(MOTHER, phone)


@pytest.fixture
def son(town, push_port) -> Iterator[Member]:
    with Phone(push_port) as phone:
        yield Member(SON, phone)


class Town:
    """The meter's side: what it reports goes through the same door as any gateway's."""

    def __init__(self) -> None:
        call_command("gateway", "uttara", stdout=(said := Lines()))
        self.token = said.lines[-1].strip()
        self.at = int(time.time()) - 60

    def reports(self, **values: Any) -> None:
        self._post("readings", {**values})

    def sends_event(self, code: str, profile: str = "is15959", **values: Any) -> None:
        self._post("events", {"profile": profile, "code": code, **values})

    def _post(self, door: str, row: dict[str, Any]) -> None:
        self.at += 1
        body = json.dumps([{"meter": METER, "at": self.at, **row}])
        answer = Client().post(f"/ingest/{door}", body, "application/json", headers={"Authorization": f"Bearer {self.token}"})
        assert answer.json()["accepted"] == 1

    def works(self) -> None:
        """What the processes `watch` and `deliver` do all day: decide, tell, send."""
        watch.drain()
        sender = Sender()
        Deliverer(sender).until_idle()
        sender.close()


class Member:
    """Someone of the family: signed in, with a phone that has turned notifications on."""

    def __init__(self, number: str, phone: Phone) -> None:
        self.phone, self.page = phone, Client()
        self.page.force_login(Customer.objects.get(phone=f"+88{number}"))
        key = self.page.get("/push/key").json()["key"]
        own = phone.subscribe(key)
        self.says("/push/subscribe", endpoint=own.endpoint, keys={"p256dh": own.p256dh, "auth": own.auth})

    def receives(self) -> dict[str, Any]:
        return dict(json.loads(self.phone.receive()))

    def says(self, address: str, **what: Any) -> Any:
        answer = self.page.post(address, json.dumps(what), "application/json", headers={"Accept": "application/json"})
        assert answer.status_code in (200, 204), answer.content
        return answer

    def unread(self) -> int:
        return int(self.page.get("/unread").json()["unread"])


class Lines:
    """What a command prints."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str) -> None:
        self.lines += text.split("\n")[:1]


def test_a_low_balance_reaches_the_family(town, mother, son):
    # In the morning there are 520 taka on the meter. Nobody needs to know.
    town.reports(balance=520)
    town.works()
    assert mother.unread() == 0

    # At noon 84.50 are left: under 100. Both phones are told, each in its own encryption.
    town.reports(balance=84.50)
    town.works()
    push = mother.receives()
    assert push["title"] == "ব্যালেন্স ১০০ টাকার নিচে"
    assert push["body"] == "বাসা: ৳ ৮৪.৫০ আছে। অনুগ্রহ করে রিচার্জ করুন।"
    assert push["badge"] == 1
    assert son.receives()["code"] == "L1"

    # The phone shows it and says so, with the token that only this push carried.
    mother.says("/push/receipt", token=push["receipt"], event="displayed", at=int(time.time() * 1000))
    assert Delivery.objects.filter(status="displayed").count() == 1

    # She taps: the detail page tells what was measured, and by which rule.
    mother.says("/push/receipt", token=push["receipt"], event="opened", at=int(time.time() * 1000))
    page = mother.page.get(push["url"]).content.decode()
    assert "৮৪.৫০" in page
    assert "১০০" in page
    assert METER not in page, "only the last four digits are shown"

    # Seen for a second, it is read: her bell is empty, her son's is not.
    mother.says(f"{push['url']}read")
    assert mother.unread() == 0
    assert son.unread() == 1

    # An hour later it is 80. It was said already.
    town.reports(balance=80)
    town.works()
    assert mother.phone.messages.empty()


def test_power_off_and_back(town, mother, son):  # (6)
    # The balance is used up and the meter cuts the supply. The phone lies in a lift, without signal.
    town.reports(balance=40, relay="closed")
    town.works()
    assert mother.receives()["code"] == "L2"
    mother.phone.sleep()
    town.reports(balance=-3, relay="open_credit")
    town.works()

    # The son, elsewhere, knows at once and pays. The head-end tells of the credit, the meter of its new balance.
    assert [son.receives()["code"] for _ in range(2)] == ["L2", "Z2"]
    credit = {"order": "202611220001", "gross": 500, "credited": 353.95, "vat": 23.81}
    town.sends_event("credit", profile="prepay", credit=credit)
    town.reports(balance=350.95, relay="closed")
    town.works()
    assert son.receives()["code"] == "ZR"

    # Out of the lift, the mother's phone shows one thing only: the power is on again. "Off" was replaced on its way.
    mother.phone.wake()
    push = mother.receives()
    assert push["code"] == "ZR"
    assert "৩৫০.৯৫" in push["title"] + push["body"]
    assert mother.phone.messages.empty()

    # "Power off" and "low balance" are no longer true and count no more: unread is the good news alone.
    assert mother.unread() == 1


def test_a_stranger_sees_nothing(town, mother):
    town.sends_event("251")  # IS 15959: the meter's cover was opened
    town.works()
    push = mother.receives()
    assert push["kind"] == "tamper"
    stranger = Client()
    stranger.force_login(Customer.objects.create_user("+8801710000009"))
    assert stranger.get(push["url"]).status_code == 404
    assert stranger.get("/unread").json() == {"unread": 0, "ids": []}
