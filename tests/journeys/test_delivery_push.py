"""From a stage to a phone, through the project's own push service: read by another library, replaced by Topic while the phone sleeps."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.utils import timezone

from bijoli.delivery.channels.webpush import vapid
from bijoli.delivery.channels.webpush.send import Sender
from bijoli.delivery.deliver import Deliverer
from bijoli.delivery.devices import subscribe
from bijoli.delivery.models import Delivery
from bijoli.delivery.receipts import receipt
from bijoli.delivery.tell import tell
from tests.households import meter, person, telling
from tests.processes import answers, free_port, manage
from tests.pushclient import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    number = free_port()
    folder = str(tmp_path_factory.mktemp("pushservice"))
    with manage("pushservice", "--port", str(number), "--folder", folder) as service:
        service.wait_for(lambda: answers(number))
        yield number


@pytest.fixture
def phone(port, settings) -> Iterator[Phone]:
    settings.PUSH_HOSTS_LOCAL = [f"localhost:{port}"]
    with Phone(port) as it:
        yield it


@pytest.fixture
def owner(phone):
    made = person(language="bn")
    keys = phone.subscribe(vapid.public_key())
    subscribe(made, keys.endpoint, keys.p256dh, keys.auth, "Firefox", "bn")
    return made


@pytest.fixture
def deliverer() -> Iterator[Deliverer]:
    sender = Sender()
    yield Deliverer(sender)
    sender.close()


def test_a_stage_arrives_and_its_receipts_come_back(deliverer, owner, phone):
    now = timezone.now()
    tell([telling(meter(owner, nickname="বাসা"))], now)
    deliverer.until_idle()
    told = json.loads(phone.receive())
    assert (told["title"], told["body"], told["badge"]) == ("ব্যালেন্স ১০০ টাকার নিচে", "বাসা: ৳ ৮৪.৫০ আছে। অনুগ্রহ করে রিচার্জ করুন।", 1)
    assert receipt(told["receipt"], "displayed", timezone.now())
    assert receipt(told["receipt"], "opened", timezone.now())
    assert Delivery.objects.get().status == "opened"


def test_a_sleeping_phone_finds_restored_alone(deliverer, owner, phone):
    home = meter(owner)
    phone.sleep()
    tell([telling(home, "Z2")], timezone.now())
    deliverer.until_idle()
    tell([telling(home, "ZR", supersedes=("zero", "low"))], timezone.now())
    deliverer.until_idle()
    phone.wake()
    assert json.loads(phone.receive())["code"] == "ZR"
    assert phone.messages.empty()


def test_a_phone_that_unsubscribed_is_forgotten(deliverer, owner, phone):
    phone.ask({"messageType": "unregister", "channelID": phone.subscribe(vapid.public_key()).channel})
    ended = phone.subscribe(vapid.public_key())
    subscribe(owner, ended.endpoint, ended.p256dh, ended.auth, "old", "bn")
    phone.ask({"messageType": "unregister", "channelID": ended.channel})
    tell([telling(meter(owner))], timezone.now())
    deliverer.until_idle()
    assert json.loads(phone.receive())["code"] == "L1"
    assert dict(Delivery.objects.values_list("device__label", "reason")) == {"Firefox": "", "old": "HTTP 410"}
