"""What a phone reports about a push: shown, opened, dismissed. The token is the proof; only its SHA-256 is known here."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from bijoli.delivery.channels.webpush import base64url
from bijoli.delivery.models import Delivery

TOKEN_BYTES = 16
BEFORE = {  # what each event may follow: states move forward only, and a late receipt fills a gap
    "displayed": (Delivery.Status.QUEUED, Delivery.Status.SENT, Delivery.Status.EXPIRED, Delivery.Status.FAILED),
    "opened": (
        Delivery.Status.QUEUED,
        Delivery.Status.SENT,
        Delivery.Status.DISPLAYED,
        Delivery.Status.EXPIRED,
        Delivery.Status.FAILED,
    ),
}
COLUMNS = {"displayed": "displayed_at", "opened": "opened_at", "closed": "dismissed_at"}


def new_token() -> tuple[str, bytes]:
    """A token for one sending, and the hash that is kept of it."""
    raw = secrets.token_bytes(TOKEN_BYTES)
    return base64url.encode(raw), hashlib.sha256(raw).digest()


def receipt(token: str, event: str, at: datetime) -> bool:
    """Notes `displayed`, `opened` or `closed` once for each token. False where it changed nothing: unknown, said before, not an event.

    `at` is the phone's clock, kept between our sending and now: a wrong clock must not make a push arrive before it left.
    """
    column = COLUMNS.get(event)
    try:
        raw = base64url.decode(token)
    except ValueError:
        return False
    if column is None or len(raw) != TOKEN_BYTES:
        return False
    told = Delivery.objects.filter(receipt_hash=hashlib.sha256(raw).digest()).first()
    if told is None:
        return False
    now = timezone.now()
    moment = min(max(at, told.sent_at or told.queued_at), now)
    noted = Delivery.objects.filter(Q(pk=told.pk), Q(**{column: None})).update(**{column: moment})
    if noted and event in BEFORE:
        Delivery.objects.filter(pk=told.pk, status__in=BEFORE[event]).update(status=event)
    return bool(noted)
