"""Makes something happen at one meter, now: the meter reports it, and goes on from there.

What is caused lasts as it would in life: a balance stays down until a recharge, an overload until the household notices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bijoli.simulator import wire
from bijoli.simulator.meters import CLOSED, FREE, OPEN_CREDIT, VISITOR, VISITOR_KEEPS_SUPPLY, Meters
from bijoli.simulator.vending.store import Credit

LOW = 84_50
FINISHED = -3_00
FINISHED_PROTECTED = -35_00
OVER = 1.12
RECHARGE = 500_00
TAMPERS = {"cover": {"is15959": "251", "dlms": "44"}, "magnet": {"is15959": "201", "dlms": "42"}}
RELAYS = {name: code for code, name in wire.RELAYS.items()}


class CauseError(ValueError):
    """It cannot happen at that meter; the message says why and what can."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to happen. `amount` is paisa: of the balance for low and zero, of the payment for recharge."""

    kind: str
    meter: str
    amount: int | None = None
    protected: bool = False
    tamper: str = "cover"
    relay: str = "open_overload"


@dataclass(frozen=True, slots=True)
class Caused:
    """The rows that tell it, as on the wire, and what they mean in a sentence."""

    events: list[dict[str, Any]]
    readings: list[Any]
    said: str


def cause(meters: Meters, wish: Wish, now: int) -> Caused:
    """Changes the meter and makes the rows that report it. Raises CauseError."""
    if wish.meter not in meters.homes.number:
        raise CauseError(f"there is no meter {wish.meter} in this town; the first is {meters.homes.number[0]}")
    row = meters.homes.number.index(wish.meter)
    if wish.kind not in KINDS:
        raise CauseError(f"nothing is called {wish.kind!r}: {', '.join(KINDS)}")
    if wish.kind in {"low", "zero", "recharge"} and not meters.homes.prepaid[row]:
        raise CauseError(f"meter {wish.meter} is postpaid: it has no balance; overload and tamper can be caused there")
    return KINDS[wish.kind](meters, row, wish, max(now, int(meters.state.at[row]) + 1))


def _low(meters: Meters, row: int, wish: Wish, at: int) -> Caused:
    before, balance = int(meters.state.balance[row]), LOW if wish.amount is None else wish.amount
    told = _reading(meters, row, at, balance=balance, held=VISITOR)
    return Caused([], told, f"balance ৳ {before / 100:.2f} -> ৳ {balance / 100:.2f}")


def _zero(meters: Meters, row: int, wish: Wish, at: int) -> Caused:
    before = int(meters.state.balance[row])
    balance = wish.amount if wish.amount is not None else FINISHED_PROTECTED if wish.protected else FINISHED
    if balance > 0:
        raise CauseError(f"৳ {balance / 100:.2f} is not zero: say 0 or less, or cause low")
    relay, held = (CLOSED, VISITOR_KEEPS_SUPPLY) if wish.protected else (OPEN_CREDIT, VISITOR)
    told = _reading(meters, row, at, balance=balance, relay=relay, held=held)
    supply = "supply stays on (protected hours)" if wish.protected else "supply cut (relay open_credit)"
    return Caused([], told, f"balance ৳ {before / 100:.2f} -> ৳ {balance / 100:.2f}, {supply}")


def _overload(meters: Meters, row: int, wish: Wish, at: int) -> Caused:
    if meters.state.relay[row] != CLOSED:
        raise CauseError(f"the supply of meter {wish.meter} is off: recharge it first (cause recharge {wish.meter})")
    sanctioned = int(meters.homes.sanctioned_w[row])
    told = _reading(meters, row, at, load=int(sanctioned * OVER))
    return Caused([], told, f"load {sanctioned * OVER / 1000:.2f} kW of {sanctioned / 1000:.2f} kW sanctioned")


def _tamper(meters: Meters, row: int, wish: Wish, at: int) -> Caused:
    meters.draw(np.array([row]), np.array([at]))  # the meter's time moves on, so that no two events of it look like one
    code = TAMPERS[wish.tamper][meters.homes.profile[row]]
    return Caused([wire.event(meters.homes, row, at, code)], [], f"event {code} of profile {meters.homes.profile[row]} ({wish.tamper})")


def _recharge(meters: Meters, row: int, wish: Wish, at: int) -> Caused:
    before = int(meters.state.balance[row])
    at = max(at, int(meters.state.at[row]) + 2)  # the credit lies between the last reading and this one
    try:
        paid = meters.recharge(row, at - 1, wish.amount or RECHARGE, "bKash")
    except ValueError as error:
        raise CauseError(str(error)) from None
    told = _reading(meters, row, at, relay=CLOSED, held=FREE)
    split = paid.split
    after = int(meters.state.balance[row])
    said = f"paid ৳ {split.gross / 100:.2f}, credited ৳ {split.credited / 100:.2f}: ৳ {before / 100:.2f} -> ৳ {after / 100:.2f}"
    return Caused([wire.credit(meters.homes, paid)], told, said)


def arrive(meters: Meters, row: int, credit: Credit, now: int) -> Caused:
    """A credit that the head-end has sold reaches its meter: the meter reports it, and supply that was cut for want of it comes back."""
    at = max(now, int(meters.state.at[row]) + 2)
    paid = meters.put(credit, row, at - 1)
    back = meters.state.relay[row] == OPEN_CREDIT and meters.state.balance[row] > 0
    told = _reading(meters, row, at, relay=CLOSED if back else None, held=FREE)
    return Caused([wire.credit(meters.homes, paid)], told, f"credited ৳ {paid.split.credited / 100:.2f}")


def _relay(meters: Meters, row: int, wish: Wish, at: int) -> Caused:
    if wish.relay not in RELAYS:
        raise CauseError(f"a relay is {', '.join(RELAYS)}, not {wish.relay!r}")
    told = _reading(meters, row, at, relay=RELAYS[wish.relay])
    return Caused([], told, f"relay {wish.relay}")


def _reading(meters: Meters, row: int, at: int, *, load: int | None = None, **state: int | None) -> list[Any]:
    """The meter's own reading out of turn, with what was caused put upon its state."""
    rows = np.array([row])
    shown = meters.draw(rows, np.array([at]), None if load is None else np.array([load]))
    for column, value in state.items():
        if value is not None:
            getattr(meters.state, column)[row] = value
    return list(wire.rows(meters.homes, meters.readings(rows, shown)))


KINDS: dict[str, Callable[[Meters, int, Wish, int], Caused]] = {
    "low": _low,
    "zero": _zero,
    "overload": _overload,
    "tamper": _tamper,
    "recharge": _recharge,
    "relay": _relay,
}
