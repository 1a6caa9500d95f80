"""Trips of the overload relay: told by a reading, by a pair of events, or by both, and then counted once."""

from __future__ import annotations

from dataclasses import replace

from bijoli.core.alerts.memory import OverloadMemory
from bijoli.core.alerts.model import Context, Observation
from bijoli.core.alerts.stages import HOUR
from bijoli.core.conditions import Relay

PAIR_S = 60  # a disconnect event this near to an overload event is a trip
SAME_S = 1800  # a reading and an event within one interval may tell of the same trip
RELAY, EVENT = "relay", "event"


def note_trip(seen: Observation, context: Context, memory: OverloadMemory) -> tuple[OverloadMemory, bool]:
    """The memory with what this observation says of trips, and whether it is a new trip."""
    if seen.turned(Relay.OPEN_OVERLOAD):
        return _tripped(memory, seen.epoch, RELAY) if not _told_by_event(seen, memory) else (memory, False)
    if seen.relay == Relay.CLOSED or seen.is_event("supply_on"):
        return (replace(memory, tripped_by="") if memory.tripped_by else memory), False
    if seen.is_event("supply_off"):
        return _disconnected(seen, memory)
    if seen.event_kind == "overload":
        return _overloaded(seen, context, memory)
    return memory, False


def _tripped(memory: OverloadMemory, at: int, by: str) -> tuple[OverloadMemory, bool]:
    trips = (*(trip for trip in memory.trips if at - trip <= HOUR), at)
    return _disturbed(replace(memory, trips=trips, tripped_by=by, off_at=None), at), True


def _disturbed(memory: OverloadMemory, at: int) -> OverloadMemory:
    latest = max(at, memory.disturbed_at or at)
    return replace(memory, disturbed_at=latest, calm_at=None, calm_count=0, ended_at=None)


def _told_by_event(seen: Observation, memory: OverloadMemory) -> bool:
    return memory.tripped_by == EVENT and bool(memory.trips) and seen.epoch - memory.trips[-1] <= SAME_S


def _told_by_relay(at: int, memory: OverloadMemory) -> bool:
    return memory.tripped_by == RELAY and bool(memory.trips) and 0 <= memory.trips[-1] - at <= SAME_S


def _disconnected(seen: Observation, memory: OverloadMemory) -> tuple[OverloadMemory, bool]:
    paired = memory.event_at is not None and abs(seen.epoch - memory.event_at) <= PAIR_S
    if paired and seen.epoch not in memory.trips and not _told_by_relay(seen.epoch, memory):
        return _tripped(memory, seen.epoch, EVENT)
    return replace(memory, off_at=seen.epoch), False


def _overloaded(seen: Observation, context: Context, memory: OverloadMemory) -> tuple[OverloadMemory, bool]:
    if seen.begins is False:
        return replace(memory, ended_at=seen.epoch), False
    memory = _disturbed(replace(memory, event_at=seen.epoch), seen.epoch)
    off = memory.off_at if memory.off_at is not None else context.off_event_at
    known = off is None or off in memory.trips or abs(seen.epoch - off) > PAIR_S or _told_by_relay(off, memory)
    return (memory, False) if off is None or known else _tripped(memory, off, EVENT)
