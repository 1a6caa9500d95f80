"""The verbs of staff: propose, approve, cancel. Over a thousand recipients two persons are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from bijoli.notices import audience as who
from bijoli.notices.audience import Audience, Count
from bijoli.notices.models import Notice

ALONE = 1_000  # recipients that one person may tell
LONGEST_TITLE, LONGEST_BODY = 80, 300
FARTHEST = timedelta(days=60)
LONGEST = timedelta(days=31)  # that a notice is shown


class NoticeError(ValueError):
    """It cannot be done. `why`: words, length, order, past, far, nobody, own, state."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class State(StrEnum):
    """Where a notice stands."""

    WAITS = "waits"  # for another person
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    OVER = "over"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to tell, shown until `expires_at`. `starts_at` and `ends_at` are of an outage."""

    kind: str
    title: Mapping[str, str]
    body: Mapping[str, str]
    audience: Audience
    send_at: datetime
    expires_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def state(notice: Notice, now: datetime) -> State:
    """Where it stands."""
    if notice.cancelled_at:
        return State.CANCELLED
    if notice.expires_at <= now:
        return State.OVER
    if notice.sent_at:
        return State.SENT
    if needs_second(notice):
        return State.WAITS
    return State.SENDING if notice.begun_at else State.SCHEDULED


def needs_second(notice: Notice) -> bool:
    """Whether another person must approve it before it is sent."""
    return notice.counted > ALONE and notice.approved_at is None


def check(draft: Draft, now: datetime, most: int | None = None) -> Count:
    """How many it goes to (`most`: as `audience.count` has it). Raises NoticeError."""
    for texts, longest in ((draft.title, LONGEST_TITLE), (draft.body, LONGEST_BODY)):
        if not all(texts.get(language, "").strip() for language in ("bn", "en")):
            raise NoticeError("words")
        if any(len(text.strip()) > longest for text in texts.values()):
            raise NoticeError("length")
    _check_times(draft, now)
    count = who.count(draft.audience, now, outage=draft.kind == Notice.Kind.OUTAGE, most=most)
    if not count.persons and not count.more:
        raise NoticeError("nobody")
    return count


def _check_times(draft: Draft, now: datetime) -> None:
    outage = draft.kind == Notice.Kind.OUTAGE
    if outage and (draft.starts_at is None or draft.ends_at is None or draft.ends_at <= draft.starts_at):
        raise NoticeError("order")
    if draft.expires_at <= max(draft.send_at, now) or (draft.starts_at and draft.send_at > draft.starts_at):
        raise NoticeError("order")
    if draft.starts_at and draft.starts_at < now:
        raise NoticeError("past")
    if draft.send_at > now + FARTHEST or draft.expires_at > max(draft.send_at, now) + FARTHEST + LONGEST:
        raise NoticeError("far")


def propose(draft: Draft, staff_id: int, now: datetime) -> Notice:
    """Keeps it; what goes to at most a thousand is sent at its time without more. Raises NoticeError."""
    count = check(draft, now)
    times = {"starts_at": draft.starts_at, "ends_at": draft.ends_at, "send_at": max(draft.send_at, now), "expires_at": draft.expires_at}
    return Notice.objects.create(
        kind=draft.kind,
        title={language: text.strip() for language, text in draft.title.items()},
        body={language: text.strip() for language, text in draft.body.items()},
        **{name: list(values) for name, values in draft.audience.values().items()},
        **times,
        touches=list(count.divisions),
        counted=count.persons,
        proposed_by_id=staff_id,
        proposed_at=now,
    )


def approve(public_id: UUID, staff_id: int, now: datetime) -> Notice:
    """By somebody else than who proposed it. Raises NoticeError."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().get(public_id=public_id)
        if state(notice, now) != State.WAITS:
            raise NoticeError("state")
        if notice.proposed_by_id == staff_id:
            raise NoticeError("own")
        notice.approved_by_id, notice.approved_at = staff_id, now
        notice.save(update_fields=["approved_by", "approved_at"])
    return notice


def cancel(public_id: UUID, staff_id: int, now: datetime) -> Notice:
    """It is not sent, or not on; who was told of an outage is told that it does not come. Raises NoticeError."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().get(public_id=public_id)
        if state(notice, now) in (State.CANCELLED, State.OVER):
            raise NoticeError("state")
        notice.cancelled_by_id, notice.cancelled_at = staff_id, now
        notice.save(update_fields=["cancelled_by", "cancelled_at"])
    return notice
