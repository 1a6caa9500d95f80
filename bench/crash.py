"""kill -9, again and again, under load: no acknowledged reading lost, no alert lost, none told twice (docs/reliability.md).

`python -m bench.crash --kills 50 --seed 7`: gateways send some 7,000 readings a second and resend what was not acknowledged; the push
service takes two to four seconds to answer, so that a hundred pushes and more are on their way; every few seconds one process dies, or
PostgreSQL, or all at once. At the end what is stored, told and sent is compared with a plain model that knew it beforehand.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable

from bench import cluster

ROUND = (
    ["web worker"] * 8 + ["web"] * 6 + ["watch"] * 7 + ["deliver"] * 7 + ["tick"] * 5
    + ["PostgreSQL"] * 6 + ["one backend"] * 6 + ["all at once"] * 5
)  # fmt: skip
IN_FLIGHT = 100
PAUSE_S = (1.0, 4.0)
DRAIN_S = 240


def measure() -> dict[str, float]:
    """Keys: crash.kills, crash.lost, crash.doubled, crash.resent (pushes posted again), crash.readings_per_s, crash.least_in_flight."""
    return run(50, int(time.time()) % 100_000, 60)


def run(kills: int, seed: int, lease_s: float) -> dict[str, float]:
    print(f"seed {seed}", flush=True)
    folder = cluster.start()
    from django.db import connection

    from bench.crashcheck import check
    from bench.crashkeeper import until
    from bench.crashtown import Gateways, Town
    from tests.processes import answers, free_port

    town, port = Town(seed), free_port()
    with contextlib.ExitStack() as running:
        phones, devices, token = _prepare(town, port, seed, running)
        house = House(folder, port, phones, lease_s, random.Random(seed), running)
        connection.close()
        until("the site answers", lambda: answers(port), 60)
        gateways = Gateways(town, port, token)
        done = house.kill(kills)
        rate = gateways.end(180)
        print(f"gateways ended: {rate:,.0f} readings/s", flush=True)
        until("all is decided and sent", lambda: _idle(town, gateways.sent[0]), DRAIN_S, 0.5)
        phones.end()
        found = check(town, gateways, phones, devices)
        _table(done, found, house, gateways, phones)
    least = min((flight for _, flight in done), default=0)
    return {
        "crash.kills": float(len(done)),
        "crash.lost": float(sum(found.lost.values())),
        "crash.doubled": float(sum(found.doubled.values())),
        "crash.resent": float(phones.resent),
        "crash.readings_per_s": rate,
        "crash.least_in_flight": float(least),
    }


def _prepare(town, port, seed, running):  # type: ignore[no-untyped-def]
    """The peer, the people and their phones, a gateway's token. The environment is for all processes."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from django.conf import settings

    from bench.crashpeer import Phones, Slow
    from bench.crashpeople import gateway, people
    from tests.pushpeer import HOST, Peer

    os.environ |= {"BIJOLI_PUSH_HOSTS": HOST, "BIJOLI_LOG_LEVEL": "ERROR"}
    settings.PUSH_HOSTS = [HOST]
    peer = Peer()
    peer.by_path = Slow(random.Random(seed))
    running.enter_context(peer)
    private, secret = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
    devices = people(town, peer, private, secret)
    return Phones(peer, private, secret, port, seed), devices, gateway()


