"""A partition of raw readings for each day: made ahead, dropped as a whole when it is old enough.

What has no partition of its own (days long past, a timer that stood still) lies in the default one and is deleted in slices.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction

from bijoli.metering import localday

AHEAD = 7
SLICE = 500  # segments
PARENT, REST, PREFIX = "metering_segment", "metering_segment_rest", "metering_segment_d"
_NAMES = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"
_PATIENCE = "SET LOCAL lock_timeout = '1s'"  # who waits for a table makes all others wait behind: rather try again later
_OLD_REST = f"""DELETE FROM {REST} WHERE id IN (SELECT id FROM {REST} WHERE day < %s ORDER BY day LIMIT {SLICE})"""


def days() -> list[int]:
    """The days (since 1970) that have a partition of their own."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [PARENT])
        return sorted(int(name.removeprefix(PREFIX)) for (name,) in cursor.fetchall() if name.startswith(PREFIX))


def make_ahead(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Partitions for today and a week. A day that has readings in the default one already stays there. Returns whether none is missing."""
    today, there = localday.day(int(now.timestamp())), set(days())
    return all([go_on() and _make(day) for day in range(today, today + AHEAD + 1) if day not in there])


def _make(day: int) -> bool:
    name = f"{PREFIX}{day}"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {REST} WHERE day = %s)", [day])
            if cursor.fetchone() == (True,):
                return True
            cursor.execute(_PATIENCE)
            cursor.execute(f"CREATE TABLE {name} (LIKE {PARENT} INCLUDING DEFAULTS INCLUDING STORAGE)")
            cursor.execute(f"ALTER TABLE {PARENT} ATTACH PARTITION {name} FOR VALUES FROM ({day}) TO ({day + 1})")
    except IntegrityError:  # a reading of that day came in between
        return True
    except OperationalError:  # the table was busy
        return False
    return True


def drop_old(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Drops raw readings of days that are longer ago than BIJOLI_RAW_DAYS. Returns whether none is left."""
    if settings.RAW_DAYS <= 0:
        return True
    oldest = localday.day(int(now.timestamp())) - settings.RAW_DAYS
    dropped = all([go_on() and _drop(day) for day in days() if day < oldest])
    while go_on():
        with connection.cursor() as cursor:
            cursor.execute(_OLD_REST, [oldest])
            if not cursor.rowcount:
                return dropped
    return False


def _drop(day: int) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            cursor.execute(f"DROP TABLE {PREFIX}{day}")
    except OperationalError:
        return False
    return True
