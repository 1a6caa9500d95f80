"""Which gateways speak, and how many rows of each were new. Written once a minute for each: a note must cost a batch nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F

from bijoli.ingest.models import Gateway

EVERY = timedelta(minutes=1)
_lock = threading.Lock()
_written: dict[int, datetime] = {}  # by gateway, of this process
_rows: dict[int, int] = {}  # new rows since then


def note(gateway_id: int, rows: int, now: datetime) -> None:
    """A batch of this gateway was stored, with so many new rows. A process that is killed forgets the rows of its last minute."""
    with _lock:
        _rows[gateway_id] = _rows.get(gateway_id, 0) + rows
        written = _written.get(gateway_id)
        if written is not None and written <= now < written + EVERY:
            return
        _written[gateway_id] = now
        fresh = _rows.pop(gateway_id)
    Gateway.objects.filter(pk=gateway_id).update(last_seen_at=now, rows_taken=F("rows_taken") + fresh)


def note_all(batches: Iterable[tuple[Gateway | None, int]], now: datetime) -> None:
    """The same for several batches, of which some may be nobody's (a broker's with an unknown gateway)."""
    for gateway, rows in batches:
        if gateway is not None:
            note(gateway.pk, rows, now)


def forget() -> None:
    """For tests: what this process remembers is of another test's gateways."""
    with _lock:
        _written.clear()
        _rows.clear()
