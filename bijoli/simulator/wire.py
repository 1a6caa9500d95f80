"""What the simulated head-end says: columns and events to NDJSON, as docs/ingest.md describes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from bijoli.core import money
from bijoli.simulator.household import Households
from bijoli.simulator.meters import CLOSED, OPEN_CREDIT, OPEN_OTHER, OPEN_OVERLOAD, Readings, Recharge
from bijoli.simulator.vending.rule import Split

RELAYS = {CLOSED: "closed", OPEN_CREDIT: "open_credit", OPEN_OVERLOAD: "open_overload", OPEN_OTHER: "open_other"}
_encoder = msgspec.json.Encoder(decimal_format="number")


class Prepaid(msgspec.Struct):
    """A reading of a prepaid meter."""

    meter: str
    at: int
    balance: float
    register_kwh: float
    load_kw: float
    relay: str


class Postpaid(msgspec.Struct):
    """A reading of a postpaid meter: it has no balance."""

    meter: str
    at: int
    register_kwh: float
    load_kw: float
    relay: str


def rows(homes: Households, readings: Readings) -> Iterator[Prepaid | Postpaid]:
    """The wire's rows of columns, in their order. Paisa and Wh divided by 100 and 1000 print exactly: JSON's shortest form."""
    columns = (readings.rows, readings.at, readings.balance, readings.register_wh, readings.load_w, readings.relay)
    prepaid, number = homes.prepaid.tolist(), homes.number
    for row, at, balance, register, load, relay in zip(*(column.tolist() for column in columns), strict=True):
        if prepaid[row]:
            yield Prepaid(number[row], at, balance / 100, register / 1000, load / 1000, RELAYS[relay])
        else:
            yield Postpaid(number[row], at, register / 1000, load / 1000, RELAYS[relay])


def credit(homes: Households, recharge: Recharge) -> dict[str, Any]:
    """A credit event with the whole split of what was paid."""
    split = recharge.split
    charges = [{"name": name, "amount": money.to_taka(paisa)} for name, paisa in _charges(split) if paisa]
    told: dict[str, Any] = {
        "order": recharge.order,
        "gross": money.to_taka(split.gross),
        "credited": money.to_taka(split.credited),
        "vat": money.to_taka(split.vat),
        "rebate": money.to_taka(split.rebate),
        "charges": charges,
        "channel": recharge.channel,
        "tokens": list(recharge.tokens),
    }
    return {"meter": homes.number[recharge.row], "at": recharge.at, "profile": "prepay", "code": "credit", "credit": told}


def _charges(split: Split) -> tuple[tuple[str, int], ...]:
    return ("demand", split.demand), ("rent", split.rent), ("arrears", split.arrears)


def event(homes: Households, row: int, at: int, code: str) -> dict[str, Any]:
    """A code that a meter sends in its own profile."""
    return {"meter": homes.number[row], "at": at, "profile": homes.profile[row], "code": code}


def ndjson(messages: Iterable[object]) -> bytes:
    """One JSON object a line."""
    return _encoder.encode_lines(messages)
