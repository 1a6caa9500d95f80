"""The table of deliveries as a queue: claiming what is due with all that sending needs, and recording what became of it. One query each.

Rows travel as JSON in one value: thousands a second are read and written, and that costs this process a tenth of what columns do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg
from django.db import connection

from bijoli.core.alerts.stages import STAGES
from bijoli.customers.rights import is_since_sql, is_told_sql, visible_sql
from bijoli.delivery.receipts import new_token

LEASE = timedelta(seconds=60)  # longer than the longest wait for a push service's answer

# 1. Due rows by severity, over the partial index delivery_push_queue; locked ones are another worker's. 2. The lease also moves due_at, so
# that what is in hand drops out of the index range. 3. What sending needs, and the state of the notification now: badge, read, replaced.
# 4. Where meters are told of in one: which ones, now; the second of them alone is worth a new sound.
JOINED = """FROM delivery_notification j WHERE j.customer_id = n.customer_id AND j.kind = n.kind AND j.code = n.code
   AND j.made_at >= q.joined_since AND j.read_at IS NULL AND j.superseded_at IS NULL"""
CLAIM = f"""
WITH due AS (
  SELECT id, row_number() OVER () AS place FROM (
    SELECT id FROM delivery_delivery
    WHERE status = 'queued' AND channel = 'webpush' AND due_at <= %(now)s
    ORDER BY severity DESC, due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS waiting),
claimed AS (UPDATE delivery_delivery d
SET leased_until = %(lease)s, due_at = %(lease)s, attempts = d.attempts + 1,
  receipt_hash = substr(%(hashes)s::bytea, (due.place::int - 1) * 32 + 1, 32)
FROM due
JOIN delivery_delivery q ON q.id = due.id
JOIN delivery_notification n ON n.id = q.notification_id
JOIN customers_customer c ON c.id = n.customer_id
LEFT JOIN metering_meter m ON m.id = n.meter_id
LEFT JOIN delivery_device v ON v.id = q.device_id AND v.gone_at IS NULL AND v.customer_id = n.customer_id
  AND (v.session_key = '' OR EXISTS (SELECT FROM django_session s WHERE s.session_key = v.session_key AND s.expire_date > %(now)s))
LEFT JOIN customers_access a ON a.customer_id = n.customer_id AND a.account_id = n.account_id
  AND a.since <= %(now)s AND (a.until IS NULL OR a.until > %(now)s)
WHERE d.id = due.id
RETURNING due.place, d.id, d.attempts, d.severity, d.topic, d.urgency, d.expires_at, d.silent,
  n.public_id, n.kind, n.code, n.at, n.facts, n.read_at IS NOT NULL AS read, n.superseded_at IS NOT NULL AS superseded,
  c.is_active AND (n.account_id IS NULL OR a.id IS NOT NULL AND {is_told_sql("n", "a")}
    AND {is_since_sql("n", "a")}) AS live,
  c.language, COALESCE(a.nickname, '') AS account_name, COALESCE(m.number, '') AS meter_number,
  v.id AS device_id, COALESCE(v.endpoint, '') AS endpoint,
  translate(encode(COALESCE(v.p256dh, ''), 'base64'), E'\\n', '') AS p256dh, encode(COALESCE(v.auth, ''), 'base64') AS auth,
  (SELECT count(*) FROM delivery_notification b
   WHERE b.customer_id = n.customer_id AND b.read_at IS NULL AND b.superseded_at IS NULL AND b.kind <> 'test'
     AND {visible_sql("b")}) AS badge,
  NOT EXISTS (SELECT FROM delivery_notification o
   WHERE o.customer_id = n.customer_id AND o.meter_id = n.meter_id AND o.kind = n.kind AND o.id < n.id AND o.code >= n.code
     AND o.read_at IS NULL AND o.superseded_at IS NULL AND o.made_at > n.made_at - interval '12 hours')
    AND (q.joined_since IS NULL OR 2 > (SELECT count(DISTINCT j.meter_id) {JOINED} AND j.id < n.id)) AS rises,
  CASE WHEN q.joined_since IS NOT NULL THEN ARRAY(SELECT j.meter_id {JOINED} GROUP BY j.meter_id ORDER BY min(j.id)) END AS joined)
SELECT coalesce(json_agg(claimed ORDER BY place), '[]')::text FROM claimed
"""
# A receipt can be faster than this: then the state stays where the receipt has put it. A lease that has passed to another worker is his,
# save that a message accepted is accepted.
RECORD = """
UPDATE delivery_delivery d
SET status = CASE WHEN d.status = 'queued' THEN o.status ELSE d.status END,
    reason = CASE WHEN d.status = 'queued' THEN o.reason ELSE d.reason END,
    sent_at = COALESCE(d.sent_at, o.sent), due_at = COALESCE(o.due, d.due_at), attempts = d.attempts - o.unmade, leased_until = NULL
FROM json_to_recordset(%s) AS o (id bigint, status text, reason text, sent timestamptz, due timestamptz, unmade smallint, lease timestamptz)
WHERE d.id = o.id AND (d.leased_until = o.lease OR o.status = 'sent')
"""
GONE = "UPDATE delivery_device SET gone_at = %s WHERE id = ANY(%s::bigint[]) AND gone_at IS NULL"
# Whose last phone that was: what still waited for it to be shown goes by SMS at once.
ALONE = """
UPDATE delivery_notification n SET sms_at = %(now)s
FROM (SELECT DISTINCT customer_id FROM delivery_device WHERE id = ANY(%(gone)s::bigint[])) AS left_alone
WHERE n.customer_id = left_alone.customer_id AND n.sms_at > %(now)s AND n.code = ANY(%(codes)s::text[])
  AND NOT EXISTS (SELECT FROM delivery_device d WHERE d.customer_id = n.customer_id AND d.gone_at IS NULL)
"""
WAITING = "SELECT EXISTS (SELECT FROM delivery_delivery WHERE status = 'queued' AND channel = 'webpush' AND due_at <= %s)"


@dataclass(slots=True)
class Claim:
    """A delivery in hand. Has what `wording.words` wants. `live`: the person may still see the account; `rises`: worth a new sound.

    `joined`: the meters that it tells of in one, the first told first; None where it tells of its own alone.
    """

    place: int
    id: int
    attempts: int
    severity: int
    topic: str
    urgency: str
    expires_at: datetime
    silent: bool
    public_id: str
    kind: str
    code: str
    at: datetime
    facts: dict[str, Any]
    read: bool
    superseded: bool
    live: bool
    language: str
    account_name: str
    meter_number: str
    device_id: int | None
    endpoint: str
    p256dh: bytes
    auth: bytes
    badge: int
    rises: bool
    joined: list[int] | None
    token: str = ""
    lease: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claim. `due`: when to try again; `unmade`: 1 where this try does not count; `gone`: the device to be removed."""

    claim: Claim
    status: str
    reason: str = ""
    sent: datetime | None = None
    due: datetime | None = None
    unmade: int = 0
    gone: bool = False


def claim(limit: int, now: datetime, database: psycopg.Connection[Any] | None = None) -> list[Claim]:
    """Up to `limit` deliveries that are due, the severest first, leased to the caller. Each gets a new receipt token.

    `database` is for a caller in another thread than the connection's own.
    """
    lease = now + LEASE
    tokens = [new_token() for _ in range(limit)]
    hashes = b"".join(hash for _, hash in tokens)
    with psycopg.Cursor(database or plain()) as cursor:
        cursor.execute(CLAIM, {"now": now, "lease": lease, "limit": limit, "hashes": hashes})
        claims = _CLAIMS.decode(cursor.fetchone()[0])  # type: ignore[index]
    for claim in claims:
        claim.token, claim.lease = tokens[claim.place - 1][0], lease
    return claims


def record(outcomes: Sequence[Outcome], now: datetime, database: psycopg.Connection[Any] | None = None) -> None:
    """Writes what became of claims, all in one statement, and removes devices that their push service has forgotten."""
    if not outcomes:
        return
    rows = [
        {
            "id": o.claim.id,
            "status": o.status,
            "reason": o.reason[:80],
            "sent": o.sent,
            "due": o.due,
            "unmade": o.unmade,
            "lease": o.claim.lease,
        }
        for o in sorted(outcomes, key=lambda outcome: outcome.claim.id)  # the order in which "restored" locks them too: no deadlock
    ]
    gone = [o.claim.device_id for o in outcomes if o.gone]
    with psycopg.Cursor(database or plain()) as cursor:
        if gone:
            cursor.execute(GONE, [now, gone])
            cursor.execute(ALONE, {"now": now, "gone": gone, "codes": SAID_ALONE})
        cursor.execute(RECORD, [msgspec.json.encode(rows).decode()])


def is_waiting(now: datetime) -> bool:
    """Whether anything is due."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [now])
        return bool(cursor.fetchone()[0])


def plain() -> psycopg.Connection[Any]:
    """The calling thread's connection without Django's wrapper, which other threads may use too; psycopg lets one in at a time."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    return raw


SAID_ALONE = [code for code, rule in STAGES.items() if rule.sms_alone]
_CLAIMS = msgspec.json.Decoder(list[Claim])
