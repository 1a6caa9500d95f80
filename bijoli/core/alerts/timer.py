"""What no reading triggers: "still off" after two hours, "still over" after one, and the calm after an event, a trip or a flapping."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bijoli.core.alerts import low, overload, zero
from bijoli.core.alerts.decide import with_low
from bijoli.core.alerts.flap import is_calm
from bijoli.core.alerts.memory import Z3_AFTER_S, Z3_AT_MOST, LowMemory, OverloadMemory, ZeroMemory
from bijoli.core.alerts.model import READING, TIMER, Context, Decision, Observation, Snapshot, Standing
from bijoli.core.alerts.reach import reach
from bijoli.core.alerts.stages import DAY, HOUR, LOW, OVERLOAD, ZERO
from bijoli.core.conditions import CALM_READINGS, Relay

NEWS_S = HOUR  # "still over" is said only of a load that is known to be so


def decide(context: Context, standing: Standing, now: datetime) -> list[Decision]:
    """What the passing of time means for one meter, by its newest known values (`context.latest`)."""
    decisions = _balance(context, standing, now) if context.prepaid else []
    load = _overload(standing.overload, context, now) if standing.overload else None
    return [*decisions, load] if load else decisions


def _balance(context: Context, standing: Standing, now: datetime) -> list[Decision]:
    if standing.zero:
        return _zero(standing.zero, context, standing, now)
    found = _low(standing.low, context, standing, now) if standing.low else None
    return [found] if found else []


def _low(memory: LowMemory, context: Context, standing: Standing, now: datetime) -> Decision | None:
    balance = context.latest.balance
    if memory.held_until is not None:  # the last known balance decides anew, as if it came now
        seen = _seen(context, now, context.latest.balance_at)
        return low.decide(seen, context, standing, low.Zero.NONE, now) if memory.held_until <= now.timestamp() else None
    if not is_calm(memory, now) or (balance is not None and low.holding(balance, context)):
        return None
    return Decision(LOW, memory, now, closed="recovered")


def _seen(context: Context, now: datetime, at: int | None = None) -> Observation:
    latest = context.latest
    moment = now if at is None else datetime.fromtimestamp(at, UTC)
    return Observation(moment, now, TIMER, balance=latest.balance, load=latest.load, calm=latest.calm, relay=latest.relay)


def _zero(memory: ZeroMemory, context: Context, standing: Standing, now: datetime) -> list[Decision]:
    latest, time = context.latest, int(now.timestamp())
    credit = latest.balance is not None and latest.balance > 0
    if memory.calm_since is not None:
        if not is_calm(memory, now) or not credit or latest.relay == Relay.OPEN_CREDIT:
            return []
        seen = _seen(context, now)
        return with_low(zero.ended(seen, context, memory, now), seen, context, standing, now)
    if credit and memory.by_event and (latest.balance_at or 0) > memory.opened and latest.relay <= Relay.CLOSED:
        seen = _seen(context, now, latest.balance_at)
        return with_low(zero.restored(seen, context, memory, now), seen, context, standing, now)
    due = None if memory.by_event and memory.off_since is None else replace(memory, by_event=False).due()
    if due is None or time < due or credit or memory.off_since is None or _reads_closed(latest, memory.off_since):
        return []
    return [_still_off(memory, memory.off_since, context, now)]


def _reads_closed(latest: Snapshot, since: int) -> bool:
    """Readings after the disconnect know the relay as closed: "still off" would be a guess."""
    return latest.relay == Relay.CLOSED and (latest.read_at or 0) > since


def _still_off(memory: ZeroMemory, since: int, context: Context, now: datetime) -> Decision:
    """Z3 of the day that runs; days on which nobody looked are passed over."""
    slot = (int(now.timestamp()) - since - Z3_AFTER_S) // DAY
    after = replace(memory, z3_slot=slot + 1)
    if slot >= Z3_AT_MOST:
        return Decision(ZERO, after, now)
    facts = {"out_since": datetime.fromtimestamp(since, UTC).isoformat()}
    after, stage = reach(after, "Z3", _seen(context, now), now, limit=0, facts=facts)
    return Decision(ZERO, after, now, stages=(stage,))


def _overload(memory: OverloadMemory, context: Context, now: datetime) -> Decision | None:
    if memory.calm_since is not None:
        seen = _seen(context, now)
        over = overload.is_over(replace(seen, source=READING), context)
        return overload.ended(seen, context, memory, now) if is_calm(memory, now) and not over else None
    counted = _count_calm(memory, context)
    if _is_calm(counted, context, now):
        return overload.back_to_normal(_seen(context, now), context, counted, now)
    if counted.held_until is not None and counted.held_until < now.timestamp():
        return _no_longer_held(replace(counted, held_until=None), context, now)
    reminder = _remind(counted, context, now)
    if reminder or counted == memory:
        return reminder
    return Decision(OVERLOAD, counted, now)


def _no_longer_held(memory: OverloadMemory, context: Context, now: datetime) -> Decision:
    """The feeder has its power back since a while: told is what still holds."""
    known = now.timestamp() - (context.latest.load_at or 0) <= NEWS_S
    return (overload.remind(_seen(context, now), context, memory, now) if known else None) or Decision(OVERLOAD, memory, now)


def _remind(memory: OverloadMemory, context: Context, now: datetime) -> Decision | None:
    time, told = int(now.timestamp()), max([memory.opened, *memory.pushed.values()])
    if time - told < HOUR or time - (context.latest.load_at or 0) > NEWS_S:
        return None
    return overload.remind(_seen(context, now), context, memory, now)


def _count_calm(memory: OverloadMemory, context: Context) -> OverloadMemory:
    """Each new reading after the last event or trip counts once; one that is not calm starts the count again."""
    latest, since = context.latest, memory.disturbed_at
    if since is None or latest.load_at is None or latest.load_at <= max(since, memory.calm_at or since):
        return memory
    return replace(memory, calm_at=latest.load_at, calm_count=min(memory.calm_count + 1, CALM_READINGS) if latest.calm else 0)


def _is_calm(memory: OverloadMemory, context: Context, now: datetime) -> bool:
    time = int(now.timestamp())
    if memory.disturbed_at is None or any(time - trip < HOUR for trip in memory.trips):
        return False
    if memory.calm_count >= CALM_READINGS and context.latest.calm >= CALM_READINGS:
        return True
    # a meter that reports no load: its own "limit ok" event, and an hour without another
    silent = context.latest.load_at is None or context.latest.load_at <= memory.disturbed_at
    return silent and memory.ended_at is not None and time - memory.ended_at >= HOUR
