"""100,000 mutated batches at the doors: no server error, no good row lost, every bad row named.

Each batch goes through the whole WSGI application, or through the decoding of files and of brokers' messages, into PostgreSQL. Then its
answer is held to what is known of it, and the database is asked for each good row. A hundred batches share a transaction, which is undone.
Two things guide the mutations to new places: rows that reach new lines of the decoder (traced), and rows that bring a new answer.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from bench import fuzzrules as rules
from bench.mutants import GOOD_METERS, OTHER_METERS, Batch, Maker

BATCHES = 100_000
SEED = 20_261_122
CHUNK = 100
KEPT = 400  # interesting rows of each kind
SHOWN = 3  # failures of a kind that are printed
DECODER = ("ingest/decode.py", "ingest/fields.py", "ingest/isotime.py")


def measure() -> dict[str, float]:
    """Keys: fuzz.batches, fuzz.server_errors, fuzz.rows_lost, fuzz.rows_unnamed, fuzz.rows, fuzz.cpu_s."""
    from bench import cluster

    os.environ["BIJOLI_LOG_LEVEL"] = "ERROR"  # a line for each request is not what is tried
    cluster.start()
    began = time.process_time()
    fuzz = Fuzz(SEED)
    fuzz.run(BATCHES)
    print(fuzz.table())
    return {
        "fuzz.batches": fuzz.batches,
        "fuzz.rows": fuzz.counted["rows"],
        "fuzz.server_errors": fuzz.counted["server errors"],
        "fuzz.rows_lost": fuzz.counted["good rows lost"],
        "fuzz.rows_unnamed": fuzz.counted["bad rows unnamed"],
        "fuzz.cpu_s": time.process_time() - began,
    }


class Undo(Exception):
    """Ends a transaction without a trace."""


class Fuzz:
    """A run: `counted` what came out, `failures` the first few in words, with the batch that led to them."""

    def __init__(self, seed: int) -> None:
        self.maker, self.counted, self.by_kind = Maker(seed), Counter[str](), Counter[tuple[str, str, str]]()
        self.failures: list[str] = []
        self.batches = 0
        self.answers: set[Any] = set()
        self.lines: set[tuple[str, int]] = set()

    def run(self, batches: int) -> None:
        from django.db import transaction

        self._explore(batches // 5)
        token = _prepare()
        with kept_connection():
            while self.batches < batches:
                try:
                    with transaction.atomic():
                        self._chunk(token, min(CHUNK, batches - self.batches))
                        raise Undo
                except Undo:
                    pass

    def _explore(self, rows: int) -> None:
        """Decodes rows alone, and keeps those that reach a line of the decoder that none has reached before."""
        from bijoli.ingest import decode

        for _ in range(rows):
            door = self.maker.chance.choice(("readings", "events"))
            text, _ = self.maker.row(door)
            reached: set[tuple[str, int]] = set()
            sys.settrace(_tracer(reached))
            try:
                getattr(decode, door)(decode.Body(text, lines=True))
            except decode.BadBody:
                pass
            except Exception:
                self._fail("server errors", f"decoding {text[:200]!r}: {traceback.format_exc(limit=-3)}")
            finally:
                sys.settrace(None)
            if not reached <= self.lines:
                self.lines |= reached
                self._interesting(door, text)

    def _chunk(self, token: str, batches: int) -> None:
        from bijoli.ingest.models import Reject

        self.maker.clock = max(self.maker.clock - CHUNK * 60, 1_790_000_000)  # what was there is undone: the same times again
        kept, before = self.counted["kept"], Reject.objects.count()
        for _ in range(batches):
            batch = self.maker.batch()
            self.batches += 1
            self._one(batch, token)
            if batch.spoiled:
                break  # a good meter's row may have become another one
        found = Reject.objects.count() - before
        if found != self.counted["kept"] - kept:
            self._fail("bad rows unnamed", f"{found} rows kept of {self.counted['kept'] - kept} named")

    def _one(self, batch: Batch, token: str) -> None:
        """Sends one batch and holds its answer to what is known of it."""
        try:
            status, answer = {"csv": _by_file, "messages": _by_message}.get(batch.form, lambda batch: _by_http(batch, token))(batch)
        except Exception:
            self._fail("server errors", f"{batch}: {traceback.format_exc(limit=-4)}")
            return
        self.by_kind[batch.door, batch.form + (f" {batch.encoding}" if batch.encoding else ""), str(status)] += 1
        if status >= 500:
            self._fail("server errors", f"{status} {batch}")
        elif status == 200:
            if batch.mangled:
                batch.plain, batch.spoiled = rules.unpacked(batch), True
            self._taken(batch, answer)
        elif status != 400 or not rules.may_refuse(batch):
            self.counted["good rows lost"] += len(batch.good) - 1
            self._fail("good rows lost", f"{status} {answer} {batch}")

    def _taken(self, batch: Batch, answer: dict[str, Any]) -> None:
        rejected = {fault["row"]: (fault["field"], fault["reason"]) for fault in answer["rejected"]}
        rows = rules.rows(batch)
        named = len(rejected) + answer["quarantined"]
        self.counted += Counter(rows=len(rows), named=named, kept=named)
        if answer["accepted"] + answer["repeated"] + answer["late"] + named != len(rows) or any(
            "stored" in why for _, why in rejected.values()
        ):
            self._fail("bad rows unnamed", f"{answer} for {len(rows)} rows: {batch}")
        for place, text in enumerate(rows, 1):
            if text in batch.bad and place not in rejected:
                self._fail("bad rows unnamed", f"{text[:300]!r} in {batch.form}")
        good = {text: row for text in rows if (row := batch.good.get(text))}
        self.counted["good rows"] += len(good)
        for row in rules.missing(batch.door, list(good.values())):
            self._fail("good rows lost", f"{row} of {batch}")
        said = (batch.door, frozenset((where, re.sub(r"\d+", "#", why)) for where, why in rejected.values()))
        if said not in self.answers:
            self.answers.add(said)
            for text in rows:
                if text not in batch.good and batch.form == "ndjson":
                    self._interesting(batch.door, text)

    def _interesting(self, door: str, text: bytes) -> None:
        known = self.maker.interesting[door]
        if len(text) < 2000 and b"0660" not in text:  # the good meters stay with the good rows
            known.append(text)
            if len(known) > KEPT:
                known.pop(self.maker.chance.randrange(KEPT))

    def _fail(self, what: str, how: str) -> None:
        self.counted[what] += 1
        if self.counted[what] <= SHOWN:
            self.failures.append(f"{what}: {how[:1500]}")

    def table(self) -> str:
        """What was sent, what was answered, and what was wrong."""
        lines = [f"{door:9s} {form:14s} {status:>4s} {count:8,d}" for (door, form, status), count in sorted(self.by_kind.items())]
        lines += [f"{name:28s} {count:12,d}" for name, count in sorted(self.counted.items()) if name != "kept"]
        lines += [f"{'different answers':28s} {len(self.answers):12,d}", f"{'lines of the decoder':28s} {len(self.lines):12,d}"]
        return "\n".join(["door      form         answer  batches", *lines, *self.failures])


def _tracer(reached: set[tuple[str, int]]) -> Callable[[FrameType, str, Any], Any]:
    def local(frame: FrameType, event: str, _: Any) -> Any:
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def entered(frame: FrameType, event: str, _: Any) -> Any:
        return local(frame, event, _) if frame.f_code.co_filename.endswith(DECODER) else None

    return entered


@contextmanager
def kept_connection() -> Iterator[None]:
    """Django ends a connection in a transaction with each request; ours is around a hundred of them. Its own test client does the same."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def _prepare() -> str:
    """The meters and the gateway; its token."""
    from django.core.management import call_command

    from bijoli.metering import numbers
    from bijoli.metering.models import Meter, MeterState

    meters = Meter.objects.bulk_create(Meter(number=number) for number in GOOD_METERS + OTHER_METERS)
    MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=3000, calm=2) for meter in meters)
    numbers.forget()
    said = io.StringIO()
    call_command("gateway", "fuzz", stdout=said)
    return said.getvalue().strip()


