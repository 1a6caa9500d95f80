"""A person says that what they were told is wrong: kept for staff, who answer; the answer stands on the notification's page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from bijoli.alerts.models import Dispute, Stage
from bijoli.customers import limits
from bijoli.customers.models import Access
from bijoli.customers.rights import Right, live_with

LONGEST = 1000  # characters, of the words and of the answer


class DisputeError(ValueError):
    """It cannot be kept: no words or too many, not the person's own, or closed already."""


@dataclass(frozen=True, slots=True)
class DisputeView:
    """What a person told us about one stage, and what we answered; `closed_at` None waits for the answer."""

    text: str
    created_at: datetime
    answer: str
    closed_at: datetime | None


def of(customer_id: int, stage_id: int) -> list[DisputeView]:
    """What this person said about this stage, newest first. Nobody else's."""
    mine = Dispute.objects.filter(customer_id=customer_id, stage_id=stage_id).order_by("-created_at", "-pk")
    return [DisputeView(one.text, one.created_at, one.answer, one.closed_at) for one in mine]


def say_wrong(customer_id: int, account_id: int, stage_id: int, text: str, now: datetime) -> None:
    """Keeps what the person says about a stage that they were told, of an account that they may see now.

    Said again while it waits for the answer, the first words stay. Raises DisputeError, limits.TooOften.
    """
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise DisputeError(f"1 to {LONGEST} characters")
    told = Stage.objects.filter(pk=stage_id, notifications__customer_id=customer_id, notifications__account_id=account_id)
    mine = Access.objects.filter(live_with(Right.COMPLAIN, now), customer_id=customer_id, account_id=account_id)
    if not (told.exists() and mine.exists()):
        raise DisputeError("this was told to somebody else")
    if Dispute.objects.filter(customer_id=customer_id, stage_id=stage_id, closed_at=None).exists():
        return
    limits.count("dispute", str(customer_id), now)
    said = Dispute(stage_id=stage_id, customer_id=customer_id, account_id=account_id, text=words, created_at=now)
    Dispute.objects.bulk_create([said], ignore_conflicts=True)  # two at the same moment: the index keeps one


def answer(public_id: uuid.UUID, text: str, staff_id: int, now: datetime) -> None:
    """Staff answer and close. The caller has made sure that it lies within their right. Raises DisputeError."""
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise DisputeError(f"1 to {LONGEST} characters: the customer reads it")
    waiting = Dispute.objects.filter(public_id=public_id, closed_at=None)
    if not waiting.update(answer=words, answered_by=staff_id, closed_at=now):
        raise DisputeError("it is answered already")
