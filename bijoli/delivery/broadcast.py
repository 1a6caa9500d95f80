"""One message to many persons, set-based: a notification each, and a delivery for each of their phones. For notices of the utility.

Runs inside the transaction of who decided. Whoever calls keeps by a row of its own that a person is told once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from bijoli.core.pgarray import columns
from bijoli.delivery.tell import WAKE
from bijoli.delivery.topic import topic


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What is said. `name` is the same for what replaces what in the phone's tray; pushed until `expires_at`.

    `outage`: which of a person's two switches keeps it from their phones; it stands in the centre all the same.
    """

    kind: str
    code: str
    severity: int
    facts: dict[str, Any]
    name: str
    expires_at: datetime
    outage: bool
    urgency: str = "normal"


_NOTIFICATIONS = """
INSERT INTO delivery_notification (public_id, customer_id, account_id, meter_id, kind, code, severity, at, facts, made_at)
SELECT gen_random_uuid(), t.customer, t.account, t.meter, %s, %s, %s, %s, %s::jsonb, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS t (customer, account, meter)
RETURNING customer_id, id"""
# A row for each phone; one that says why for a person who has none or has switched it off. Quiet hours, the person's own or the
# utility's, may pass midnight.
_DELIVERIES = """
INSERT INTO delivery_delivery
  (notification_id, channel, device_id, status, reason, severity, topic, urgency, expires_at, silent, attempts, due_at, queued_at)
SELECT t.notification, 'webpush', d.id, CASE WHEN d.id IS NULL THEN 'suppressed' ELSE 'queued' END,
  CASE WHEN m.muted THEN 'opted out' WHEN d.id IS NULL THEN 'no device' ELSE '' END, %(severity)s, %(topic)s, %(urgency)s, %(expires)s,
  CASE WHEN q.begins <= q.ends THEN %(clock)s >= q.begins AND %(clock)s < q.ends
   ELSE %(clock)s >= q.begins OR %(clock)s < q.ends END,
  0, %(now)s, %(now)s
FROM unnest(%(customers)s::bigint[], %(notifications)s::bigint[]) AS t (customer, notification)
JOIN customers_customer c ON c.id = t.customer
CROSS JOIN LATERAL (SELECT CASE WHEN %(outage)s THEN c.mutes_outages ELSE c.mutes_news END AS muted) m
CROSS JOIN LATERAL (SELECT
  CASE WHEN c.quiet_from IS NULL OR c.quiet_until IS NULL THEN %(quiet_from)s::time ELSE c.quiet_from END AS begins,
  CASE WHEN c.quiet_from IS NULL OR c.quiet_until IS NULL THEN %(quiet_until)s::time ELSE c.quiet_until END AS ends) q
LEFT JOIN delivery_device d ON d.customer_id = t.customer AND d.gone_at IS NULL AND NOT m.muted"""


def broadcast(said: Broadcast, persons: Sequence[tuple[int, int | None, int | None]], now: datetime) -> dict[int, int]:
    """`persons`: customer, and the account and meter that it is about. Each customer once. Returns the notification's id by customer."""
    if not persons:
        return {}
    with connection.cursor() as cursor:
        values: list[Any] = [said.kind, said.code, said.severity, now, json.dumps(said.facts), now]
        cursor.execute(_NOTIFICATIONS, [*values, *columns(persons)])
        told = dict(cursor.fetchall())
        clock = now.astimezone(ZoneInfo(settings.UTILITY.zone)).time()
        known: dict[str, Any] = {
            "severity": said.severity,
            "topic": topic("notice", said.name),
            "urgency": said.urgency,
            "outage": said.outage,
            "expires": said.expires_at,
            "clock": clock,
            "now": now,
            "customers": list(told),
            "notifications": list(told.values()),
            "quiet_from": settings.UTILITY.quiet_from,
            "quiet_until": settings.UTILITY.quiet_until,
        }
        cursor.execute(_DELIVERIES, known)
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE])
    return told


_TAKE_OFF = """
WITH untrue AS (
  UPDATE delivery_notification SET superseded_at = %s
  WHERE id = ANY(%s::bigint[]) AND read_at IS NULL AND superseded_at IS NULL RETURNING id)
UPDATE delivery_delivery SET status = 'superseded' WHERE notification_id IN (SELECT id FROM untrue) AND status = 'queued'"""


def take_off(notifications: Sequence[int], now: datetime) -> None:
    """Off the bells without a word; a push that has not left stays here. What was read stays as it was read."""
    if notifications:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_OFF, [now, list(notifications)])
