"""The front door for gateways: POST /ingest/readings and /ingest/events. The full text of the wire is docs/ingest.md.

1. Who sends: a bearer token, of which we hold the hash. 2. Is there room: else 429. 3. Unpack within bounds, decode.
4. Record, and keep what was rejected, in one transaction. 5. Answer after the commit: 200 means stored.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bijoli.ingest import decode, rejects, unpack
from bijoli.ingest.decode import BadBody, Body, Fault
from bijoli.ingest.models import Gateway
from bijoli.metering.columns import Ints, Outcome, Status
from bijoli.metering.events import record_events
from bijoli.metering.record import record

LISTED = 1000  # rejected rows named in an answer
TYPES = {"application/json": False, "application/x-ndjson": True}  # content type -> newline-delimited
WAIT = 1.0  # seconds that a request waits for room before it is told to come again

_room = threading.BoundedSemaphore(settings.INGEST_BATCHES)


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


Take = Callable[[Body, Gateway | None, datetime], Taken]


@csrf_exempt
@require_POST
def readings(request: HttpRequest) -> HttpResponse:
    """A batch of meter readings."""
    return _door(request, "readings", take_readings)


@csrf_exempt
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """A batch of meter events and credits."""
    return _door(request, "events", take_events)


def take_readings(body: Body, gateway: Gateway | None, now: datetime) -> Taken:
    columns, places, faults, total = decode.readings(body)
    own = _own(gateway, columns.meter)
    faults += _foreign(places[~own])
    if not own.all():
        columns, places = columns.take(own), places[own]
    return Taken(record(columns, now), places, faults, total)


def take_events(body: Body, gateway: Gateway | None, now: datetime) -> Taken:
    found, places, faults, total = decode.events(body)
    own = _own(gateway, np.array([event.meter for event in found], np.int64))
    faults += _foreign(places[~own])
    return Taken(record_events([found[index] for index in np.flatnonzero(own)], now), places[own], faults, total)


def _own(gateway: Gateway | None, meters: Ints) -> np.typing.NDArray[np.bool_]:
    """Which meters the gateway may speak for."""
    prefix = gateway.meter_prefix if gateway else ""
    return meters // 10 ** (12 - len(prefix)) == int(prefix or 0) if prefix else np.ones(len(meters), bool)


def _foreign(places: Ints) -> list[Fault]:
    return [Fault(place, "meter", "not a meter of this gateway") for place in places.tolist()]


def _door(request: HttpRequest, name: str, take: Take) -> HttpResponse:
    gateway = _gateway(request)
    if gateway is None:
        refused = _refusal(401, "no gateway has this token: send Authorization: Bearer <token>")
        refused["WWW-Authenticate"] = 'Bearer realm="ingest"'
        return refused
    if not _room.acquire(timeout=WAIT):
        refused = _refusal(429, "busy: nothing was stored, send it again")
        refused["Retry-After"] = "2"
        return refused
    try:
        return _taken(request, gateway, name, take)
    except unpack.TooLarge:
        return _refusal(413, f"more than {settings.INGEST_MAX_BYTES} bytes: send smaller batches")
    except (unpack.NotPacked, BadBody) as error:
        return _refusal(400, str(error))
    finally:
        _room.release()


def _taken(request: HttpRequest, gateway: Gateway, name: str, take: Take) -> HttpResponse:
    lines = TYPES.get(request.content_type or "")
    if lines is None:
        raise BadBody(f"Content-Type must be one of {', '.join(TYPES)}")
    if not request.META.get("CONTENT_LENGTH"):
        return _refusal(411, "send a Content-Length")
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    body = Body(unpack.body(request, encoding, settings.INGEST_MAX_BYTES), lines)  # type: ignore[arg-type]
    now = timezone.now()
    with transaction.atomic():
        taken = take(body, gateway, now)
        rejects.keep(gateway, name, body, taken.faults, taken.quarantined, now)
    return JsonResponse(taken.answer())


def _gateway(request: HttpRequest) -> Gateway | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return Gateway.objects.filter(token_hash=token_hash(token.strip()), revoked_at=None).first()


def token_hash(token: str) -> bytes:
    """What is kept of a gateway's token."""
    return hashlib.sha256(token.encode()).digest()


def _refusal(status: int, why: str) -> JsonResponse:
    return JsonResponse({"error": why}, status=status)
