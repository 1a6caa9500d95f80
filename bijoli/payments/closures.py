"""When recharge is closed: announced and cancelled by staff, asked before an order is taken and before a credit leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from bijoli.core.payment import VendState
from bijoli.payments.models import Closure, Vend
from bijoli.payments.wake import wake

LONGEST = timedelta(days=7)


class ClosureError(ValueError):
    """It cannot be done. `why` is order (ends before it starts), past, long, words (one language is empty), or state (it is over)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def now_closed(now: datetime) -> Closure | None:
    """The closure that runs now, the one that ends last where there are several; None while recharge is open."""
    return Closure.objects.filter(cancelled_at=None, starts_at__lte=now, ends_at__gt=now).order_by("-ends_at").first()


def coming(now: datetime) -> list[Closure]:
    """Running and announced closures, the next one first."""
    return list(Closure.objects.filter(cancelled_at=None, ends_at__gt=now).order_by("starts_at")[:20])


def held_until(now: datetime) -> datetime | None:
    """Until when a credit that is paid now waits; None where it leaves at once. Closures that touch or overlap hold as one."""
    end: datetime | None = None
    while closed := now_closed(end or now):
        end = closed.ends_at
    return end


def check(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raises ClosureError for a time that cannot be announced."""
    if ends_at <= starts_at:
        raise ClosureError("order")
    if starts_at < now:
        raise ClosureError("past")
    if ends_at - starts_at > LONGEST:
        raise ClosureError("long")


def announce(starts_at: datetime, ends_at: datetime, policy: str, words: Mapping[str, str], staff_id: int, now: datetime) -> Closure:
    """Closes recharge for a time; others may overlap it. Raises ClosureError."""
    check(starts_at, ends_at, now)
    said = {language: text.strip() for language, text in words.items() if text.strip()}
    if not {"bn", "en"} <= said.keys():
        raise ClosureError("words")
    chosen = Closure.Policy(policy)
    times = {"starts_at": starts_at, "ends_at": ends_at, "announced_at": now}
    return Closure.objects.create(**times, policy=chosen, words=said, announced_by_id=staff_id)


def cancel(public_id: UUID, staff_id: int, now: datetime) -> Closure:
    """Ends a closure that has not ended, or takes an announced one back; what it held leaves as soon as nothing else holds it.

    Raises ClosureError.
    """
    with transaction.atomic():
        closure = Closure.objects.select_for_update().get(public_id=public_id)
        if closure.cancelled_at or closure.ends_at <= now:
            raise ClosureError("state")
        closure.cancelled_at, closure.cancelled_by_id = now, staff_id
        closure.save(update_fields=["cancelled_at", "cancelled_by"])
        until = held_until(now)
        held = Vend.objects.filter(state=VendState.QUEUED, not_before__gt=until or now)
        held.update(not_before=until, ask_at=until or now)
        wake()
    return closure
