"""Puts paid recharges on meters: sends each to the head-end, asks until it is confirmed, and closes the order by what happened.

At most once: every attempt bears the same key, and after an attempt without an answer the head-end is asked before anything is sent
again. What was committed before the call (`sent`) says that it may have happened.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from bijoli.core.payment import UNCONFIRMED, OrderState, VendState, check_vend_move, vended
from bijoli.payments import arrivals, calls, closures, ledger, telling
from bijoli.payments.claims import later
from bijoli.payments.headend import head_end
from bijoli.payments.headend.port import CreditOrder, CreditTold, HeadEndAway, HeadEndRefused
from bijoli.payments.models import Order, Vend
from bijoli.payments.settling import locked, move

STEPS = (0.3, 0.5, 1, 1, 2, 5, 10, 30, 60, 300, 900)  # seconds; a paid order can wait for its meter for hours
CLOSED = "closed"  # its word for a time in which it sells nothing
CHANGED = "changed"  # the head-end's word for a split that is not the quoted one any more
log = logging.getLogger(__name__)


def look(vend_id: int) -> None:
    """One step of one vend that this worker has leased. Never raises for what the head-end does."""
    vend = Vend.objects.select_related("order", "meter").get(pk=vend_id)
    if arrivals.on_the_meter(vend, vend.order.number):
        apply(vend_id, None, timezone.now())
        return
    if vend.state not in UNCONFIRMED:
        Vend.objects.filter(pk=vend_id).update(ask_at=None, leased_until=None)
        return
    if vend.state == VendState.QUEUED and (until := closures.held_until(timezone.now())):
        Vend.objects.filter(pk=vend_id).update(not_before=until, ask_at=until, leased_until=None)
        return
    try:
        told = _told(vend)
    except HeadEndAway as error:
        log.warning("vend %d: the head-end does not answer (%s)", vend_id, error, extra={"event": "headend.away"})
        told = None
    except HeadEndRefused as error:  # not the credit is refused but we are: credentials, no head-end set
        log.error("vend %d: the head-end does not speak to us: %s", vend_id, error.reason, extra={"event": "headend.refused"})
        told = None
    if told and (told.state, told.reason) == (VendState.REFUSED, CLOSED):
        log.info("vend %d: the head-end is closed; later", vend_id, extra={"event": "headend.closed"})
        told = None
    apply(vend_id, told, timezone.now())


def _told(vend: Vend) -> CreditTold | None:
    """Asks where something was sent before; sends where the head-end has not heard of it."""
    if vend.state != VendState.QUEUED:
        with calls.noted(calls.HEAD_END, "confirm"):
            told = head_end().confirm(vend.key)
        if told is not None and not _agreed(vend, told):
            return told
    _sending(vend)
    with calls.noted(calls.HEAD_END, "credit"):
        return head_end().credit(_order(vend))


def _order(vend: Vend) -> CreditOrder:
    return CreditOrder(
        vend.key, vend.order.number, vend.meter.number, vend.gross_paisa, vend.expected_paisa, vend.sold_at, vend.order.gateway
    )


def _agreed(vend: Vend, told: CreditTold) -> bool:
    """Whether it was refused for a split that we have come to expect since: then it is sent again."""
    changed = told.state == VendState.REFUSED and told.reason == CHANGED
    return changed and told.split is not None and told.split.credited == vend.expected_paisa


def _sending(vend: Vend) -> None:
    """Commits that it may happen from now on."""
    with transaction.atomic():
        fresh = Vend.objects.select_for_update().get(pk=vend.pk)
        if fresh.state == VendState.QUEUED:
            _move(fresh, VendState.SENT, timezone.now())
            fresh.save()


def apply(vend_id: int, told: CreditTold | None, now: datetime) -> Vend:
    """What the head-end told becomes the vend's and the order's state, and the ledger's entry, in one transaction. None told: later.

    The order's row is locked first, as everywhere. What the meter itself has reported counts as told.
    """
    with transaction.atomic():
        order = locked(Vend.objects.values_list("order_id", flat=True).get(pk=vend_id))
        vend = Vend.objects.select_for_update().get(pk=vend_id)
        if told and vend.state in {*UNCONFIRMED, VendState.TOKENS} and told.state != vend.state:
            _apply(order, vend, told, now)
        if arrivals.on_the_meter(vend, order.number):
            _apply(order, vend, CreditTold(VendState.ON_METER), now)
        vend.ask_at = now + later(vend.asked, STEPS) if vend.state in UNCONFIRMED else None
        vend.asked, vend.leased_until = vend.asked + 1, None
        vend.save()
    return vend


def _apply(order: Order, vend: Vend, told: CreditTold, now: datetime) -> None:
    if told.state == VendState.REFUSED and told.reason == CHANGED and _in_favour(vend, told):
        vend.expected_paisa = told.split.credited if told.split else vend.expected_paisa  # it buys more than was promised: again, so
        return
    _move(vend, told.state, now, told.reason)
    if told.split:
        vend.split = {name: value for name, value in asdict(told.split).items()}
    vend.tokens = list(told.tokens) or vend.tokens
    if told.state in {VendState.ON_METER, VendState.TOKENS}:
        _credited(order, vend, now)
        telling.tell(order, telling.ARRIVED if told.state == VendState.ON_METER else telling.TOKENS, now)
    elif told.state == VendState.REFUSED and order.state == OrderState.PAID:
        move(order, OrderState.REVIEW, now, f"headend {told.reason}")
        order.save()


def _in_favour(vend: Vend, told: CreditTold) -> bool:
    return told.split is not None and told.split.gross == vend.gross_paisa and told.split.credited > vend.expected_paisa


def _credited(order: Order, vend: Vend, now: datetime) -> None:
    """The customer has what was paid for: the ledger says what became of the money."""
    party = None if order.other else order.account_id
    ledger.post(f"vend:{vend.pk}", vended(vend.split or order.quote), now, order_id=order.pk, party_id=party)
    if order.state == OrderState.PAID:
        move(order, OrderState.DONE, now)
        order.save()


def _move(vend: Vend, state: VendState, now: datetime, reason: str = "") -> None:
    check_vend_move(vend.state, state)
    log.info("vend %d: %s -> %s%s", vend.pk, vend.state, state, f" ({reason})" * bool(reason), extra={"event": "vend.moved"})
    vend.state, vend.reason = state, reason[:60]
    if state == VendState.SENT:
        vend.sent_at = vend.sent_at or now
    elif state == VendState.ACCEPTED:
        vend.accepted_at = now
    else:
        vend.ended_at = now
