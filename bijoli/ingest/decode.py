"""The wire: bytes to rows, columns and events. The only place that knows the names and units of docs/ingest.md.

A body whose rows all have the right types is decoded at once and checked column by column; only where that fails is it taken row by row,
so that each bad row is named with its field and reason and the others go on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from bijoli.ingest import arrays, fields
from bijoli.ingest.arrays import BadBody
from bijoli.metering.columns import Ints, Readings
from bijoli.metering.events import Event

NO_OBJECT = "no JSON object"
__all__ = ["BadBody", "Body", "Decoded", "EventRow", "Fault", "ReadingRow", "events", "readings"]
MAX_TEXT = 4000  # characters kept of a rejected row

Row = TypeVar("Row", bound=msgspec.Struct)


class ReadingRow(msgspec.Struct):
    """A reading as it is written on the wire."""

    meter: str
    at: int | str
    balance: float | str | None = None
    register_kwh: float | None = None
    load_kw: float | None = None
    quality: str | None = None
    relay: str | None = None


class EventRow(msgspec.Struct):
    """An event as it is written on the wire."""

    meter: str
    at: int | str
    profile: str
    code: str | int
    id: str | int | None = None
    credit: fields.CreditRow | None = None


@dataclass(slots=True)
class Fault:
    """A row that cannot be taken, counted from 1, with the field (may be empty) and the reason."""

    row: int
    field: str
    reason: str


@dataclass(slots=True)
class Body:
    """A body not yet decoded. `lines`: newline-delimited JSON; else one JSON array.

    `why`: the rows, from 1, that a door could not write as JSON objects, with the reason.
    """

    content: bytes
    lines: bool
    why: dict[int, str] = field(default_factory=dict)

    def elements(self) -> list[bytes]:
        """Each row as it came. Raises BadBody where there are no rows to be told apart."""
        if self.lines:
            return [line for line in self.content.split(b"\n") if line.strip()]
        try:
            return [bytes(raw) for raw in msgspec.json.decode(self.content, type=list[msgspec.Raw])]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return arrays.elements(self.content)  # one that is no JSON, or nested too deep, does not spoil the others

    def texts(self, rows: list[int]) -> list[str]:
        """The rows as text to be kept, whatever they are made of."""
        elements = self.elements()
        return [elements[row - 1][: 4 * MAX_TEXT].decode("utf-8", "replace").replace("\0", "\ufffd")[:MAX_TEXT] for row in rows]


@dataclass(slots=True)
class Decoded(Generic[Row]):
    """Rows of the right types, with their places in the body (from 1), and the faults of the others."""

    rows: list[Row]
    places: NDArray[np.int64]
    total: int
    faults: list[Fault] = field(default_factory=list)


def readings(body: Body) -> tuple[Readings, Ints, list[Fault], int]:
    """Columns, the place of each in the body, faults, and how many rows the body had. Raises BadBody."""
    decoded = _decode(body, ReadingRow)
    rows = decoded.rows
    faulty: dict[int, Fault] = {}

    def column(name: str, read: Any) -> NDArray[Any]:
        values, faults = read([getattr(row, name) for row in rows])
        for index, reason in faults.items():
            faulty.setdefault(index, Fault(int(decoded.places[index]), name, reason))
        return values  # type: ignore[no-any-return]

    columns = Readings(
        meter=column("meter", fields.meters),
        at=column("at", fields.times),
        balance=column("balance", fields.balances),
        register=column("register_kwh", fields.registers),
        load=column("load_kw", fields.loads),
        relay=column("relay", fields.relays),
        estimated=column("quality", fields.estimates),
    )
    places = decoded.places
    if faulty:
        good = np.ones(len(rows), bool)
        good[list(faulty)] = False
        columns, places = columns.take(good), places[good]
    return columns, places, decoded.faults + list(faulty.values()), decoded.total


def events(body: Body) -> tuple[list[Event], Ints, list[Fault], int]:
    """Events, the place of each in the body, faults, and how many rows the body had. Raises BadBody."""
    decoded = _decode(body, EventRow)
    found, places = [], []
    for row, place in zip(decoded.rows, decoded.places.tolist(), strict=True):
        try:
            found.append(_event(row))
            places.append(place)
        except fields.FieldError as error:
            decoded.faults.append(Fault(place, error.field, str(error)))
    return found, np.array(places, np.int64), decoded.faults, decoded.total


def _event(row: EventRow) -> Event:
    return Event(
        meter=fields.meter(row.meter),
        at=fields.time(row.at),
        profile=fields.text("profile", row.profile.lower(), 12),  # a letter may become two
        code=fields.text("code", row.code, 40),
        source_id="" if row.id is None else fields.text("id", row.id, 80),
        credit=fields.credit(row.profile, row.code, row.credit),
    )


def _decode(body: Body, kind: type[Row]) -> Decoded[Row]:
    rows = _at_once(body, kind)
    if rows is not None:
        return Decoded(rows, np.arange(1, len(rows) + 1), len(rows))
    return _row_by_row(body, kind)


def _at_once(body: Body, kind: type[Row]) -> list[Row] | None:
    """All rows, or None where one of them is not as it should be."""
    try:
        if not body.lines:
            return msgspec.json.decode(body.content, type=list[kind])  # type: ignore[valid-type]
        rows = msgspec.json.Decoder(kind).decode_lines(body.content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    breaks = body.content.count(b"\n") + (not body.content.endswith(b"\n"))
    return rows if len(rows) == breaks else None  # a row must be a line: this reader would take a row that is broken over two


def _row_by_row(body: Body, kind: type[Row]) -> Decoded[Row]:
    decoder = msgspec.json.Decoder(kind)
    elements = body.elements()
    rows, places, faults = [], [], []
    for place, element in enumerate(elements, 1):
        try:
            rows.append(decoder.decode(element))
            places.append(place)
        except msgspec.ValidationError as error:
            faults.append(_fault(place, str(error)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            faults.append(Fault(place, "", NO_OBJECT))
    for fault in faults:
        fault.reason = body.why.get(fault.row, fault.reason)
    return Decoded(rows, np.array(places, np.int64), len(elements), faults)


_AT = re.compile(r" - at `\$\.?([a-z_]*)[^`]*`$")
_MISSING = re.compile(r"missing required field `([a-z_]+)`")


def _fault(place: int, message: str) -> Fault:
    """msgspec's message in our words: the field, and what was expected."""
    if missing := _MISSING.search(message):
        return Fault(place, missing.group(1), "is missing")
    at = _AT.search(message)
    where = at.group(1) if at else ""
    if not where:
        return Fault(place, "", NO_OBJECT)
    said = _AT.sub("", message).replace("`", "").replace("Expected", "expected")
    return Fault(place, where, said[:1].lower() + said[1:])
