"""Reports over more rows than a page has time for: counted beside the pages, kept, shown with the time of their counting.

A report over few rows is counted at once. The timer counts what was asked for (`chores.py`); one that is not asked for goes.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection
from django.utils import timezone

from bijoli.reports import gather
from bijoli.reports.gather import Report
from bijoli.reports.models import Counted
from bijoli.reports.period import Asked

AT_ONCE = 10_000  # rows, as the planner estimates them: some tenths of a second
MOVING, SETTLED = timedelta(minutes=15), timedelta(days=1)  # how old a kept report may be: of days that still change, and of others
CHANGES = timedelta(days=2)  # so long after a day its figures still change
UNASKED = timedelta(days=7)
_ROWS = """EXPLAIN (FORMAT JSON) SELECT FROM delivery_notification WHERE made_at >= %(start)s AND made_at < %(end)s
UNION ALL SELECT FROM payments_order WHERE created_at >= %(start)s AND created_at < %(end)s
UNION ALL SELECT FROM complaints_complaint UNION ALL SELECT FROM customers_customer"""


class Counting(Exception):
    """Not counted yet; it is wanted from now on."""


def report(asked: Asked) -> Report:
    """Counted at once where it is over few rows, else as it was last counted: its own `asked.now` says when. Raises Counting."""
    row = Counted.objects.filter(**_key(asked)).first()
    if row is None:
        if rows(asked) <= AT_ONCE:
            return gather.report(asked)
        row, _made = Counted.objects.get_or_create(**_key(asked), defaults={"wanted_at": asked.now, "asked_at": asked.now})
    wanted = row.wanted_at or (asked.now if _old(row, asked) else None)
    Counted.objects.filter(pk=row.pk).update(asked_at=asked.now, wanted_at=wanted)
    if row.counted_at is None:
        raise Counting
    return msgspec.json.decode(row.body, type=Report)


def rows(asked: Asked) -> int:
    """How many rows it is over, about: the planner's estimate, in a millisecond."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, asked.given)
        (found,) = cursor.fetchone()
    plan: list[dict[str, Any]] = json.loads(found) if isinstance(found, str) else found
    return int(plan[0]["Plan"]["Plan Rows"])


def wanted() -> bool:
    return Counted.objects.filter(wanted_at__isnull=False).exists()


def count() -> int:
    """Counts all that is wanted, the longest waiting first. Returns how many. What two count at once is counted twice, and right."""
    done = 0
    while (row := Counted.objects.filter(wanted_at__isnull=False).order_by("wanted_at").first()) is not None:
        now = timezone.now()
        found = gather.report(Asked(row.first, row.last, now, None if row.everywhere else tuple(row.divisions)))
        Counted.objects.filter(pk=row.pk).update(body=msgspec.json.encode(found).decode(), counted_at=now, wanted_at=None)
        done += 1
    return done


def forget(now: datetime) -> None:
    """Those that nobody has asked for lately."""
    Counted.objects.filter(asked_at__lt=now - UNASKED).delete()


def _key(asked: Asked) -> dict[str, Any]:
    divisions = sorted(asked.divisions or ())
    return {"first": asked.first, "last": asked.last, "everywhere": asked.divisions is None, "divisions": divisions}


def _old(row: Counted, asked: Asked) -> bool:
    if row.counted_at is None:
        return False
    moving = row.last >= timezone.localdate(row.counted_at - CHANGES)
    return asked.now - row.counted_at > (MOVING if moving else SETTLED)
