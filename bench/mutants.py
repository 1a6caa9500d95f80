"""Batches with something wrong in them, made by chance from a seed: what a broken head-end, a wrong export or an enemy may send.

Each row is known by construction to be good or bad where that can be known; of a row with flipped bytes it cannot.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import zstandard

from bench.badvalues import BAD_VALUES, ODD_VALUES, SPICE

GOOD_METERS = [f"0660{n:08d}" for n in range(1, 121)]  # of the good rows alone: what is stored of them is checked
OTHER_METERS = [f"9118{n:08d}" for n in range(1, 41)]
START = 1_790_000_000
ANY, GOOD, BAD = "any", "good", "bad"

Row = dict[str, Any]
DEEP = b"[" * 200  # nested deeper than every reader goes
FIELDS = {
    "readings": ("meter", "at", "balance", "register_kwh", "load_kw", "quality", "relay"),
    "events": ("meter", "at", "profile", "code", "id", "credit"),
}
WRONG_CODES = ("utf-16", "utf-16-le", "utf-32", "utf-7")


@dataclass(slots=True)
class Batch:
    """A body with its headers, and what is known of it. `good`: of each good row its bytes and what must be stored of it."""

    door: str
    form: str  # json, ndjson, csv, messages
    body: bytes
    encoding: str = ""
    content_type: str = ""
    good: dict[bytes, Row] = field(default_factory=dict)
    bad: set[bytes] = field(default_factory=set)
    spoiled: bool = False  # a good row may have become another
    mangled: bool = False  # the packed bytes are no longer what was packed
    plain: bytes = b""  # before packing
    messages: list[bytes] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)  # of the messages


class Maker:
    """Makes batch after batch. `interesting`: rows that led to something new, to be changed further."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.interesting: dict[str, list[bytes]] = {"readings": [], "events": []}
        self.clock = START

    def batch(self) -> Batch:
        chance = self.chance
        door = chance.choices(("readings", "events"), (2, 1))[0]
        form = chance.choices(("json", "ndjson", "csv", "messages"), (3, 5, 1, 1))[0]
        self.clock += 60
        rows = self._rows(door)
        if form == "csv":
            return self._csv(door, rows)
        batch = Batch(door, form, b"", content_type="application/json" if form == "json" else "application/x-ndjson")
        batch.good = {text: row for text, row, what in rows if what == GOOD}
        batch.bad = {text for text, _, what in rows if what == BAD}
        texts = [text for text, _, _ in rows]
        if form == "json" and chance.random() < 0.8:  # one row that is no JSON, and there is no array
            texts = [text for text in texts if sound(text)]
        if form == "messages":
            return self._messages(batch, texts)
        batch.body = b"[" + b", ".join(texts) + b"]" if form == "json" else chance.choice((b"\n", b"\r\n", b"\n \n")).join(texts)
        self._mistreat(batch)
        return batch

    def row(self, door: str) -> tuple[bytes, str]:
        """One mutated row and what is known of it."""
        chance = self.chance
        way = chance.randrange(8)
        if way < 4:
            return self._wrong_field(door)
        if way == 4:
            return chance.choice(self._shapes(door)), ANY
        known = self.interesting[door]
        source = chance.choice(known) if known and chance.random() < 0.5 else _text(self._good(door, OTHER_METERS))
        return self.scrambled(source), ANY

    def scrambled(self, text: bytes, most: int = 4) -> bytes:
        """Bytes flipped, cut out, doubled and put in; no line breaks, which are the batch's own."""
        chance, made = self.chance, bytearray(text)
        for _ in range(chance.randint(1, most)):
            at = chance.randrange(len(made) + 1)
            match chance.randrange(5):
                case 0 if at < len(made):
                    made[at] ^= 1 << chance.randrange(8)
                case 1:
                    made[at:at] = chance.choice(SPICE)
                case 2:
                    del made[at : at + chance.randint(1, 8)]
                case 3:
                    made[at:at] = made[at : at + chance.randint(1, 30)]
                case _:
                    made[at : at + 1] = bytes([chance.randrange(256)])
        return bytes(made).replace(b"\n", b"")

    def _rows(self, door: str) -> list[tuple[bytes, Row, str]]:
        chance, meters = self.chance, iter(self.chance.sample(GOOD_METERS, 8))
        made: list[tuple[bytes, Row, str]] = []
        for _ in range(chance.randint(2, 8)):
            row = self._good(door, [next(meters)])
            made.append((_text(row, chance.choice((None, 1))), row, GOOD))
        for _ in range(chance.randint(1, 4)):
            text, what = self.row(door)
            made.append((text, {}, what))
        if chance.random() < 0.1:
            made.append(chance.choice(made))
        chance.shuffle(made)
        return made

    def _good(self, door: str, meters: list[str]) -> Row:
        chance, meter = self.chance, self.chance.choice(meters)
        if door == "readings":
            row: Row = {"meter": meter, "at": self.clock, "balance": chance.randrange(-10_000, 90_000) / 100}
            optional = {"register_kwh": chance.randrange(10**8) / 1000, "load_kw": chance.randrange(6000) / 1000}
            optional |= {"relay": "closed", "colour": "লাল"}
        else:
            credit = chance.random() < 0.3
            row = {"meter": meter, "at": self.clock, "profile": "prepay" if credit else "is15959", "code": "credit" if credit else "251"}
            row |= {"id": f"{self.clock}-{chance.getrandbits(40)}"} | ({"credit": {"credited": 353.95}} if credit else {})
            optional = {"colour": {"a": [1, None]}}
        return row | {name: value for name, value in optional.items() if chance.random() < 0.7}

    def _wrong_field(self, door: str) -> tuple[bytes, str]:
        chance, row = self.chance, self._good(door, OTHER_METERS)
        names = FIELDS[door]
        name = chance.choice(names)
        if name == "credit":
            row |= {"profile": "prepay", "code": "credit"}
        if chance.random() < 0.2 and name in ("meter", "at", *(("profile", "code") if door == "events" else ())):
            del row[name]
            return _text(row), BAD
        bad = chance.random() < 0.75
        value = chance.choice(BAD_VALUES[name] if bad else ODD_VALUES)
        rest = ", ".join(f"{json.dumps(key)}: {json.dumps(kept)}" for key, kept in row.items() if key != name)
        return f'{{{rest}, "{name}": {value}}}'.encode("utf-8", "surrogatepass"), BAD if bad else ANY

    def _shapes(self, door: str) -> tuple[bytes, ...]:
        row = _text(self._good(door, OTHER_METERS))
        deep = self.chance.choice((900, 3_000))
        inside = (b"[" * deep + b"]" * deep, b"[" * deep, b'"' + b"y" * 20_000 + b'"', b"9" * 5000, b'"\xed\xa0\x80"')
        return (
            *(b"null", b"[]", b"1", b'""', b"{}", b"x", b"NaN", b"{", b"\x00", b"\xff" * 20),
            *(
                b"\xef\xbb\xbf" + row,
                row + row,
                row + b",",
                row[:-1],
                b" \t" + row + b"\t ",
                b"[" + row + b"]",
                row.decode().encode("utf-16"),
            ),
            *(row[:-1] + b', "x": ' + value + b"}" for value in inside),
            row[:-1] + b', "at": 5}',
            row[:-1] + b', "meter": null}',
            row[:-1] + b', "\\u0000": 1}',
            row[:-1] + b', "credit": {"credited": 1e-999999999}}',
            row[:-1] + b', "balance": "1' + b"0" * 3000 + b'"}',
        )

    def _messages(self, batch: Batch, texts: list[bytes]) -> Batch:
        """Some messages: an object, an array or lines each."""
        chance = self.chance
        texts = [text for text in texts if text.strip() and not text.strip().startswith(b"[")]  # what begins so is an array to its end
        batch.rows = [text.strip(b" \t\r") for text in texts]
        while texts:
            some, texts = texts[: (n := chance.randint(1, 4))], texts[n:]
            array = chance.random() < 0.4 and all(sound(text) and DEEP not in text for text in some)
            batch.messages.append(b"[" + b",".join(some) + b"]" if array else b"\n".join(some))
        batch.body = b"\n".join(batch.messages)
        return batch

    def _csv(self, door: str, rows: list[tuple[bytes, Row, str]]) -> Batch:
        """The good rows as CSV, and beside them bad lines."""
        names = [name for name in FIELDS[door] if name != "quality"]
        batch = Batch(door, "csv", b"")
        lines = []
        for _, row, what in rows:
            if what == GOOD:
                line = ",".join(_quoted(row.get(name)) for name in names).encode()
                batch.good[line] = row
                lines.append(line)
            else:
                good = ",".join(_quoted(value) for value in self._good(door, OTHER_METERS).values()).encode()
                lines.append(self.scrambled(good) or b",")
        batch.body = ",".join(names).encode() + b"\n" + self.chance.choice((b"\n", b"\r\n")).join(lines)
        return batch

    def _mistreat(self, batch: Batch) -> None:
        """Sometimes the body as a whole is spoiled, its type or its packing is wrong."""
        chance = self.chance
        match chance.randrange(40):
            case 0:
                batch.body = batch.body[: chance.randrange(len(batch.body))]
            case 1:
                batch.spoiled = True
                batch.body = self.scrambled(batch.body) if batch.form == "json" else batch.body + b"\n" + self.scrambled(batch.body[:50])
            case 2:
                batch.body = b"\xef\xbb\xbf" + batch.body
            case 3:
                batch.body = batch.body.decode("utf-8", "replace").encode(chance.choice(WRONG_CODES), "replace")
            case 4:
                batch.content_type = chance.choice(("text/plain", "", f"{batch.content_type}; charset=utf-16", "application/xml", "\x00"))
            case 5:
                batch.body = chance.choice((b"", b" ", b"\n\n", b"[" * 50_000, b"{" * 5_000, b"null", b"{}", b"[[]]", b'"', b"\x00" * 100))
        batch.plain = batch.body
        self._pack(batch)

    def _pack(self, batch: Batch) -> None:
        chance = self.chance
        packers: dict[str, Callable[[bytes, int], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}
        batch.encoding = chance.choices(("", "gzip", "zstd", "identity", "br"), (70, 14, 14, 1, 1))[0]
        if batch.encoding in packers:
            batch.body = packers[batch.encoding](batch.body, 1)
            batch.mangled = chance.random() < 0.3
            if batch.mangled:
                cut = chance.random() < 0.3
                batch.body = batch.body[: chance.randrange(len(batch.body))] if cut else self.scrambled(batch.body)


def sound(text: bytes) -> bool:
    """Whether these bytes are one JSON value by Python's own reader, without what JSON has not."""
    try:
        json.loads(text.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)


def _text(row: Row, ascii_only: int | None = None) -> bytes:
    return json.dumps(row, ensure_ascii=bool(ascii_only)).encode()


def _quoted(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text
