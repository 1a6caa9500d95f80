"""The brokers' doors: how fast a listener takes in what waits for it. Messages are published first, then the listener is started.

A message of one reading, as from a concentrator that sends at once; and messages of a thousand, as from a head-end. 10,000 meters,
Mosquitto and NATS's server (synced at each write) on the same cores, PostgreSQL with fsync.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import cluster, fleet, usage

METERS = 10_000
SMALL = 20_000  # messages of one reading
LARGE = 200  # messages of a thousand
GATEWAY = "bench"

Publish = Callable[[list[bytes]], None]


def measure() -> dict[str, float]:
    """Keys: listen.mqtt_per_s, listen.nats_per_s (messages of one reading), _per_cpu_s (of the listener's process), _rows_per_s."""
    cluster.start()
    _prepare()
    figures: dict[str, float] = {}
    clock = int(time.time()) - 3000
    for name, door in (("mqtt", _mqtt), ("nats", _nats)):
        with tempfile.TemporaryDirectory() as folder, door(Path(folder)) as (url, publish):
            _drain(url, 0)  # the session and the stream are there from now on
            publish([_rows(number, 1, clock) for number in range(SMALL)])
            small, by_cpu = _drain(url, SMALL)
            publish([_rows(number * 1000, 1000, clock + 100) for number in range(LARGE)])
            large, _ = _drain(url, LARGE * 1000)
        clock += 1000
        figures |= {
            f"listen.{name}_per_s": small,
            f"listen.{name}_per_cpu_s": by_cpu,
            f"listen.{name}_rows_per_s": large,
        }
    return figures


def _prepare() -> None:
    from bijoli.ingest.models import Gateway

    fleet.grow(0, METERS)
    Gateway.objects.create(name=GATEWAY, token_hash=b"none")


def _rows(first: int, count: int, clock: int) -> bytes:
    """Readings of the meters in turn, each time round a second later."""
    return b"\n".join(
        json.dumps(
            {
                "meter": f"{fleet.FIRST + number % METERS:012d}",
                "at": clock + number // METERS,
                "balance": 500.25,
                "register_kwh": 1000.125,
                "load_kw": 0.42,
            }
        ).encode()
        for number in range(first, first + count)
    )


def _drain(url: str, rows: int) -> tuple[float, float]:
    """Rows a second, and for each CPU second of the listener, from the first batch that is seen stored to the last."""
    from tests.processes import manage, wait_until

    start = _stored()
    with manage("listen", url) as listener:
        if not rows:
            listener.wait_for(lambda: "listen: ready" in listener.output())
            return 0, 0
        wait_until("some is stored", lambda: _stored() > start, 60, 0.005)
        began, cpu, first = time.perf_counter(), usage.cpu_seconds(listener.id), _stored()
        wait_until("all is stored", lambda: _stored() >= start + rows, 300, 0.01)
        rest = start + rows - first
        return rest / (time.perf_counter() - began), rest / (usage.cpu_seconds(listener.id) - cpu)


def _stored() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(readings), 0) FROM metering_segment")
        return int(cursor.fetchone()[0])


@contextmanager
def _mqtt(folder: Path) -> Iterator[tuple[str, Publish]]:
    from tests.brokers import mosquitto

    with mosquitto(folder) as broker:
        yield f"mqtt://127.0.0.1:{broker.port}", partial(_publish_mqtt, broker.port)


def _publish_mqtt(port: int, messages: list[bytes]) -> None:
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2, "bench")
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for sent in [client.publish(f"bijoli/{GATEWAY}/readings", message, qos=1) for message in messages]:
        sent.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


@contextmanager
def _nats(folder: Path) -> Iterator[tuple[str, Publish]]:
    from tests.brokers import nats_server

    with nats_server(folder) as broker:
        yield f"nats://127.0.0.1:{broker.port}", lambda messages: asyncio.run(_publish_nats(broker.port, messages))


async def _publish_nats(port: int, messages: list[bytes]) -> None:
    import nats

    client = await nats.connect(f"nats://127.0.0.1:{port}")
    stream = client.jetstream()
    for start in range(0, len(messages), 200):
        await asyncio.gather(
            *(stream.publish("readings.1", message, headers={"Bijoli-Gateway": GATEWAY}) for message in messages[start : start + 200])
        )
    await client.close()
