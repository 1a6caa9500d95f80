"""Where the billing system posts bills: POST /till/bills, JSON lines or a list. 200 means stored; the wire is docs/bills.md."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bijoli.payments import sources
from bijoli.payments.billintake import Taken, take

LARGEST = 8 * 1024 * 1024  # bytes of a body
MOST_NAMED = 1000  # rejected rows in an answer
WAIT = 1.0  # seconds that a request waits for its turn
TYPES = {"application/json": False, "application/x-ndjson": True}

_turn = threading.BoundedSemaphore(1)  # one batch at a time in a process: bills come by night in bulk, customers at any time


class _Bad(ValueError):
    """A body that cannot be read; the message says why."""


@csrf_exempt
@require_POST
def bills(request: HttpRequest) -> HttpResponse:
    """Stores a batch of bills and says what came of each row that was not taken."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    source = sources.of(token.strip(), timezone.now()) if scheme.lower() == "bearer" else None
    if source is None:
        refused = _refusal(401, "no billing system has this token: send Authorization: Bearer <token>")
        refused["WWW-Authenticate"] = 'Bearer realm="bills"'
        return refused
    lines = TYPES.get(request.content_type or "")
    if lines is None:
        return _refusal(400, f"Content-Type must be one of {', '.join(TYPES)}")
    length = request.headers.get("Content-Length", "")
    if not length.isdigit():
        return _refusal(411, "send a Content-Length")
    if int(length) > LARGEST:
        return _refusal(413, f"more than {LARGEST} bytes: send smaller batches")
    return _taken(request.body, lines, source)


def _taken(body: bytes, lines: bool, source: str) -> HttpResponse:
    if not _turn.acquire(timeout=WAIT):
        refused = _refusal(429, "busy: nothing was stored, send it again")
        refused["Retry-After"] = "2"
        return refused
    try:
        return JsonResponse(_answer(list(take(_rows(body, lines), source, timezone.now()))))
    except _Bad as error:
        return _refusal(400, str(error))
    finally:
        _turn.release()


def _rows(body: bytes, lines: bool) -> Iterator[tuple[int, Any]]:
    """Numbered rows. A line that is no JSON is a row of its own: its text, which is rejected. Raises _Bad before the first row."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _Bad("the body is no UTF-8") from None
    if lines:
        return ((number, _line(line)) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    try:
        rows = _parsed(text)
    except (ValueError, RecursionError):
        raise _Bad("the body is no JSON") from None
    if not isinstance(rows, list):
        raise _Bad("the body must be a list of bills")
    return iter(list(enumerate(rows, 1)))


def _line(line: str) -> Any:
    try:
        return _parsed(line)
    except (ValueError, RecursionError):
        return line


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _answer(pieces: list[Taken]) -> dict[str, Any]:
    rejected = [fault for piece in pieces for fault in piece.rejected]
    named = [{"row": fault.row, "field": fault.field, "reason": fault.reason} for fault in rejected[:MOST_NAMED]]
    counts = {"accepted": sum(piece.accepted for piece in pieces), "known": sum(piece.known for piece in pieces)}
    return {**counts, "rejected_rows": len(rejected), "rejected": named}


def _refusal(status: int, why: str) -> JsonResponse:
    return JsonResponse({"error": why}, status=status)
