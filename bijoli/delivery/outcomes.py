"""What an answer of a push service means for the delivery (specification, "Web Push"). Plain functions: no clock, no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bijoli.delivery.channels.webpush import hosts
from bijoli.delivery.channels.webpush.send import Answer
from bijoli.delivery.models import Delivery
from bijoli.delivery.queue import Claim, Outcome

AGAIN_AFTER = (2, 8, 30, 120)  # seconds, by the number of tries made
THEN_EVERY = 300
LONGEST_RETRY_AFTER = 3600  # a push service cannot silence us for longer
KEY_FAULT = (401, 403)
NO_LONGER = (404, 410)
TOO_LARGE = 413
TRY_AGAIN = (0, 408, 425, 429)  # and every 5xx

Status = Delivery.Status


def unsendable(claim: Claim, now: datetime) -> Outcome | None:
    """A last look just before sending. None where the push should leave."""
    if claim.superseded:
        return Outcome(claim, Status.SUPERSEDED)
    if claim.read:
        return Outcome(claim, Status.SUPPRESSED, "read")
    if not claim.live:
        return Outcome(claim, Status.SUPPRESSED, "access ended")
    if claim.expires_at <= now:
        return Outcome(claim, Status.EXPIRED)
    if claim.device_id is None:
        return Outcome(claim, Status.FAILED, "device gone")
    if not hosts.allowed(claim.endpoint):
        return Outcome(claim, Status.FAILED, "host not allowed")
    return None


def settled(claim: Claim, answer: Answer, now: datetime) -> Outcome:
    """What became of a push after this answer; 401, 403 and the first 413 are the caller's to decide before."""
    if 200 <= answer.status < 300:
        return Outcome(claim, Status.SENT, sent=now)
    if answer.status in NO_LONGER:
        return Outcome(claim, Status.FAILED, f"HTTP {answer.status}", gone=True)
    if is_trouble(answer):
        return Outcome(claim, Status.QUEUED, trouble(answer), due=now + pause(claim.attempts, answer.retry_after, now))
    return Outcome(claim, Status.FAILED, f"HTTP {answer.status}")


def is_trouble(answer: Answer) -> bool:
    """Whether it may go better later: no answer, or the push service says so."""
    return answer.status in TRY_AGAIN or answer.status >= 500


def trouble(answer: Answer) -> str:
    return answer.fault or f"HTTP {answer.status}"


def pause(attempts: int, retry_after: str, now: datetime) -> timedelta:
    """How long to wait after the `attempts`-th try: ours, or theirs where that is longer."""
    ours = AGAIN_AFTER[attempts - 1] if attempts <= len(AGAIN_AFTER) else THEN_EVERY
    return timedelta(seconds=max(ours, retry_after_seconds(retry_after, now)))


def retry_after_seconds(value: str, now: datetime) -> float:
    """Retry-After (RFC 9110, 10.2.3) as seconds or as a date; 0 where absent, past or not understood; bounded."""
    if value.isascii() and value.isdecimal():
        seconds = float(value[:9])
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return 0.0
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
