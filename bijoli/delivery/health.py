"""How the pushes flow: the queue, what became of the last hour's, and how long each step took. For operators; nobody is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

HOUR = timedelta(hours=1)
MOST = 200_000  # rows that one look at the last hour reads; in a greater storm its figures are of the newest so many
QUANTILES = (0.5, 0.95, 0.99)

_QUEUE = "SELECT count(*), min(queued_at), min(due_at) FROM delivery_delivery WHERE status = 'queued' AND channel = 'webpush'"
_DEVICES = "SELECT count(*) FROM delivery_device WHERE gone_at IS NULL"
# The primary key leads to the last hour without an index of its own, which each delivery would have to pay for: ids rise with time, so go
# back from the newest in growing steps until a row is old enough.
RECENT = """
WITH RECURSIVE back (id, step) AS (
  SELECT max(id), 256::bigint FROM delivery_delivery
  UNION ALL
  SELECT GREATEST(id - step, (SELECT max(id) FROM delivery_delivery) - %(most)s), step * 2 FROM back
  WHERE id > 0 AND id > (SELECT max(id) FROM delivery_delivery) - %(most)s
    AND (SELECT queued_at FROM delivery_delivery d WHERE d.id <= back.id ORDER BY d.id DESC LIMIT 1) > %(since)s),
recent AS (
  SELECT * FROM delivery_delivery WHERE id > (SELECT min(id) - 1 FROM back) AND queued_at > %(since)s)
"""
# Our own reasons are a few small words; whatever else stands there is what the network said when no answer came.
_OUTCOMES = (
    RECENT
    + """
SELECT CASE
    WHEN channel IN ('sms', 'email') THEN channel
    WHEN device.id IS NULL THEN 'none'
    WHEN host = 'fcm.googleapis.com' THEN 'fcm'
    WHEN host LIKE '%%.push.services.mozilla.com' THEN 'mozilla'
    WHEN host LIKE '%%.push.apple.com' THEN 'apple'
    WHEN host LIKE '%%.notify.windows.com' THEN 'microsoft'
    ELSE 'other' END AS service,
  status, CASE WHEN reason ~ '^(HTTP [0-9]{3}|[a-z][a-z -]{0,29})?$' THEN reason ELSE 'no answer' END AS class, count(*)
FROM recent LEFT JOIN delivery_device device ON device.id = device_id, LATERAL substring(device.endpoint FROM '^https?://([^/:]+)') AS host
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
)
_SPANS = (
    RECENT
    + """
SELECT span, count(*), percentile_cont(%(quantiles)s::float8[]) WITHIN GROUP (ORDER BY seconds)
FROM recent r JOIN delivery_notification n ON n.id = r.notification_id, LATERAL (VALUES
  ('received_to_committed', extract(epoch FROM r.queued_at - n.received_at)::float8),
  ('committed_to_accepted', extract(epoch FROM r.sent_at - r.queued_at)::float8),
  ('accepted_to_displayed', extract(epoch FROM r.displayed_at - r.sent_at)::float8)) AS took (span, seconds)
WHERE seconds IS NOT NULL AND r.device_id IS NOT NULL GROUP BY span ORDER BY span
"""
)


@dataclass(frozen=True, slots=True)
class DeliveryQueue:
    """`oldest_s`: age of the oldest queued one, retries too. `overdue_s`: how long one is due that nobody took. Seconds; 0: none."""

    waiting: int
    oldest_s: float
    overdue_s: float


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many of the last hour's deliveries to this push service are in this state, for this reason (empty where there is none).

    `service`: fcm, mozilla, apple, microsoft, other (the demo's own), sms, email, none (no phone, or one that was removed).
    """

    service: str
    status: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the way from the reading to the phone: over how many pushes, and its p50, p95 and p99 in seconds."""

    name: str
    count: int
    seconds: tuple[float, ...]


def delivery_queue(now: datetime) -> DeliveryQueue:
    """What `deliver` still has to send."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE)
        waiting, oldest, due = cursor.fetchone()
    return DeliveryQueue(waiting, _age(oldest, now), _age(due, now))


def outcomes(now: datetime) -> list[Outcomes]:
    """What became of the deliveries of the last hour."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, {"since": now - HOUR, "most": MOST})
        return [Outcomes(*row) for row in cursor.fetchall()]


def spans(now: datetime) -> list[Span]:
    """How long each part of the way took for the pushes of the last hour; parts that none has gone yet are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, {"since": now - HOUR, "most": MOST, "quantiles": list(QUANTILES)})
        return [Span(name, count, tuple(seconds)) for name, count, seconds in cursor.fetchall()]


def live_devices() -> int:
    """Phones that can be pushed to."""
    with connection.cursor() as cursor:
        cursor.execute(_DEVICES)
        return int(cursor.fetchone()[0])


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
