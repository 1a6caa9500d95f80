"""The balance is low: L0 under a person's own limit, L1 and L2 under the utility's, L2 and L3 by the forecast; laps and re-arming.

What is held back for a recharge on its way counts as not reached: it is told when it still holds and nothing holds it back any more.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import Enum

from bijoli.core.alerts.flap import is_flapping, rest
from bijoli.core.alerts.memory import LowMemory
from bijoli.core.alerts.model import CREDIT, Context, Decision, Observation, Reached, Standing
from bijoli.core.alerts.reach import reach
from bijoli.core.alerts.stages import GAP, HOUR, L1_ACROSS_EPISODES_S, LATE_S, LOW, RECHARGE, RECHARGE_S, RESTORED
from bijoli.core.conditions import closing_paisa, rose

RUN_OUT_L2_S, RUN_OUT_L3_S, RUN_OUT_CLOSE_S = 24 * HOUR, 6 * HOUR, 36 * HOUR
FORALL = ("L3", "L2", "L1")  # highest first; L0 concerns only whose own limit it is


class Zero(Enum):
    """What the same observation left of ZERO, which stands above LOW."""

    NONE = 0
    OPEN = 1
    RESTORED = 2


def decide(seen: Observation, context: Context, standing: Standing, zero: Zero, now: datetime) -> Decision | None:
    """What this observation means for LOW; None where it means nothing."""
    memory = standing.low
    if zero is Zero.OPEN:
        return Decision(LOW, memory, seen.at, closed="superseded") if memory else None
    if memory is None:
        return _open(seen, context, standing, zero, now)
    if seen.source == CREDIT:
        return Decision(LOW, _credited(seen, memory), seen.at)
    if seen.balance is None:
        return None
    if _recovered(seen, seen.balance, context, memory):
        return _over(seen, seen.balance, memory)
    return _go_on(seen, seen.balance, context, standing, memory, now)


def holding(balance: int, context: Context) -> tuple[str, ...]:
    """The stages whose condition holds at this balance: "L1", "L2", "L3", and "L0:30000" for an own limit of 300 taka."""
    limits, run_out = context.utility.thresholds, context.run_out_s
    held = {
        "L1": balance < limits.low_paisa,
        "L2": balance < limits.very_low_paisa or (run_out is not None and run_out < RUN_OUT_L2_S),
        "L3": run_out is not None and run_out < RUN_OUT_L3_S,
    }
    own = tuple(f"L0:{limit}" for limit in context.own_limits if balance < limit)
    return tuple(code for code, holds in held.items() if holds) + own


def _over(seen: Observation, balance: int, memory: LowMemory) -> Decision:
    """The balance is well again. A flapping episode waits whether it stays so."""
    if not memory.flapping:
        return Decision(LOW, memory, seen.at, closed="recovered")
    after = _risen(seen, memory) if rose(seen.before, balance) else memory
    return Decision(LOW, rest(after, seen.epoch, reached=(), waiting=(), held_until=None), seen.at)


def _recovered(seen: Observation, balance: int, context: Context, memory: LowMemory) -> bool:
    limits, run_out = context.utility.thresholds, context.run_out_s
    if balance < closing_paisa(max((limits.low_paisa, *context.own_limits)), limits):
        return False
    if run_out is None:  # unknown changes nothing: what a forecast alone had opened then waits for a recharge
        return not memory.by_forecast or rose(seen.before, balance)
    return run_out > RUN_OUT_CLOSE_S if memory.by_forecast else run_out >= RUN_OUT_L2_S


def _open(seen: Observation, context: Context, standing: Standing, zero: Zero, now: datetime) -> Decision | None:
    balance = seen.before if zero is Zero.RESTORED and seen.balance is None else seen.balance
    held = holding(balance, context) if balance is not None else ()
    if not held:
        return None
    by_forecast = not (balance is not None and holding(balance, replace(context, run_out_s=None)))
    memory = LowMemory(opened=seen.epoch, by_forecast=by_forecast, flapping=is_flapping(standing, LOW, seen.epoch))
    # "restored" says that the balance is low: the stages count as reached, and nothing stands beside it
    memory, stages = _tell(seen, context, standing, memory, held, now, RESTORED if zero is Zero.RESTORED else "")
    return Decision(LOW, memory, seen.at, opened=True, stages=stages)


def _credited(seen: Observation, memory: LowMemory) -> LowMemory:
    """A credit event starts a lap, unless it belongs to a rise that already did."""
    if memory.rise_at is not None and seen.epoch <= memory.rise_at:
        return replace(memory, rise_at=None)
    return replace(memory, lap=memory.lap + 1, credit_waits=True)


def _risen(seen: Observation, memory: LowMemory) -> LowMemory:
    """A rise starts a lap, unless its credit event already did."""
    if memory.credit_waits:
        return replace(memory, credit_waits=False)
    return replace(memory, lap=memory.lap + 1, rise_at=seen.epoch)


def _go_on(seen: Observation, balance: int, context: Context, standing: Standing, memory: LowMemory, now: datetime) -> Decision | None:
    held, after = holding(balance, context), memory
    if rose(seen.before, balance):
        after = _risen(seen, after)
        after = replace(after, reached=tuple(stage for stage in after.reached if stage in held))
    crossed = tuple(stage for stage in held if stage not in after.reached)
    after = replace(after, calm_since=None if held else after.calm_since)
    after, stages = _tell(seen, context, standing, after, crossed, now)
    return Decision(LOW, after, seen.at, stages=stages) if after != memory else None


def _tell(
    seen: Observation,
    context: Context,
    standing: Standing,
    memory: LowMemory,
    crossed: tuple[str, ...],
    now: datetime,
    reason: str = "",
) -> tuple[LowMemory, tuple[Reached, ...]]:
    """Tells what was crossed, or holds it back: each stage is then recorded once and waits."""
    until = None if reason else held_until(seen, context, now)
    fresh = tuple(stage for stage in crossed if until is None or stage not in memory.waiting)
    memory, stages = _say(seen, context, standing, memory, fresh, now, reason, held=RECHARGE if until else "")
    waiting: tuple[str, ...] = ()
    if until is not None:
        waiting = tuple(stage for stage in memory.waiting if stage in crossed)
        waiting += fresh if any(stage.reason == RECHARGE for stage in stages) else ()
    reached = memory.reached + tuple(stage for stage in crossed if stage not in waiting)
    return replace(memory, reached=reached, waiting=waiting, held_until=until if waiting else None), stages


def held_until(seen: Observation, context: Context, now: datetime) -> int | None:
    """When to look again at a low balance that is not told of now (seconds since 1970); None where nothing holds it back.

    A paid recharge is on its way, or one has reached the meter since this balance was read: that balance is no news any more.
    """
    time = int(now.timestamp())
    ends = [context.paid_at + RECHARGE_S] if context.paid_at is not None else []
    if context.credited_at is not None and seen.epoch < context.credited_at:
        ends.append(context.credited_at + LATE_S)
    end = max(ends, default=time)
    return min(end, time + RECHARGE_S) if time < end else None


def _say(
    seen: Observation,
    context: Context,
    standing: Standing,
    memory: LowMemory,
    crossed: tuple[str, ...],
    now: datetime,
    reason: str,
    held: str,
) -> tuple[LowMemory, tuple[Reached, ...]]:
    """The highest stage that was crossed, for everybody; else each own limit, for those whose limit it is."""
    for code in FORALL:
        if code in crossed:
            reason = reason or _across_episodes(code, seen, standing)
            memory, stage = reach(memory, code, seen, now, limit=_limit(code, context), facts=_run_out(context), reason=reason, held=held)
            return memory, (stage,)
    stages = []
    for own in sorted(int(stage.partition(":")[2]) for stage in crossed):
        memory, stage = reach(memory, "L0", seen, now, limit=own, own_limit=own, reason=reason, held=held)
        stages.append(stage)
    return memory, tuple(stages)


def _across_episodes(code: str, seen: Observation, standing: Standing) -> str:
    last = standing.l1_pushed_at
    near = code == "L1" and last is not None and seen.epoch - last < L1_ACROSS_EPISODES_S
    return GAP if near else ""


def _limit(code: str, context: Context) -> int:
    limits = context.utility.thresholds
    return limits.low_paisa if code == "L1" else limits.very_low_paisa


def _run_out(context: Context) -> dict[str, int]:
    return {} if context.run_out_s is None else {"run_out_s": context.run_out_s}
