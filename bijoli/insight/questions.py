"""A customer asks why a balance moved; staff answer; both stand on the page of the charge."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bijoli.customers import limits
from bijoli.customers.models import Access
from bijoli.customers.rights import Right, live_with
from bijoli.customers.seen import first_day
from bijoli.insight.explanations import Span
from bijoli.insight.models import Question
from bijoli.insight.snapshot import taken

LONGEST = 1000  # characters of the answer
Key = tuple[date, date, int]


class QuestionError(ValueError):
    """It cannot be kept: nothing is unexplained, not the person's own, no words, or closed already."""


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What was asked of a span, and the answer; `closed_at` None waits for it."""

    first: date
    last: date
    part: int
    paisa: int
    created_at: datetime
    answer: str
    closed_at: datetime | None


def of(account_id: int, first: date, last: date) -> dict[Key, QuestionView]:
    """By span the newest question on an account's days, of those that the asker sees. Who may see the account is decided before asking."""
    begin = first_day(account_id) or date.min
    names = ("first", "last", "part", "paisa", "created_at", "answer", "closed_at")
    rows = Question.objects.filter(account_id=account_id, first__gte=begin, last__gte=first, last__lte=last).order_by("created_at", "pk")
    return {row[:3]: QuestionView(*row) for row in rows.values_list(*names)}


def ask(customer_id: int, account_id: int, span: Span, now: datetime) -> None:
    """Keeps a question with its arithmetic, of an account that the person may see now. Asked again while it waits, nothing is added.

    Raises QuestionError, limits.TooOften.
    """
    remainder = span.why.remainder
    if not span.questionable or remainder is None:
        raise QuestionError("nothing is unexplained")
    if not Access.objects.filter(live_with(Right.COMPLAIN, now), customer_id=customer_id, account_id=account_id).exists():
        raise QuestionError("this is somebody else's account")
    first, last, part = span.key
    if Question.objects.filter(account_id=account_id, first=first, last=last, part=part, closed_at=None).exists():
        return
    limits.count("question", str(customer_id), now)
    asked = Question(account_id=account_id, customer_id=customer_id, first=first, last=last, part=part, paisa=remainder)
    asked.arithmetic, asked.created_at = taken(span), now
    Question.objects.bulk_create([asked], ignore_conflicts=True)  # two at the same moment: the index keeps one


def answer(public_id: uuid.UUID, text: str, staff_id: int, now: datetime) -> None:
    """Staff answer and close. The caller has made sure that it lies within their right. Raises QuestionError."""
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise QuestionError(f"1 to {LONGEST} characters: the customer reads it")
    if not Question.objects.filter(public_id=public_id, closed_at=None).update(answer=words, answered_by=staff_id, closed_at=now):
        raise QuestionError("it is answered already")


def found(spans: Iterable[Span], key: Key) -> Span | None:
    """The span of a key, of spans that were explained just now."""
    return next((span for span in spans if span.key == key), None)
