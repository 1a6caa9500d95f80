"""The load is over the sanctioned load: by the interval's average, by the meter's event, or by a trip of its relay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bijoli.core.alerts.flap import rest
from bijoli.core.alerts.memory import OverloadMemory
from bijoli.core.alerts.model import READING, Context, Decision, Observation, span
from bijoli.core.alerts.reach import reach
from bijoli.core.alerts.stages import DAY, GAP, HOUR, OVERLOAD, POWER
from bijoli.core.alerts.trips import note_trip
from bijoli.core.conditions import CALM_READINGS, over

O3_TRIPS, O1_A_DAY = 3, 3


def decide(seen: Observation, context: Context, memory: OverloadMemory | None, now: datetime, *, flapping: bool = False) -> Decision | None:
    """What this observation means for OVERLOAD; None where it means nothing. `flapping` is for one that opens now."""
    before = memory or OverloadMemory(opened=seen.epoch, flapping=flapping)
    after, tripped = note_trip(seen, context, before)
    after = _note_load(seen, context, after)
    if tripped or is_over(seen, context):
        after = replace(after, calm_since=None)
    code = _code(seen, context, before, after, tripped)
    if memory is None and code is None:
        return None
    if code is None:
        return _quiet(seen, context, before, after, now)
    return _told(code, seen, context, after, now, opened=memory is None, tripped=tripped)


def is_over(seen: Observation, context: Context) -> bool:
    """Whether this says, by load or by event, that the load is over the sanctioned load."""
    return seen.is_event("overload") or _is(seen, context, context.utility.thresholds.overload_open_permille)


def _is(seen: Observation, context: Context, permille: int) -> bool:
    sanctioned = context.sanctioned_w
    return seen.source == READING and seen.load is not None and bool(sanctioned) and over(seen.load, sanctioned or 0, permille)


def _note_load(seen: Observation, context: Context, memory: OverloadMemory) -> OverloadMemory:
    limits = context.utility.thresholds
    if _is(seen, context, limits.overload_high_permille):
        return replace(memory, high=True)
    if seen.load is not None and context.sanctioned_w and not _is(seen, context, limits.overload_close_permille):
        return replace(memory, high=False)  # only a calm reading arms O2 again: a load that hovers at 1.10 does not flap
    return memory


def _code(seen: Observation, context: Context, before: OverloadMemory, after: OverloadMemory, tripped: bool) -> str | None:
    """The highest stage that this observation reaches."""
    if tripped:
        return "O3" if len(after.trips) >= O3_TRIPS else "O2"
    if after.high and not before.high:
        return "O2"
    reported = seen.is_event("overload")
    if not before.counts:
        return "O1" if is_over(seen, context) else None
    again = reported and not before.flapping and seen.epoch - max([before.opened, *before.pushed.values()]) >= HOUR
    return "O1" if again else None


def _told(
    code: str, seen: Observation, context: Context, memory: OverloadMemory, now: datetime, *, opened: bool = False, tripped: bool = False
) -> Decision:
    limits, sanctioned = context.utility.thresholds, context.sanctioned_w
    by_load = code == "O2" and not tripped
    limit = sanctioned * limits.overload_high_permille // 1000 if by_load and sanctioned else sanctioned
    facts: dict[str, Any] = {"sanctioned_w": sanctioned} if sanctioned else {}
    facts |= {"trip": True, "counter": len(memory.trips)} if tripped else {}
    facts |= {"event_code": seen.event_code} if seen.event_code else {}
    returning = span(context.returning, seen.epoch)
    memory = replace(memory, held_until=returning[1] if returning else None)
    reason = POWER if returning else _enough(code, seen, memory)
    memory, stage = reach(memory, code, seen, now, limit=limit, facts=facts, reason=reason)
    if code == "O1" and stage.push:
        memory = replace(memory, reminded=(*(t for t in memory.reminded if seen.epoch - t < DAY), seen.epoch))
    return Decision(OVERLOAD, memory, seen.at, opened=opened, stages=(stage,))


def _enough(code: str, seen: Observation, memory: OverloadMemory) -> str:
    day = [moment for moment in memory.reminded if seen.epoch - moment < DAY]
    return GAP if code == "O1" and len(day) >= O1_A_DAY else ""


def remind(seen: Observation, context: Context, memory: OverloadMemory, now: datetime) -> Decision | None:
    """O1 once more, for a load that is still over; None where it was told often enough."""
    if memory.flapping or _enough("O1", seen, memory) or not is_over(replace(seen, source=READING), context):
        return None
    return _told("O1", seen, context, memory, now)


def _quiet(seen: Observation, context: Context, before: OverloadMemory, after: OverloadMemory, now: datetime) -> Decision | None:
    # after a trip the timer closes, when its hour is over: `record` hands on only the second calm reading
    if seen.source == READING and seen.load is not None and seen.calm >= CALM_READINGS and not after.trips:
        return back_to_normal(seen, context, after, now)
    return Decision(OVERLOAD, after, seen.at) if after != before else None


def back_to_normal(seen: Observation, context: Context, memory: OverloadMemory, now: datetime) -> Decision:
    """The load is calm. A flapping episode waits whether it stays so."""
    if memory.flapping:
        anew: dict[str, Any] = {"trips": (), "tripped_by": "", "disturbed_at": None, "ended_at": None, "calm_at": None, "calm_count": 0}
        return Decision(OVERLOAD, rest(memory, seen.epoch, **anew), seen.at)
    return ended(seen, context, memory, now)


def ended(seen: Observation, context: Context, memory: OverloadMemory, now: datetime) -> Decision:
    """The load is calm and the episode over: OR in the centre, where people were told of the overload."""
    if not memory.shown:
        return Decision(OVERLOAD, memory, seen.at, closed="recovered")
    facts = {"sanctioned_w": context.sanctioned_w} if context.sanctioned_w else {}
    memory, stage = reach(memory, "OR", seen, now, limit=context.sanctioned_w, facts=facts)
    return Decision(OVERLOAD, memory, seen.at, closed="recovered", stages=(stage,))
