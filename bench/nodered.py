"""The same threshold by Node-RED: over HTTP, the last state of each meter in the flow's memory, an alert where a balance falls under 100.

Two flows: a message for each reading (HTTP in, split, function), as its nodes are meant to be put together; and one function that loops
over the whole batch. Neither keeps anything: no database, no hysteresis, no history, no stages, no push; what it knows is gone with it.
"""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.loadgen import Job
from bench.peers import node

RESULT = Path(__file__).resolve().parents[1] / "build" / "bench.json"
OURS = "ingest.http_per_s"
WARM, MESSAGES, BATCHES = 100_000, 400_000, 1_300_000  # readings; each of another meter
LONGEST_S = 100
_Count = dict[str, int]


def measure() -> dict[str, float]:
    """Keys: ingest.nodered_message_per_s, ingest.nodered_batch_per_s, and what ours is beside each (`_ratio`). Run `door` before."""
    ours = json.loads(RESULT.read_text()).get(OURS) if RESULT.exists() else None
    assert ours, "nothing to compare with: python -m bench door"
    theirs = {name: _per_s(name, readings) for name, readings in (("message", MESSAGES), ("batch", BATCHES))}
    for name, rate in theirs.items():
        print(f"Node-RED by {name}: {rate:,.0f} readings/s")
    return {f"ingest.nodered_{name}_per_s": rate for name, rate in theirs.items()} | {
        f"ingest.nodered_{name}_ratio": ours / rate for name, rate in theirs.items()
    }


def _per_s(flow: str, readings: int) -> float:
    """Sends so many readings, after a warm-up, and waits until the flow has seen them all."""
    with _runtime() as port:
        for number, meters in ((0, WARM), (1, readings)):
            job = Job(port, "", meters, 1, number, 1_795_320_000 + number * 900, 60, 1)
            bodies = [b"[" + body.rstrip().replace(b"\n", b",") + b"]" for body in job.lane(0)]
            before, began = _count(port), time.perf_counter()
            _post(port, f"/{flow}", bodies)
            seen = _all_seen(port, before["seen"] + meters)
            took = time.perf_counter() - began
            assert seen["alerts"] - before["alerts"] == job.fallen(), (seen, job.fallen())
        return readings / took


def _post(port: int, path: str, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
    for body in bodies:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 200, said[:300]
    connection.close()


def _all_seen(port: int, readings: int) -> _Count:
    from tests.processes import wait_until

    def look() -> _Count | None:
        found = _count(port)
        return found if found["seen"] >= readings else None

    found = wait_until("all readings are seen", look, LONGEST_S, 0.05)
    assert found is not None
    assert found["seen"] == readings
    return found


def _count(port: int) -> _Count:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_S)
    connection.request("GET", "/count")
    found: _Count = json.loads(connection.getresponse().read())
    connection.close()
    return found


@contextmanager
def _runtime() -> Iterator[int]:
    """Node-RED itself, headless, with a folder of its own. Its port."""
    from tests.processes import Process, answers, free_port

    home, port = node.ensure("node-red"), free_port()
    with tempfile.TemporaryDirectory(prefix="bijoli-nodered-") as folder:
        flow = shutil.copy(home / "flow.json", folder)
        command = [str(node.node()), str(home / "node_modules" / "node-red" / "red.js")]
        options = ["--userDir", folder, "--settings", str(home / "settings.js")]
        with Process("node-red", [*command, *options], {"PORT": str(port), "FLOW": str(flow)}) as process:
            process.wait_for(lambda: answers(port) and _is_up(port))
            yield port


def _is_up(port: int) -> bool:
    try:
        return "seen" in _count(port)
    except (OSError, ValueError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
