"""The worker with a push service that behaves. Time is turned by hand; HTTP/2, TLS, encryption and the database are real."""

import json
import logging
import threading
import time
from dataclasses import replace
from datetime import timedelta

import http_ece
import pytest
from django.db import connection
from django.utils import timezone

from bijoli.customers.models import Access
from bijoli.delivery import push, queue
from bijoli.delivery.deliver import Deliverer
from bijoli.delivery.devices import subscribe
from bijoli.delivery.models import Delivery, Notification, Severity
from bijoli.delivery.read import mark_read
from bijoli.delivery.tell import tell
from tests.households import NOON, Keys, meter, person, phone, telling

pytestmark = pytest.mark.django_db


def read(body: bytes, keys: Keys) -> dict:
    return json.loads(http_ece.decrypt(body, private_key=keys.private, auth_secret=keys.auth, version="aes128gcm"))


def only() -> Delivery:
    return Delivery.objects.get()


def test_a_stage_reaches_the_phone_encrypted_in_words_with_count_and_receipt(deliverer, peer, owner, keys):
    home = meter(owner, nickname="Home")
    tell([telling(home)], NOON)
    deliverer.until_idle()
    told = read(peer.got[0].body, keys)
    notification = Notification.objects.get()
    receipt = told.pop("receipt")
    assert told == {
        "v": 1,
        "id": str(notification.public_id),
        "kind": "low",
        "code": "L1",
        "lang": "en",
        "title": "Balance under 100 taka",
        "body": "Home: ৳ 84.50 left. Please recharge.",
        "tag": only().topic,
        "renotify": True,
        "silent": False,
        "critical": False,
        "badge": 1,
        "url": f"/n/{notification.public_id}/",
    }
    assert len(receipt) == 22
    assert receipt.encode() not in bytes(only().receipt_hash)
    headers = peer.got[0].headers
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("86400", "high", only().topic)
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["authorization"].startswith("vapid t=ey")
    assert (only().status, only().sent_at, only().attempts, only().leased_until) == ("sent", NOON, 1, None)


def test_without_a_nickname_only_four_digits_of_the_meter_travel(deliverer, peer, owner, keys):
    home = meter(owner)
    tell([telling(home)], NOON)
    deliverer.until_idle()
    whole = json.dumps(read(peer.got[0].body, keys), ensure_ascii=False)
    assert f"•••• {home.number[-4:]}" in whole
    assert home.number not in whole
    assert owner.phone not in whole


def test_each_person_reads_the_own_language(deliverer, peer, keys):
    for language in ("bn", "en"):
        one = person(language=language)
        phone(one, peer.endpoint(language), keys)
        tell([telling(meter(one))], NOON)
    deliverer.until_idle()
    titles = {got.path: read(got.body, keys)["title"] for got in peer.got}
    assert titles == {"bn": "ব্যালেন্স ১০০ টাকার নিচে", "en": "Balance under 100 taka"}


def test_the_severest_leave_first(deliverer, peer, owner):
    home = meter(owner)
    codes = {"OR": Severity.INFO, "L1": Severity.NOTICE, "Z2": Severity.CRITICAL, "T1": Severity.HIGH, "O1": Severity.WARNING}
    for age, (code, severity) in enumerate(codes.items()):  # the mildest has waited longest, the gravest came before the last two
        tell([telling(home, code, severity=severity)], NOON - timedelta(minutes=len(codes) - age))
    assert [one.code for one in queue.claim(3, NOON)] == ["Z2", "T1", "O1"]


def test_the_badge_counts_at_the_moment_of_sending(deliverer, peer, owner, keys, clock):
    tell([telling(meter(owner)), telling(meter(owner), "T1")], NOON)
    mark_read(owner.pk, [Notification.objects.get(code="L1").public_id])
    deliverer.until_idle()
    assert [read(got.body, keys)["badge"] for got in peer.got] == [1]


def test_what_was_read_meanwhile_does_not_leave(deliverer, peer, owner):
    tell([telling(meter(owner))], NOON)
    mark_read(owner.pk, None)
    deliverer.until_idle()
    assert (only().status, only().reason, peer.got) == ("suppressed", "read", [])


def test_what_was_replaced_meanwhile_does_not_leave(deliverer, peer, owner, keys):
    home = meter(owner)
    tell([telling(home, "Z2")], NOON)
    queue.claim(1, NOON)  # in another worker's hands, which dies
    tell([telling(home, "ZR", supersedes=("zero",))], NOON + timedelta(seconds=5))
    deliverer._clock.turn(minutes=2)
    deliverer.until_idle()
    assert [read(got.body, keys)["code"] for got in peer.got] == ["ZR"]
    assert dict(Delivery.objects.values_list("notification__code", "status")) == {"Z2": "superseded", "ZR": "sent"}


