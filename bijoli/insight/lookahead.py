"""Queues meters whose forecast crossed a limit of the rules while their balance crossed none, so that `watch` looks at them.

A home is queued when the rules would do something: its run-out fell under a limit that its open episode has not reached, or rose over
the closing one. Once they did, the episode's memory says so, and it is not queued again; nor while it still waits in the queue.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from bijoli.core.alerts.low import RUN_OUT_CLOSE_S, RUN_OUT_L2_S, RUN_OUT_L3_S
from bijoli.core.alerts.model import Snapshot
from bijoli.core.conditions import closing_paisa
from bijoli.insight.clock import NEWS
from bijoli.insight.forecasts import seconds
from bijoli.metering.record import CHANNEL

EVERY = timedelta(minutes=15)
SLICE = 20_000  # meters whose states are looked through at once
WAITING_MOST = 5_000  # so many waiting changes, and it queues none: what meters report goes first
# Only what may run out within a day of now by the dearest day of the home, or what a forecast alone has opened. The states of a slice are
# read by their key; the open episodes by a partial index. A finished balance is ZERO's.
_NEAR = """
WITH waiting AS MATERIALIZED (SELECT DISTINCT meter_id FROM metering_change)
SELECT s.meter_id, s.balance_paisa, s.balance_at, e.memory->>'reached',
 (e.memory->>'by_forecast')::bool AND e.memory->>'calm_since' IS NULL, s.edges[cardinality(s.edges)]
FROM metering_meterstate s
JOIN insight_homeprofile h ON h.meter_id = s.meter_id
LEFT JOIN alerts_episode e ON e.meter_id = s.meter_id AND e.kind = 'low' AND e.closed_at IS NULL
WHERE s.meter_id > %(after)s AND s.meter_id <= %(until)s AND s.balance_paisa > 0 AND s.balance_at >= %(since)s
 AND (s.balance_paisa < h.day_paisa * (1 + (%(time)s - s.balance_at) / 86400.0) OR (e.memory->>'by_forecast')::bool)
 AND s.meter_id NOT IN (SELECT meter_id FROM waiting)
 AND NOT EXISTS (SELECT FROM alerts_episode z WHERE z.meter_id = s.meter_id AND z.kind = 'zero' AND z.closed_at IS NULL)"""
_QUEUE = """INSERT INTO metering_change
 (meter_id, source, at, received_at, balance_paisa, before_paisa, calm, relay, relay_before, event_kind, event_code)
SELECT s.meter_id, 'reading', s.balance_at, s.received_at, s.balance_paisa, s.balance_paisa, 0, 0, 0, '', ''
FROM metering_meterstate s WHERE s.meter_id = ANY(%s::int[]) AND s.balance_paisa IS NOT NULL AND s.received_at IS NOT NULL
ORDER BY s.meter_id"""


@dataclass(frozen=True, slots=True)
class _Near:
    """A meter that the rules might look at: its balance, and what its open low episode has reached; None where none is open.

    `closes_at` is the balance that the episode would close at, where it may close by the forecast; else None.
    """

    balance: int
    balance_at: int
    reached: frozenset[str] | None
    closes_at: int | None


def look(now: datetime, reached: int, go_on: Callable[[], bool]) -> int | None:
    """A stretch of the round, from the meter after `reached` on. Returns the last meter seen, None at the round's end."""
    last = _last()
    while reached < last:
        if not go_on() or _waiting() > WAITING_MOST:
            return reached
        look_slice(reached, reached + SLICE, now)
        reached += SLICE
    return None


def look_slice(after: int, until: int, now: datetime) -> int:
    """The meters over `after` up to `until`. Returns how many were queued."""
    with transaction.atomic():
        near = _read(after, until, now)
        run_out = seconds({meter: Snapshot(one.balance, one.balance_at) for meter, one in near.items()}, now)
        chosen = [meter for meter, left in run_out.items() if _matters(near[meter], left)]
        _queue(chosen)
    return len(chosen)


def _matters(one: _Near, left: int) -> bool:
    """Whether the rules, asked with the last known balance, would reach a stage or close."""
    if one.reached is None:
        return left < RUN_OUT_L2_S
    if (left < RUN_OUT_L2_S and "L2" not in one.reached) or (left < RUN_OUT_L3_S and "L3" not in one.reached):
        return True
    return one.closes_at is not None and left > RUN_OUT_CLOSE_S and one.balance >= one.closes_at


def _read(after: int, until: int, now: datetime) -> Mapping[int, _Near]:
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, {"after": after, "until": until, "since": int((now - NEWS).timestamp()), "time": int(now.timestamp())})
        return {meter: _near(*row) for meter, *row in cursor.fetchall()}


def _near(balance: int, balance_at: int, reached: str | None, by_forecast: bool | None, highest: int | None) -> _Near:
    """`reached` is JSON text; `highest` the meter's last edge, the closing of the highest own limit of its people."""
    limits = settings.UTILITY.thresholds
    closes_at = closing_paisa(limits.low_paisa, limits) if highest is None else highest
    known = None if reached is None else frozenset(json.loads(reached))
    return _Near(balance, balance_at, known, closes_at if by_forecast else None)


def _queue(meter_ids: Collection[int]) -> None:
    if meter_ids:
        with connection.cursor() as cursor:
            cursor.execute(_QUEUE, [list(meter_ids)])
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _last() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(meter_id), 0) FROM insight_homeprofile")
        return int(cursor.fetchone()[0])


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT FROM metering_change LIMIT %s) w", [WAITING_MOST + 1])
        return int(cursor.fetchone()[0])
