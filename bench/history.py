"""Raw readings and years of days: bytes, the time to read one meter's day or month, and how fast the timer puts them in order.

Two habits of gateways: neighbours in one batch, and meters of all blocks in one batch. A smaller fleet than 1.3 million meters, all in
memory: what is read is found by keys, so that only the depth of the indexes differs. About a minute (`python -m bench.history`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from bench import cluster

METERS = 16_384  # raw: four blocks, 96 readings each
FIRST = 66_000_000_001
BATCH = 10_000
SCATTERED = 120  # over four blocks: as thin as 10,000 over the blocks of 1.3 million meters
OWNERS, HISTORY = 10_000, 400  # history: meters and days
READS = 400


def measure() -> dict[str, float]:
    """Bytes with all indexes; milliseconds as a page waits for them, at the 99th of 100."""
    cluster.start()
    figures = _raw("contiguous") | _raw("scattered") | _history()
    return {name: round(value, 3) for name, value in figures.items()}


def _raw(how: str) -> dict[str, float]:
    """A day of METERS meters through `record`'s packing, merged as the timer does it."""
    import numpy as np
    from django.db import connection

    from bijoli.metering import localday, raw, segments

    day = localday.number(date(2026, 11, 1))
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE metering_segment")
    rng = np.random.default_rng(1)
    load = (rng.gamma(2.0, 0.16, (96, METERS)) * 5000).astype(np.int64)
    register = rng.integers(1_000_000, 50_000_000, METERS) + np.cumsum(load // 4, 0)
    balance = rng.integers(-50_00, 3000_00, METERS) - np.cumsum(load // 4 * 7 // 10, 0)
    meters, batch = np.arange(METERS) + 1, BATCH if how == "contiguous" else SCATTERED
    written, took = 0, 0.0
    for quarter in range(96):
        at = localday.midnight(day) + quarter * 900 + rng.integers(0, 60, METERS)
        order = np.arange(METERS) if how == "contiguous" else rng.permutation(METERS)
        for start in range(0, METERS, batch):
            part = np.sort(order[start : start + batch])
            known = [balance[quarter, part], register[quarter, part], load[quarter, part]]
            count = len(known[0])
            values = [*known, np.zeros(count, np.int16), np.zeros(count, bool)]
            _store(segments.cut(meters[part], np.full(count, day), at[part], values))
        if quarter % 24 == 23:  # as the timer does it while the day goes on, and the database's own vacuum after it
            again, seconds = _merged(day)
            written, took = written + again, took + seconds
    print(f"{how}: {written:,} readings written anew in {took:.1f} s", flush=True)
    since, until = (datetime.fromtimestamp(localday.midnight(one), UTC) for one in (day, day + 1))
    chosen = random.Random(1).sample(meters.tolist(), READS)
    assert len(raw.of_meter(chosen[0], since, until)) == 96
    read = _p99([lambda meter=meter: raw.of_meter(meter, since, until) for meter in chosen])
    size, packed = (_size("metering_segment_rest", full=full) / (96 * METERS) for full in (False, True))
    if how == "scattered":
        return {"raw.scattered_bytes_per_reading": size, "raw.scattered_day_read_p99_ms": read, "raw.scattered_packed_bytes": packed}
    return {"raw.bytes_per_reading": size, "raw.packed_bytes": packed, "raw.day_read_p99_ms": read, "raw.compact_per_s": written / took}


def _merged(day: int) -> tuple[int, float]:
    """How many readings were written anew, in how many seconds."""
    from django.db import connection

    from bijoli.metering import compact, localday

    moment, written, began = datetime.fromtimestamp(localday.midnight(day + 3), UTC), 0, time.perf_counter()
    while done := compact.compact(moment, lambda: True):
        written += done
    took = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("VACUUM metering_segment_rest")
    return written, took


def _store(pieces: Any) -> None:
    from django.utils import timezone

    from bijoli.metering.models import Segment

    Segment.objects.bulk_create(
        Segment(day=day, first_meter=first, last_meter=last, readings=count, received_at=timezone.now().replace(year=2020), body=body)
        for day, first, last, count, body in pieces
    )


def _history() -> dict[str, float]:
    """400 days of days for OWNERS meters: packed months, the running month as rows; a month read by its account."""
    from django.db import connection

    from bijoli.metering import localday, months, rolled

    last = localday.number(date(2026, 11, 22))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_meter (number, profile, created_at)"
            " SELECT lpad((%s + i)::text, 12, '0'), 'is15959', now() FROM generate_series(0, %s) i",
            [FIRST, OWNERS - 1],
        )
        for begin in range(last - HISTORY + 1, last + 1, 50):
            cursor.execute(_DAYS, {"first": begin, "last": min(begin + 49, last), "meters": OWNERS})
        cursor.execute("VACUUM ANALYZE metering_day")
    plain = _size("metering_day") / (OWNERS * HISTORY)
    now = datetime.fromtimestamp(localday.midnight(last) + 43_200, UTC)
    wall = time.perf_counter()
    months.pack(now, 0, lambda: True)
    packed = OWNERS * HISTORY / (time.perf_counter() - wall)
    print(f"packed {packed:,.0f} days a second; a day was {plain:.0f} bytes as a row", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL ANALYZE metering_day")
        cursor.execute("VACUUM ANALYZE metering_month")
        cursor.execute("SELECT count(*) FROM metering_day")
        left = cursor.fetchone()[0]
    chosen = random.Random(2)
    asked = [(chosen.randint(1, OWNERS), last - chosen.randint(0, HISTORY - 32)) for _ in range(READS)]
    assert len(rolled.meter_days([asked[0][0]], asked[0][1] - 30, asked[0][1])[asked[0][0]]) == 31
    read = _p99([lambda meter=meter, day=day: rolled.meter_days([meter], day - 30, day) for meter, day in asked])
    return {
        "usage.month_read_p99_ms": read,
        "usage.month_query_p99_ms": _queried(asked),
        "history.bytes_per_meter_day": _size("metering_month") / (OWNERS * HISTORY - left),
        "history.bytes_per_row_day": plain,
        "history.pack_per_s": packed,
    }


_DAYS = """INSERT INTO metering_day (meter_id, day, first_wh, first_wh_at, first_paisa, first_paisa_at, last_wh, last_wh_at, last_paisa,
 last_paisa_at, max_w, max_at, estimated)
SELECT m, d, wh, b + (random() * 60)::int, 300000 - mod(wh, 200000), b + 30,
 wh + 5000 + (random() * 3000)::int, b + 85500 + (random() * 60)::int, 300000 - mod(wh, 200000) - 4000 - (random() * 900)::int, b + 85530,
 (random() * 5000)::int, b + (random() * 86000)::int, 0
FROM generate_series(%(first)s, %(last)s) d, generate_series(1, %(meters)s) m,
 LATERAL (SELECT m * 1000 + (d - 20000) * 8000::bigint AS wh, d * 86400::bigint - 21600 AS b) x"""


def _queried(asked: list[tuple[int, int]]) -> float:
    """In the database alone: the month row by its key, as EXPLAIN ANALYZE times its execution."""
    from django.db import connection

    from bijoli.metering import monthbody

    taken = []
    with connection.cursor() as cursor:
        for meter, day in asked:
            sql = "EXPLAIN (ANALYZE, FORMAT JSON) SELECT body FROM metering_month WHERE meter_id = %s AND month BETWEEN %s AND %s"
            cursor.execute(sql, [meter, monthbody.month(day - 30), monthbody.month(day)])
            taken.append(cursor.fetchone()[0][0]["Execution Time"])
    return sorted(taken)[int(0.99 * len(taken))]


def _p99(reads: list[Callable[[], object]]) -> float:
    """Milliseconds, the 99th of 100; a first round warms caches and plans."""
    taken = []
    for read in reads[:50] + reads:
        began = time.perf_counter()
        read()
        taken.append(1000 * (time.perf_counter() - began))
    return sorted(taken[50:])[int(0.99 * len(reads))]


def _size(table: str, full: bool = False) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        if full:
            cursor.execute(f"VACUUM FULL {table}")
        cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        return float(cursor.fetchone()[0])


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:32} {value:12.3f}")
