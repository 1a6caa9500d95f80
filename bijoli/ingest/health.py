"""What the machines' door did not take in the last hour. For operators; no row's content is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

HOUR = timedelta(hours=1)
MOST = 200_000  # rows that one look reads; where a broken gateway sends more, the counts are of the newest so many
KINDS = 40  # different reasons that are named, the most frequent first

# A reason may quote what the gateway sent: quotes and numbers are blanked, so that few reasons are left and none of them tells a value.
_REJECTS = """
SELECT COALESCE(gateway.name, ''), door, field,
  regexp_replace(reason, '''[^'']*(''|$)|"[^"]*("|$)|`[^`]*(`|$)|[0-9]+', '…', 'g') AS class, count(*)
FROM (SELECT gateway_id, door, field, reason FROM ingest_reject WHERE received_at > %s ORDER BY received_at DESC LIMIT %s) AS recent
LEFT JOIN ingest_gateway gateway ON gateway.id = gateway_id
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT %s
"""
_GATEWAYS = "SELECT name, last_seen_at, rows_taken FROM ingest_gateway WHERE revoked_at IS NULL ORDER BY name LIMIT %s"
MOST_GATEWAYS = 500


@dataclass(frozen=True, slots=True)
class Rejects:
    """How many rows of the last hour were not taken at this door, for this reason. `gateway`: its name, empty where none sent them."""

    gateway: str
    door: str
    field: str
    reason: str
    count: int


def rejects(now: datetime) -> list[Rejects]:
    """The last hour's rejected and quarantined rows by reason, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(_REJECTS, [now - HOUR, MOST, KINDS])
        return [Rejects(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class GatewaySeen:
    """`silent_s`: seconds since a batch of it was stored, None where none ever was. `rows`: new rows so far. At most a minute behind."""

    name: str
    silent_s: float | None
    rows: int


def gateways(now: datetime) -> list[GatewaySeen]:
    """Those that may send."""
    with connection.cursor() as cursor:
        cursor.execute(_GATEWAYS, [MOST_GATEWAYS])
        found = cursor.fetchall()
    return [GatewaySeen(name, max((now - seen).total_seconds(), 0.0) if seen else None, rows) for name, seen, rows in found]
