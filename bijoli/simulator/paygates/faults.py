"""What goes wrong, by name: on demand so many times, or by chance with a seed. Which names a gateway knows stands in docs/simulator.md."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Fault:
    """What is to go wrong at the next `times` occasions; `order` and `call` narrow it to one order number, one call."""

    gateway: str
    what: str
    times: int = 1
    order: str = ""
    call: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def fits(self, gateway: str, what: str, order: str, call: str) -> bool:
        same = self.gateway == gateway and self.what == what
        return same and self.order in ("", order) and self.call in ("", call)


class Faults:
    """The queue of what was asked for, and the dice."""

    def __init__(self) -> None:
        self.queue: list[Fault] = []
        self.chances: dict[str, float] = {}
        self.details: dict[str, dict[str, Any]] = {}
        self._dice = random.Random(0)

    def ask(self, asked: dict[str, Any]) -> Fault:
        """Takes one order for a fault as it came. Raises KeyError, TypeError, ValueError for what is none."""
        rest = dict(asked)
        fault = Fault(str(rest.pop("gateway")), str(rest.pop("what")), int(rest.pop("times", 1)))
        fault.order, fault.call, fault.details = str(rest.pop("order", "")), str(rest.pop("call", "")), rest
        self.queue.append(fault)
        return fault

    def throw(self, asked: dict[str, Any]) -> None:
        """New dice: {"seed": 1, "chances": {"http_500": 0.03, "bkash.timeout": 0.02}, "details": {"bkash.timeout": {"seconds": 3}}}.

        A name without gateway is for all of them.
        """
        chances = {str(name): float(chance) for name, chance in asked.get("chances", {}).items()}
        if any(not 0 <= chance <= 1 for chance in chances.values()):
            raise ValueError("a chance is from 0 to 1")
        self.details = {str(name): dict(details) for name, details in asked.get("details", {}).items()}
        self.chances, self._dice = chances, random.Random(int(asked.get("seed", 0)))

    def clear(self) -> None:
        self.queue.clear()

    def strikes(self, gateway: str, what: str, order: str = "", call: str = "") -> dict[str, Any] | None:
        """Whether this goes wrong now: the details (perhaps none) of the fault, which is thereby used up; None where all is well."""
        for fault in self.queue:
            if fault.fits(gateway, what, order, call):
                fault.times -= 1
                if fault.times <= 0:
                    self.queue.remove(fault)
                return fault.details
        name = f"{gateway}.{what}" if f"{gateway}.{what}" in self.chances else what
        struck = name in self.chances and self._dice.random() < self.chances[name]
        return self.details.get(name, {}) if struck else None
