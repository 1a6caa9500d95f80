"""The queue between `record` and whoever decides: claim, done, set aside. Claimed rows stay locked until the caller's transaction ends.

A crash therefore loses none and repeats none. One meter's changes are in one worker's hands at a time, and come in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

METER_LOCK = 7301  # our class of advisory locks; the second key is the meter's id
LEASE_S, LEASE_MOST_S = 30, 3600
MOST_OF_A_CLAIM = 20  # times the limit: a meter that sent a day at once is not cut short at every turn


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One reading, event or credit on which the rules may act. Paisa, W; unknown is None. `failures`: how often it could not be handled."""

    id: int
    meter_id: int
    source: str
    at: datetime
    received_at: datetime
    balance: int | None
    before: int | None
    load: int | None
    calm: int
    relay: int
    relay_before: int
    event_kind: str
    begins: bool | None
    event_code: str
    credited: int | None
    failures: int


_COLUMNS = """id, meter_id, source, at, received_at, balance_paisa, before_paisa, load_w, calm, relay, relay_before,
 event_kind, event_begins, event_code, credited_paisa, failures"""
_READY = "(leased_until IS NULL OR leased_until <= %(now)s)"
# Off, tripped, or signalled by the meter: what can become critical. The words of the partial index change_urgent.
URGENT = "(source = 'event' OR relay > 1)"
BESIDE_URGENT = 50  # of the others at most, so that what is urgent is told as soon as a small batch is; and never none: they go on too
# The oldest rows that nobody holds, the urgent ones before all others: a meter gone dark does not queue behind a storm of low balances.
# Of their meters those that nobody holds. Locking is a step of its own: it is not to depend on the planner's order.
_METERS = f"""WITH urgent AS MATERIALIZED (SELECT meter_id FROM metering_change WHERE {URGENT} AND {_READY}
  ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
 next AS MATERIALIZED (SELECT meter_id FROM metering_change WHERE {_READY}
  ORDER BY id LIMIT (SELECT CASE WHEN count(*) = 0 THEN %(alone)s ELSE least(%(beside)s, %(limit)s - count(*)) END FROM urgent)
  FOR UPDATE SKIP LOCKED),
 meters AS MATERIALIZED (SELECT meter_id FROM urgent UNION SELECT meter_id FROM next)
SELECT meter_id FROM meters WHERE pg_try_advisory_xact_lock({METER_LOCK}, meter_id)"""
# A statement of its own, so that it sees what the meters' last holder has committed.
_ROWS = f"""SELECT {_COLUMNS} FROM metering_change WHERE meter_id = ANY(%(meters)s::int[]) AND {_READY}
 ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED"""
_ONE = f"""SELECT meter_id, pg_try_advisory_xact_lock({METER_LOCK}, meter_id) FROM metering_change
 WHERE id = %(id)s AND {_READY} FOR UPDATE SKIP LOCKED"""


def claim(limit: int, now: datetime, *, urgent: bool = False) -> list[ChangeRow]:
    """Changes of about `limit` meters that no other worker holds, the urgent first, then the oldest. Inside the caller's transaction.

    `urgent`: those with an urgent change alone.
    """
    alone, beside = (0, 0) if urgent else (limit, BESIDE_URGENT)
    with connection.cursor() as cursor:
        cursor.execute(_METERS, {"now": now, "limit": limit, "alone": alone, "beside": beside})
        meters = [meter for (meter,) in cursor.fetchall()]
        if not meters:
            return []
        cursor.execute(_ROWS, {"now": now, "meters": meters, "most": limit * MOST_OF_A_CLAIM})
        return [_row(row) for row in cursor.fetchall()]


def claim_one(change_id: int, now: datetime) -> list[ChangeRow]:
    """That change alone; empty where it is done with or somebody else's."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE, {"id": change_id, "now": now})
        found = cursor.fetchone()
        if not found or not found[1]:
            return []
        cursor.execute(f"SELECT {_COLUMNS} FROM metering_change WHERE id = %s", [change_id])
        return [_row(row) for row in cursor.fetchall()]


def done(ids: Collection[int]) -> None:
    """Takes handled changes out of the queue."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM metering_change WHERE id = ANY(%s::bigint[])", [list(ids)])


def set_aside(row: ChangeRow, now: datetime) -> None:
    """A change that could not be handled waits for a later turn, each time longer, an hour at most."""
    until = now + timedelta(seconds=min(LEASE_S * 4**row.failures, LEASE_MOST_S))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE metering_change SET leased_until = %s, failures = failures + 1 WHERE id = %s", [until, row.id])


def hold(meter_ids: Collection[int]) -> list[int]:
    """Those of the meters that nobody decides about now; they are the caller's until its transaction ends."""
    ids = sorted(set(meter_ids))
    query = f"SELECT m FROM unnest(%s::int[]) AS m WHERE pg_try_advisory_xact_lock({METER_LOCK}, m)"
    with connection.cursor() as cursor:
        cursor.execute(query, [ids])
        return [meter for (meter,) in cursor.fetchall()]


def wait_for(meter_id: int) -> None:
    """Waits until nobody else decides about the meter; it is the caller's until its transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [METER_LOCK, meter_id])


def _row(row: tuple[object, ...]) -> ChangeRow:
    number, meter, source, at, *rest = row
    return ChangeRow(number, meter, source, datetime.fromtimestamp(at, UTC), *rest)  # type: ignore[arg-type]
