"""What a person may see of their own complaints. Each query names the person, and hides accounts that they may not see any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from bijoli.complaints.models import Complaint, Entry, Photo
from bijoli.core.complaint import WAITING, State, may_reopen
from bijoli.customers.access import live
from bijoli.customers.models import Access

MOST = 100  # complaints in a person's list


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the time line, as the customer sees it. `ours`: the utility did it."""

    at: datetime
    kind: str
    text: str
    facts: dict[str, Any]
    ours: bool


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """One complaint as its person sees it; `steps` and `photos` are filled by `one` alone."""

    public_id: UUID
    number: str
    category: str
    danger: bool
    text: str
    place: str
    facts: list[dict[str, Any]]
    account_public_id: UUID | None
    state: str
    finding: str
    submitted_at: datetime
    promised_at: datetime
    resolved_at: datetime | None
    rating: int | None
    late: bool
    may_reopen: bool
    steps: tuple[Step, ...] = field(default=())
    photos: tuple[UUID, ...] = field(default=())

    @property
    def waits(self) -> bool:
        """Whether it is the utility's turn."""
        return State(self.state) in WAITING


def visible(customer_id: int, now: datetime) -> QuerySet[Complaint]:
    """The person's own, of accounts that they may see now, or of none."""
    mine = Access.objects.filter(live(now), customer_id=customer_id, account_id=OuterRef("account_id"))
    return Complaint.objects.filter(Q(account=None) | Q(Exists(mine)), customer_id=customer_id)


def listing(customer_id: int, now: datetime) -> list[ComplaintView]:
    """Newest first."""
    rows = visible(customer_id, now).select_related("account").order_by("-submitted_at", "-pk")[:MOST]
    return [_view(row, now) for row in rows]


def one(customer_id: int, public_id: UUID, now: datetime) -> ComplaintView | None:
    """One of them with its time line; None for an unknown one and for somebody else's alike."""
    row = visible(customer_id, now).select_related("account").filter(public_id=public_id).first()
    if row is None:
        return None
    seen = Entry.objects.filter(complaint=row, inside=False).order_by("pk")
    steps = tuple(Step(entry.at, entry.kind, entry.text, entry.facts, entry.staff or entry.by_id is None) for entry in seen)
    photos = tuple(Photo.objects.filter(complaint=row).order_by("pk").values_list("public_id", flat=True))
    return _view(row, now, steps, photos)


def photo(customer_id: int, public_id: UUID, photo_id: UUID, now: datetime) -> bytes | None:
    """The JPEG of the person's own complaint."""
    rows = Photo.objects.filter(complaint__in=visible(customer_id, now), complaint__public_id=public_id, public_id=photo_id)
    return next((bytes(body) for body in rows.values_list("body", flat=True)), None)


def open_count(customer_id: int, now: datetime) -> int:
    """How many wait for the utility."""
    return visible(customer_id, now).filter(resolved_at=None).count()


def _view(row: Complaint, now: datetime, steps: tuple[Step, ...] = (), photos: tuple[UUID, ...] = ()) -> ComplaintView:
    return ComplaintView(
        public_id=row.public_id,
        number=row.number,
        category=row.category,
        danger=row.danger,
        text=row.text,
        place=row.place,
        facts=row.facts,
        account_public_id=row.account.public_id if row.account else None,
        state=row.state,
        finding=row.finding,
        submitted_at=row.submitted_at,
        promised_at=row.promised_at,
        resolved_at=row.resolved_at,
        rating=row.rating,
        late=row.resolved_at is None and row.promised_at < now,
        may_reopen=may_reopen(State(row.state), row.resolved_at, now, settings.UTILITY.complaints.reopen_days),
        steps=steps,
        photos=photos,
    )
