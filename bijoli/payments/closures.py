"""When recharge is closed: what staff announced, asked before an order is taken and before a credit leaves."""

from __future__ import annotations

from datetime import datetime

from bijoli.payments.models import Closure


def now_closed(now: datetime) -> Closure | None:
    """The closure that runs now, the one that ends last where there are several; None while recharge is open."""
    return Closure.objects.filter(cancelled_at=None, starts_at__lte=now, ends_at__gt=now).order_by("-ends_at").first()


def coming(now: datetime) -> list[Closure]:
    """Running and announced closures, the next one first."""
    return list(Closure.objects.filter(cancelled_at=None, ends_at__gt=now).order_by("starts_at")[:20])


def held_until(now: datetime) -> datetime | None:
    """Until when a credit that is paid now waits; None where it leaves at once."""
    closed = now_closed(now)
    return closed.ends_at if closed else None
