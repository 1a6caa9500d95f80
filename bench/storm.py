"""A storm: 100,000 meters alert at once. How long until every push is accepted, and do the critical ones go first?

From readings and events handed to `record` until the push service has accepted the last push. `watch` and `deliver` are processes of their
own, PostgreSQL has fsync on, the push service is Node's HTTP/2 server over TLS. Everything shares the machine's cores.
Calm is the same fleet before the storm: a few critical alerts at a time.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from contextlib import ExitStack
from datetime import timedelta

from bench import cluster
from bench.peers import pushservice

HOST = "push.test"
METERS = 100_000
CALM = 300  # critical alerts before the storm, from meters of their own
BATCH = 10_000
LOW, OVER, TAMPER, OFF = "L1", "O2", "T1", "Z2"
MIX = {LOW: 60, OVER: 20, TAMPER: 15, OFF: 5}  # percent
LONGEST_S = 1200.0


def measure() -> dict[str, float]:
    """Keys, seconds: storm.100k_s, storm.critical_p95_s (Z2: received to accepted), storm.others_p95_s, storm.calm_critical_p95_s."""
    cluster.start()
    from tests.processes import Process, manage

    os.environ["BIJOLI_LOG_LEVEL"] = "WARNING"
    with ExitStack() as running:
        service = running.enter_context(pushservice.running(HOST))
        _fleet()
        deliver = [sys.executable, "-m", "bench.storm", str(service.authority), *service.connect_to]
        running.enter_context(Process("deliver", deliver))
        running.enter_context(manage("watch"))
        _report(range(METERS + CALM), lambda _: "", ago=900)  # every meter is well, every process warm
        calm = _calm()
        began = time.time()
        _storm()
        _wait(METERS)
        return {f"storm.{METERS // 1000}k_s": _last() - began, "storm.calm_critical_p95_s": calm} | _delays(began)


def _fleet() -> None:
    from django.db import connection

    from bench import fleet
    from bench.push import _point
    from bijoli.customers.models import Customer
    from bijoli.delivery.models import Device

    fleet.grow(0, METERS + CALM)
    keys = [_point() for _ in range(1000)]  # a key of its own for each phone would only make the preparation longer
    Device.objects.bulk_create(
        (
            Device(customer_id=one, endpoint=f"https://{HOST}/{one:0100d}", p256dh=keys[one % 1000], auth=os.urandom(16))
            for one in Customer.objects.order_by("pk").values_list("pk", flat=True)
        ),
        batch_size=10_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE delivery_device")


def _calm() -> float:
    """Three critical alerts every tenth of a second; the 95th percentile of received to accepted."""
    for start in range(0, CALM, 3):
        _report(range(METERS + start, METERS + start + 3), lambda _: OFF)
        time.sleep(0.1)
    _wait(CALM)
    return _percentile(_spans(0, [OFF]), 95)


def _storm() -> None:
    """All kinds mixed, in the order of the meters, as fast as it can be committed."""
    chance = random.Random(1)
    codes = chance.choices(list(MIX), list(MIX.values()), k=METERS)
    for start in range(0, METERS, BATCH):
        _report(range(start, min(start + BATCH, METERS)), codes.__getitem__)


def _report(meters: range, code: object, ago: int = 0) -> None:
    """Commits what these meters say; `code` gives the alert that it opens for each, empty for none."""
    from django.utils import timezone

    from bench.fleet import FIRST
    from bijoli.metering.columns import Readings
    from bijoli.metering.events import Event, record_events
    from bijoli.metering.record import record

    assert callable(code)
    at, now = int(time.time()) - ago, timezone.now()
    values = {
        "": {"balance": 50_000, "load": 1000, "relay": 1},
        LOW: {"balance": 8400, "load": 1000, "relay": 1},
        OVER: {"balance": 50_000, "load": 7600, "relay": 1},
        OFF: {"balance": -100, "load": 0, "relay": 2},
    }
    for start in range(meters.start, meters.stop, BATCH):
        part = [(FIRST + n, code(n)) for n in range(start, min(start + BATCH, meters.stop))]
        rows = [{"meter": number, "at": at, "register": 100_000, **values[said]} for number, said in part if said != TAMPER]
        record(Readings.of(rows), now)
        record_events([Event(number, at, "is15959", "251") for number, said in part if said == TAMPER], now)


def _wait(pushes: int) -> None:
    """Until so many more pushes than before are accepted."""
    from bijoli.delivery.models import Delivery

    expected, until = pushes + (CALM if pushes == METERS else 0), time.monotonic() + LONGEST_S
    while (sent := Delivery.objects.filter(status="sent").count()) < expected:
        assert time.monotonic() < until, f"{sent} of {expected} pushes after {LONGEST_S:.0f} s"
        time.sleep(0.5)


def _last() -> float:
    from django.db.models import Max

    from bijoli.delivery.models import Delivery

    return float(Delivery.objects.aggregate(last=Max("sent_at"))["last"].timestamp())


def _delays(began: float) -> dict[str, float]:
    figures = {code: _spans(began, [code]) for code in MIX}
    for code, spans in figures.items():
        print(f"{code}: {len(spans)}, p50 {_percentile(spans, 50):.2f} s, p95 {_percentile(spans, 95):.2f} s")
    others = [span for code in MIX if code != OFF for span in figures[code]]
    return {"storm.critical_p95_s": _percentile(figures[OFF], 95), "storm.others_p95_s": _percentile(others, 95)}


def _spans(began: float, codes: list[str]) -> list[timedelta]:
    from datetime import UTC, datetime

    from bijoli.delivery.models import Delivery

    told = Delivery.objects.filter(status="sent", notification__code__in=codes, queued_at__gte=datetime.fromtimestamp(began, UTC))
    return [sent - got for got, sent in told.values_list("notification__received_at", "sent_at")]


def _percentile(spans: list[timedelta], part: int) -> float:
    return sorted(spans)[len(spans) * part // 100].total_seconds()


def _deliver(authority: str, *connect_to: str) -> None:
    """`manage.py deliver`, but that it trusts the push service of the measurement."""
    import django

    django.setup()
    from django.conf import settings

    from bijoli.delivery.channels.webpush.send import Sender
    from bijoli.delivery.deliver import Deliverer

    settings.PUSH_HOSTS = [HOST]
    stop, sender = threading.Event(), Sender(certificates=authority, connect_to=connect_to)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Deliverer(sender).run(stop)
    sender.close()


if __name__ == "__main__":
    _deliver(*sys.argv[1:])
