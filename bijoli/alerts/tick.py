"""The one timer: what no reading triggers. It looks every ten seconds at the open episodes that are due.

Then the chores (`metering/upkeep.py`) have a few seconds: putting raw readings in order, dropping what is old.
"""

from __future__ import annotations

import logging
from datetime import datetime
from threading import Event

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from bijoli.alerts import storms
from bijoli.alerts.book import Book
from bijoli.alerts.contexts import contexts
from bijoli.alerts.failures import where
from bijoli.core.alerts import remind
from bijoli.metering import changes, upkeep

EVERY_S = 10.0
BATCH = 500
# Walks the partial index of open episodes; the rules wrote `due` beside the memory
_DUE = """SELECT DISTINCT meter_id FROM alerts_episode
WHERE closed_at IS NULL AND (memory->>'due')::bigint <= %s AND meter_id > %s ORDER BY meter_id LIMIT %s"""

log = logging.getLogger(__name__)


def run(stop: Event) -> None:
    """Looks every ten seconds until `stop` is set. Outlives a restart of the database; two timers do no harm."""
    while not stop.is_set():
        try:
            tick(timezone.now())
            upkeep.run(timezone.now())
        except (OperationalError, InterfaceError) as error:
            log.warning("the database is away (%s); trying again", type(error).__name__, extra={"event": "database.away"})
            connection.close()
        stop.wait(EVERY_S)


def tick(now: datetime) -> int:
    """Asks the rules about every episode that is due. Returns how many stages were told."""
    told, last = 0, 0
    while meters := _due(now, last):
        last = meters[-1]
        told += _look_at(meters, now)
    storms.look_after(now)
    return told


def _look_at(meters: list[int], now: datetime) -> int:
    """All at once; where one of them fails, one by one, so that it stops nobody else's."""
    try:
        return _look(meters, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(meters) > 1:
            return sum(_look_at([meter], now) for meter in meters)
        said = {"event": "tick.failed", "meter_id": meters[0]}
        log.error("meter %d could not be looked at: %s", meters[0], where(error), extra=said)
        return 0


def _due(now: datetime, after: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [int(now.timestamp()), after, BATCH])
        return [meter for (meter,) in cursor.fetchall()]


def _look(meters: list[int], now: datetime) -> int:
    """One transaction for the meters that nobody else decides about; the others have their turn ten seconds later."""
    with transaction.atomic():
        held = changes.hold(meters)
        known = contexts(held, now)
        book = Book.read(held, now, {meter for meter in held if (known[meter].latest.balance or 0) < settings.UTILITY.thresholds.low_paisa})
        for meter in held:
            book.decided(meter, remind(known[meter], book.standing(meter), now))
        return book.write()
