"""The ledger by day and account, added up by the timer, so that a balance need not be added up from the first entry on.

Entries are never changed and never go: what is added up once stays right. What is not added up yet is read from the postings (`trial`).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from bijoli.payments.models import Summed

MOST = 200_000  # entries of one step
# Whoever writes an entry holds this table until it is committed: afterwards no entry with a lower number is on its way.
_TOP = "SELECT coalesce(max(id), 0) FROM payments_entry"
_ADD = """
INSERT INTO payments_daysum (day, account, debit, credit)
SELECT (e.at AT TIME ZONE %(zone)s)::date, p.account, coalesce(sum(p.paisa) FILTER (WHERE p.paisa > 0), 0),
  -coalesce(sum(p.paisa) FILTER (WHERE p.paisa < 0), 0)
FROM payments_entry e JOIN payments_posting p ON p.entry_id = e.id WHERE e.id > %(after)s AND e.id <= %(top)s GROUP BY 1, 2
ON CONFLICT (day, account) DO UPDATE
SET debit = payments_daysum.debit + excluded.debit, credit = payments_daysum.credit + excluded.credit"""


def add_up(_now: datetime) -> bool:
    """One step. Whether all is added up that was there."""
    newest = _newest()
    if newest is None:
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        Summed.objects.get_or_create(pk=1)
        done = Summed.objects.select_for_update().get(pk=1)  # two timers add nothing twice
        top = min(newest, done.entry + MOST)
        if top > done.entry:
            cursor.execute(_ADD, {"zone": settings.UTILITY.zone, "after": done.entry, "top": top})
            done.entry = top
            done.save()
    return bool(top >= newest)


def _newest() -> int | None:
    """The highest number of which no lower one is still being written; None where somebody has been writing for long."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            cursor.execute("LOCK TABLE payments_entry IN SHARE MODE")
            cursor.execute(_TOP)
            return int(cursor.fetchone()[0])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return None
        raise
