"""The local push service, as browsers and senders meet it: over real sockets, from a process of its own."""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from bijoli.simulator.pushvapid import decode, encode
from tests.processes import Process, answers, free_port, manage
from tests.pushclient import Phone, Subscribed

SILENCE_S = 0.5


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    number = free_port()
    with _running(number, tmp_path_factory.mktemp("pushservice")):
        yield number


@pytest.fixture
def phone(port: int) -> Iterator[Phone]:
    with Phone(port) as it:
        yield it


class Sender:
    """An application server made of other people's libraries: http-ece encrypts, py-vapid signs."""

    def __init__(self) -> None:
        self.vapid = Vapid02()
        self.vapid.generate_keys()
        raw = self.vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.key = encode(raw)

    def body(self, to: Subscribed, text: bytes) -> bytes:
        own = ec.generate_private_key(ec.SECP256R1())
        return bytes(http_ece.encrypt(text, private_key=own, dh=decode(to.p256dh), auth_secret=decode(to.auth), version="aes128gcm"))

    def headers(self, to: Subscribed, **claims: object) -> dict[str, str]:
        origin = to.endpoint.split("/wpush")[0]
        told = {"aud": origin, "sub": "mailto:push@example.org", "exp": int(time.time()) + 3600} | claims
        return {**self.vapid.sign(told), "TTL": "60", "Content-Encoding": "aes128gcm"}

    def push(self, to: Subscribed, text: bytes = b"hello", **headers: str) -> int:
        return send(to.endpoint, self.body(to, text), self.headers(to) | headers)[0]


def send(url: str, body: bytes | None = None, headers: dict[str, str] | None = None, method: str = "POST") -> tuple[int, str]:
    try:
        with urlopen(Request(url, body, headers or {}, method=method), timeout=20) as answer:  # noqa: S310 our own address
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@contextmanager
def _running(number: int, folder: Path) -> Iterator[Process]:
    with manage("pushservice", "--port", str(number), "--folder", str(folder)) as process:
        process.wait_for(lambda: answers(number))
        yield process


def test_a_push_reaches_the_phone_that_can_decrypt_it(phone):
    sender = Sender()
    there = phone.subscribe(sender.key)
    assert sender.push(there, "বিদ্যুৎ".encode()) == 201
    assert phone.receive().decode() == "বিদ্যুৎ"


def test_a_sleeping_phone_gets_what_waited_when_it_wakes(phone):
    sender = Sender()
    there = phone.subscribe(sender.key)
    phone.sleep()
    assert [sender.push(there, text) for text in (b"one", b"two")] == [201, 201]
    phone.wake()
    assert [phone.receive(), phone.receive()] == [b"one", b"two"]


def test_of_several_with_one_topic_a_sleeping_phone_gets_the_last(phone):
    sender = Sender()
    there = phone.subscribe(sender.key)
    phone.sleep()
    sender.push(there, b"off", Topic="m1-zero")
    sender.push(there, b"low", Topic="m1-low")
    sender.push(there, b"restored", Topic="m1-zero")
    phone.wake()
    assert [phone.receive(), phone.receive()] == [b"low", b"restored"]


def test_what_is_expired_does_not_come(phone):
    sender = Sender()
    there = phone.subscribe(sender.key)
    phone.sleep()
    assert sender.push(there, b"at once or never", TTL="0") == 201
    assert sender.push(there, b"one second", TTL="1") == 201
    time.sleep(1.2)
    phone.wake()
    with pytest.raises(queue.Empty):
        phone.messages.get(timeout=SILENCE_S)


def test_a_message_not_acknowledged_comes_again_and_an_acknowledged_one_does_not(phone):
    sender = Sender()
    there = phone.subscribe(sender.key)
    sender.push(there, b"again")
    phone.messages.get(timeout=20)  # taken, but the phone lost its connection before it said so
    phone.sleep()
    phone.wake()
    assert phone.receive() == b"again"
    phone.sleep()
    phone.wake()
    with pytest.raises(queue.Empty):
        phone.messages.get(timeout=SILENCE_S)


def test_a_sender_can_cancel_what_still_waits(phone):
    sender = Sender()
    there = phone.subscribe(sender.key)
    phone.sleep()
    request = Request(there.endpoint, sender.body(there, b"x"), sender.headers(there))  # noqa: S310
    with urlopen(request, timeout=20) as answer:  # noqa: S310
        where = answer.headers["Location"]
        assert answer.headers["TTL"] == "60"
    assert send(where, method="DELETE")[0] == 204
    assert send(where, method="DELETE")[0] == 404
    phone.wake()
    assert phone.messages.empty()


def test_a_subscription_that_was_given_up_is_gone_and_an_unknown_one_not_found(phone):
    sender = Sender()
    there = phone.subscribe(sender.key)
    phone.ask({"messageType": "unregister", "channelID": there.channel})
    assert sender.push(there) == 410
    assert send(there.endpoint + "x", b"", {"TTL": "1"})[0] == 404


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"TTL": ""}, "TTL"),
        ({"TTL": "soon"}, "TTL"),
        ({"TTL": "-1"}, "TTL"),
        ({"Topic": "a" * 33}, "Topic"),
        ({"Topic": "two words"}, "Topic"),
        ({"Urgency": "very high"}, "Urgency"),
        ({"Content-Encoding": "aesgcm"}, "aes128gcm"),
    ],
)
def test_a_wrong_header_is_400_and_says_which(phone, headers, reason):
    sender = Sender()
    there = phone.subscribe(sender.key)
    status, said = send(there.endpoint, sender.body(there, b"x"), sender.headers(there) | headers)
    assert status == 400
    assert reason in said


