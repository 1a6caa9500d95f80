"""Takes off the bell what is no longer true, without a word."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connection

CLEAR = """
WITH untrue AS (
  UPDATE delivery_notification SET superseded_at = %s
  WHERE stage_id = ANY(%s::bigint[]) AND read_at IS NULL AND superseded_at IS NULL RETURNING id)
UPDATE delivery_delivery SET status = 'superseded' WHERE notification_id IN (SELECT id FROM untrue) AND status = 'queued'
"""

# By meter; what was told before a time, and never what is about an alert
CLEAR_ADVICE = """
WITH untrue AS (
  UPDATE delivery_notification SET superseded_at = %s
  WHERE meter_id = ANY(%s::int[]) AND kind = %s AND made_at < %s AND stage_id IS NULL AND read_at IS NULL AND superseded_at IS NULL
  RETURNING id)
UPDATE delivery_delivery SET status = 'superseded' WHERE notification_id IN (SELECT id FROM untrue) AND status = 'queued'
"""

# By account; what is about one of these things, named among its facts
CLEAR_ABOUT = """
WITH untrue AS (
  UPDATE delivery_notification SET superseded_at = %s
  WHERE account_id = ANY(%s::bigint[]) AND kind = %s AND facts ->> %s = ANY(%s::text[]) AND read_at IS NULL AND superseded_at IS NULL
  RETURNING id)
UPDATE delivery_delivery SET status = 'superseded' WHERE notification_id IN (SELECT id FROM untrue) AND status = 'queued'
"""


def clear(stage_ids: Collection[int], now: datetime) -> None:
    """Replaces everyone's unread notifications of these stages by nothing; a push of them that has not left stays here.

    Runs inside the transaction of who decided. What was read stays as it was read.
    """
    if stage_ids:
        with connection.cursor() as cursor:
            cursor.execute(CLEAR, [now, list(stage_ids)])


def clear_advice(meter_ids: Collection[int], kind: str, before: datetime, now: datetime) -> None:
    """The same for advice of one kind about these meters that was told before a time: its month is over."""
    if meter_ids:
        with connection.cursor() as cursor:
            cursor.execute(CLEAR_ADVICE, [now, list(meter_ids), kind, before])


def clear_about(account_ids: Collection[int], kind: str, key: str, values: Collection[str], now: datetime) -> None:
    """The same for what one kind has told of things that have changed: `key` names the thing among the facts (a bill that is paid)."""
    if values:
        with connection.cursor() as cursor:
            cursor.execute(CLEAR_ABOUT, [now, list(account_ids), kind, key, list(values)])
