"""How long from a reading received to its push accepted, while 5,000 readings arrive each second and one in a hundred is an alert.

Everything is real and a process of its own: gunicorn with the ingest door, watch, deliver, the local push service, PostgreSQL with fsync.
The span is what the tables say: Delivery.sent_at - Notification.received_at, as staff see it.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from bench import cluster

METERS = 25_000
BATCH = 1000
A_SECOND = 5000
ALERTS = 1000  # of METERS * REPORTS readings: 1 %
REPORTS = 4
FIRST_NUMBER = 660_010_000_000
GATEWAY = "the measurement"


def measure() -> dict[str, float]:
    """Keys, seconds: delay.p50_s_at_5k, delay.p95_s_at_5k, delay.p99_s_at_5k; delay.readings_per_s is what was really sent."""
    cluster.start()
    from tests.processes import answers, free_port, manage, wait_until

    web, push = free_port(), free_port()
    os.environ |= {"BIJOLI_PUSH_HOSTS_LOCAL": f"localhost:{push}", "BIJOLI_LOG_LEVEL": "WARNING"}
    with contextlib.ExitStack() as running:
        service = running.enter_context(manage("pushservice", "--port", str(push)))
        service.wait_for(lambda: answers(push))
        _fleet(push)
        _analyze()
        token = _gateway()
        site = running.enter_context(_web(web))
        for name in ("watch", "deliver"):
            running.enter_context(manage(name))
        site.wait_for(lambda: answers(web))
        _send(web, token, _reports(0), A_SECOND * 100)  # the first report of each meter: its state and every process are warm after it
        rate = sum(_send(web, token, _reports(number), A_SECOND) for number in range(1, REPORTS + 1)) / REPORTS
        wait_until("every push is accepted", lambda: _sent() == ALERTS, 60)
        return {"delay.readings_per_s": rate} | _spans()


def _web(port: int) -> contextlib.AbstractContextManager[object]:
    import sys

    from tests.processes import Process

    gunicorn = ["-m", "gunicorn", "bijoli.config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "8"]
    return Process("web", [sys.executable, *gunicorn, "--log-level", "warning"])


def _fleet(push: int) -> None:
    """25,000 meters at accounts of their own; the first 1,000 have a person with a phone."""
    from bijoli.customers.models import Access, Account, Customer
    from bijoli.metering.models import Installation, Meter, MeterState, UsagePoint

    ago = datetime.now(UTC) - timedelta(days=100)
    accounts = Account.objects.bulk_create(Account(number=f"{n:08d}") for n in range(METERS))
    points = UsagePoint.objects.bulk_create(
        UsagePoint(account=account, division="Uttara", feeder=f"F{n // 500}", sanctioned_load_w=5000) for n, account in enumerate(accounts)
    )
    meters = Meter.objects.bulk_create(Meter(number=f"{FIRST_NUMBER + n:012d}") for n in range(METERS))
    MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=5000) for meter in meters)
    Installation.objects.bulk_create(
        Installation(meter=meter, usage_point=point, installed_at=ago) for meter, point in zip(meters, points, strict=True)
    )
    people = Customer.objects.bulk_create(Customer(phone=f"+8801{n:09d}") for n in range(ALERTS))
    Access.objects.bulk_create(Access(customer=one, account=account, since=ago) for one, account in zip(people, accounts, strict=False))
    _phones(people, push)


def _analyze() -> None:
    """A fleet that has been there for more than a minute has statistics: autovacuum has been by."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _phones(people: list[object], push: int) -> None:
    from bench.push import _point
    from bijoli.delivery.channels.webpush import vapid
    from bijoli.delivery.models import Device

    asked = json.dumps({"key": vapid.public_key(), "count": len(people)}).encode()
    request = urllib.request.Request(f"http://localhost:{push}/_subscriptions", asked, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:  # noqa: S310 our own push service
        endpoints = json.load(answer)["endpoints"]
    Device.objects.bulk_create(
        Device(customer=one, endpoint=endpoint, p256dh=_point(), auth=os.urandom(16))
        for one, endpoint in zip(people, endpoints, strict=True)
    )


def _gateway() -> str:
    from django.core.management import call_command

    said = io.StringIO()
    call_command("gateway", GATEWAY, stdout=said)
    return said.getvalue().strip().splitlines()[-1]


def _reports(number: int) -> Iterator[bytes]:
    """All meters report once, in batches as a head-end sends them; each time but the first 250 more have fallen under 100 taka."""
    at = int(time.time()) - (REPORTS - number + 1) * 900
    step = METERS // ALERTS  # the alerts are spread over the batches, as they would be
    order = sorted(range(METERS), key=lambda n: (n // step if n >= ALERTS else n, n))
    for start in range(0, METERS, BATCH):
        rows = [_row(n, at, 84.5 if n < ALERTS and n % REPORTS < number else 500.0, number) for n in order[start : start + BATCH]]
        yield json.dumps(rows).encode()


def _row(n: int, at: int, balance: float, number: int) -> dict[str, object]:
    return {
        "meter": f"{FIRST_NUMBER + n:012d}",
        "at": at,
        "balance": balance,
        "register_kwh": 100 + number * 0.25,
        "load_kw": 1.0,
        "relay": "closed",
    }


def _send(port: int, token: str, batches: Iterator[bytes], a_second: int) -> float:
    """Sends evenly at `a_second` readings a second over two connections; a batch that is late is not waited for. Readings/s reached."""
    ready = list(batches)
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        lanes = [[(began + n * BATCH / a_second, ready[n]) for n in range(lane, len(ready), 2)] for lane in range(2)]
        list(pool.map(lambda due: _lane(port, token, due), lanes))
    return METERS / (time.perf_counter() - began)


def _lane(port: int, token: str, due: list[tuple[float, bytes]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for moment, body in due:
        time.sleep(max(0.0, moment - time.perf_counter()))
        while True:
            connection.request("POST", "/ingest/readings", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 429:
                break
            time.sleep(0.2)
        assert answer.status == 200, said
        assert json.loads(said)["accepted"] == BATCH, said
    connection.close()


def _sent() -> int:
    from bijoli.delivery.models import Delivery

    return Delivery.objects.filter(status="sent").count()


def _spans() -> dict[str, float]:
    """Percentiles of the whole, and on the way how its parts share it: received to told (record and watch), told to accepted (deliver)."""
    from bijoli.delivery.models import Delivery

    rows = Delivery.objects.filter(status="sent").order_by("sent_at")
    times = list(rows.values_list("notification__received_at", "notification__made_at", "sent_at"))
    assert len(times) == ALERTS
    parts = {"told": [(made - got) for got, made, _ in times], "accepted": [(sent - made) for _, made, sent in times]}
    for name, spans in parts.items():
        print(f"{name:9s}" + "".join(f" p{part} {_percentile(spans, part):.3f} s" for part in (50, 95, 99)))
    whole = [sent - got for got, _, sent in times]
    return {f"delay.p{part}_s_at_5k": _percentile(whole, part) for part in (50, 95, 99)}


def _percentile(spans: list[timedelta], part: int) -> float:
    return sorted(spans)[len(spans) * part // 100].total_seconds()
