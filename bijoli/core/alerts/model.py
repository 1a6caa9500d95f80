"""What the rules are given and what they answer. Everything is frozen: a rule returns a new memory, it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bijoli.core.alerts.memory import LowMemory, Memory, OverloadMemory, TamperMemory, ZeroMemory
from bijoli.core.alerts.stages import SHOWN_WITHOUT_PUSH, STAGES
from bijoli.core.conditions import Relay
from bijoli.core.utility import Utility

READING, EVENT, CREDIT, TIMER, FINDING = "reading", "event", "credit", "timer", "finding"


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that a meter told, on which the rules may act. Unknown values are None; `before` is the last known balance before it."""

    at: datetime
    received_at: datetime
    source: str = READING
    balance: int | None = None
    before: int | None = None
    load: int | None = None
    calm: int = 0
    relay: Relay = Relay.UNKNOWN
    relay_before: Relay = Relay.UNKNOWN
    event_kind: str = ""
    begins: bool | None = None
    event_code: str = ""
    credited: int | None = None

    @property
    def epoch(self) -> int:
        """The meter's time in seconds since 1970."""
        return int(self.at.timestamp())

    def is_event(self, kind: str) -> bool:
        """Whether it is an event of that kind that begins something; the end of a condition is another thing."""
        return self.source == EVENT and self.event_kind == kind and self.begins is not False

    def turned(self, relay: Relay) -> bool:
        """Whether the relay came into this state with this reading."""
        return self.relay == relay != self.relay_before


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The latest known values of a meter, for the timer. Times are meter times in seconds since 1970."""

    balance: int | None = None
    balance_at: int | None = None
    load: int | None = None
    load_at: int | None = None
    calm: int = 0
    relay: Relay = Relay.UNKNOWN
    read_at: int | None = None


Spans = tuple[tuple[int, int], ...]  # from and until, both included, in seconds since 1970


def span(spans: Spans, at: int) -> tuple[int, int] | None:
    """The span in which `at` lies; None: in none."""
    return next((one for one in spans if one[0] <= at <= one[1]), None)


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for one meter beside its readings.

    `run_out_s` is the forecast: seconds until the balance is used up, None while nobody knows. `off_event_at` is the meter's last
    disconnect event, which may come before the overload event that explains it. `latest` are the newest known values.
    `paid_at` is when a recharge was paid that is not confirmed yet, `credited_at` when one last reached the meter, in seconds since 1970.
    `work`: an approved work order at the meter or its feeder; `dark`: the feeder's power failed; `returning`: it has just returned.
    """

    utility: Utility
    prepaid: bool = True
    sanctioned_w: int | None = None
    own_limits: tuple[int, ...] = ()
    run_out_s: int | None = None
    off_event_at: int | None = None
    paid_at: int | None = None
    credited_at: int | None = None
    work: Spans = ()
    dark: Spans = ()
    returning: Spans = ()
    latest: Snapshot = field(default_factory=Snapshot)


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage that an episode reached: told, or the reason why not. `times` counts this code within the episode."""

    kind: str
    code: str
    times: int
    lap: int
    at: datetime
    received_at: datetime
    balance: int | None
    load: int | None
    relay: Relay
    limit: int | None
    facts: Mapping[str, Any]
    reason: str = ""
    own_limit: int | None = None

    @property
    def push(self) -> bool:
        return not self.reason

    @property
    def shown(self) -> bool:
        """Whether people find it in their centre, pushed or not."""
        return self.push or self.reason in SHOWN_WITHOUT_PUSH

    @property
    def severity(self) -> int:
        return STAGES[self.code].severity


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one kind: its memory afterwards, whether it opened, why it closed (empty: it did not), and the stages reached."""

    kind: str
    memory: Memory
    at: datetime
    opened: bool = False
    closed: str = ""
    stages: tuple[Reached, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a meter stands: the memory of each open episode, and what is known across episodes (seconds since 1970).

    `l1_pushed_at`: when L1 was last pushed; `openings`: when the episodes of the last days opened, by kind.
    """

    low: LowMemory | None = None
    zero: ZeroMemory | None = None
    overload: OverloadMemory | None = None
    tamper: TamperMemory | None = None
    l1_pushed_at: int | None = None
    openings: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def after(self, decisions: list[Decision]) -> Standing:
        """Where the meter stands once these decisions hold."""
        left: dict[str, Any] = {decision.kind: None if decision.closed else decision.memory for decision in decisions}
        pushed = [int(stage.at.timestamp()) for decision in decisions for stage in decision.stages if stage.code == "L1" and stage.push]
        opened = {one.kind: (*self.openings.get(one.kind, ()), one.memory.opened) for one in decisions if one.opened}
        return replace(self, **left, l1_pushed_at=max(pushed, default=self.l1_pushed_at), openings={**self.openings, **opened})
