"""The head-end of the simulated town: its meters report by the real clock, and what is asked for at one meter happens there.

It speaks only the public door. When the site is away it keeps what is to be sent and sends it, as it is, when the site is back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bijoli.simulator import wire
from bijoli.simulator.causes import Caused, Wish, arrive, cause
from bijoli.simulator.credits import TownEngine, vending
from bijoli.simulator.fill import bodies, steps
from bijoli.simulator.gateway import Answer, Gateway, GatewayError
from bijoli.simulator.meters import Meters
from bijoli.simulator.store import Store

TURN_SECONDS = 0.5
PATIENCE = 3.0  # seconds that a visitor waits for the site before the head-end takes over
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was caused, and whether the site has it (else the head-end goes on trying)."""

    caused: Caused
    taken: bool
    said: str = ""


@dataclass(slots=True)
class Headend:
    """The meters and the line to the site. `line` makes a connection: the turns and each visitor have their own."""

    meters: Meters
    store: Store
    line: Callable[[float | None], Gateway]
    clock: Callable[[], float] = time.time
    vending: TownEngine = field(init=False)

    def __post_init__(self) -> None:
        self.vending = vending(self.store.folder, self.meters)

    def run(self, stopped: threading.Event) -> None:
        """Turns until it is told to stop."""
        gateway = self.line(None)
        gateway.sleep = lambda seconds: _sleep(stopped, seconds)
        try:
            while not stopped.is_set():
                self.report()
                self.deliver(gateway)
                stopped.wait(TURN_SECONDS)
        except Stopped:
            log.info("stopped while the site was away; what is unsent goes out at the next start")
        finally:
            gateway.close()

    def report(self) -> int:
        """Meters that were sold credit take it, and those whose time has come write down what they have to say. Returns how many
        readings the latter are."""
        with self.vending.lock:
            self._take_credits()
            told = list(steps(self.meters, int(self.clock()), live=True))
            if told:
                credits, readings = bodies(self.meters, told)
                self._write([("events", credits)] * bool(credits) + [("readings", body) for body in readings])
        return sum(len(readings.rows) for readings, _ in told)

    def deliver(self, gateway: Gateway) -> None:
        """Sends what is written down, oldest first, and strikes it off. A batch that the door refuses for good is logged and let go."""
        for door, path in self.store.unsent():
            try:
                _post(gateway, door, path)
            except GatewayError as error:
                log.error("%s", error)
                path.unlink(missing_ok=True)

    def cause(self, wish: Wish) -> Outcome:
        """Makes something happen at one meter, now, and tells the site at once. Raises CauseError."""
        with self.vending.lock:
            written = self._take_credits(wish.meter)
            caused = cause(self.meters, wish, int(self.clock()))
            told = [("events", caused.events), ("readings", caused.readings)]
            written += self._write([(door, wire.ndjson(rows)) for door, rows in told if rows])
        gateway = self.line(PATIENCE)
        try:
            for door, path in written:
                _post(gateway, door, path)
        except GatewayError as error:
            return Outcome(caused, taken=False, said=str(error))
        finally:
            gateway.close()
        return Outcome(caused, taken=True)

    def _take_credits(self, at_once: str = "") -> list[tuple[str, Path]]:
        """Credits that were sold reach their meters: what they report is written down, then their state, then that they have it."""
        now = self.clock()
        arriving = list(self.vending.arriving(now, at_once))
        if not arriving:
            return []
        caused = [arrive(self.meters, row, credit, int(now)) for credit, row in arriving]
        events, readings = [row for one in caused for row in one.events], [row for one in caused for row in one.readings]
        written = self._write([("events", wire.ndjson(events)), ("readings", wire.ndjson(readings))])
        self.vending.store.arrived([credit.key for credit, _ in arriving], now)
        return written

    def _write(self, told: list[tuple[str, bytes]]) -> list[tuple[str, Path]]:
        written = [(door, self.store.post(door, body)) for door, body in told]
        self.store.keep_state(self.meters.state)
        return written


class Stopped(Exception):
    """Raised out of a wait for the site."""


def _sleep(stopped: threading.Event, seconds: float) -> None:
    if stopped.wait(seconds):
        raise Stopped


def _post(gateway: Gateway, door: str, path: Path) -> None:
    """Sends one file, unless the turn or a visitor has sent it meanwhile."""
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return
    answer: Answer = gateway.events(body) if door == "events" else gateway.readings(body)
    path.unlink(missing_ok=True)
    for row in answer.rejected:
        log.warning("the site rejects %s", row)
