"""CSV with the wire's names as header, written as the wire's JSON lines: from there on all doors are one.

One row is one line: a quoted value may hold commas and quotes, no line break, so that a quote too many spoils its own row alone.
An empty value is not there at all.
"""

from __future__ import annotations

import csv
import re
from itertools import repeat

import msgspec

from bijoli.ingest.decode import Body, EventRow, ReadingRow

ROWS: dict[str, type[msgspec.Struct]] = {"readings": ReadingRow, "events": EventRow}
NUMBERS = frozenset({"balance", "register_kwh", "load_kw"})
# A number as JSON writes it. What is not written so is handed on as text, and named by the decoder.
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,3})?")
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")

_encoder = msgspec.json.Encoder()


class BadHeader(ValueError):
    """The first line does not name the columns."""


def columns(line: bytes, door: str) -> list[str]:
    """The names of the first line; those that the wire does not know are kept in place and left out later. Raises BadHeader."""
    try:
        names = [name.strip().lower() for name in next(csv.reader([line.decode()], strict=True))]
    except (UnicodeDecodeError, csv.Error, StopIteration):
        raise BadHeader("the first line is no line of CSV in UTF-8") from None
    fields = msgspec.structs.fields(ROWS[door])
    if missing := [field.name for field in fields if field.required and field.name not in names]:
        raise BadHeader(f"the first line must name the columns, parted by commas; missing: {', '.join(missing)}")
    if twice := sorted({field.name for field in fields if names.count(field.name) > 1}):
        raise BadHeader(f"the first line names a column twice: {', '.join(twice)}")
    return names


def body(names: list[str], lines: list[bytes], door: str) -> Body:
    """The lines, none of them empty, as a body: a row for each."""
    known = {field.name for field in msgspec.structs.fields(ROWS[door])}
    wanted = [(name, place) for place, name in enumerate(names) if name in known]
    rows = _at_once(lines) or _one_by_one(lines)
    why: dict[int, str] = {}
    made: list[dict[str, object] | str] = []
    for place, row in enumerate(rows, 1):
        if isinstance(row, str):
            made.append(lines[place - 1].decode("utf-8", "replace"))
            why[place] = row
        elif len(row) != len(names):
            made.append(lines[place - 1].decode())
            why[place] = f"{len(row)} values in {len(names)} columns"
        else:
            made.append({name: _value(name, text) for name, at in wanted if (text := row[at].strip())})
    return Body(_encoder.encode_lines(made), lines=True, why=why)


def _at_once(lines: list[bytes]) -> list[list[str] | str] | None:
    """All rows, or None where a line is no row by itself."""
    try:
        rows: list[list[str] | str] = list(csv.reader(map(bytes.decode, lines), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    return rows if len(rows) == len(lines) else None


def _one_by_one(lines: list[bytes]) -> list[list[str] | str]:
    """The values of each line, or why it has none."""
    return list(map(_values, lines, repeat("no line of CSV"), repeat("not in UTF-8")))


def _values(line: bytes, no_row: str, no_text: str) -> list[str] | str:
    try:
        rows = list(csv.reader([line.decode()], strict=True))
    except UnicodeDecodeError:
        return no_text
    except csv.Error:
        return no_row
    return rows[0] if len(rows) == 1 else no_row


def _value(name: str, text: str) -> object:
    if name in NUMBERS:
        return msgspec.Raw(text.encode()) if NUMBER.fullmatch(text) else text
    if name == "at":
        return int(text) if WHOLE.fullmatch(text) else text
    if name == "credit":
        return _object(text)
    return text


def _object(text: str) -> object:
    """What stands in the column `credit`: the wire's JSON object."""
    try:
        msgspec.json.decode(text, type=dict)
    except (msgspec.MsgspecError, RecursionError):
        return text
    return msgspec.Raw(text.encode())
