"""Days of many meters as the timer leaves them: finished months packed, the running one as rows; 64 households' figures, repeated."""

from __future__ import annotations

from typing import Any

import numpy as np

HOUSEHOLDS = 64
_NAMES = "first_wh, first_wh_at, first_paisa, first_paisa_at, last_wh, last_wh_at, last_paisa, last_paisa_at, max_w, max_at"
_ROWS = f"""INSERT INTO metering_day (meter_id, day, {_NAMES}, estimated)
SELECT m, %(day)s, {_NAMES}, 0 FROM generate_series(1, %(meters)s) m JOIN household ON n = m %% 64"""
_HOUSEHOLD = f"INSERT INTO household (n, {_NAMES}) VALUES ({', '.join(['%s'] * 11)})"
_MONTH = """INSERT INTO metering_month (meter_id, month, body)
SELECT m, %(month)s, (%(bodies)s::bytea[])[m %% 64 + 1] FROM generate_series(1, %(meters)s) m"""


def fill(meters: int, today: int, days: int) -> dict[int, tuple[int, int]]:
    """`days` days before the day `today` (since 1970) for the meters 1 to `meters`. Returns the last register and balance by household."""
    from django.db import connection

    from bijoli.metering import monthbody

    tables = _figures(today, days)
    running = monthbody.first_day(monthbody.month(today - 7))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for month in range(monthbody.month(today - days), monthbody.month(running)):
            first, end = monthbody.first_day(month), monthbody.first_day(month + 1)
            chosen = [table[:, (table[0] >= first) & (table[0] < end)] for table in tables]
            bodies = [monthbody.pack(table, np.array([0]), month)[0] for table in chosen]
            cursor.execute(_MONTH, {"month": month, "bodies": bodies, "meters": meters})
        columns = ", ".join(f"{name} bigint" for name in _NAMES.split(", "))
        cursor.execute(f"CREATE TEMPORARY TABLE household (n int, {columns})")
        for day in range(running, today):
            cursor.execute("TRUNCATE household")
            cursor.executemany(_HOUSEHOLD, [[n, *table[2:, table[0] == day][:, 0].tolist()] for n, table in enumerate(tables)])
            cursor.execute(_ROWS, {"day": day, "meters": meters})
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE metering_day, metering_month")
    return {n: (int(table[6, -1]), int(table[8, -1])) for n, table in enumerate(tables)}


def _figures(today: int, days: int) -> list[Any]:
    """A `monthbody` table for each household."""
    from bijoli.metering import localday

    rng = np.random.default_rng(7)
    numbers = np.arange(today - days, today)
    midnights = np.array([localday.midnight(int(day)) for day in numbers], np.int64)
    tables = []
    for household in range(HOUSEHOLDS):
        energy = rng.gamma(8.0, (2000 + 200 * household) / 8, days).astype(np.int64)
        register = 20_000_000 + np.cumsum(energy)
        balance = 900_00 - np.cumsum(energy * 72 // 100 // 10) % 1500_00
        first, last = midnights + rng.integers(10, 60, days), midnights + 85_500 + rng.integers(0, 60, days)
        rows = [numbers, np.zeros(days, np.int64), register - energy, first, balance + 5000, first, register, last, balance, last]
        tables.append(np.array([*rows, 800 + energy // 7, midnights + rng.integers(0, 86_000, days)], np.int64))
    return tables
