"""How fast a batch is recorded, against the limit (COPY of the same rows) and against a peer (Django's bulk_create).

A PostgreSQL of its own with fsync on; batches of 10,000, each meter once a batch, every meter a reading before the next round begins.
`python -m bench.record [METERS]`. Medians of batches; one process of ours and one of PostgreSQL.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from bench import cluster

BATCH = 10_000
ROUNDS = 2  # readings of each meter that are measured, after one that is not
FIRST = 66_000_000_001
T = 1_795_320_000
QUARTER = 900


def measure(meters: int = 1_300_000) -> dict[str, float]:
    """`record.per_s` readings a second, and how that compares with plain COPY and with bulk_create; `decode.per_s` rows of the wire."""
    cluster.start()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_meter (number, profile, created_at)"
            " SELECT lpad((%s + i)::text, 12, '0'), 'is15959', now() FROM generate_series(0, %s) i",
            [FIRST, meters - 1],
        )
        cursor.execute(
            "INSERT INTO metering_meterstate (meter_id, sanctioned_load_w, last_at, relay, calm, day)"
            " SELECT id, 5000, 0, 0, 2, 0 FROM metering_meter ORDER BY id"
        )
        cursor.execute("VACUUM ANALYZE metering_meter, metering_meterstate")
        cursor.execute("CHECKPOINT")
    ours = _ours(meters)
    copy = copy_rate(meters)
    orm = _rate(_orm(), _limited(min(meters, 5 * BATCH)))
    connection.close()
    return {"record.per_s": ours, "record.copy_ratio": ours / copy, "record.orm_ratio": ours / orm, "decode.per_s": _decoded()}


def _ours(meters: int) -> float:
    from bijoli.metering.record import record

    now = datetime.fromtimestamp(T + 86400, UTC)
    fleet = _batches(meters)
    for _ in range(meters // BATCH):
        record(next(fleet), now)  # the first round: bands and days begin
    return _rate(lambda batch: record(batch, now), _taken(fleet, ROUNDS * (meters // BATCH)))


def _batches(meters: int) -> Iterator[Any]:
    """Readings of the whole fleet, a quarter of an hour after the other: balances fall, some people recharge."""
    import numpy as np

    from bijoli.metering.columns import Readings

    rng = np.random.default_rng(1)
    balance, register = rng.integers(-50_00, 3000_00, meters), rng.integers(1_000_000, 50_000_000, meters)
    for tick in range(1_000_000):
        for start in range(0, meters - BATCH + 1, BATCH):
            part = slice(start, start + BATCH)
            load = (rng.gamma(2.0, 0.16, BATCH) * 5000).astype(np.int64)
            register[part] += load // 4
            balance[part] += np.where(rng.random(BATCH) < 0.002, 500_00, 0) - load // 4 * 7 // 10
            at = T + tick * QUARTER + rng.integers(0, 60, BATCH)
            columns = (np.arange(FIRST + start, FIRST + start + BATCH), at, balance[part].copy(), register[part].copy(), load)
            yield Readings(*columns, relay=np.zeros(BATCH, np.int16), estimated=np.zeros(BATCH, np.bool_))


def _taken(batches: Iterator[Any], count: int) -> Iterator[Any]:
    for _ in range(count):
        yield next(batches)


def _limited(meters: int) -> Iterator[Any]:
    return _taken(_batches(meters), max(5, meters // BATCH))


def _rate(take: Callable[[Any], object], batches: Iterator[Any]) -> float:
    """Rows a second, by the median batch."""
    seconds = []
    for batch in batches:
        began = time.perf_counter()
        take(batch)
        seconds.append(time.perf_counter() - began)
    return BATCH / statistics.median(seconds)


def copy_rate(meters: int) -> float:
    """Rows a second by plain COPY."""
    return _rate(_copy(), _limited(meters))


def _copy() -> Callable[[Any], object]:
    """The same rows into a table without index or rules, binary: what the database can take at best."""
    import numpy as np
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copy (meter bigint, at bigint, balance bigint, register bigint, load bigint)")

    def take(batch: Any) -> None:
        columns = [getattr(batch, name) for name in ("meter", "at", "balance", "register", "load")]
        layout = [("fields", ">i2"), *(pair for n in range(5) for pair in ((f"length{n}", ">i4"), (f"value{n}", ">i8")))]
        rows = np.empty(len(columns[0]), layout)
        rows["fields"] = 5
        for n, column in enumerate(columns):
            rows[f"length{n}"], rows[f"value{n}"] = 8, column
        with connection.cursor() as cursor, cursor.copy("COPY bench_copy FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff")

    return take


def _decoded() -> float:
    """Rows of NDJSON into columns, a second: times as text with an offset, decimals, a relay."""
    from bijoli.ingest import decode

    dhaka = timezone(timedelta(hours=6))
    rows = [
        {"meter": f"{FIRST + n:012d}", "at": datetime.fromtimestamp(T + n % 3600, dhaka).isoformat(), "balance": n / 100}
        | {"register_kwh": 22609.583 + n, "load_kw": n % 5000 / 1000, "relay": "closed"}
        for n in range(BATCH)
    ]
    body = decode.Body("\n".join(map(json.dumps, rows)).encode(), lines=True)
    return _rate(lambda body: decode.readings(body), iter([body] * 20))


def _orm() -> Callable[[Any], object]:
    """The way a Django project would begin: one row a reading, bulk_create, nothing else (no state, no day, no alerts)."""
    from django.db import connection, models

    class BenchReading(models.Model):
        meter = models.BigIntegerField()
        at = models.BigIntegerField()
        balance = models.BigIntegerField()
        register = models.BigIntegerField()
        load = models.BigIntegerField()

        class Meta:
            app_label = "metering"
            constraints = [models.UniqueConstraint("meter", "at", name="bench_once")]

        def __str__(self) -> str:
            return str(self.pk)

    with connection.schema_editor() as editor:
        editor.create_model(BenchReading)

    def take(batch: Any) -> None:
        columns = [getattr(batch, name).tolist() for name in ("meter", "at", "balance", "register", "load")]
        rows = (BenchReading(meter=m, at=a, balance=b, register=r, load=w) for m, a, b, r, w in zip(*columns, strict=True))
        BenchReading.objects.bulk_create(rows, ignore_conflicts=True)

    return take


if __name__ == "__main__":
    for name, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_300_000).items():
        print(f"{name:20} {value:12.2f}")
