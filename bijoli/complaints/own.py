"""What a person may do with their own complaint: add words, open it again, say how it went. Each verb finds it among theirs alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from bijoli.complaints.line import ComplaintError, locked, step, words
from bijoli.complaints.models import Complaint, Entry
from bijoli.complaints.reads import mine
from bijoli.core.complaint import BEST_RATING, State, may_reopen, promise, promised, rises
from bijoli.customers import limits


def _mine(customer_id: int, public_id: UUID, now: datetime) -> Complaint:
    """Held. Raises ComplaintError for one that is not the person's, or of an account of which they may not complain now."""
    if not mine(customer_id, now).filter(public_id=public_id, acts=True).exists():
        raise ComplaintError("no such complaint")
    return locked(public_id=public_id, customer_id=customer_id)


def say(customer_id: int, public_id: UUID, text: str, now: datetime) -> None:
    """More words, while it waits for the utility. Raises ComplaintError, limits.TooOften."""
    said = words(text)
    with transaction.atomic():
        row = _mine(customer_id, public_id, now)
        if row.resolved_at is not None:
            raise ComplaintError("it is resolved: open it again instead")
        limits.count("complaint words", str(customer_id), now)
        step(row, Entry.Kind.SAID, now, by=customer_id, text=said)


def reopen(customer_id: int, public_id: UUID, text: str, now: datetime) -> None:
    """It is not solved: back to the utility, with the category's promise anew. Raises ComplaintError, limits.TooOften."""
    said, desk = words(text), settings.UTILITY.complaints
    with transaction.atomic():
        row = _mine(customer_id, public_id, now)
        if not may_reopen(State(row.state), row.resolved_at, now, desk.reopen_days):
            raise ComplaintError("it cannot be opened again")
        limits.count("complaint words", str(customer_id), now)
        category, at = desk.category(row.category), now.astimezone(ZoneInfo(settings.UTILITY.zone))
        row.promised_at = promise(category, at, desk) if category else promised(at, 24, None)
        row.rises_at, row.level = rises(row.promised_at, 0, desk, danger=row.danger), 0
        row.resolved_at = row.closed_at = row.rating = None
        row.finding, row.reopened = "", row.reopened + 1
        also = ("promised_at", "rises_at", "level", "resolved_at", "closed_at", "rating", "finding", "reopened")
        facts = {"promised_at": row.promised_at.isoformat()}
        step(row, Entry.Kind.REOPENED, now, by=customer_id, text=said, facts=facts, to=State.REOPENED, also=also)


def rate(customer_id: int, public_id: UUID, stars: int, text: str, now: datetime) -> None:
    """It is solved, and how it went: 1 to 5, once, with words or without. Closes it. Raises ComplaintError, limits.TooOften."""
    if not 1 <= stars <= BEST_RATING:
        raise ComplaintError("1 to 5")
    said = words(text) if text.strip() else ""
    with transaction.atomic():
        row = _mine(customer_id, public_id, now)
        if row.resolved_at is None or row.rating is not None:
            raise ComplaintError("not resolved, or rated already")
        limits.count("complaint words", str(customer_id), now)
        row.rating = stars
        step(row, Entry.Kind.RATED, now, by=customer_id, text=said, facts={"rating": stars}, also=("rating",))
        if row.state == State.RESOLVED:
            row.closed_at = now
            step(row, Entry.Kind.CLOSED, now, by=customer_id, to=State.CLOSED, also=("closed_at",))
