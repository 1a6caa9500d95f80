"""A head-end that only sends: bodies of NDJSON made beforehand, posted over a few kept connections. A process of its own.

`python -m bench.loadgen JSON` makes what the JSON says (see Job), prints `ready`, waits for a line, sends all, prints what it saw.
"""

from __future__ import annotations

import http.client
import json
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone

from bench.fleet import FIRST

GROUPS = 200  # of the meters: in each round one falls under 100 taka, and the one before it recharges; so 1 % of the readings cross a limit
DHAKA = timezone(timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class Job:
    """`rounds` readings of each of `meters` meters, from group `group` on. A lane is a connection: the rounds of its meters, in order.

    `at` is the time of the first round, `step` seconds lie between two. `a_second`: readings a second in all; 0: as fast as answered.
    `stays`: who fell does not recharge.
    """

    port: int
    token: str
    meters: int
    rounds: int
    group: int
    at: int
    step: int
    lanes: int
    batch: int = 10_000
    a_second: int = 0
    groups: int = GROUPS
    stays: bool = False

    def said(self) -> str:
        return json.dumps(asdict(self))

    def fallen(self) -> int:
        """How many readings fall under the limit."""
        return sum(len(range((self.group + n) % self.groups, self.meters, self.groups)) for n in range(self.rounds))

    def lane(self, number: int) -> list[bytes]:
        """The bodies of one lane, in order."""
        share = -(-self.meters // self.lanes // self.batch) * self.batch if self.lanes > 1 else self.meters
        first, end = number * share, min((number + 1) * share, self.meters)
        return [body for round in range(self.rounds) for body in self._round(round, first, end)]

    def _round(self, round: int, first: int, end: int) -> Iterator[bytes]:
        at = datetime.fromtimestamp(self.at + round * self.step, DHAKA).isoformat()
        low = {(self.group + n) % self.groups for n in range(-self.group if self.stays else round, round + 1)}
        for start in range(first, end, self.batch):
            yield b"".join(_line(n, at, round, n % self.groups in low) for n in range(start, min(start + self.batch, end)))


def _line(n: int, at: str, round: int, low: bool) -> bytes:
    balance = 84.5 if low else 300 + n * 7919 % 250_000 / 100 - round * 1.07
    load = n * 104_729 % 4_000 / 1000
    return (
        b'{"meter":"%012d","at":"%b","balance":%.2f,"register_kwh":%.3f,"load_kw":%.3f,"relay":"closed"}\n'
        % (FIRST + n, at.encode(), balance, 22_609.583 + n * 31 % 50_000 + round * 0.25, load)
    )  # fmt: skip


def _send(job: Job, bodies: list[bytes], began: float) -> list[float]:
    """Posts them one after the other, each at its time; a body that is told to wait is sent again. Seconds that each took."""
    connection = http.client.HTTPConnection("127.0.0.1", job.port, timeout=120)
    headers = {"Authorization": f"Bearer {job.token}", "Content-Type": "application/x-ndjson"}
    gap = job.batch * job.lanes / job.a_second if job.a_second else 0.0
    spans = []
    for number, body in enumerate(bodies):
        time.sleep(max(0.0, began + number * gap - time.perf_counter()))
        start = time.perf_counter()
        while not _posted(connection, body, headers):
            time.sleep(0.1)
        spans.append(time.perf_counter() - start)
    connection.close()
    return spans


def _posted(connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]) -> bool:
    connection.request("POST", "/ingest/readings", body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status == 429:
        return False
    assert answer.status == 200, said
    assert json.loads(said)["accepted"] == body.count(b"\n"), said
    return True


def main(job: Job) -> None:
    lanes = [job.lane(number) for number in range(job.lanes)]
    print("ready", flush=True)
    sys.stdin.readline()
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    gap = job.batch / job.a_second if job.a_second else 0.0  # lanes take turns
    with ThreadPoolExecutor(job.lanes) as pool:
        lanes_spans = pool.map(lambda n: _send(job, lanes[n], began + n * gap), range(job.lanes))
        spans = sorted(span for lane in lanes_spans for span in lane)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": took, "cpu": cpu, "p50": spans[len(spans) // 2], "longest": spans[-1]}), flush=True)


if __name__ == "__main__":
    main(Job(**json.loads(sys.argv[1])))
