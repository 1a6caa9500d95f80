"""The daily three-way reconciliation: gateways, orders with their ledger, head-end. Kept by day; made anew it replaces what it said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bijoli.payments import creditpairs, moneypairs
from bijoli.payments.gateways import names
from bijoli.payments.models import Difference, Order, Reconciliation

AGAIN = 3  # days that are compared each night: late money and late statements move them
PAUSE = timedelta(minutes=5)  # before the head-end is asked once more, when it was away
CLEAN, WAITING, DIFFERENT = "clean", "waiting", "different"
log = logging.getLogger(__name__)


def compare(day: date, now: datetime) -> Reconciliation:
    """Compares a local day and keeps the outcome. Raises ValueError for a day that is not over yet."""
    if day >= timezone.localdate(now):
        raise ValueError("the day is not over yet")
    work = moneypairs.begin(day, now, timezone.get_default_timezone())
    moneypairs.compare(work)
    heard = creditpairs.compare(work)
    sums = {"gateways": work.sums, "statements": moneypairs.statements(day), "headend": heard}
    with transaction.atomic():
        kept, _made = Reconciliation.objects.select_for_update().get_or_create(day=day)
        kept.made_at, kept.sums = now, sums
        kept.save()
        kept.differences.all().delete()
        Difference.objects.bulk_create([_of(one, kept) for one in work.found])
    log.info("%s compared: %d differences, head-end %s", day, len(work.found), heard, extra={"event": "reconciled"})
    return kept


def _of(difference: Difference, kept: Reconciliation) -> Difference:
    difference.reconciliation = kept
    return difference


def missing(kept: Reconciliation) -> list[str]:
    """Gateways that moved money on the day and whose statement has not come."""
    moved = {gateway for gateway, sides in kept.sums.get("gateways", {}).items() if {"ledger", "ledger_refunds"} & sides.keys()}
    return sorted(moved - set(kept.sums.get("statements", ())))


def verdict(kept: Reconciliation, differences: int) -> str:
    """`different` beats `waiting` (a statement has not come, or the head-end was not heard), which beats `clean`."""
    if differences:
        return DIFFERENT
    heard, sides = kept.sums.get("headend"), kept.sums.get("gateways", {}).values()
    silent = heard == creditpairs.AWAY or (heard != creditpairs.HEARD and any("vended" in one for one in sides))
    return WAITING if silent or missing(kept) else CLEAN


def nightly(now: datetime, reached: int, go_on: Callable[[], bool]) -> int | None:
    """The chore: yesterday and the days before it. Comes again where the head-end is away; `reached` counts the days that are done."""
    if not names() and not Order.objects.exists():
        return None
    while reached < AGAIN:
        day = timezone.localdate(now) - timedelta(days=reached + 1)
        kept = Reconciliation.objects.filter(day=day).first()
        if kept and kept.sums.get("headend") == creditpairs.AWAY and now - kept.made_at < PAUSE:
            return reached
        if compare(day, now).sums["headend"] == creditpairs.AWAY:
            return reached
        reached += 1
        if reached < AGAIN and not go_on():
            return reached
    return None


def rows(kept: Reconciliation) -> list[Difference]:
    """The differences of a day, by kind, with their orders."""
    return list(kept.differences.select_related("order").order_by("kind", "gateway", "pk"))
