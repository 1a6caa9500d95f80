"""The balance is finished: from a balance of zero or less, a relay opened for credit or the meter's own event, until credit is back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bijoli.core.alerts.flap import rest
from bijoli.core.alerts.memory import ZeroMemory
from bijoli.core.alerts.model import EVENT, READING, Context, Decision, Observation, span
from bijoli.core.alerts.reach import reach
from bijoli.core.alerts.stages import ZERO
from bijoli.core.conditions import Relay, balance_edges, rose
from bijoli.core.hours import protected_until


def decide(seen: Observation, context: Context, memory: ZeroMemory | None, now: datetime, *, flapping: bool = False) -> Decision | None:
    """What this observation means for ZERO; None where it means nothing. `flapping` is for one that opens now."""
    if memory is None:
        return _open(seen, context, now, flapping) if _finished(seen, context) else None
    if memory.calm_since is not None:
        return _again(seen, context, memory, now) if _finished(seen, context) else None
    if _recovered(seen, context, memory):
        return restored(seen, context, memory, now)
    return _go_on(seen, context, memory, now)


def _finished(seen: Observation, context: Context) -> bool:
    if seen.balance is not None and seen.balance <= 0:
        return True
    if seen.turned(Relay.OPEN_CREDIT):
        return True
    return seen.is_event("zero_balance") and not _outdated(seen, context)


def _outdated(seen: Observation, context: Context) -> bool:
    """An event that comes after a newer reading with credit on it tells of the past."""
    latest = context.latest
    return bool(latest.balance and latest.balance > 0 and latest.balance_at and latest.balance_at > seen.epoch)


def _open(seen: Observation, context: Context, now: datetime, flapping: bool) -> Decision:
    off = seen.relay == Relay.OPEN_CREDIT
    memory = ZeroMemory(opened=seen.epoch, off_since=seen.epoch if off else None, by_event=_unread(seen), flapping=flapping)
    code, facts = ("Z2", {}) if off else ("Z1", _protection(seen, context))
    memory, stage = reach(memory, code, seen, now, limit=0, facts=facts)
    return Decision(ZERO, memory, seen.at, opened=True, stages=(stage,))


def _unread(seen: Observation) -> bool:
    """Whether no balance says that it is finished: an event alone does, or a relay of a meter whose balance nobody knows."""
    if seen.balance is None and seen.before is None:
        return True
    return seen.source == EVENT and (seen.before is None or seen.before > 0)


def _protection(seen: Observation, context: Context) -> dict[str, str]:
    """Until when supply is protected, where the utility has said its hours and they run now."""
    local = seen.at.astimezone(ZoneInfo(context.utility.zone))
    end = protected_until(local, context.utility.protected, context.utility.holidays)
    return {"protected_until": end.isoformat()} if end else {}


def _recovered(seen: Observation, context: Context, memory: ZeroMemory) -> bool:
    """A known balance above zero, and a closed relay where this reading reports one."""
    balance = seen.balance if seen.balance is not None else seen.before
    if balance is None or balance <= 0 or seen.relay > Relay.CLOSED:
        return False
    if _reclosed(seen):
        return True
    if seen.source != READING or seen.balance is None:
        return False
    return memory.by_event or _credit_came(seen, seen.balance, context)


def _reclosed(seen: Observation) -> bool:
    return (seen.turned(Relay.CLOSED) and seen.relay_before != Relay.UNKNOWN) or seen.is_event("supply_on")


def _credit_came(seen: Observation, balance: int, context: Context) -> bool:
    # `record` hands on nothing that happens above the highest edge; the timer closes what is left open there
    highest = balance_edges(context.utility.thresholds, context.own_limits)[-1]
    if seen.before is None:
        return balance < highest
    return seen.before <= 0 or (seen.before < highest and rose(seen.before, balance))


def restored(seen: Observation, context: Context, memory: ZeroMemory, now: datetime) -> Decision:
    """Credit is back. A flapping episode waits whether it stays."""
    if memory.flapping:
        return Decision(ZERO, rest(memory, seen.epoch, off_since=None, by_event=False, z3_slot=0, rearmed=True), seen.at)
    return ended(seen, context, memory, now)


def ended(seen: Observation, context: Context, memory: ZeroMemory, now: datetime) -> Decision:
    """Credit is back and the episode over: ZR, where people were told of the end of it."""
    if not memory.shown:
        return Decision(ZERO, memory, seen.at, closed="recovered")
    power_is_back = seen.relay == Relay.CLOSED or seen.is_event("supply_on")  # else the words speak of the balance alone
    facts = {"out_since": _iso(memory.off_since)} if memory.off_since and power_is_back else {}
    memory, stage = reach(memory, "ZR", seen, now, limit=context.utility.thresholds.low_paisa, facts=facts)
    return Decision(ZERO, memory, seen.at, closed="recovered", stages=(stage,))


def _again(seen: Observation, context: Context, memory: ZeroMemory, now: datetime) -> Decision:
    """Finished once more within a flapping episode: Z1 was told, a supply that goes off is told again."""
    after = replace(memory, calm_since=None, by_event=_unread(seen))
    return _go_on(seen, context, after, now) or Decision(ZERO, after, seen.at)


def _go_on(seen: Observation, context: Context, memory: ZeroMemory, now: datetime) -> Decision | None:
    after = memory
    if after.by_event and seen.balance is not None:
        after = replace(after, by_event=False)
    dark = span(context.dark, seen.epoch)  # a feeder without power: only the relay says that it is the credit
    if seen.turned(Relay.OPEN_CREDIT) or (seen.is_event("supply_off") and not dark):
        after = replace(after, off_since=after.off_since or seen.epoch)
        if "Z2" not in after.counts or after.rearmed:
            after, stage = reach(replace(after, rearmed=False), "Z2", seen, now, limit=0)
            return Decision(ZERO, after, seen.at, stages=(stage,))
    elif _reclosed(seen):
        after = replace(after, off_since=None, z3_slot=0)
    return Decision(ZERO, after, seen.at) if after != memory else None


def _iso(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, ZoneInfo("UTC")).isoformat()