def test_access_that_ended_meanwhile_stops_the_push(deliverer, peer, owner):
    tell([telling(meter(owner))], NOON)
    Access.objects.update(until=NOON)
    deliverer.until_idle()
    assert (only().status, only().reason, peer.got) == ("suppressed", "access ended", [])


def test_a_phone_that_changed_hands_gets_nothing_of_its_former_owner(deliverer, peer, owner, keys):
    tell([telling(meter(owner))], NOON)
    subscribe(person(), peer.endpoint("first"), keys.p256dh, keys.secret, "", "bn")
    deliverer.until_idle()
    assert (only().status, only().reason, peer.got) == ("failed", "device gone", [])


def test_an_expired_push_is_not_sent(deliverer, peer, owner, clock):
    tell([telling(meter(owner), ttl_s=900)], NOON)
    clock.turn(seconds=900)
    deliverer.until_idle()
    assert (only().status, peer.got) == ("expired", [])


def test_the_ttl_is_what_is_left(deliverer, peer, owner, clock):
    tell([telling(meter(owner), ttl_s=900)], NOON)
    clock.turn(seconds=400)
    deliverer.until_idle()
    assert peer.got[0].headers["ttl"] == "500"


def test_two_workers_never_hold_the_same_delivery(owner):
    tell([telling(meter(owner)) for _ in range(5)], NOON)
    first, second = queue.claim(3, NOON), queue.claim(3, NOON)
    assert (len(first), len(second)) == (3, 2)
    assert not {one.id for one in first} & {one.id for one in second}
    assert queue.claim(3, NOON) == []


def test_a_dead_workers_delivery_is_sent_after_its_lease(deliverer, peer, owner, clock):
    tell([telling(meter(owner))], NOON)
    queue.claim(1, NOON)
    deliverer.until_idle()
    assert peer.got == []
    clock.turn(seconds=60)
    deliverer.until_idle()
    assert (only().status, len(peer.got)) == ("sent", 1)


def test_a_worker_that_comes_back_late_does_not_undo_anothers_work(owner, clock):
    tell([telling(meter(owner))], NOON)
    (late,) = queue.claim(1, NOON)
    (now,) = queue.claim(1, NOON + queue.LEASE)
    queue.record([queue.Outcome(late, "queued", "HTTP 500", due=NOON)], NOON)
    assert only().leased_until == now.lease
    queue.record([queue.Outcome(now, "sent", sent=NOON)], NOON)
    queue.record([queue.Outcome(late, "failed", "HTTP 400")], NOON)
    assert only().status == "sent"


def test_a_rising_stage_sounds_again_and_a_repeated_one_does_not(deliverer, peer, owner, keys, clock):
    home = meter(owner)
    for code in ("O1", "O1", "O2", "O1"):
        tell([telling(home, code)], clock.now)
        deliverer.until_idle()
        clock.turn(hours=1)
    assert [read(got.body, keys)["renotify"] for got in peer.got] == [True, False, True, False]
    assert len({read(got.body, keys)["tag"] for got in peer.got}) == 1


def test_a_notification_that_cannot_be_said_holds_up_no_other(deliverer, peer, owner):
    tell([telling(meter(owner), severity=4), telling(meter(owner))], NOON)
    Notification.objects.filter(severity=4).update(kind="unheard")
    logging.getLogger("bijoli.delivery.deliver").disabled = True
    deliverer.until_idle()
    logging.getLogger("bijoli.delivery.deliver").disabled = False
    assert {(d.status, d.reason) for d in Delivery.objects.all()} == {("failed", "cannot be rendered"), ("sent", "")}


def test_a_long_name_gives_way_before_the_size_limit(owner, keys):
    tell([telling(meter(owner))], NOON)
    (claim,) = queue.claim(1, NOON)
    written = push.payload(replace(claim, account_name="ঘ" * 1000))
    assert len(written) < push.LARGEST
    assert json.loads(written)["body"] == ""


@pytest.mark.django_db(transaction=True)
def test_a_sleeping_worker_wakes_at_once_and_stops_when_told(sender, peer, owner):
    stop = threading.Event()
    worker = threading.Thread(target=lambda: (Deliverer(sender).run(stop), connection.close()))
    worker.start()
    try:
        time.sleep(0.3)
        began = time.monotonic()
        tell([telling(meter(owner))], timezone.now())
        while not peer.got and time.monotonic() - began < 5:
            time.sleep(0.005)
        took = time.monotonic() - began
    finally:
        stop.set()
        worker.join(10)
    assert took < 0.6  # well under the second after which it looks without being woken
    assert not worker.is_alive()
    assert only().status == "sent"
