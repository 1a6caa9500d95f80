"""The timer counts the reports that were asked for.

In a thread of its own, since one of a whole town takes longer than the timer may wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

from django.db import connection

from bijoli.metering.upkeep import SLICE_S, Chore, add, whole
from bijoli.reports import kept

log = logging.getLogger(__name__)
_threads: list[Thread] = []


def counted(_now: datetime, _go_on: Callable[[], bool]) -> bool:
    """Whether nothing is wanted any more. Waits for the counting as long as a chore's turn is, and leaves it to go on."""
    _threads[:] = [one for one in _threads if one.is_alive()]
    if not _threads:
        if not kept.wanted():
            return True
        _threads.append(Thread(target=_count, name="reports", daemon=True))
        _threads[0].start()
    _threads[0].join(SLICE_S)
    return not _threads[0].is_alive()


def _count() -> None:
    """What could not be counted stays wanted, and is tried again."""
    try:
        kept.count()
    except Exception as error:
        log.error("a report could not be counted: %s", type(error).__name__)
    finally:
        connection.close()


def forgotten(now: datetime, _go_on: Callable[[], bool]) -> bool:
    kept.forget(now)
    return True


add(Chore("reports", whole(counted), every=timedelta(seconds=5)))
add(Chore("reports nobody asks for", whole(forgotten)))