def _by_http(batch: Batch, token: str) -> tuple[int, Any]:
    from bijoli.config.wsgi import application

    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/ingest/{batch.door}",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(batch.body),
        "wsgi.errors": sys.stderr,
        "CONTENT_TYPE": batch.content_type,
        "CONTENT_LENGTH": str(len(batch.body)),
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "HTTP_CONTENT_ENCODING": batch.encoding,
    }
    status: list[int] = []
    parts = application(environ, lambda line, headers, *_: status.append(int(line[:3])))  # type: ignore[arg-type]
    content = b"".join(parts)
    parts.close()  # type: ignore[attr-defined]
    return status[0], json.loads(content) if status[0] < 500 else None


def _by_file(batch: Batch) -> tuple[int, Any]:
    from bijoli.ingest.files_lines import pieces
    from bijoli.ingest.models import Gateway
    from bijoli.ingest.store import store

    gateway = Gateway.objects.get(name="fuzz")
    file = io.BufferedReader(io.BytesIO(batch.body))  # type: ignore[arg-type]
    [piece] = pieces(file, "a.csv", batch.door, 0)
    return 200, store(piece.body, gateway, batch.door).answer()


def _by_message(batch: Batch) -> tuple[int, Any]:
    from bijoli.ingest.gather import Message, keep

    [taken] = keep([Message("fuzz", batch.door, message, 0.0) for message in batch.messages])
    return 200, taken.answer()
