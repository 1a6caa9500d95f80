"""Recording that a stage was reached: counted, held to its least gap, marked late, and only then a push."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from bijoli.core.alerts.memory import Memory
from bijoli.core.alerts.model import Observation, Reached
from bijoli.core.alerts.stages import CENTRE, FLAP, GAP, LATE, LATE_S, STAGES, Severity

M = TypeVar("M", bound=Memory)


def is_late(seen: Observation, now: datetime) -> bool:
    """Whether the cause is so old that nobody's phone should ring for it."""
    return (now - seen.at).total_seconds() > LATE_S


def in_gap(memory: Memory, code: str, at: int) -> bool:
    """Whether the stage was pushed so shortly before that it is not told again yet. A late or silent telling does not count."""
    last = memory.pushed.get(code)
    return last is not None and at - last < STAGES[code].gap_s


def reach(
    memory: M,
    code: str,
    seen: Observation,
    now: datetime,
    *,
    limit: int | None = None,
    facts: Mapping[str, Any] | None = None,
    own_limit: int | None = None,
    reason: str = "",
    held: str = "",
) -> tuple[M, Reached]:
    """The memory with one more stage, and the stage itself. A reason given beforehand stands before all others, `held` behind them."""
    rule, late = STAGES[code], is_late(seen, now)
    if not reason and in_gap(memory, code, seen.epoch):
        reason = GAP
    reason = reason or (CENTRE if not rule.pushed else "")
    if not reason and memory.flapping and rule.severity < Severity.HIGH:
        reason = FLAP
    reason = reason or (LATE if late else "") or held
    stage = Reached(
        kind=rule.kind,
        code=code,
        times=memory.counts.get(code, 0) + 1,
        lap=memory.lap,
        at=seen.at,
        received_at=seen.received_at,
        balance=seen.balance if seen.balance is not None else seen.before,
        load=seen.load,
        relay=seen.relay,
        limit=limit,
        facts=dict(facts or {}) | ({"late": True} if late else {}),
        reason=reason,
        own_limit=own_limit,
    )
    return _with(memory, stage), stage


def _with(memory: M, stage: Reached) -> M:
    pushed = memory.pushed | {stage.code: int(stage.at.timestamp())} if stage.push else memory.pushed
    return replace(memory, counts=memory.counts | {stage.code: stage.times}, pushed=pushed, shown=memory.shown or stage.shown)
