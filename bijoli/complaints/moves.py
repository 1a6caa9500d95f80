"""What staff do with a complaint. The caller has made sure that it lies within their right and their division."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from bijoli.complaints import telling
from bijoli.complaints.line import ComplaintError, locked, step, words
from bijoli.complaints.models import Complaint, Entry
from bijoli.core.complaint import Finding, MoveError, State


def _open(public_id: UUID) -> Complaint:
    """Held, and not resolved. Raises ComplaintError."""
    row = locked(public_id=public_id)
    if row.resolved_at is not None:
        raise ComplaintError("it is resolved already")
    return row


def assign(public_id: UUID, to: int, staff_id: int, now: datetime) -> None:
    """To a colleague, who must see its division: the caller's to make sure. The same one again changes nothing. Raises ComplaintError."""
    with transaction.atomic():
        row = _open(public_id)
        if row.assigned_to_id == to:
            return
        first = row.assigned_to_id is None
        row.assigned_to_id = to
        _step(row, Entry.Kind.ASSIGNED, now, staff_id, State.ASSIGNED, telling.ASSIGNED if first else "", also=("assigned_to",))


def work(public_id: UUID, staff_id: int, now: datetime) -> None:
    """Somebody is at it; theirs, where it was nobody's. Raises ComplaintError."""
    with transaction.atomic():
        row = _open(public_id)
        row.assigned_to_id = row.assigned_to_id or staff_id
        _step(row, Entry.Kind.WORKING, now, staff_id, State.WORKING, telling.WORKING, also=("assigned_to",))


def reply(public_id: UUID, text: str, staff_id: int, now: datetime) -> None:
    """Words that the customer reads. Raises ComplaintError."""
    said = words(text)
    with transaction.atomic():
        row = _open(public_id)
        step(row, Entry.Kind.REPLY, now, by=staff_id, staff=True, text=said, tell=telling.REPLY)


def note(public_id: UUID, text: str, staff_id: int, now: datetime) -> None:
    """Words that the staff alone read, at any time. Raises ComplaintError."""
    said = words(text)
    with transaction.atomic():
        step(locked(public_id=public_id), Entry.Kind.NOTE, now, by=staff_id, staff=True, text=said, inside=True)


def pass_on(public_id: UUID, division: str, staff_id: int, now: datetime) -> None:
    """To another division, whose colleagues see it from then on; nobody's there. Raises ComplaintError."""
    if division not in {office.division for office in settings.UTILITY.offices}:
        raise ComplaintError("no such division")
    with transaction.atomic():
        row = _open(public_id)
        if row.division == division:
            return
        facts = {"from": row.division, "division": division}
        row.division, row.assigned_to_id = division, None
        step(row, Entry.Kind.MOVED, now, by=staff_id, staff=True, facts=facts, also=("division", "assigned_to"))


def resolve(public_id: UUID, finding: str, text: str, staff_id: int, now: datetime) -> None:
    """What was found and done, which the customer reads. Raises ComplaintError."""
    said = words(text)
    if finding not in set(Finding):
        raise ComplaintError("no such finding")
    with transaction.atomic():
        row = _open(public_id)
        row.finding, row.resolved_at, row.rises_at = finding, now, None
        also = ("finding", "resolved_at", "rises_at")
        facts = {"finding": finding}
        _step(row, Entry.Kind.RESOLVED, now, staff_id, State.RESOLVED, telling.RESOLVED, also=also, text=said, facts=facts)


def _step(
    row: Complaint,
    kind: Entry.Kind,
    now: datetime,
    by: int,
    to: State,
    tell: str,
    *,
    also: tuple[str, ...],
    text: str = "",
    facts: dict[str, str] | None = None,
) -> None:
    try:
        step(row, kind, now, by=by, staff=True, text=text, facts=facts, to=to, tell=tell, also=also)
    except MoveError as error:
        raise ComplaintError(str(error)) from None
