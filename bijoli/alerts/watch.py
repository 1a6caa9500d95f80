"""Turns changes into alerts: claims, decides, keeps episodes and stages, tells people. Start as many as you like.

Two lanes side by side: one takes all that waits, the urgent first; the other the urgent alone, so that a meter gone dark need not wait for
the batch of a storm that is in work.

One transaction for a batch: 1. claim  2. read episodes and contexts  3. decide, in order  4. write and tell  5. the changes are done with.
A crash anywhere leaves the changes where they were, and nothing told.
"""

from __future__ import annotations

import logging
import select
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Thread

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from bijoli.alerts.book import Book
from bijoli.alerts.contexts import contexts, disconnects
from bijoli.alerts.failures import where
from bijoli.core.alerts import Context, Observation, decide
from bijoli.core.conditions import Relay
from bijoli.delivery.wakeup import Wakeup
from bijoli.metering import changes
from bijoli.metering.changes import ChangeRow
from bijoli.metering.record import CHANNEL

BATCH = 250
URGENT_BATCH = 50  # the next that went dark waits for no more than these
SLEEP_S = 1.0  # a wake-up call may be lost; a change waits no longer than this

log = logging.getLogger(__name__)


def run(stop: Event) -> None:
    """Watches until `stop` is set. Outlives a restart of the database."""
    beside = Thread(target=_lane, args=(stop,), kwargs={"urgent": True}, name="urgent", daemon=True)
    beside.start()
    _lane(stop, urgent=False)
    beside.join()


def _lane(stop: Event, *, urgent: bool) -> None:
    while not stop.is_set():
        try:
            _watch(stop, urgent)
        except (OperationalError, InterfaceError) as error:
            log.warning("the database is away (%s); trying again", type(error).__name__, extra={"event": "database.away"})
            connection.close()
            stop.wait(SLEEP_S)
    connection.close()


def _watch(stop: Event, urgent: bool) -> None:
    wakeup = Wakeup(CHANNEL)
    try:
        while not stop.is_set():
            drain(stop, urgent=urgent)
            if select.select([wakeup], [], [], SLEEP_S)[0]:
                wakeup.heard()
    finally:
        wakeup.close()


def drain(stop: Event | None = None, *, urgent: bool = False) -> int:
    """Handles changes, or the urgent ones, until none is left. Returns how many."""
    handled = 0
    while not (stop and stop.is_set()) and (taken := step(urgent)):
        handled += taken
    return handled


def step(urgent: bool = False) -> int:
    """Handles one batch in one transaction. Returns how many changes it took; where one of them fails, the others go on without it."""
    rows: list[ChangeRow] = []
    try:
        with transaction.atomic():
            rows = changes.claim(URGENT_BATCH if urgent else BATCH, timezone.now(), urgent=urgent)
            _handle(rows, timezone.now())
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.warning("a batch of %d changes failed (%s); taking them one by one", len(rows), where(error))
        _one_by_one(rows)
    return len(rows)


def _one_by_one(rows: Sequence[ChangeRow]) -> None:
    for row in rows:
        try:
            with transaction.atomic():
                _handle(changes.claim_one(row.id, timezone.now()), timezone.now())
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            said = {"event": "change.set_aside", "change": row.id, "count": row.failures + 1}
            log.error("change %d is set aside, failure %d: %s", row.id, row.failures + 1, where(error), extra=said)
            changes.set_aside(row, timezone.now())


def _handle(rows: Sequence[ChangeRow], now: datetime) -> None:
    if not rows:
        return
    meters = {row.meter_id for row in rows}
    low = {row.meter_id for row in rows if row.balance is not None and row.balance < settings.UTILITY.thresholds.low_paisa}
    book, known = Book.read(meters, now, low), _contexts(rows, now)
    for row in rows:
        context = known[row.meter_id]
        if not _outdated(row, context):
            book.decided(row.meter_id, decide(_observation(row), context, book.standing(row.meter_id), now))
    told = book.write()
    changes.done([row.id for row in rows])
    log.debug("%d changes of %d meters: %d stages told", len(rows), len(meters), told)


def _contexts(rows: Sequence[ChangeRow], now: datetime) -> dict[int, Context]:
    known = contexts({row.meter_id for row in rows}, now)
    overloads = [row for row in rows if row.event_kind == "overload"]
    earlier = min((row.at for row in overloads), default=now) - timedelta(minutes=2)
    off = disconnects({row.meter_id for row in overloads}, earlier)
    return known | {meter: replace(known[meter], off_event_at=at) for meter, at in off.items()}


def _outdated(row: ChangeRow, context: Context) -> bool:
    """A reading that was set aside and overtaken since: older than the meter's last one it alerts nobody."""
    return row.failures > 0 and row.source == "reading" and (context.latest.read_at or 0) > row.at.timestamp()


def _observation(row: ChangeRow) -> Observation:
    return Observation(
        at=row.at,
        received_at=row.received_at,
        source=row.source,
        balance=row.balance,
        before=row.before,
        load=row.load,
        calm=row.calm,
        relay=Relay(row.relay),
        relay_before=Relay(row.relay_before),
        event_kind=row.event_kind,
        begins=row.begins,
        event_code=row.event_code,
        credited=row.credited,
    )