def test_a_body_that_is_not_encrypted_is_400_and_one_too_large_413(phone):
    sender = Sender()
    there = phone.subscribe(sender.key)
    assert send(there.endpoint, b'{"title": "in the clear"}' * 9, sender.headers(there))[0] == 400
    assert sender.push(there, os.urandom(3993)) == 201  # 3,993 + 86 + 1 + 16 = 4,096
    assert sender.push(there, os.urandom(3994)) == 413
    assert send(there.endpoint, os.urandom(100_000), sender.headers(there))[0] == 413


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "https://updates.push.services.mozilla.com"}, "aud"),
        ({"exp": 1_700_000_000}, "exp"),
        ({"exp": int(time.time()) + 90_000}, "exp"),
    ],
)
def test_a_token_for_elsewhere_or_another_time_is_401(phone, claims, reason):
    sender = Sender()
    there = phone.subscribe(sender.key)
    status, said = send(there.endpoint, sender.body(there, b"x"), sender.headers(there, **claims))
    assert (status, reason in said) == (401, True)


def test_only_the_sender_with_the_subscriptions_key_may_push(phone):
    there = phone.subscribe(Sender().key)
    stranger = Sender()
    assert stranger.push(there) == 403
    headers = stranger.headers(there)
    forged = headers | {"Authorization": headers["Authorization"].replace(stranger.key, there.p256dh)}
    assert send(there.endpoint, stranger.body(there, b"x"), forged)[0] == 401
    del headers["Authorization"]
    assert send(there.endpoint, stranger.body(there, b"x"), headers)[0] == 401
    assert send(there.endpoint, stranger.body(there, b"x"), headers | {"Authorization": "vapid nonsense"})[0] == 401


def test_a_key_that_is_no_key_is_refused_at_subscribing(phone):
    reply = phone.ask({"messageType": "register", "channelID": "c", "key": "AAAA"})
    assert (reply["status"], "pushEndpoint" in reply) == (400, False)


def test_faults_on_demand_then_all_is_well_again(phone, port):
    sender = Sender()
    there = phone.subscribe(sender.key)
    admin = f"http://localhost:{port}/_faults"
    assert send(admin, json.dumps({"status": 503, "times": 2, "retry_after": 1}).encode())[0] == 204
    assert [sender.push(there) for _ in range(3)] == [503, 503, 201]
    send(admin, json.dumps({"status": 429}).encode())
    assert send(admin, method="DELETE")[0] == 204
    assert sender.push(there) == 201


def test_the_log_tells_what_happened(phone, port):
    sender = Sender()
    before = json.loads(send(f"http://localhost:{port}/_log", method="GET")[1])[-1]["n"]
    there = phone.subscribe(sender.key)
    sender.push(there, Topic="t", Urgency="high")
    phone.receive()
    phone.ask({"messageType": "unregister", "channelID": there.channel})
    log = json.loads(send(f"http://localhost:{port}/_log?after={before}", method="GET")[1])
    assert [entry["event"] for entry in log] == ["register", "push", "ack", "unregister"]
    assert {"ttl": 60, "topic": "t", "urgency": "high", "live": True}.items() <= log[1].items()


def test_subscriptions_of_a_phone_that_is_never_on(port):
    made = json.loads(send(f"http://localhost:{port}/_subscriptions", json.dumps({"count": 2}).encode())[1])["endpoints"]
    first, second = made
    assert send(first, b"", {"TTL": "60"})[0] == 201
    assert send(first.replace("/wpush/v2", "/_subscriptions"), method="DELETE")[0] == 204
    assert send(first, b"", {"TTL": "60"})[0] == 410
    assert send(second, b"", {"TTL": "60"})[0] == 201


def test_a_phone_subscribed_yesterday_works_after_a_restart_and_gets_what_waited(tmp_path):
    number, sender = free_port(), Sender()
    with _running(number, tmp_path), Phone(number) as phone:
        there = phone.subscribe(sender.key)
        phone.sleep()
        assert sender.push(there, b"while it slept") == 201
        phone.wake()
        phone.sleep()
        phone.messages.queue.clear()
    known = phone.uaid
    with _running(number, tmp_path), Phone(number, known) as again:
        again.key, again.secret = phone.key, phone.secret
        assert again.uaid == known
        assert again.receive() == b"while it slept"
        assert sender.push(there, b"and now") == 201
        assert again.receive() == b"and now"


def test_a_browser_that_connects_twice_is_served_on_the_newer_connection(phone, port):
    sender = Sender()
    there = phone.subscribe(sender.key)
    with Phone(port, phone.uaid) as newer:
        newer.key, newer.secret = phone.key, phone.secret
        sender.push(there, b"here")
        assert newer.receive() == b"here"
        assert phone.messages.empty()


def test_a_port_in_use_is_said_in_one_sentence(port):
    with manage("pushservice", "--port", str(port)) as second, pytest.raises(AssertionError, match="Choose another with --port"):
        second.wait_for(lambda: False, 20)
