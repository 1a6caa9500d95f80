"""Asks gateways about open orders, takes the money where a gateway waits for our word, and settles by what they answer."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bijoli.core.payment import OPEN, UNPAID
from bijoli.payments import calls
from bijoli.payments.claims import LEASE, later
from bijoli.payments.gateways import gateway, names
from bijoli.payments.gateways.port import Attempt, GatewayAway, GatewayRefused, Told
from bijoli.payments.models import Order
from bijoli.payments.orders import payable
from bijoli.payments.settling import locked, settle

STEPS = (3, 5, 10, 20, 40, 60, 120, 300, 600)  # seconds between two questions about an open order
LATE_STEP = timedelta(hours=1)  # about one that ended without money
LATE = timedelta(hours=48)  # so long after it expired
log = logging.getLogger(__name__)


def look(order_id: int) -> None:
    """One question about one order that this worker has leased. Never raises for what a gateway does."""
    order = Order.objects.get(pk=order_id)
    told = _told(order)
    now = timezone.now()
    settled = settle(order_id, told, now) if told else order
    if settled.state in OPEN and now >= settled.expires_at and told:
        settled = settle(order_id, Told(Attempt.EXPIRED), now)
    _rest(order_id, _next(settled, now))


def _told(order: Order) -> Told | None:
    """The gateway's word; None where it gave none. An order that was never opened there has nothing to be asked about."""
    if not order.ref:
        return Told(Attempt.OPEN)
    if order.gateway not in names():
        log.error("order %d: %s is not among BIJOLI_GATEWAYS any more", order.pk, order.gateway, extra={"event": "gateway.gone"})
        return None
    adapter = gateway(order.gateway)
    try:
        with calls.noted(order.gateway, "ask"):
            told = adapter.ask(payable(order))
        if adapter.executes and told.attempt == Attempt.READY:
            return _execute(order) or told
        return told
    except GatewayAway as error:
        log.warning("order %d: %s does not answer (%s)", order.pk, order.gateway, error, extra={"event": "gateway.away"})
    except GatewayRefused as error:
        log.error("order %d: %s refuses to tell: %s", order.pk, order.gateway, error.reason, extra={"event": "gateway.refused"})
    return None


def _execute(order: Order) -> Told | None:
    """Takes the money, once: that it is tried is committed before the call; afterwards the gateway is only asked."""
    with transaction.atomic():
        fresh = locked(order.pk)
        if fresh.executed_at or fresh.state not in OPEN:
            return None
        fresh.executed_at = timezone.now()
        fresh.save(update_fields=["executed_at"])
    with calls.noted(order.gateway, "execute"):
        told = gateway(order.gateway).execute(payable(order))
    if told.attempt == Attempt.OPEN:  # nothing was taken: the person has not agreed yet
        Order.objects.filter(pk=order.pk).update(executed_at=None)
    return told


def _next(order: Order, now: datetime) -> datetime | None:
    """When to ask again. Money can turn up after its order ended: for two days that is looked for."""
    if order.state in OPEN:
        return min(now + later(order.asked, STEPS), max(order.expires_at, now + timedelta(seconds=STEPS[0])))
    if order.state in UNPAID and order.ref and now < order.expires_at + LATE:
        return now + LATE_STEP
    return None


def _rest(order_id: int, ask_at: datetime | None) -> None:
    """Frees the lease. A notice that came since the order was leased wants another look, at once."""
    with transaction.atomic():
        order = locked(order_id)
        hurried = order.ask_at and order.leased_until and order.ask_at > order.leased_until - LEASE
        if ask_at is None or not hurried:
            order.ask_at = ask_at
        order.asked, order.leased_until = order.asked + 1, None
        order.save(update_fields=["ask_at", "asked", "leased_until"])
