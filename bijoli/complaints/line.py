"""Steps of a complaint: each writes its entry, moves the state where it moves it, and tells the customer, all in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from bijoli.complaints import telling
from bijoli.complaints.models import Complaint, Entry
from bijoli.core.complaint import State, move

LONGEST = 2000  # characters of the complaint, of a reply and of a note


class ComplaintError(ValueError):
    """It cannot be done: no words or too many, not the person's own, or not from where it stands."""


def words(text: str) -> str:
    """Without the blanks around. Raises ComplaintError for none or too many."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise ComplaintError(f"1 to {LONGEST} characters")
    return said


def locked(**which: Any) -> Complaint:
    """The complaint, held until the transaction ends. Raises Complaint.DoesNotExist."""
    return Complaint.objects.select_for_update(of=("self",)).get(**which)


def step(
    row: Complaint,
    kind: Entry.Kind,
    now: datetime,
    *,
    by: int | None = None,
    staff: bool = False,
    text: str = "",
    inside: bool = False,
    facts: dict[str, Any] | None = None,
    to: State | None = None,
    tell: str = "",
    also: tuple[str, ...] = (),
) -> None:
    """Runs inside the transaction that holds `row`. `also` are fields that the caller has set on it; `tell` the code of the push."""
    assert transaction.get_connection().in_atomic_block  # noqa: S101 - the caller holds the row
    if to is not None:
        row.state = move(State(row.state), to).value
    if to is not None or also:
        row.save(update_fields=[*({"state"} if to is not None else ()), *also])
    Entry.objects.create(complaint=row, at=now, kind=kind, text=text, facts=facts or {}, by_id=by, staff=staff, inside=inside)
    if tell:
        telling.tell(row, tell, now, facts or {})
