"""Take a body in: decode it, leave out what the gateway may not say, record the rest, and say what became of each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from bijoli.ingest import decode, rejects, senders
from bijoli.ingest.decode import Body, Fault
from bijoli.ingest.senders import Sender
from bijoli.metering.columns import Ints, Outcome, Status
from bijoli.metering.events import record_events
from bijoli.metering.record import record

LISTED = 1000  # rejected rows named in an answer


@dataclass(slots=True)
class Taken:
    """What became of a body: the numbers of the answer, and the rows to be kept."""

    outcome: Outcome
    places: Ints
    faults: list[Fault]
    total: int
    quarantined: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.quarantined = self.places[self.outcome.status == Status.QUARANTINED].tolist()
        unknown = self.places[self.outcome.status == Status.UNKNOWN].tolist()
        self.faults += [Fault(place, "meter", rejects.UNKNOWN_METER) for place in unknown]
        self.faults.sort(key=lambda fault: fault.row)

    def answer(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "accepted": self.outcome.count(Status.ACCEPTED),
            "repeated": self.outcome.count(Status.REPEATED),
            "late": self.outcome.count(Status.LATE),
            "quarantined": len(self.quarantined),
            "rejected": [{"row": fault.row, "field": fault.field, "reason": fault.reason} for fault in self.faults[:LISTED]],
        }
        if len(self.faults) > LISTED:
            said["more"] = len(self.faults) - LISTED
        return said


def readings(body: Body, sender: Sender, now: datetime) -> Taken:
    columns, places, faults, total = decode.readings(body)
    own = senders.own(sender, columns.meter, places)
    faults += _foreign(places[~own])
    if not own.all():
        columns, places = columns.take(own), places[own]
    return Taken(record(columns, now), places, faults, total)


def events(body: Body, sender: Sender, now: datetime) -> Taken:
    found, places, faults, total = decode.events(body)
    own = senders.own(sender, np.array([event.meter for event in found], np.int64), places)
    faults += _foreign(places[~own])
    return Taken(record_events([found[index] for index in np.flatnonzero(own)], now), places[own], faults, total)


def _foreign(places: Ints) -> list[Fault]:
    return [Fault(place, "meter", "not a meter of this gateway") for place in places.tolist()]


TAKERS: dict[str, Callable[[Body, Sender, datetime], Taken]] = {"readings": readings, "events": events}
