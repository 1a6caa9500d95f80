"""How the readings flow: the queue between `record` and `watch`, and when something last came in. For operators; no meter is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

# What is set aside could not be handled and is tried again later: it must not look like a queue that stands still.
_QUEUE = """
SELECT count(*) FILTER (WHERE waits), count(*) FILTER (WHERE NOT waits), min(received_at) FILTER (WHERE waits)
FROM (SELECT received_at, leased_until IS NULL OR leased_until <= %s AS waits FROM metering_change) AS change
"""
_LAST = "SELECT received_at FROM metering_segment ORDER BY received_at DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class ChangeQueue:
    """`oldest_s`: how long the oldest waiting change has waited, seconds; 0 where none waits."""

    waiting: int
    set_aside: int
    oldest_s: float


def change_queue(now: datetime) -> ChangeQueue:
    """What `watch` still has to look at."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [now])
        waiting, aside, oldest = cursor.fetchone()
    return ChangeQueue(waiting, aside, max((now - oldest).total_seconds(), 0.0) if oldest else 0.0)


def last_reading_age(now: datetime) -> float | None:
    """Seconds since the last batch with a new reading was stored; None where none ever was."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        found = cursor.fetchone()
    return max((now - found[0]).total_seconds(), 0.0) if found else None
