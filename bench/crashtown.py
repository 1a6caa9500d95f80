"""The town of the crash run: lives of meters drawn from a seed, gateways that send them and resend what was not acknowledged.

All meters report in turns ("sweeps"). Some lead a restless life: low, finished, cut off, recharged, overloaded, tampered with; what that
must lead to is known beforehand (tests/plainmeter.py), whatever happens to our processes. Balance in paisa, load in W.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.plainmeter import PlainMeter

FIRST = 660_020_000_000
SWEEPS, STEP_S, START_S = 600, 2, 600  # meter time: a sweep every two seconds, from ten minutes ago; the very first one a day before
LANES, CHUNK = 4, 625  # connections; meters in a batch, each with two readings
A_SECOND = 7_000
#            fine    low   very low  cut off  finished  over    far over
BALANCE = (500_00, 84_00, 40_00, -3_00, -1_00, 500_00, 500_00)
LOAD = (1000, 1000, 1000, 0, 900, 5200, 5800)
RELAY = (1, 1, 1, 2, 1, 1, 1)
WORDS = ("", "closed", "open_credit")
TAMPER = {"251": "tamper_cover", "201": "tamper_magnet", "203": "tamper_neutral"}
Ints = NDArray[np.int64]


@dataclass(eq=False)
class Town:
    """`restless` meters change every `calm` sweeps or so. The first `off` of them have a clock two hours slow and are cut off for good."""

    seed: int
    meters: int = 10_000
    restless: int = 4_500
    off: int = 60
    calm: int = 40
    t0: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        chance = np.random.default_rng(self.seed)
        states = np.zeros((self.meters, SWEEPS), np.int64)
        for sweep in range(2, SWEEPS):
            turns = chance.random(self.restless) < 1 / self.calm
            drawn = chance.integers(0, len(BALANCE), self.restless)
            states[: self.restless, sweep] = np.where(
                turns, np.where(states[: self.restless, sweep - 1], 0, drawn), states[: self.restless, sweep - 1]
            )
        states[: self.off, 2:6], states[: self.off, 6:] = 0, 3
        turn, own = np.arange(SWEEPS), np.arange(self.meters)[:, None]
        self.balance = np.array(BALANCE)[states] - turn % 50
        self.known = chance.random((self.meters, SWEEPS)) > 0.04
        self.known[: self.off] = True
        self.load, self.relay = np.array(LOAD)[states], np.array(RELAY)[states]
        self.register = 1_000_000 + own * 13 + turn * 7
        begin = self.t0 - START_S + turn * STEP_S
        begin[0] -= 86_400
        self.at = np.broadcast_to(begin, states.shape).copy()
        self.at[: self.off] -= 6_572  # cut off at sweep 6: "still off" is due forty seconds after the start
        self.events = self._events(random.Random(self.seed))

    def _events(self, chance: random.Random) -> list[tuple[int, int, str]]:
        """(sweep, meter, code), in the order of sending."""
        drawn = [
            (chance.randrange(2, SWEEPS), meter, chance.choice(list(TAMPER))) for meter in range(self.off, self.restless) for _ in "ab"
        ]
        return sorted(set(drawn))

    def row(self, meter: int, sweep: int) -> dict[str, Any]:
        return {
            "meter": f"{FIRST + meter:012d}",
            "at": int(self.at[meter, sweep]),
            "balance": int(self.balance[meter, sweep]) / 100 if self.known[meter, sweep] else None,
            "register_kwh": int(self.register[meter, sweep]) / 1000,
            "load_kw": int(self.load[meter, sweep]) / 1000,
            "relay": WORDS[self.relay[meter, sweep]],
        }

    def event(self, place: int) -> dict[str, Any]:
        sweep, meter, code = self.events[place]
        return {"meter": f"{FIRST + meter:012d}", "at": int(self.at[meter, sweep]) + 1, "profile": "is15959", "code": code}

    @lru_cache(1)  # noqa: B019 one town a run
    def _own(self, events: int) -> dict[int, list[tuple[int, str]]]:
        """The first `events` of the events, by meter."""
        found: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for sweep, meter, code in self.events[:events]:
            found[meter].append((sweep, code))
        return found

    def model(self, meter: int, sweeps: int, events: int) -> PlainMeter:
        """The plain model after so many sweeps and events."""
        model = PlainMeter()
        for sweep in range(sweeps):
            balance = int(self.balance[meter, sweep]) if self.known[meter, sweep] else None
            at = int(self.at[meter, sweep])
            model.reading(at, at, balance, int(self.load[meter, sweep]), int(self.relay[meter, sweep]))
        for sweep, code in self._own(events)[meter]:
            model.tamper(int(self.at[meter, sweep]) + 1, int(self.at[meter, sweep]) + 1, TAMPER[code])
        if meter < self.off and sweeps > 6:
            model.tick(int(self.at[meter, 6]) + 7200)
        return model


class Gateways:
    """Send until told to stop; what was not answered 200 is sent again, as it is. `sent`: sweeps acknowledged, by lane."""

    def __init__(self, town: Town, port: int, token: str) -> None:
        self.town, self.port, self.token = town, port, token
        self.sent, self.events, self.resent, self.readings = [0] * LANES, 0, 0, 0
        self._ending = threading.Event()
        self.failed: list[str] = []
        self.began = time.monotonic()
        works = [(self._lane, (lane,)) for lane in range(LANES)] + [(self._tell, ())]
        self._threads = [threading.Thread(target=self._safely, args=(work, args), daemon=True) for work, args in works]
        for thread in self._threads:
            thread.start()

    def end(self, seconds: float) -> float:
        """Stops after the sweep at hand. Returns readings a second, over all of the time."""
        self._ending.set()
        for thread in self._threads:
            thread.join(seconds)
        assert not self.failed, self.failed
        assert not any(thread.is_alive() for thread in self._threads), "the gateways were not heard in time"
        return self.readings / (time.monotonic() - self.began)

    def lane_of(self, meter: int) -> int:
        return meter * LANES // self.town.meters

    def _safely(self, work: Any, args: tuple[int, ...]) -> None:
        try:
            work(*args)
        except Exception as error:
            self.failed.append(f"{type(error).__name__}: {error}")

    def _lane(self, lane: int) -> None:
        town, door = self.town, _Door(self, "readings")
        own = [meter for meter in range(town.meters) if self.lane_of(meter) == lane]
        chance, round_s = random.Random(f"{town.seed} {lane}"), 2 * town.meters / A_SECOND
        for sweep in range(0, SWEEPS, 2):
            for place in range(0, len(own), CHUNK):
                chunk = own[place : place + CHUNK]
                due = self.began + (sweep / 2 + place / len(own)) * round_s
                rows = [town.row(meter, each) for meter in chunk for each in (sweep, sweep + 1)]
                chance.shuffle(rows)
                time.sleep(max(0.0, due - time.monotonic()))
                door.post(rows)
                self.readings += len(rows)
            self.sent[lane] = sweep + 2
            if self._ending.is_set():
                return

    def _tell(self) -> None:
        """Events of a sweep, when all lanes have sent it; each batch twice, as a head-end that is not sure."""
        door, town = _Door(self, "events"), self.town
        while not self._ending.wait(0.5):
            place = self.events
            while place < len(town.events) and town.events[place][0] < min(self.sent) and place - self.events < 200:
                place += 1
            rows = [town.event(each) for each in range(self.events, place)]
            for _ in range(2):
                door.post(rows)
            self.events = place


class _Door:
    """One connection that begins anew where it broke."""

    def __init__(self, gateways: Gateways, name: str) -> None:
        self._gateways, self._address = gateways, f"/ingest/{name}"
        self._http = http.client.HTTPConnection("127.0.0.1", gateways.port, timeout=20)

    def post(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        body = json.dumps(rows).encode()
        until = time.monotonic() + 180
        while not self._posted(body, len(rows)):
            self._gateways.resent += 1
            if time.monotonic() > until:
                raise TimeoutError("not acknowledged within 180 s")
            time.sleep(0.15)

    def _posted(self, body: bytes, count: int) -> bool:
        try:
            headers = {"Authorization": f"Bearer {self._gateways.token}", "Content-Type": "application/json"}
            self._http.request("POST", self._address, body, headers)
            answer = self._http.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            self._http.close()
            return False
        if answer.status != 200:
            if answer.status in (400, 401, 413):
                raise ValueError(f"refused: {answer.status} {said[:200]!r}")
            return False
        told = json.loads(said)
        if told.get("rejected"):
            raise ValueError(f"rejected: {said[:300]!r}")
        return True
