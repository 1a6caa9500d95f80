"""Rows that were not taken: kept as they came, with the reason, so that staff can see them and take them in later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bijoli.ingest import senders
from bijoli.ingest.decode import Body, Fault
from bijoli.ingest.models import Reject
from bijoli.ingest.senders import Sender

UNKNOWN_METER = "unknown meter"
AHEAD = "the meter's time lies ahead of ours"


def keep(sender: Sender, door: str, body: Body, faults: Iterable[Fault], quarantined: Iterable[int], now: datetime) -> None:
    """Stores rejected rows and those set aside for their time (`quarantined`, row numbers), in the caller's transaction."""
    ahead = [Fault(row, "at", AHEAD) for row in quarantined]
    kept = [*((fault, False) for fault in faults), *((fault, True) for fault in ahead)]
    if not kept:
        return
    texts = body.texts([fault.row for fault, _ in kept])
    Reject.objects.bulk_create(
        (
            Reject(
                gateway=senders.of(sender, fault.row),
                door=door,
                received_at=now,
                row=fault.row,
                field=fault.field[:20],
                reason=fault.reason[:120],
                quarantined=aside,
                body=text,
            )
            for (fault, aside), text in zip(kept, texts, strict=True)
        ),
        batch_size=2000,
    )
