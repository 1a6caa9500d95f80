"""The storm guard: 50,000 meters of 20 feeders open an episode within a minute.

Is everybody told once, is nothing lost, does a finished balance get through as fast as in calm?

All processes real, on the same cores: gunicorn with the ingest door, watch, deliver, tick, the push service (Node's), the sender. Beside
the storm meters say, six a second, that their balance is finished and their supply off (Z2, never held back): on other feeders, and on the
same ones. Before it the same in calm. Ten of a hundred meters, neighbours, belong to one person; the others have one each.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from bench import cluster, door, fleet, stormcheck
from bench.loadgen import DHAKA
from bench.peers import pushservice
from bench.storm import HOST

FEEDERS, ON_FEEDER = 20, 2_510
METERS = FEEDERS * ON_FEEDER
Z2 = 300  # in calm; and again in the storm: a half of them on its feeders
SPARE = 2 * Z2  # meters behind those of the storm, on feeders of their own
SECONDS = 50  # in which the storm is sent; its episodes may take some seconds more
BATCHES = 100
LANDLORDS = 10  # of a hundred meters so many belong to one person
WAITS = 900
KINDS = {"low": 60, "overload": 25, "tamper": 15}  # of a hundred meters


def kind(n: int) -> str:
    """What the n-th meter tells of."""
    part = n * 37 % 100
    return "low" if part < 60 else "overload" if part < 85 else "tamper"


def of_storm(n: int) -> bool:
    """Whether it takes part; a few on each feeder have a finished balance in place of it."""
    step = METERS // (Z2 // 2)
    return n % step != 7 or n >= step * (Z2 // 2)


def measure() -> dict[str, float]:
    """Keys: storm.episodes, storm.spread_s (first to last opened), storm.lost, storm.excess, storm.z2_p95_ratio, storm.z2_p95_s,
    storm.z2_calm_p95_s.
    """
    cluster.start()
    from django.core.management import call_command

    from tests.processes import Process, manage
    from tools.messages import compile_catalogue

    compile_catalogue()
    call_command("collectstatic", verbosity=0, interactive=False)
    with ExitStack() as running:
        service = running.enter_context(pushservice.running(HOST))
        fleet.grow(0, METERS + SPARE, feeder=ON_FEEDER)
        stormcheck.landlords(METERS, LANDLORDS)
        _phones()
        site = running.enter_context(door.site())
        deliver = [sys.executable, "-m", "bench.storm", str(service.authority), *service.connect_to]
        running.enter_context(Process("deliver", deliver))
        running.enter_context(manage("tick"))
        _everyone_is_well(site)
        calm = _finished(site, list(range(METERS, METERS + Z2)), SECONDS)
        mixed = [n for pair in zip(_on_its_feeders(), range(METERS + Z2, METERS + Z2 + Z2 // 2), strict=True) for n in pair]
        with ThreadPoolExecutor(1) as beside:
            storm = beside.submit(_storm, site)
            during = _finished(site, mixed, SECONDS)
            storm.result()
        stormcheck.wait(WAITS)
        return _figures(calm, during)


def _on_its_feeders() -> list[int]:
    return [n for n in range(METERS) if not of_storm(n)]


def _figures(calm: list[int], during: list[int]) -> dict[str, float]:
    quiet, loud = stormcheck.z2_p95(calm), stormcheck.z2_p95(during)
    same, other = stormcheck.z2_p95(during[::2]), stormcheck.z2_p95(during[1::2])
    print(f"Z2 received to accepted, p95: calm {quiet:.3f} s, storm {loud:.3f} s (other feeders {other:.3f}, the storm's {same:.3f})")
    print(f"of it until decided: calm {stormcheck.z2_decided_p95(calm):.3f} s, storm {stormcheck.z2_decided_p95(during):.3f} s")
    print(f"load average {os.getloadavg()[0]:.1f}", flush=True)
    found = stormcheck.found({fleet.FIRST + n: kind(n) for n in range(METERS) if of_storm(n)})
    return found | {"storm.z2_p95_ratio": loud / quiet, "storm.z2_p95_s": loud, "storm.z2_calm_p95_s": quiet}


def _phones() -> None:
    from bench.push import _point
    from bijoli.customers.models import Customer
    from bijoli.delivery.models import Device

    people = Customer.objects.filter(access__isnull=False).distinct().order_by("pk").values_list("pk", flat=True)
    keys = [_point() for _ in range(500)]  # a key of its own for each phone would only make the preparation longer
    Device.objects.bulk_create(
        (Device(customer_id=one, endpoint=f"https://{HOST}/{one:0100d}", p256dh=keys[one % 500], auth=os.urandom(16)) for one in people),
        batch_size=10_000,
    )
    _vacuum()


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _everyone_is_well(site: door.Site) -> None:
    lane = _Lane(site)
    for start in range(0, METERS + SPARE, 5000):
        lane.post("readings", [_reading(n, int(time.time()) - 900, "well") for n in range(start, min(start + 5000, METERS + SPARE))])
    door._until_evaluated()


def _storm(site: door.Site) -> None:
    """The meters of all feeders mixed, in even batches over the seconds."""
    lane, members = _Lane(site), [n for n in range(METERS) if of_storm(n)]
    members.sort(key=lambda n: n * 7919 % METERS)
    size, began = -(-len(members) // BATCHES), time.monotonic()
    for number, start in enumerate(range(0, len(members), size)):
        time.sleep(max(0.0, began + number * SECONDS / BATCHES - time.monotonic()))
        part, at = members[start : start + size], int(time.time())
        lane.post("readings", [_reading(n, at, kind(n)) for n in part if kind(n) != "tamper"])
        lane.post("events", [_event(n, at) for n in part if kind(n) == "tamper"])
    print(f"the storm was sent in {time.monotonic() - began:.1f} s", flush=True)


def _finished(site: door.Site, meters: list[int], seconds: int) -> list[int]:
    """One after the other says that its balance is finished and its supply off, evenly over the seconds."""
    lane, began = _Lane(site), time.monotonic()
    for number, n in enumerate(meters):
        time.sleep(max(0.0, began + number * seconds / len(meters) - time.monotonic()))
        lane.post("readings", [_reading(n, int(time.time()), "zero")])
    stormcheck.wait_for_z2(meters, WAITS)
    return meters


class _Lane:
    """A gateway's connection."""

    def __init__(self, site: door.Site) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
        self.headers = {"Authorization": f"Bearer {site.token}", "Content-Type": "application/x-ndjson"}

    def post(self, where: str, rows: list[dict[str, Any]]) -> None:
        """Again where it is told to wait; what was not taken fails."""
        body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        while rows:
            self.connection.request("POST", f"/ingest/{where}", body, self.headers)
            answer = self.connection.getresponse()
            said = answer.read()
            if answer.status != 429:
                assert answer.status == 200, said
                assert json.loads(said)["accepted"] == len(rows), said
                return
            time.sleep(0.1)


def _reading(n: int, at: int, what: str) -> dict[str, Any]:
    balance = {"low": 84.0, "zero": -1.0}.get(what, 500.0)
    load = {"overload": 7.6, "zero": 0.0}.get(what, 1.0)
    relay = "open_credit" if what == "zero" else "closed"
    meter, when = f"{fleet.FIRST + n:012d}", datetime.fromtimestamp(at, DHAKA).isoformat()
    return {"meter": meter, "at": when, "balance": balance, "register_kwh": 100.0, "load_kw": load, "relay": relay}


def _event(n: int, at: int) -> dict[str, Any]:
    return {"meter": f"{fleet.FIRST + n:012d}", "at": datetime.fromtimestamp(at, DHAKA).isoformat(), "profile": "is15959", "code": "251"}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
