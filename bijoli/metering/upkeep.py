"""What has to be done now and then, in small slices, by the timer itself: nothing else has to be scheduled.

Other parts add theirs in their `AppConfig.ready`. A chore that was cut short goes on where it was; two timers do no harm.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from bijoli.metering.models import Upkeep

NIGHT = timedelta(hours=2)  # daily chores begin two hours after midnight, or later where the timer stood still
SLICE_S = 2.0  # a chore's turn; one step may go over it
GoOn = Callable[[], bool]
Work = Callable[[datetime, int, GoOn], int | None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """`work(now, reached, go_on)` answers None when all is done, else how far it came. `every` None: once a night."""

    name: str
    work: Work
    every: timedelta | None = None


CHORES: dict[str, Chore] = {}


def add(chore: Chore) -> None:
    """Puts a chore on the list. Raises ValueError where one of the same name is there: it would never have its turn."""
    if chore.name in CHORES:
        raise ValueError(f"two chores are called {chore.name}")
    CHORES[chore.name] = chore


def whole(work: Callable[[datetime, GoOn], bool]) -> Work:
    """For work that finds by itself where it was: True when all is done."""
    return lambda now, _reached, go_on: None if work(now, go_on) else 0


def run(now: datetime, seconds: float = 2 * SLICE_S, only: str | None = None) -> list[str]:
    """Gives each chore that is due a turn, the longest waiting first, for `seconds` in all. Returns the names of those that are done."""
    known = {kept.name: kept for kept in Upkeep.objects.all()}
    waiting = [chore for chore in CHORES.values() if only in (None, chore.name) and (only or _due(chore, known.get(chore.name), now))]
    waiting.sort(key=lambda chore: _order(known.get(chore.name)))
    ends, done = time.monotonic() + seconds, []
    for chore in waiting:
        if time.monotonic() >= ends:
            break
        if _turn(chore, known.get(chore.name) or Upkeep(name=chore.name), now, min(ends, time.monotonic() + SLICE_S)):
            done.append(chore.name)
    return done


def _order(kept: Upkeep | None) -> float:
    return kept.turn_at.timestamp() if kept and kept.turn_at else 0.0


def _due(chore: Chore, kept: Upkeep | None, now: datetime) -> bool:
    if kept is None or kept.done_at is None:
        return True
    if chore.every is not None:
        return now - kept.done_at >= chore.every
    return timezone.localdate(now - NIGHT) > timezone.localdate(kept.done_at - NIGHT)


def _turn(chore: Chore, kept: Upkeep, now: datetime, ends: float) -> bool:
    """One chore's turn. One that fails is logged and has its turn again; the others go on."""
    reached: int | None = kept.reached
    try:
        reached = chore.work(now, kept.reached, lambda: time.monotonic() < ends)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.error("%s could not go on: %s", chore.name, type(error).__name__)
    kept.turn_at = now
    if reached is None:
        kept.done_at = now
    kept.reached = reached or 0
    kept.save()
    return reached is None
