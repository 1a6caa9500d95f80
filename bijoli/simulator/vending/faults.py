"""How the head-end misbehaves: what was asked for, once or a few times, and by chance from a seed."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Literal

import msgspec

Name = Literal["timeout_before", "timeout_after", "error_before", "error_after", "slow", "garbage", "late", "refuse"]
CREDIT_ONLY = ("late", "refuse")


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to fail. timeout: no answer for `seconds`, then the line is cut, before or after it took effect; error: HTTP 500; slow: the
    answer takes `seconds`; garbage: an answer that is none, after the effect; late: the credit is on the meter `seconds` later;
    refuse: `reason`.

    `of` is which request, `meter` one meter alone, `times` how often.
    """

    fault: Name
    times: int = 1
    seconds: float | None = None
    reason: str = "blocked"
    of: Literal["credit", "confirm", "dues", "standing", "credits"] = "credit"
    meter: str = ""

    @property
    def lasts(self) -> float:
        """Seconds; where they are not said, the line is cut at once, and what is slow or late is so by a second."""
        return self.seconds if self.seconds is not None else float(self.fault in ("slow", "late"))

    @property
    def before(self) -> bool:
        """Whether nothing takes effect."""
        return self.fault in ("timeout_before", "error_before", "refuse")


class Chances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How likely each fault is at each request, from a seed; `seconds` as in Fault."""

    chances: dict[Name, float]
    seed: int = 1
    seconds: float | None = None
    reason: str = "blocked"


@dataclass(slots=True)
class Faults:
    """What is to go wrong. Shared by all threads of a door."""

    _asked: list[Fault] = field(default_factory=list)
    _chances: Chances = field(default_factory=lambda: Chances({}))
    _dice: random.Random = field(default_factory=lambda: random.Random(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, faults: list[Fault]) -> None:
        """These happen at the next requests that they are for; an empty list takes back what has not happened yet."""
        with self._lock:
            self._asked = [*self._asked, *faults] if faults else []

    def put(self, faults: list[Fault]) -> None:
        """These and no others: in one step, so that no request comes between."""
        with self._lock:
            self._asked = list(faults)

    def chance(self, chances: Chances) -> None:
        """From now on faults happen by chance."""
        with self._lock:
            self._chances, self._dice = chances, random.Random(chances.seed)

    def draw(self, of: str, meter: str = "") -> Fault | None:
        """What goes wrong with this request, if anything does."""
        with self._lock:
            for position, fault in enumerate(self._asked):
                if fault.of == of and fault.meter in ("", meter):
                    self._asked[position : position + 1] = [msgspec.structs.replace(fault, times=fault.times - 1)] * (fault.times > 1)
                    return fault
            return self._by_chance(of)

    def _by_chance(self, of: str) -> Fault | None:
        left = self._dice.random()
        for name, chance in self._chances.chances.items():
            if of not in ("credit", "confirm") or (of != "credit" and name in CREDIT_ONLY):
                continue
            if left < chance:
                return Fault(name, seconds=self._chances.seconds, reason=self._chances.reason)
            left -= chance
        return None
