"""The front door for gateways: POST /ingest/readings and /ingest/events. The full text of the wire is docs/ingest.md.

1. Who sends: a bearer token, of which we hold the hash. 2. Is there room: else 429. 3. Unpack within bounds, decode.
4. Record, and keep what was rejected, in one transaction. 5. Answer after the commit: 200 means stored.
"""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bijoli.ingest import unpack
from bijoli.ingest.decode import BadBody, Body
from bijoli.ingest.models import Gateway
from bijoli.ingest.room import Room
from bijoli.ingest.store import store

TYPES = {"application/json": False, "application/x-ndjson": True}  # content type -> newline-delimited
WAIT = 1.0  # seconds that a request waits for room before it is told to come again

_room = Room(settings.INGEST_BATCHES)


@csrf_exempt
@require_POST
def readings(request: HttpRequest) -> HttpResponse:
    """A batch of meter readings."""
    return _door(request, "readings")


@csrf_exempt
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """A batch of meter events and credits."""
    return _door(request, "events")


def _door(request: HttpRequest, name: str) -> HttpResponse:
    gateway = _gateway(request)
    if gateway is None:
        refused = _refusal(401, "no gateway has this token: send Authorization: Bearer <token>")
        refused["WWW-Authenticate"] = 'Bearer realm="ingest"'
        return refused
    if not _room.enter(WAIT):
        unpack.skip(request, settings.INGEST_MAX_BYTES)  # type: ignore[arg-type]
        refused = _refusal(429, "busy: nothing was stored, send it again")
        refused["Retry-After"] = "2"
        return refused
    try:
        return _taken(request, gateway, name)
    except unpack.TooLarge:
        return _refusal(413, f"more than {settings.INGEST_MAX_BYTES} bytes: send smaller batches")
    except (unpack.NotPacked, BadBody) as error:
        return _refusal(400, str(error))
    finally:
        _room.leave()


def _taken(request: HttpRequest, gateway: Gateway, name: str) -> HttpResponse:
    lines = TYPES.get(request.content_type or "")
    if lines is None:
        raise BadBody(f"Content-Type must be one of {', '.join(TYPES)}")
    if not request.META.get("CONTENT_LENGTH"):
        return _refusal(411, "send a Content-Length")
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    body = Body(unpack.body(request, encoding, settings.INGEST_MAX_BYTES), lines)  # type: ignore[arg-type]
    return JsonResponse(store(body, gateway, name).answer())


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
