"""What must become of a mutated batch: the rules that `bench/fuzz.py` holds the doors' answers to, written apart from their code."""

from __future__ import annotations

import json
from typing import Any

import zstandard

from bench.mutants import DEEP, Batch, Row, sound

TYPES = ("application/json", "application/x-ndjson")


def rows(batch: Batch) -> list[bytes]:
    """The rows of a batch that was taken, as a reader of our own sees them."""
    if batch.form == "messages":
        return batch.rows
    if batch.form == "json":
        known = {_written(text): text for text in (*batch.bad, *batch.good) if sound(text)}
        try:
            return [known.get(json.dumps(found, sort_keys=True), b"") for found in _leniently(batch.plain)]
        except (ValueError, RecursionError):
            return _split(batch.plain)
    lines = batch.plain.split(b"\n") if batch.form == "ndjson" else batch.body.split(b"\n")[batch.form == "csv" :]
    return [line.strip(b" \t\r") for line in lines if line.strip()]


def _written(text: bytes) -> str:
    return json.dumps(_leniently(b"[%s]" % text)[0], sort_keys=True)


def _split(text: bytes) -> list[bytes]:
    """The elements of an array in which one is no JSON, letter by letter."""
    depth, quoted, start, found = 0, False, 0, []
    at = 0
    while at < len(text):
        letter = text[at : at + 1]
        if quoted:
            at += letter == b"\\"
            quoted = letter != b'"'
        elif letter == b'"':
            quoted = True
        elif letter in b"[{":
            depth += 1
            start = at + 1 if depth == 1 else start
        elif letter in b"]}":
            depth -= 1
        if (letter == b"," and depth == 1 and not quoted) or (letter == b"]" and depth == 0 and not quoted):
            found.append(text[start:at].strip())
            start = at + 1
        at += 1
    return found


def _leniently(text: bytes) -> list[Any]:
    """An array that a door took: bytes that are no text may stand in what it ignores, and numbers of any length."""
    found: list[Any] = json.loads(text.decode("utf-8", "replace"), parse_int=lambda digits: int(digits) if len(digits) < 30 else digits)
    return found


def unpacked(batch: Batch) -> bytes:
    """What a damaged packing holds now: gzip tells by its checksum, a zstd frame without one may unpack to something else."""
    if batch.encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(batch.body)
    return batch.plain


def may_refuse(batch: Batch) -> bool:
    """Whether the body as a whole is not what it says."""
    if batch.mangled or batch.encoding == "br" or batch.content_type.split(";")[0] not in TYPES:
        return True
    return batch.form == "json" and (DEEP in batch.plain or not sound(batch.plain) or not isinstance(json.loads(batch.plain), list))


def missing(door: str, good: list[Row]) -> list[Row]:
    """Which of these rows the database does not have."""
    from django.db import connection

    with connection.cursor() as cursor:
        if door == "readings":
            cursor.execute(
                "SELECT m.number, s.last_at, s.balance_paisa, s.register_wh, s.load_w FROM metering_meterstate s JOIN metering_meter m"
                " ON m.id = s.meter_id WHERE m.number = ANY(%s)",
                [[row["meter"] for row in good]],
            )
            found = {number: rest for number, *rest in cursor.fetchall()}
            return [row for row in good if not _is_there(row, found[row["meter"]])]
        cursor.execute(
            "SELECT source_id FROM metering_meterevent WHERE source_id = ANY(%s)"
            ' UNION ALL SELECT "order" FROM metering_credit WHERE "order" = ANY(%s)',
            [[row["id"] for row in good if "id" in row]] * 2,
        )
        there = {each for (each,) in cursor.fetchall()}
        return [row for row in good if row["id"] not in there]


def _is_there(row: Row, state: list[int | None]) -> bool:
    wanted = [row["at"], *(None if (value := row.get(name)) is None else round(value * scale) for name, scale in _UNITS)]
    return all(want is None or want == have for want, have in zip(wanted, state, strict=True))


_UNITS = (("balance", 100), ("register_kwh", 1000), ("load_kw", 1000))
