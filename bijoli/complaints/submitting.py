"""Takes a complaint: a number at once, a promised time, and never two of one form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from bijoli.complaints.line import ComplaintError, step, words
from bijoli.complaints.models import Complaint, Entry, Photo
from bijoli.complaints.photos import Picture
from bijoli.core.complaint import Category, number, promise, rises
from bijoli.customers import limits
from bijoli.customers.models import Access
from bijoli.customers.rights import Right, live_with
from bijoli.metering.models import UsagePoint

LONGEST_PLACE = 200
_NEXT = """INSERT INTO complaints_count AS held (day, last) VALUES (%s, 1)
ON CONFLICT (day) DO UPDATE SET last = held.last + 1 RETURNING last"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person sends. `key` is the form's own: the same key again is the same complaint. `facts` are ours, never the form's.

    `paid_for` is the account that a payment of the person's own was for, where they complain of that payment and not of an account of
    theirs: it gives the division whose people look, and nothing of it is shown. `private`: the others who may complain of the account
    do not see it.
    """

    key: UUID
    category: str
    text: str
    account_id: int | None = None
    place: str = ""
    facts: Sequence[dict[str, Any]] = ()
    photo: Picture | None = None
    paid_for: int | None = None
    private: bool = False


def sent_before(customer_id: int, key: UUID) -> Complaint | None:
    """The complaint that this form has already become."""
    return Complaint.objects.filter(customer_id=customer_id, draft=key).first()


def submit(customer_id: int, draft: Draft, now: datetime) -> Complaint:
    """Keeps it. Raises ComplaintError, limits.TooOften."""
    if known := sent_before(customer_id, draft.key):
        return known
    category, text = _category(draft.category), words(draft.text)
    if len(draft.place) > LONGEST_PLACE:
        raise ComplaintError("the place is too long")
    if draft.account_id is None and category.of_account and draft.paid_for is None:
        raise ComplaintError("it is about an account: which?")
    division = _division(customer_id, draft, now)
    limits.count("danger" if category.danger else "complaint", str(customer_id), now)
    with transaction.atomic():
        return _kept(customer_id, draft, category, text, division, now) or Complaint.objects.get(customer_id=customer_id, draft=draft.key)


def _category(key: str) -> Category:
    known = settings.UTILITY.complaints.category(key)
    if known is None:
        raise ComplaintError("no such category")
    return known


def _division(customer_id: int, draft: Draft, now: datetime) -> str:
    """Where the account is delivered; empty without one. Raises ComplaintError for an account of which the person may not complain now."""
    mine = draft.account_id
    if mine is not None and not Access.objects.filter(live_with(Right.COMPLAIN, now), customer_id=customer_id, account_id=mine).exists():
        raise ComplaintError("this is not theirs to complain of")
    about = draft.paid_for if mine is None else mine
    if about is None:
        return ""
    return UsagePoint.objects.filter(account_id=about).values_list("division", flat=True).first() or ""


def _kept(customer_id: int, draft: Draft, category: Category, text: str, division: str, now: datetime) -> Complaint | None:
    """None where the same form came in at the same moment and was first."""
    desk, zone = settings.UTILITY.complaints, ZoneInfo(settings.UTILITY.zone)
    at = now.astimezone(zone)
    until = promise(category, at, desk)
    row = Complaint(
        number=_number(at.date()),
        draft=draft.key,
        customer_id=customer_id,
        account_id=draft.account_id,
        division=division,
        category=category.key,
        danger=category.danger,
        private=draft.private or category.private or draft.account_id is None,
        text=text,
        place=draft.place.strip(),
        facts=list(draft.facts),
        submitted_at=now,
        promised_at=until,
        rises_at=rises(until, 0, desk, danger=category.danger),
    )
    Complaint.objects.bulk_create([row], ignore_conflicts=True)
    kept = Complaint.objects.filter(public_id=row.public_id).first()
    if kept is None:
        return None
    if draft.photo:
        Photo.objects.create(complaint=kept, body=draft.photo.body, width=draft.photo.width, height=draft.photo.height, made_at=now)
    step(kept, Entry.Kind.SUBMITTED, now, by=customer_id, facts={"promised_at": until.isoformat()})
    return kept


def _number(on: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [on])
        return number(on, cursor.fetchone()[0])
