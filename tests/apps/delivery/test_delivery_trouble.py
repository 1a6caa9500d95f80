"""The worker with a push service that misbehaves: every answer has its consequence, and nobody else suffers from it."""

import logging
from datetime import timedelta
from email.utils import format_datetime

import pytest

from bijoli.delivery import reads
from bijoli.delivery.models import Delivery, Device
from bijoli.delivery.tell import tell
from tests.apps.delivery.test_delivery_deliver import only, read
from tests.households import NOON, meter, person, phone, telling
from tests.pushpeer import Reply

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_ended_is_removed(deliverer, peer, owner, status):  # (13)
    peer.replies.append(Reply(status))
    tell([telling(meter(owner))], NOON)
    deliverer.until_idle()
    assert (only().status, only().reason) == ("failed", f"HTTP {status}")
    assert Device.objects.get().gone_at == NOON
    assert reads.devices(owner.pk) == []


def test_too_large_is_said_shorter_once(deliverer, peer, owner, keys):
    peer.replies.append(Reply(413))
    tell([telling(meter(owner))], NOON)
    deliverer.until_idle()
    assert only().status == "sent"
    first, second = (read(got.body, keys) for got in peer.got)
    assert (second["title"], second["body"], second["receipt"]) == (first["title"], "", first["receipt"])
    assert len(peer.got[1].body) < len(peer.got[0].body)


def test_too_large_twice_is_a_failure(deliverer, peer, owner):
    peer.replies.extend([Reply(413), Reply(413)])
    tell([telling(meter(owner))], NOON)
    deliverer.until_idle()
    assert (only().status, only().reason, len(peer.got)) == ("failed", "HTTP 413", 2)


def test_trouble_is_tried_again_after_2_8_30_120_and_then_every_300_seconds_until_it_expires(deliverer, peer, owner, clock):
    peer.by_path["first"] = Reply(503)
    tell([telling(meter(owner), ttl_s=1000)], NOON)
    waits = []
    while True:
        deliverer.until_idle()
        if only().status != "queued":
            break
        waits.append(round((only().due_at - clock.now).total_seconds()))
        clock.now = only().due_at
    assert waits == [2, 8, 30, 120, 300, 300, 300]
    assert (only().status, only().attempts, len(peer.got)) == ("expired", 8, 7)


@pytest.mark.parametrize("reply", [Reply(429), Reply(500), Reply(-1), Reply(0)])
def test_trouble_passes(deliverer, peer, owner, clock, reply):
    peer.by_path["first"] = reply
    tell([telling(meter(owner))], NOON)
    deliverer.until_idle()
    assert only().status == "queued"
    del peer.by_path["first"]
    clock.turn(seconds=2)
    deliverer.until_idle()
    assert (only().status, only().attempts) == ("sent", 2)


@pytest.mark.parametrize("value", ["45", format_datetime(NOON + timedelta(seconds=45), usegmt=True)])
def test_retry_after_is_honoured_in_both_forms(deliverer, peer, owner, value):
    peer.replies.append(Reply(429, (("retry-after", value),)))
    tell([telling(meter(owner))], NOON)
    deliverer.until_idle()
    assert only().due_at == NOON + timedelta(seconds=45)


def test_a_refused_key_stops_the_sender_for_that_service_loudly(deliverer, peer, owner, clock, caplog):
    peer.by_path["first"] = Reply(403)
    tell([telling(meter(owner))], NOON)
    with caplog.at_level(logging.ERROR, "bijoli.delivery"):
        deliverer.until_idle()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "https://push.test" in caplog.text
    assert "first" not in caplog.text  # an endpoint is a secret
    assert (only().status, only().reason, only().attempts) == ("queued", "HTTP 403", 0)
    other = person()
    phone(other, peer.endpoint("second"))
    tell([telling(meter(other))], NOON)
    deliverer.until_idle()
    assert [got.path for got in peer.got] == ["first"]  # nothing more goes there
    peer.by_path.clear()
    clock.turn(seconds=60)
    deliverer.until_idle()
    clock.turn(seconds=2)
    deliverer.until_idle()
    assert set(Delivery.objects.values_list("status", flat=True)) == {"sent"}


def test_a_subscription_for_another_key_stops_nobody_else(deliverer, peer, owner):
    tell([telling(meter(owner))], NOON)
    deliverer.until_idle()
    peer.by_path["bad"] = Reply(403)
    stranger, neighbour = person(), person()
    phone(stranger, peer.endpoint("bad"))
    phone(neighbour, peer.endpoint("good"))
    tell([telling(meter(stranger))], NOON)
    deliverer.until_idle()
    tell([telling(meter(neighbour))], NOON)
    deliverer.until_idle()
    assert dict(Delivery.objects.values_list("device__endpoint", "status")) == {
        peer.endpoint("first"): "sent",
        peer.endpoint("bad"): "failed",
        peer.endpoint("good"): "sent",
    }


def test_a_service_that_is_down_is_left_alone_and_comes_back(deliverer, peer, clock):
    people = [person() for _ in range(40)]
    for n, one in enumerate(people):
        phone(one, peer.endpoint(str(n)))
        peer.by_path[str(n)] = Reply(500)
    tell([telling(meter(one)) for one in people], NOON)
    deliverer.until_idle()
    first = len(peer.got)
    clock.turn(seconds=1)
    deliverer.until_idle()
    assert len(peer.got) == first == 40
    peer.by_path.clear()
    for _ in range(10):
        clock.turn(seconds=3)
        deliverer.until_idle()
    assert set(Delivery.objects.values_list("status", flat=True)) == {"sent"}
    assert len(peer.got) == 80


def test_a_host_no_longer_listed_is_not_called(deliverer, peer, owner, settings):
    tell([telling(meter(owner))], NOON)
    settings.PUSH_HOSTS = ["other.test"]
    deliverer.until_idle()
    assert (only().status, only().reason, peer.got) == ("failed", "host not allowed", [])
