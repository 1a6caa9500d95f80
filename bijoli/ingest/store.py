"""Store bodies: what was recorded and what was rejected in one transaction. Every door ends here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from django.db import OperationalError, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from bijoli.ingest import rejects, seen, senders
from bijoli.ingest.decode import Body, Fault
from bijoli.ingest.models import Gateway
from bijoli.ingest.senders import Sender
from bijoli.ingest.take import TAKERS, Taken
from bijoli.metering import binary
from bijoli.metering.columns import Outcome, Status

TRIES = 3

Cursor = psycopg.Cursor[Any]
Also = Callable[[Cursor], None]


@dataclass(slots=True)
class Piece:
    """A body and who sent it. `door`: "readings" or "events". `refused`: why none of its rows may be taken; then they are only kept."""

    body: Body
    sender: Sender
    door: str
    refused: str = ""


def store(body: Body, gateway: Gateway | None, door: str, *, also: Also | None = None) -> Taken:
    """Takes one body in, as `together` does."""
    return together([Piece(body, gateway, door)], also=also)[0]


def together(pieces: Sequence[Piece], *, also: Also | None = None) -> list[Taken]:
    """Takes bodies in, in one transaction; on return it is committed.

    `also(cursor)` runs last in the same transaction, as for the place up to which a source was read; what it raises undoes everything.
    Tries again where two batches stood in each other's way and PostgreSQL ended one of them. Raises BadBody, and OperationalError or
    InterfaceError where the database is away: then nothing is stored, or all (the answer to the commit was lost).
    """
    for _ in range(TRIES - 1):
        try:
            return _once(pieces, also)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return _once(pieces, also)


def _once(pieces: Sequence[Piece], also: Also | None) -> list[Taken]:
    now = timezone.now()
    with transaction.atomic():
        all_taken = [_take(piece, now) for piece in pieces]
        if also:
            with binary.cursor() as cursor:
                also(cursor)
    for piece, taken in zip(pieces, all_taken, strict=True):
        fresh = taken.places[taken.outcome.status == Status.ACCEPTED]
        seen.note_all(senders.counts(piece.sender, fresh), now)
    return all_taken


def _take(piece: Piece, now: datetime) -> Taken:
    taken = _refuse(piece) if piece.refused else TAKERS[piece.door](piece.body, piece.sender, now)
    rejects.keep(piece.sender, piece.door, piece.body, taken.faults, taken.quarantined, now)
    return taken


def _refuse(piece: Piece) -> Taken:
    total = len(piece.body.elements())
    faults = [Fault(row, "", piece.refused) for row in range(1, total + 1)]
    return Taken(Outcome(np.zeros(0, np.int8)), np.zeros(0, np.int64), faults, total)
