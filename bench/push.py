"""Pushes a second: claimed, rendered, encrypted, sent over HTTP/2 and TLS, recorded. Beside a pywebpush loop, and OpenSSL's P-256 alone.

The peers are processes of their own on loopback; TLS is verified. pywebpush gets its best case: one session kept open, no database.
"""

from __future__ import annotations

import http.server
import multiprocessing
import os
import ssl
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench import cluster

PUSHES = 6000
PEOPLE = 1500
ROUNDS = 3
THEIRS = 200
LIMIT_SECONDS = 2.0


def measure() -> dict[str, float]:
    """Keys: push.per_s (wall clock, one process), push.per_cpu_s (its own CPU seconds), push.pywebpush_ratio, push.ecdh_ratio."""
    cluster.start()
    limit = _ecdh_per_s()
    theirs = _pywebpush_per_s()
    ours, own_cpu = max(_ours(round) for round in range(ROUNDS))
    print(f"ours {ours:,.0f}/s ({own_cpu:,.0f} a CPU second), pywebpush {theirs:,.0f}/s, P-256 alone {limit:,.0f}/s")
    return {
        "push.per_s": ours,
        "push.per_cpu_s": own_cpu,
        "push.pywebpush_ratio": ours / theirs,
        "push.ecdh_ratio": ours / limit,
    }


def _ours(round: int) -> tuple[float, float]:
    from django.conf import settings

    from bijoli.delivery.channels.webpush.send import Sender
    from bijoli.delivery.deliver import Deliverer
    from bijoli.delivery.models import Delivery

    _queue(round)
    settings.PUSH_HOSTS = ["push.test"]
    here, there = multiprocessing.Pipe()
    peer = multiprocessing.get_context("spawn").Process(target=_http2_peer, args=(there,), daemon=True)
    peer.start()
    authority, connect_to = here.recv()
    sender = Sender(certificates=authority, connect_to=connect_to)
    began, cpu = time.perf_counter(), time.process_time()
    Deliverer(sender).until_idle(300)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    sender.close()
    here.send("end")
    peer.join(10)
    sent = Delivery.objects.filter(status="sent").count()
    assert sent == PUSHES * (round + 1), sent
    return PUSHES / took, PUSHES / used


def _queue(round: int) -> None:
    """What `tell` would have left: notifications of 1,500 people, one phone each."""
    from datetime import timedelta

    from django.utils import timezone

    from bijoli.delivery.models import Delivery, Notification

    devices = _devices()
    now = timezone.now()
    made = Notification.objects.bulk_create(
        Notification(customer_id=customer, kind="low", code="L1", severity=1, at=now, received_at=now, facts={"balance_paisa": 8450})
        for customer, _ in (devices[n % PEOPLE] for n in range(PUSHES))
    )
    Delivery.objects.bulk_create(
        Delivery(
            notification=notification,
            device_id=devices[n % PEOPLE][1],
            severity=1,
            topic=f"bench{round}x{n}",
            expires_at=now + timedelta(hours=1),
        )
        for n, notification in enumerate(made)
    )


def _devices() -> list[tuple[int, int]]:
    from bijoli.customers.models import Customer
    from bijoli.delivery.models import Device

    if not Device.objects.exists():
        people = Customer.objects.bulk_create(Customer(phone=f"+8801{n:09d}") for n in range(PEOPLE))
        Device.objects.bulk_create(
            Device(customer=one, endpoint=f"https://push.test/{n}", p256dh=_point(), auth=os.urandom(16)) for n, one in enumerate(people)
        )
    return list(Device.objects.order_by("pk").values_list("customer_id", "pk"))


def _point() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _http2_peer(pipe: Connection) -> None:
    from tests.pushpeer import Peer

    with Peer() as peer:
        pipe.send((str(peer.authority), peer.connect_to))
        pipe.recv()


def _pywebpush_per_s() -> float:
    """A loop as its documentation shows it, with one session whose connection stays open."""
    import requests
    from py_vapid import Vapid02
    from pywebpush import webpush

    from bijoli.delivery.channels.webpush import base64url

    here, there = multiprocessing.Pipe()
    peer = multiprocessing.get_context("spawn").Process(target=_http1_peer, args=(there,), daemon=True)
    peer.start()
    authority, port = here.recv()
    session = requests.Session()
    session.trust_env = False  # an environment that names other authorities would win over `verify`
    session.verify = authority
    key = Vapid02()
    key.generate_keys()
    keys = {"p256dh": base64url.encode(_point()), "auth": base64url.encode(os.urandom(16))}
    began = time.perf_counter()
    for n in range(THEIRS):
        info = {"endpoint": f"https://localhost:{port}/{n}", "keys": keys}
        claims: dict[str, Any] = {"sub": "mailto:push@example.org"}
        webpush(info, "x" * 250, vapid_private_key=key, vapid_claims=claims, ttl=3600, requests_session=session)
    took = time.perf_counter() - began
    session.close()
    here.send("end")
    peer.join(10)
    return THEIRS / took


def _http1_peer(pipe: Connection) -> None:
    from tests import certificates

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    with tempfile.TemporaryDirectory() as folder:
        authority, server_pem = certificates.make(Path(folder), "localhost")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        context = certificates.server_context(server_pem, ["http/1.1"])
        server.socket = _wrapped(context, server)
        pipe.send((str(authority), server.server_address[1]))
        import threading

        threading.Thread(target=server.serve_forever, daemon=True).start()
        pipe.recv()
        server.shutdown()


def _wrapped(context: ssl.SSLContext, server: http.server.HTTPServer) -> ssl.SSLSocket:
    return context.wrap_socket(server.socket, server_side=True)


def _ecdh_per_s() -> float:
    """What no sender can pass on one core: a fresh key and an exchange for each message, by OpenSSL."""
    from cryptography.hazmat.primitives.asymmetric import ec

    phone = ec.generate_private_key(ec.SECP256R1()).public_key()
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < LIMIT_SECONDS:
        for _ in range(100):
            ec.generate_private_key(ec.SECP256R1()).exchange(ec.ECDH(), phone)
        done += 100
    return done / (time.perf_counter() - began)
