"""The process `settle`: asks gateways about open orders, hands credits to the head-end, sees refunds through. Start as many as you like.

A few threads share what is due, since most of their time is waiting for others. Any of them may die at any moment: what it had leased is
due again after a minute, and every step is safe to repeat.
"""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable
from threading import Event

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from bijoli.delivery.wakeup import Wakeup
from bijoli.payments import asking, refunds, vending
from bijoli.payments.claims import claim
from bijoli.payments.wake import CHANNEL

WORK: tuple[tuple[str, Callable[[int], None]], ...] = (
    ("payments_vend", vending.look),
    ("payments_order", asking.look),
    ("payments_refund", refunds.look),
)
SLEEP_S = 0.5  # a wake-up call may be lost, and steps of less than a second want to be taken
THREADS = 6
log = logging.getLogger(__name__)


def run(stop: Event, threads: int = THREADS) -> None:
    """Works until `stop` is set. Outlives a restart of the database."""
    bell = threading.Condition()
    workers = [threading.Thread(target=_work, args=(stop, bell), name=f"settle-{n}") for n in range(threads)]
    for worker in workers:
        worker.start()
    while not stop.is_set():
        try:
            _listen(stop, bell)
        except (OperationalError, InterfaceError) as error:
            _away(error)
            stop.wait(SLEEP_S)
    with bell:
        bell.notify_all()
    for worker in workers:
        worker.join()


def _listen(stop: Event, bell: threading.Condition) -> None:
    wakeup = Wakeup(CHANNEL)
    try:
        while not stop.is_set():
            if select.select([wakeup], [], [], SLEEP_S)[0]:
                wakeup.heard()
                with bell:
                    bell.notify_all()
    finally:
        wakeup.close()


def _work(stop: Event, bell: threading.Condition) -> None:
    while not stop.is_set():
        try:
            if step():
                continue
        except (OperationalError, InterfaceError) as error:
            _away(error)
        with bell:
            bell.wait(SLEEP_S)
    connection.close()


def _away(error: Exception) -> None:
    log.warning("the database is away (%s); trying again", type(error).__name__, extra={"event": "database.away"})
    connection.close()


def step() -> int:
    """Takes one due row of each kind. Returns how many there were; a row that cannot be handled is logged and comes back later."""
    done = 0
    for table, look in WORK:
        for row in claim(table, 1, timezone.now()):
            done += 1
            try:
                look(row)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                log.exception("%s %d could not be handled; it is tried again in a minute", table, row, extra={"event": "settle.failed"})
    return done


def drain(most: int = 1000) -> int:
    """Works off what is due now, at most so many steps. Returns how many rows were taken."""
    taken = 0
    for _ in range(most):
        if not (found := step()):
            break
        taken += found
    return taken
