"""Rows that wait for `settle`: due by their `ask_at`, leased to one worker at a time, so that a killed worker's rows come back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

LEASE = timedelta(seconds=60)  # longer than any call to the outside waits
_CLAIM = """UPDATE {table} SET leased_until = %(until)s WHERE id IN (
  SELECT id FROM {table} WHERE ask_at <= %(now)s AND (leased_until IS NULL OR leased_until <= %(now)s)
  ORDER BY ask_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) RETURNING id"""


def claim(table: str, limit: int, now: datetime) -> list[int]:
    """Ids of due rows that nobody else has, leased."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(table=table), {"now": now, "until": now + LEASE, "limit": limit})
        return [row[0] for row in cursor.fetchall()]


def later(asked: int, steps: tuple[float, ...]) -> timedelta:
    """How long until the next attempt: the steps in seconds, the last of them again and again."""
    return timedelta(seconds=steps[min(asked, len(steps) - 1)])
