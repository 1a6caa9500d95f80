"""What an episode remembers between two observations. It lives as JSON in the episode's row and round-trips without loss.

All times are meter times in seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from bijoli.core.alerts.stages import DAY, FLAP_CALM_S, HOUR, LOW, OVERLOAD, TAMPER, ZERO

Z3_AFTER_S, Z3_AT_MOST = 2 * HOUR, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Common to all kinds. `counts`: stages recorded by code; `pushed`: last push by stage; `shown`: people know of this episode.

    `flapping`: opened too often, so that it closes only after a long calm; `calm_since`: it waits for that.
    """

    opened: int
    lap: int = 1
    counts: dict[str, int] = field(default_factory=dict)
    pushed: dict[str, int] = field(default_factory=dict)
    shown: bool = False
    flapping: bool = False
    calm_since: int | None = None

    @property
    def calm_until(self) -> int | None:
        """When the calm of a flapping episode is long enough."""
        return None if self.calm_since is None else self.calm_since + FLAP_CALM_S

    def due(self) -> int | None:
        """From when on the timer should look at this episode; None: never."""
        return self.calm_until


@dataclass(frozen=True, slots=True, kw_only=True)
class LowMemory(Memory):
    """`reached`: stages crossed and not re-armed since. `waiting`: crossed, and held back for a paid recharge until `held_until`.

    A recharge is known by its credit event (`credit_waits` for the rise) and by the rise (`rise_at`): the second of the two merges.
    `by_forecast`: no limit of the balance opened it.
    """

    by_forecast: bool = False
    reached: tuple[str, ...] = ()
    credit_waits: bool = False
    rise_at: int | None = None
    waiting: tuple[str, ...] = ()
    held_until: int | None = None

    def due(self) -> int | None:
        return self.held_until if self.calm_until is None else self.calm_until


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroMemory(Memory):
    """`off_since`: supply is off for credit since then. `by_event`: an event or the relay alone says so, no balance was read.

    `rearmed`: a flapping one had credit since Z2 was told, so that the next disconnect is told again.
    """

    off_since: int | None = None
    by_event: bool = False
    z3_slot: int = 0
    rearmed: bool = False

    def due(self) -> int | None:
        if self.calm_until is not None:
            return self.calm_until
        if self.by_event:
            return self.opened
        if self.off_since is None or self.z3_slot >= Z3_AT_MOST:
            return None
        return self.off_since + Z3_AFTER_S + self.z3_slot * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class OverloadMemory(Memory):
    """`high`: O2 was reached by load since the last calm reading. `trips`: of the last hour. `disturbed_at`: last event or trip.

    `calm_at`, `calm_count`: calm readings that the timer counted since then. `reminded`: pushes of O1 in the last 24 hours.
    `held_until`: nobody is told before, since the feeder's power is returning.
    """

    high: bool = False
    trips: tuple[int, ...] = ()
    tripped_by: str = ""
    event_at: int | None = None
    off_at: int | None = None
    ended_at: int | None = None
    disturbed_at: int | None = None
    calm_at: int | None = None
    calm_count: int = 0
    reminded: tuple[int, ...] = ()
    held_until: int | None = None

    def due(self) -> int | None:
        if self.calm_until is not None:
            return self.calm_until
        if self.held_until is not None:
            return self.held_until
        if self.disturbed_at is not None:
            return self.disturbed_at
        if self.flapping:
            return None  # it is not reminded of
        return max([self.opened, *self.pushed.values()]) + HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class TamperMemory(Memory):
    """`classes`: kinds of event seen; `repeats`: times of the repeats of the last 24 hours; `counter`: all events."""

    classes: tuple[str, ...] = ()
    repeats: tuple[int, ...] = ()
    counter: int = 0


OF_KIND: dict[str, type[Memory]] = {LOW: LowMemory, ZERO: ZeroMemory, OVERLOAD: OverloadMemory, TAMPER: TamperMemory}


def dump(memory: Memory) -> dict[str, Any]:
    """As JSON, with `due` beside it so that the timer's query need not know the rules."""
    table = {each.name: getattr(memory, each.name) for each in fields(memory)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in table.items()} | {"due": memory.due()}


def load(kind: str, table: dict[str, Any]) -> Memory:
    """From JSON. Fields of another version are passed over, missing ones take their defaults."""
    known = {each.name for each in fields(OF_KIND[kind])}
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items() if name in known}
    return OF_KIND[kind](**values)
