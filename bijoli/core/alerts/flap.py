"""The flap guard: what opens more than three times in 24 hours stays open until it was calm for six, and is told only where it is grave.

Tamper has no need of it: a finding of the staff closes it, nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from bijoli.core.alerts.memory import Memory
from bijoli.core.alerts.model import Standing
from bijoli.core.alerts.stages import DAY

M = TypeVar("M", bound=Memory)
OPENINGS, WITHIN_S = 3, DAY


def is_flapping(standing: Standing, kind: str, at: int) -> bool:
    """Whether an episode that opens at `at` (seconds since 1970) is one too many."""
    return sum(abs(at - opened) < WITHIN_S for opened in standing.openings.get(kind, ())) >= OPENINGS


def rest(memory: M, at: int, **reset: Any) -> M:
    """The condition is over, and the episode waits whether it stays so. `reset`: fields of the kind that begin anew."""
    since = at if memory.calm_since is None else memory.calm_since
    return replace(memory, calm_since=since, **reset)


def is_calm(memory: Memory, now: datetime) -> bool:
    """Whether it stayed so for long enough."""
    return memory.calm_until is not None and memory.calm_until <= now.timestamp()
