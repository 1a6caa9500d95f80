"""The meter reported an unusual event. Latched: only a finding of the staff closes it. A signal, no accusation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bijoli.core.alerts.memory import TamperMemory
from bijoli.core.alerts.model import EVENT, FINDING, Context, Decision, Observation, span
from bijoli.core.alerts.reach import reach
from bijoli.core.alerts.stages import DAY, POWER, TAMPER, UNTOLD, WORK

PREFIX = "tamper_"
T2_REPEATS = 5


def decide(seen: Observation, context: Context, memory: TamperMemory | None, now: datetime) -> Decision | None:
    """What this observation means for TAMPER; None where it means nothing. The end of an event ("cover closed") means nothing.

    While our own people work there, or the feeder's power fails or returns, it is noted for staff alone. The first one after that is told.
    """
    if seen.source != EVENT or not seen.event_kind.startswith(PREFIX) or seen.begins is False:
        return None
    held = _held(seen, context)
    if memory is None:
        memory = TamperMemory(opened=seen.epoch, classes=(seen.event_kind,), counter=1)
        return _told("T1", seen, memory, now, held, opened=True)
    after = _repeated(seen, memory)
    second = len(after.classes) > 1 or len(after.repeats) >= T2_REPEATS
    if not held and not after.shown:
        return _told("T2" if second else "T1", seen, after, now)
    if second and "T2" not in after.counts:
        return _told("T2", seen, after, now, held)
    return Decision(TAMPER, after, seen.at)


def _held(seen: Observation, context: Context) -> str:
    if span(context.work, seen.epoch):
        return WORK
    return POWER if span(context.dark, seen.epoch) or span(context.returning, seen.epoch) else ""


def _repeated(seen: Observation, memory: TamperMemory) -> TamperMemory:
    classes = memory.classes if seen.event_kind in memory.classes else (*memory.classes, seen.event_kind)
    repeats = (*(moment for moment in memory.repeats if seen.epoch - moment < DAY), seen.epoch)
    return replace(memory, classes=classes, repeats=repeats, counter=memory.counter + 1)


def _told(code: str, seen: Observation, memory: TamperMemory, now: datetime, held: str = "", opened: bool = False) -> Decision:
    facts = {"event_code": seen.event_code, "event_kind": seen.event_kind, "counter": memory.counter}
    memory, stage = reach(memory, code, seen, now, facts=facts, reason=held)
    return Decision(TAMPER, memory, seen.at, opened=opened, stages=(stage,))


def found(memory: TamperMemory, text: str, now: datetime) -> Decision:
    """Staff looked at the meter: TR with what they found, and the latch opens. People who were told of no signal are told of no finding."""
    seen = Observation(at=now, received_at=now, source=FINDING)
    facts = {"finding": text, "counter": memory.counter}
    memory, stage = reach(memory, "TR", seen, now, facts=facts, reason="" if memory.shown else UNTOLD)
    return Decision(TAMPER, memory, now, closed="finding", stages=(stage,))
