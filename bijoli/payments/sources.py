"""Billing systems that may send bills: a token each, of which the hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from bijoli.payments.models import BillSource

SEEN_EVERY = timedelta(minutes=1)


def renew(name: str, now: datetime) -> str:
    """Makes the source, or gives it a new token that ends the old one. Returns the token, which is not kept."""
    token = secrets.token_urlsafe(32)
    fields = {"token_hash": _hash(token), "revoked_at": None}
    BillSource.objects.update_or_create(name=name, defaults=fields, create_defaults={**fields, "created_at": now})
    return token


def revoke(name: str, now: datetime) -> bool:
    """Ends a source's token. False where there is none, or it has ended already."""
    return bool(BillSource.objects.filter(name=name, revoked_at=None).update(revoked_at=now))


def of(token: str, now: datetime) -> str | None:
    """The name of the source that has this token; it is noted that it was seen."""
    found = BillSource.objects.filter(token_hash=_hash(token), revoked_at=None)
    name = found.values_list("name", flat=True).first()
    if name is not None:
        found.filter(Q(last_seen_at=None) | Q(last_seen_at__lt=now - SEEN_EVERY)).update(last_seen_at=now)
    return name


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