class House:
    """All processes, and who kills them."""

    def __init__(self, folder, port, phones, lease_s, chance, running):  # type: ignore[no-untyped-def]
        from bench.crashkeeper import GUNICORN, Database, Service
        from bijoli.config.postgres import Cluster

        postgres = Cluster()
        self.database = Database(postgres.start, folder / "postgres")
        running.callback(self.database.end)
        peer = phones.peer
        sender = ("-m", "bench.crashpeer", str(peer.authority), peer.connect_to[0], str(lease_s))
        commands = {"web": (*GUNICORN, "--bind", f"127.0.0.1:{port}"), "deliver": sender}
        commands |= {name: ("manage.py", name) for name in ("watch", "tick")}
        self.services = {name: Service(name, folder / f"{name}.log", *command) for name, command in commands.items()}
        for service in self.services.values():
            running.callback(service.end)
        self.slow, self.chance = peer.by_path, chance

    def kill(self, kills: int) -> list[tuple[str, int]]:
        """What was killed, with how many pushes on their way at that moment."""
        order = [name for _ in range(-(-kills // len(ROUND))) for name in self.chance.sample(ROUND, len(ROUND))][:kills]
        if kills < 10:  # a short run: each of the graver ones, the sender early, since what it leaves waits for its lease
            order = ["deliver", "PostgreSQL", "web", "watch", "all at once", "one backend", "web worker", "tick"][:kills]
        return [self._one(number, name) for number, name in enumerate(order)]

    def _one(self, number: int, name: str) -> tuple[str, int]:
        time.sleep(self.chance.uniform(*PAUSE_S))
        end = time.monotonic() + 60
        while True:
            flight = self.slow.in_flight()
            if time.monotonic() > end:
                raise TimeoutError(f"{flight} pushes on their way, of {IN_FLIGHT}")
            if flight >= IN_FLIGHT and self._do(name):
                print(f"{number + 1:3d}  kill -9 {name:12s} {flight:4d} pushes on their way", flush=True)
                return name, flight
            time.sleep(0.05)

    def _do(self, name: str) -> bool:
        """False where it does not run just now: then a moment later."""
        works: dict[str, Callable[[], bool]] = {
            "web worker": lambda: self.services["web"].kill_worker(self.chance),
            "PostgreSQL": self.database.kill,
            "one backend": lambda: self.database.kill_backend(self.chance),
            "all at once": self._all,
        }
        done = works[name]() if name in works else self.services[name].kill()
        if done and name in ("deliver", "all at once"):
            self.slow.cut()
        return done

    def _all(self) -> bool:
        """As when the power goes, save that what the kernel had taken is kept."""
        if not self.database.kill_all():
            return False
        for service in self.services.values():
            service.kill_group()
        return True


def _idle(town, sweeps: int) -> bool:  # type: ignore[no-untyped-def]
    """Nothing to decide, nothing to send, and whoever is still off for two hours was told so."""
    from django.db import DatabaseError, InterfaceError, connection

    from bijoli.alerts.models import Stage
    from bijoli.delivery.models import Delivery
    from bijoli.metering.models import Change

    try:
        waits = Change.objects.exists() or Delivery.objects.filter(status="queued").exists()
        still_off = Stage.objects.filter(code="Z3").count()
    except (DatabaseError, InterfaceError):
        connection.close()
        return False
    return not waits and (still_off >= town.off or sweeps <= 6)


def _table(done, found, house, gateways, phones) -> None:  # type: ignore[no-untyped-def]
    counts = Counter(name for name, _ in done)
    flights = sorted(flight for _, flight in done)
    print("\nkilled           times")
    for name, count in counts.most_common():
        print(f"{name:16s} {count:5d}")
    print(f"on their way at the kill: least {flights[0]}, median {flights[len(flights) // 2]}, most {flights[-1]}")
    print(f"started again: {', '.join(f'{name} {one.starts - 1}' for name, one in house.services.items())}", end="")
    print(f", PostgreSQL {house.database.recoveries}; batches resent {gateways.resent}; pushes resent {phones.resent}")
    print("deliveries: " + ", ".join(f"{status} {count:,}" for status, count in found.ended.most_common()))
    for title, counter in (("checked", found.checked), ("lost", found.lost), ("doubled", found.doubled)):
        print(f"{title:8s} " + (", ".join(f"{name} {count:,}" for name, count in counter.items() if count) or "nothing"))
    for line in found.notes[:20]:
        print(f"  {line}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--lease", type=float, default=60, help="seconds after which what a dead sender left is sent again")
    given = parser.parse_args()
    figures = run(given.kills, given.seed, given.lease)
    print("\n".join(f"{name:24s} {value:12,.0f}" for name, value in figures.items()))
    sys.exit(1 if figures["crash.lost"] or figures["crash.doubled"] else 0)
