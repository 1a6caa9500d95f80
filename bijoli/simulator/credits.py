"""The town's vending side: credit that is sold at the head-end's door reaches the town's meters.

What a meter owes, and its balance, stand in the town's own state alone; the books keep what was sold. A meter's state names the last
credit that it has, in the same file as its balance, so that after a crash no credit is put on it twice and none is left out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bijoli.simulator import wire
from bijoli.simulator.meters import Meters
from bijoli.simulator.people import KEYPAD_PLACE
from bijoli.simulator.vending.engine import UNKNOWN, Engine, Refused, Wanted
from bijoli.simulator.vending.inprocess import engine
from bijoli.simulator.vending.store import Credit, Meter

TYPING_SECONDS = 45.0  # until the people of a keypad meter have typed their tokens in
KEYPAD_EVERY = 10  # beside the demo person's own, every tenth meter has a keypad
MANY = 18  # tokens after a change of keys: every third recharge of a keypad meter
NAMES = {"bkash": "bKash", "nagad": "Nagad", "sslcommerz": "SSLCOMMERZ"}


@dataclass(slots=True)
class TownEngine(Engine):
    """Sells credit for the meters of a town. `lock` is held by whoever looks at the meters or moves them."""

    meters: Meters = field(kw_only=True)
    lock: threading.RLock = field(kw_only=True, default_factory=threading.RLock)
    _rows: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._rows = {number: row for row, number in enumerate(self.meters.homes.number)}

    def dues(self, number: str, at: datetime) -> tuple[int, int]:
        with self.lock:
            return Engine.dues(self, number, at)

    def credit(self, wanted: Wanted, late: float = 0) -> tuple[Credit, bool]:
        named = replace(wanted, channel=NAMES.get(wanted.channel, wanted.channel))
        with self.lock:
            return Engine.credit(self, named, late)

    def standing(self, number: str) -> tuple[int, str]:
        with self.lock:
            meter = self.meter(number)
        return meter.balance, meter.relay

    def meter(self, number: str) -> Meter:
        """The meter's row in the town, and what is on its way to it."""
        row = self._rows.get(number)
        if row is None or not self.meters.homes.prepaid[row]:
            raise Refused(UNKNOWN)
        homes, state = self.meters.homes, self.meters.state
        coming = [credit.charged for credit in self.store.waiting(number, self.clock()) if credit.seq > state.taken[row]]
        return Meter(
            number=number,
            tariff=homes.tariff[row],
            sanctioned_w=int(homes.sanctioned_w[row]),
            phases=int(homes.phases[row]),
            charged=max([int(state.month[row] - state.due[row]), *coming]),
            balance=int(state.balance[row]),
            relay=wire.RELAYS[int(state.relay[row])],
            tokens=self._tokens(row, number),
        )

    def wait(self, meter: Meter) -> float:
        return TYPING_SECONDS if meter.tokens else 0.0

    def lands(self, meter: Meter, ready: float) -> float | None:
        return None  # the meter says it

    def book(self, meter: Meter, credit: Credit) -> None:
        """Nothing: the meter's own state changes when it has the credit."""

    def arriving(self, now: float, at_once: str = "") -> Iterator[tuple[Credit, int]]:
        """Credits that meters may have now, with their rows; those of the meter `at_once` without waiting. What a meter has already
        (the books were not told of it before a crash) is only written down."""
        known = []
        for credit in self.store.to_deliver():
            row = self._rows[credit.meter]
            if credit.seq <= self.meters.state.taken[row]:
                known.append(credit.key)
            elif credit.ready_at <= now or credit.meter == at_once:
                yield credit, row
        if known:
            self.store.arrived(known, now)

    def _tokens(self, row: int, number: str) -> int:
        if row != KEYPAD_PLACE and row % KEYPAD_EVERY != KEYPAD_EVERY - 1:
            return 0
        return MANY if self.store.counted(number) % 3 == 1 else 1


def vending(folder: Path, meters: Meters) -> TownEngine:
    """The vending side of the town in `folder`."""
    plain = engine(folder)
    return TownEngine(plain.store, plain.rules, plain.zone, clock=time.time, meters=meters)
