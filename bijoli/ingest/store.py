"""Store a body: what was recorded and what was rejected in one transaction. Every door ends here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import OperationalError, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from bijoli.ingest import rejects, seen
from bijoli.ingest.decode import Body
from bijoli.ingest.models import Gateway
from bijoli.ingest.take import TAKERS, Taken
from bijoli.metering import binary
from bijoli.metering.columns import Status

TRIES = 3

Cursor = psycopg.Cursor[Any]


def store(body: Body, gateway: Gateway | None, door: str, *, also: Callable[[Cursor], None] | None = None) -> Taken:
    """Takes a body in; on return it is committed. `door`: "readings" or "events".

    `also(cursor)` runs last in the same transaction, as for the place up to which a source was read; what it raises undoes everything.
    Tries again where two batches stood in each other's way and PostgreSQL ended one of them. Raises BadBody, and OperationalError or
    InterfaceError where the database is away: then nothing is stored, or all (the answer to the commit was lost).
    """
    for _ in range(TRIES - 1):
        try:
            return _once(body, gateway, door, also)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return _once(body, gateway, door, also)


def _once(body: Body, gateway: Gateway | None, door: str, also: Callable[[Cursor], None] | None) -> Taken:
    now = timezone.now()
    with transaction.atomic():
        taken = TAKERS[door](body, gateway, now)
        rejects.keep(gateway, door, body, taken.faults, taken.quarantined, now)
        if also:
            with binary.cursor() as cursor:
                also(cursor)
    if gateway:
        seen.note(gateway.pk, taken.outcome.count(Status.ACCEPTED), now)
    return taken
