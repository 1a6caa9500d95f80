"""What staff see of a closing of recharge: how many homes would run out inside it, before it is announced; how many were reached, after."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction

from bijoli.insight import closing
from bijoli.insight.clock import Clock
from bijoli.insight.pricing import Tariffs

SAMPLE = 3_000  # meters that are looked at for a preview
PATIENCE_MS = 4_000
_SIZE = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'metering_meterstate'::regclass"
_SAMPLE = "SELECT meter_id FROM metering_meterstate TABLESAMPLE SYSTEM (%s) LIMIT %s"
_REACHED = """
SELECT c.closure_id, count(DISTINCT c.id), count(DISTINCT n.id), count(DISTINCT n.id) FILTER (WHERE d.sent_at IS NOT NULL),
 count(DISTINCT n.id) FILTER (WHERE d.displayed_at IS NOT NULL OR n.read_at IS NOT NULL)
FROM insight_closurenotice c
LEFT JOIN delivery_notification n ON n.meter_id = c.meter_id AND n.kind = 'closed' AND n.code = 'C1' AND n.made_at = c.told_at
LEFT JOIN delivery_delivery d ON d.notification_id = n.id
WHERE c.closure_id = ANY(%s) GROUP BY c.closure_id"""


@dataclass(frozen=True, slots=True)
class Preview:
    """How many homes may run out inside a closing; `about` where a sample of the meters was looked at instead of all."""

    homes: int
    about: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """Of one closing: homes told; people told (a home may have several), to whom a push was sent, and who saw it or read it."""

    homes: int = 0
    people: int = 0
    sent: int = 0
    seen: int = 0


def preview(ends_at: datetime, now: datetime) -> Preview | None:
    """Homes whose balance may not last from now until then, whether or not anybody is linked to them; None where that took too long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            return _preview(ends_at, now)
    except OperationalError:
        return None


def _preview(ends_at: datetime, now: datetime) -> Preview:
    with connection.cursor() as cursor:
        cursor.execute(_SIZE)
        [size] = cursor.fetchone()
        about = size > SAMPLE
        cursor.execute(_SAMPLE, [100 * SAMPLE / size if about else 100, 2 * SAMPLE])
        sample = [meter for (meter,) in cursor.fetchall()]
        clock = Clock.at(now)
        cursor.execute(f"{closing.NEAR} AND s.meter_id = ANY(%(meters)s::int[])", closing.asked(ends_at, clock) | {"meters": sample})
        near = [meter for (meter,) in cursor.fetchall()]
    found = len(closing.short(near, ends_at, clock, Tariffs()))
    return Preview(round(found * size / len(sample)) if about and sample else found, about)


def reached(closure_ids: Collection[int]) -> dict[int, Reached]:
    """By closing, for those of which somebody was told."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, [list(closure_ids)])
        return {closure: Reached(*counts) for closure, *counts in cursor.fetchall()}
