"""Makes up for time that passed without readings: step by step for all meters, in batches, simulated while earlier ones are recorded."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from itertools import chain

import numpy as np

from bijoli.simulator import wire
from bijoli.simulator.chance import Ints
from bijoli.simulator.gateway import Gateway, GatewayError
from bijoli.simulator.household import QUARTER
from bijoli.simulator.meters import Meters, Readings, Recharge, State
from bijoli.simulator.store import Store

BATCH = 10_000
UNDER_WAY = 3  # batches made and not yet recorded
KEEP_SECONDS = 2.0
FINE_DAYS = 35  # this many days back each reading is sent; of days before, a few
THINNED = 24  # of so many readings one
HOUR, DAY, DAY_SLOTS = 3600, 86400, 96

Step = tuple[Readings, list[Recharge]]
Progress = Callable[[int, int], None]  # hours recorded, hours in all


def next_at(meters: Meters) -> Ints:
    """When each meter reports next: every quarter of an hour, each at a second of its own."""
    stagger = meters.homes.stagger
    return np.asarray(((meters.state.at - stagger) // QUARTER + 1) * QUARTER + stagger)


def steps(meters: Meters, until: int, *, live: bool = False) -> Iterator[Step]:
    """Moves the meters on to `until`, those furthest behind first."""
    while True:
        coming = next_at(meters)
        slot = (coming - meters.homes.stagger) // QUARTER
        rows = np.flatnonzero((slot == slot.min()) & (coming <= until))
        if not len(rows):
            return
        yield meters.advance(rows, coming[rows], live=live)


def bodies(meters: Meters, told: list[Step]) -> tuple[bytes, list[bytes]]:
    """Recharges, and readings in batches of at most 10,000, as they go on the wire."""
    credits = [wire.credit(meters.homes, recharge) for _, recharges in told for recharge in recharges]
    rows = list(chain.from_iterable(wire.rows(meters.homes, readings) for readings, _ in told))
    return wire.ndjson(credits), [wire.ndjson(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]


def send(gateway: Gateway, credits: bytes, readings: list[bytes]) -> None:
    """Posts what `bodies` made. Raises GatewayError where the door does not take a row: a town's rows are all good."""
    answers = [gateway.events(credits)] if credits else []
    answers += [gateway.readings(body) for body in readings]
    for answer in answers:
        if answer.rejected or answer.quarantined:
            raise GatewayError(f"the door does not take all of it ({answer.quarantined} set aside): {'; '.join(answer.rejected[:3])}")


def fill(meters: Meters, store: Store, gateway: Gateway, until: int, progress: Progress) -> int:
    """Sends all readings and recharges up to `until` and returns how many readings these were. The state is kept only as far
    as the door acknowledged it, so a town that was interrupted repeats some readings and misses none."""
    began = int(meters.state.at.min())
    total = (until - began) // HOUR
    under_way: deque[tuple[Future[None], State]] = deque()
    kept, told = time.monotonic(), 0

    def settle() -> None:
        nonlocal kept
        sent, state = under_way.popleft()
        sent.result()
        if time.monotonic() > kept + KEEP_SECONDS or not under_way:
            store.keep_state(state)
            kept = time.monotonic()
        progress(min((int(state.at.min()) - began + QUARTER) // HOUR, total), total)

    with ThreadPoolExecutor(1) as line:
        for batch in _batches(meters, until):
            told += sum(len(readings.rows) for readings, _ in batch)
            under_way.append((line.submit(send, gateway, *bodies(meters, batch)), meters.state.copy()))
            if len(under_way) == UNDER_WAY:
                settle()
        while under_way:
            settle()
    return told


def _batches(meters: Meters, until: int) -> Iterator[list[Step]]:
    """Steps together, about 10,000 readings; after each batch the meters' state is as the batch leaves it."""
    fine_since = _midnight(meters, until) - FINE_DAYS * DAY
    batch: list[Step] = []
    day: list[Step] = []
    for step in steps(meters, until):
        clock = int(meters.calendar.clock(step[0].at[-1:])[0])
        if clock < fine_since:
            day.append(step)
            if clock // QUARTER % DAY_SLOTS != DAY_SLOTS - 1:
                continue
            step, day = thin(day), []
        batch.append(step)
        if sum(len(readings.rows) for readings, _ in batch) + len(meters.homes) > BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def thin(day: list[Step]) -> Step:
    """A day of long ago in few readings: four at even times, the last of them the day's last, and each meter's highest load."""
    readings = Readings(*(np.concatenate([getattr(told, field.name) for told, _ in day]) for field in fields(Readings)))
    kept = np.zeros(len(readings.rows), dtype=bool)
    kept[np.flatnonzero(np.repeat(np.arange(len(day), 0, -1), [len(told.rows) for told, _ in day]) % THINNED == 1)] = True
    by_load = np.lexsort((readings.load_w, readings.rows))
    kept[by_load[np.flatnonzero(np.diff(readings.rows[by_load], append=-1))]] = True
    order = np.flatnonzero(kept)[np.argsort(readings.at[kept], kind="stable")]
    return Readings(*(getattr(readings, field.name)[order] for field in fields(Readings))), [paid for _, told in day for paid in told]


def _midnight(meters: Meters, at: int) -> int:
    """The start of the local day, on the local clock."""
    clock = int(meters.calendar.clock(np.array([at]))[0])
    return clock - clock % DAY
