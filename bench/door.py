"""From the HTTP door to committed and evaluated: gunicorn as in production, PostgreSQL with fsync, `watch`; at 10 k, 100 k, 1.3 M meters.

NDJSON batches of 10,000 from a process of its own, on the same cores. In each round 0.5 % of the meters fall under 100 taka and those of
the round before recharge: 1 % of the readings are for the rules. The clock stops when all is answered and `watch` has nothing left.
The meters' times stay within one local day; a day's turn, once in 96 readings, is not in here (see record.py).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench import cluster, fleet, usage
from bench.loadgen import Job

SIZES = ((10_000, 60, 1), (100_000, 10, 4), (1_300_000, 2, 4))
# At 10,000 meters a batch holds them all, and a meter's readings must come in order: one lane
WAITS = 300


@dataclass(slots=True)
class Site:
    """The processes that take the readings."""

    port: int
    token: str
    roots: dict[str, int]  # name -> process id

    def cpu(self) -> dict[str, float]:
        return {name: usage.cpu_seconds(root) for name, root in self.roots.items()}


@dataclass(slots=True)
class Run:
    """What one run showed. `cpu` seconds by process; `memory` the most that was seen, MB; `sent` seconds until all was answered."""

    readings: int
    seconds: float
    cpu: dict[str, float]
    memory: dict[str, float]
    wal: int
    sent: float

    def per_s(self) -> float:
        return self.readings / self.seconds

    def cost_us(self) -> float:
        """CPU microseconds a reading, of all our processes and PostgreSQL; the sender is not ours."""
        return sum(value for name, value in self.cpu.items() if name != "sender") / self.readings * 1e6

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {seconds / self.readings * 1e6:.2f}" for name, seconds in self.cpu.items())
        return f"{self.per_s():,.0f} readings/s; CPU µs a reading: {parts}; WAL {self.wal / self.readings:.0f} B a reading"


def measure() -> dict[str, float]:
    """Keys: ingest.http_per_s, _10k_per_s, _100k_per_s; ingest.cost_1300k_over_10k (CPU), ingest.cost_us; ingest.copy_ratio; memory."""
    cluster.start()
    with site() as found:
        runs = {meters: run for meters, run in _sizes(found)}
    large, small = runs[SIZES[-1][0]], runs[SIZES[0][0]]
    return {
        "ingest.http_per_s": large.per_s(),
        "ingest.http_100k_per_s": runs[SIZES[1][0]].per_s(),
        "ingest.http_10k_per_s": small.per_s(),
        "ingest.cost_1300k_over_10k": large.cost_us() / small.cost_us(),
        "ingest.cost_us": large.cost_us(),
        "ingest.wal_bytes_per_reading": large.wal / large.readings,
        "ingest.copy_ratio": large.per_s() / _copy_per_s(),
    } | {f"memory.{name}_mb": value for name, value in large.memory.items()}


def _sizes(site: Site) -> Iterator[tuple[int, Run]]:
    """Each size with one round before that is not measured: every process is warm, every meter has a state."""
    group, at, here = 0, _start(), 0
    for meters, rounds, lanes in SIZES:
        began = time.perf_counter()
        fleet.grow(here, meters)
        print(f"{meters:,} meters are there after {time.perf_counter() - began:.0f} s", flush=True)
        job = Job(site.port, site.token, meters, 1, group, at, _step(), lanes)
        run_job(site, job)
        run = run_job(site, replace(job, rounds=rounds, group=group + 1, at=at + _step()))
        print(f"{meters:>9,} meters: {run}", flush=True)
        yield meters, run
        here, group, at = meters, group + rounds + 2, at + (rounds + 2) * _step()


def _start() -> int:
    """An hour ago, or when the local day began."""
    from bijoli.metering import localday

    now = int(time.time())
    return max(now - 3600, localday.midnight(localday.day(now)) + 1)


def _step() -> int:
    """Seconds between two rounds."""
    return max(1, (int(time.time()) - _start()) // 130)


def run_job(site: Site, job: Job) -> Run:
    """Sends it and waits until all of it is evaluated."""
    episodes, lsn = _count("alerts_episode"), _wal()
    command = [sys.executable, "-m", "bench.loadgen", job.said()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sender:
        assert sender.stdin
        assert sender.stdout
        assert sender.stdout.readline() == "ready\n"
        before, began = site.cpu(), time.perf_counter()
        sender.stdin.write("\n")
        sender.stdin.flush()
        memory = _watched(site, sender)
        said: dict[str, float] = json.loads(sender.stdout.readline())
    _until_evaluated()
    seconds = time.perf_counter() - began
    cpu = {name: value - before[name] for name, value in site.cpu().items()} | {"sender": said["cpu"]}
    batch = f"a batch p50 {said['p50']:.3f} s, longest {said['longest']:.2f} s"
    print(f"  sent in {said['seconds']:.2f} s, evaluated after {seconds:.2f} s; {batch}", flush=True)
    opened = _count("alerts_episode") - episodes
    assert opened == job.fallen(), f"{opened} episodes for {job.fallen()} meters that fell"
    return Run(job.meters * job.rounds, seconds, cpu, memory, _wal() - lsn, said["seconds"])


def _watched(site: Site, sender: subprocess.Popen[str]) -> dict[str, float]:
    """The most memory that each took, until the sender has ended its work."""
    most = dict.fromkeys(site.roots, 0.0)
    end = time.monotonic() + WAITS
    while not _readable(sender):
        assert time.monotonic() < end
        most = {name: max(most[name], usage.memory_mb(root)) for name, root in site.roots.items()}
    return most


def _readable(sender: subprocess.Popen[str]) -> bool:
    import select

    return bool(select.select([sender.stdout], [], [], 2.0)[0])


def _until_evaluated() -> None:
    from tests.processes import wait_until

    wait_until("watch is through", lambda: not _count("metering_change"), WAITS, 0.02)


def _count(table: str) -> int:
    return int(_asked(f"SELECT count(*) FROM {table}"))


def _wal() -> int:
    return int(_asked("SELECT pg_current_wal_lsn() - '0/0'"))


def _asked(query: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return (cursor.fetchone() or (0,))[0]


@contextlib.contextmanager
def site() -> Iterator[Site]:
    """gunicorn and `watch`, each a process of its own, on the cluster that runs."""
    from tests.processes import Process, answers, free_port, manage

    port = free_port()
    os.environ["BIJOLI_LOG_LEVEL"] = "WARNING"
    gunicorn = [sys.executable, "-m", "gunicorn", "bijoli.config.wsgi", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    with Process("web", gunicorn) as web, manage("watch") as watch:
        web.wait_for(lambda: answers(port))
        try:
            yield Site(port, gateway(), {"web": web.id, "watch": watch.id, "postgres": cluster.process_id()})
        except BaseException:
            print(f"web said:\n{web.output()[-3000:]}\nwatch said:\n{watch.output()[-3000:]}", file=sys.stderr)
            raise


def gateway() -> str:
    """The token of a gateway made for the measurement."""
    from django.core.management import call_command

    said = io.StringIO()
    call_command("gateway", "the measurement", stdout=said)
    return said.getvalue().strip().splitlines()[-1]


def _copy_per_s() -> float:
    """Raw COPY of such rows, binary, into a table without index or rules, by one process: the limit of the database."""
    from bench.record import copy_rate

    return copy_rate(1_300_000)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
