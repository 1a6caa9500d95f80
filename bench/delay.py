"""How long from a reading received to its push accepted, at 5,000, 20,000 and 60,000 readings a second, one in a hundred of them an alert.

Everything is real and a process of its own: gunicorn with the ingest door, watch, deliver, the local push service, the sender,
PostgreSQL with fsync, all on the same cores. The span is what the tables say: Delivery.sent_at - Notification.received_at.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench import cluster, door, fleet
from bench.loadgen import Job

GROUPS = 100  # 1 % of the meters fall in each round, and stay
METERS = 120_000
WAITS = 90


@dataclass(frozen=True, slots=True)
class Speed:
    """So many readings a second, in batches of so many; all meters `rounds` times."""

    name: str
    a_second: int
    batch: int
    rounds: int


SPEEDS = (
    Speed("5k", 5_000, 1_000, 1),
    Speed("20k", 20_000, 2_000, 2),
    Speed("60k", 60_000, 5_000, 5),
)


def measure() -> dict[str, float]:
    """Keys for each speed: delay.p50_s_at_5k, p95, p99; delay.readings_per_s_at_5k is what was really sent."""
    cluster.start()
    from tests.processes import answers, free_port, manage

    push = free_port()
    os.environ |= {"BIJOLI_PUSH_HOSTS_LOCAL": f"localhost:{push}"}
    found: dict[str, float] = {}
    with manage("pushservice", "--port", str(push)) as service:
        service.wait_for(lambda: answers(push))
        fleet.grow(0, METERS)
        _phones(push)
        with door.site() as site, manage("deliver") as deliver:
            deliver.wait_for(lambda: "ready" in deliver.output())
            for number, job in _jobs(site):
                run = door.run_job(site, job)
                if number >= 0:
                    found |= _spans(SPEEDS[number], job, run)
    return found


def _jobs(site: door.Site) -> Iterator[tuple[int, Job]]:
    """First all meters once, at leisure: each has a state then, and each process is warm. `at` moves on a minute a round."""
    first = int(time.time()) - 3000
    yield -1, Job(site.port, site.token, METERS, 1, 0, first, 60, 4, 10_000, 40_000, GROUPS, stays=True)
    group = 1
    for number, speed in enumerate(SPEEDS):
        at = first + group * 60
        yield (
            number,
            Job(site.port, site.token, METERS, speed.rounds, group, at, 60, 2, speed.batch, speed.a_second, GROUPS, stays=True),
        )
        group += speed.rounds


def _phones(push: int) -> None:
    """One phone for each person whose meter will fall."""
    from bench.push import _point
    from bijoli.customers.models import Customer
    from bijoli.delivery.channels.webpush import vapid
    from bijoli.delivery.models import Device

    groups = range(1, 1 + sum(speed.rounds for speed in SPEEDS))
    numbers = [f"+880{n:010d}" for n in range(METERS) if n % GROUPS in groups]
    people = list(Customer.objects.filter(phone__in=numbers))
    asked = json.dumps({"key": vapid.public_key(), "count": len(people)}).encode()
    request = urllib.request.Request(f"http://localhost:{push}/_subscriptions", asked, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:  # noqa: S310 our own push service
        endpoints = json.load(answer)["endpoints"]
    Device.objects.bulk_create(
        Device(customer=one, endpoint=endpoint, p256dh=_point(), auth=os.urandom(16))
        for one, endpoint in zip(people, endpoints, strict=True)
    )
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _spans(speed: Speed, job: Job, run: door.Run) -> dict[str, float]:
    """Percentiles of the whole, and how its parts share it: received to told (record and watch), told to accepted (deliver)."""
    from bijoli.delivery.models import Delivery
    from tests.processes import wait_until

    fallen = [f"{fleet.FIRST + n:012d}" for n in range(job.meters) if job.group <= n % GROUPS < job.group + job.rounds]
    meters = door._asked(f"SELECT array_agg(id) FROM metering_meter WHERE number IN ({','.join(repr(one) for one in fallen)})")
    rows = Delivery.objects.filter(status="sent", notification__meter_id__in=meters)
    wait_until("every push is accepted", lambda: rows.count() == len(fallen), WAITS, 0.5)
    times = list(rows.values_list("notification__received_at", "notification__made_at", "sent_at"))
    parts = {"told": [made - got for got, made, _ in times], "accepted": [_some(sent) - made for _, made, sent in times]}
    rate = job.meters * job.rounds / run.sent
    print(
        f"{speed.name}: {rate:,.0f} readings/s, {len(times):,} pushes;" + "".join(_said(name, spans) for name, spans in parts.items()),
        flush=True,
    )
    whole = [_some(sent) - got for got, _, sent in times]
    found = {f"delay.p{part}_s_at_{speed.name}": _percentile(whole, part) for part in (50, 95, 99)}
    return found | {f"delay.readings_per_s_at_{speed.name}": rate}


def _said(name: str, spans: list[timedelta]) -> str:
    return f" {name}" + "".join(f" p{part} {_percentile(spans, part):.3f} s" for part in (50, 95, 99)) + ";"


def _some(at: Any) -> datetime:
    assert at is not None
    return at  # type: ignore[no-any-return]


def _percentile(spans: list[timedelta], part: int) -> float:
    return sorted(spans)[len(spans) * part // 100].total_seconds()


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
