"""How the pushes of the last day went, by kind and by hour, and which phones are silent. For staff; nobody is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from bijoli.delivery.health import RECENT

DAY = timedelta(days=1)
MOST = 50_000  # the newest pushes that are looked at: a storm must not make the page slow
SILENT_AFTER = 3  # pushes taken for a phone, none of which it showed

_SPANS = """
 count(*) FILTER (WHERE r.device_id IS NOT NULL), count(r.sent_at) FILTER (WHERE r.channel = 'webpush'), count(r.displayed_at),
 count(*) FILTER (WHERE r.channel = 'webpush' AND r.status IN ('failed', 'expired')),
 count(*) FILTER (WHERE r.channel = 'webpush' AND r.status = 'suppressed'),
 percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM r.queued_at - n.received_at))
  FILTER (WHERE r.device_id IS NOT NULL),
 percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM r.sent_at - r.queued_at))
  FILTER (WHERE r.channel = 'webpush'),
 percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM r.displayed_at - r.sent_at))
FROM recent r JOIN delivery_notification n ON n.id = r.notification_id"""
_BY_KIND = f"{RECENT} SELECT n.kind, {_SPANS} GROUP BY 1 ORDER BY 2 DESC, 1"
_BY_HOUR = f"""{RECENT} SELECT date_trunc('hour', r.queued_at, %(zone)s), {_SPANS}
WHERE %(kind)s = '' OR n.kind = %(kind)s GROUP BY 1 ORDER BY 1 DESC"""
_SILENT = f"""{RECENT}, phones AS (
  SELECT r.device_id, count(r.sent_at) AS sent, count(r.displayed_at) AS shown FROM recent r
  WHERE r.device_id IS NOT NULL GROUP BY 1)
SELECT substring(d.endpoint FROM '^https?://([^/:]+)'), count(*), count(*) FILTER (WHERE p.sent >= %(after)s AND p.shown = 0)
FROM phones p JOIN delivery_device d ON d.id = p.device_id AND d.gone_at IS NULL GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1 LIMIT 20"""


_BESIDE = f"""{RECENT} SELECT r.channel, count(r.sent_at), count(*) FILTER (WHERE r.status = 'queued'),
  count(*) FILTER (WHERE r.status IN ('failed', 'expired')), count(*) FILTER (WHERE r.status IN ('suppressed', 'superseded')),
  sum(r.segments) FILTER (WHERE r.sent_at IS NOT NULL)
FROM recent r WHERE r.channel <> 'webpush' GROUP BY 1 ORDER BY 1 DESC"""


@dataclass(frozen=True, slots=True)
class Flow:
    """Pushes of one kind, or of one hour. Spans are (median, 95 of 100 within) in seconds; None where none has gone that way.

    `held`: told in the app only, no push was to leave. `lost`: failed or too old.
    """

    name: str
    hour: datetime | None
    pushes: int
    taken: int
    shown: int
    lost: int
    held: int
    decided: tuple[float, float] | None
    sent: tuple[float, float] | None
    displayed: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Silent:
    """Phones of one push service that were pushed to in the last day, and how many of them have shown nothing."""

    host: str
    phones: int
    silent: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What went beside the pushes by one channel (sms, email). `lost`: failed or too old; `held`: needless, unwished or over a limit.

    `segments` are what the network charges for; None for e-mail.
    """

    channel: str
    sent: int
    waiting: int
    lost: int
    held: int
    segments: int | None


def by_kind(now: datetime) -> list[Flow]:
    """The most frequent first."""
    return [_flow(row[0], None, row[1:]) for row in _rows(_BY_KIND, now)]


def by_hour(now: datetime, kind: str = "") -> list[Flow]:
    """The newest hour first; of one kind where it is named."""
    return [_flow("", row[0], row[1:]) for row in _rows(_BY_HOUR, now, kind=kind, zone=settings.UTILITY.zone)]


def beside(now: datetime) -> list[Beside]:
    """SMS, then e-mail; a channel that had nothing is not there."""
    return [Beside(*row) for row in _rows(_BESIDE, now)]


def silent(now: datetime) -> list[Silent]:
    """By push service, the most silent first."""
    return [Silent(*row) for row in _rows(_SILENT, now, after=SILENT_AFTER)]


def _rows(sql: str, now: datetime, **values: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": now - DAY, "most": MOST, **values})
        return list(cursor.fetchall())


def _flow(name: str, hour: datetime | None, row: tuple[Any, ...]) -> Flow:
    pushes, taken, shown, lost, held, *spans = row
    pairs = [tuple(span) if isinstance(span, list) and span[0] is not None else None for span in spans]
    return Flow(name, hour, pushes, taken, shown, lost, held, *pairs)
