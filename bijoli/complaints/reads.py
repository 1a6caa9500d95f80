"""What a person may see of complaints: their own, and those of others about an account of which they may complain too.

Each query names the person. A complaint of one's own stays, also of an account that was left; what happened at it since is told without
words then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from bijoli.complaints.models import Complaint, Entry, Follow, Photo
from bijoli.core.complaint import WAITING, State, may_reopen
from bijoli.customers.access import live
from bijoli.customers.models import Access
from bijoli.customers.rights import Right, live_with, since_begun

MOST = 100  # complaints in a list


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
    """One complaint as a person sees it; `steps` and `photos` are filled by `one` and `shared_one` alone.

    `acts`: the person may add to it, open it again and rate it now. `by` is the role of another one whose complaint it is, empty for one's
    own; then `follows` says whether each step is pushed.
    """

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
    private: bool
    acts: bool
    by: str = ""
    follows: bool = False
    steps: tuple[Step, ...] = field(default=())
    photos: tuple[UUID, ...] = field(default=())

    @property
    def waits(self) -> bool:
        """Whether it is the utility's turn."""
        return State(self.state) in WAITING


def mine(customer_id: int, now: datetime) -> Any:
    """The person's own (a query set). `acts`: it is of no account, or of one of which they may complain now."""
    here = _access(customer_id).filter(live_with(Right.COMPLAIN, now))
    rows = Complaint.objects.filter(customer_id=customer_id).select_related("account")
    return rows.annotate(acts=Q(account=None) | Q(Exists(here)))


def shared(customer_id: int, now: datetime) -> QuerySet[Complaint]:
    """Of others, of accounts of which this person may complain now, that are not private; of a time that the person sees.

    Whose author has left the account is left out. `by` is the author's role.
    """
    here = _access(customer_id).filter(live_with(Right.COMPLAIN, now), since_begun(OuterRef("submitted_at")))
    theirs = Access.objects.filter(live(now), customer=OuterRef("customer"), account=OuterRef("account"))
    rows = Complaint.objects.filter(Exists(here), Exists(theirs), private=False).exclude(customer_id=customer_id)
    followed = Exists(Follow.objects.filter(complaint=OuterRef("pk"), customer_id=customer_id))
    return rows.select_related("account").annotate(by=Subquery(theirs.order_by("since").values("role")[:1]), followed=followed)


def listing(customer_id: int, now: datetime) -> list[ComplaintView]:
    """The person's own, newest first."""
    return [_view(row, now) for row in mine(customer_id, now).order_by("-submitted_at", "-pk")[:MOST]]


def shared_listing(customer_id: int, now: datetime) -> list[ComplaintView]:
    """Those of others, newest first."""
    return [_view(row, now) for row in shared(customer_id, now).order_by("-submitted_at", "-pk")[:MOST]]


def one(customer_id: int, public_id: UUID, now: datetime) -> ComplaintView | None:
    """One of their own with its time line; None for an unknown one and for somebody else's alike."""
    row = mine(customer_id, now).filter(public_id=public_id).first()
    if row is None:
        return None
    photos = tuple(Photo.objects.filter(complaint=row).order_by("pk").values_list("public_id", flat=True))
    return _view(row, now, _steps(row, _left_at(customer_id, row.account_id, now)), photos)


def shared_one(customer_id: int, public_id: UUID, now: datetime) -> ComplaintView | None:
    """One of another with its time line, without photos and figures: what came with it was what its author may see."""
    row = shared(customer_id, now).filter(public_id=public_id).first()
    return _view(row, now, _steps(row, None)) if row else None


def photo(customer_id: int, public_id: UUID, photo_id: UUID, now: datetime) -> bytes | None:
    """The JPEG of the person's own complaint."""
    rows = Photo.objects.filter(complaint__customer_id=customer_id, complaint__public_id=public_id, public_id=photo_id)
    return next((bytes(body) for body in rows.values_list("body", flat=True)), None)


def open_count(customer_id: int) -> int:
    """How many of their own wait for the utility."""
    return Complaint.objects.filter(customer_id=customer_id, resolved_at=None).count()


def _access(customer_id: int) -> QuerySet[Access]:
    return Access.objects.filter(customer_id=customer_id, account_id=OuterRef("account_id"))


def _left_at(customer_id: int, account_id: int | None, now: datetime) -> datetime | None:
    """When the person's access to the account ended; None where it lives, or where it is about none."""
    if account_id is None:
        return None
    rows = Access.objects.filter(customer_id=customer_id, account_id=account_id)
    if rows.filter(live(now)).exists():
        return None
    return rows.filter(until__lte=now).order_by("-until").values_list("until", flat=True).first() or now


def _steps(row: Complaint, left_at: datetime | None) -> tuple[Step, ...]:
    """That something was done after the person left is told, not what was written: it may speak of the home."""
    found = []
    for entry in Entry.objects.filter(complaint=row, inside=False).order_by("pk"):
        ours, later = entry.staff or entry.by_id is None, left_at is not None and entry.at >= left_at
        found.append(Step(entry.at, entry.kind, "" if later and ours else entry.text, entry.facts, ours))
    return tuple(found)


def _view(row: Complaint, now: datetime, steps: tuple[Step, ...] = (), photos: tuple[UUID, ...] = ()) -> ComplaintView:
    acts, by = getattr(row, "acts", False), getattr(row, "by", "")
    return ComplaintView(
        public_id=row.public_id,
        number=row.number,
        category=row.category,
        danger=row.danger,
        text=row.text,
        place=row.place,
        facts=[] if by else row.facts,
        account_public_id=row.account.public_id if row.account else None,
        state=row.state,
        finding=row.finding,
        submitted_at=row.submitted_at,
        promised_at=row.promised_at,
        resolved_at=row.resolved_at,
        rating=row.rating,
        late=row.resolved_at is None and row.promised_at < now,
        may_reopen=acts and may_reopen(State(row.state), row.resolved_at, now, settings.UTILITY.complaints.reopen_days),
        private=row.private,
        acts=acts,
        by=by,
        follows=getattr(row, "followed", False),
        steps=steps,
        photos=photos,
    )
