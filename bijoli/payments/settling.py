"""What a gateway's word does to an order: one transaction under the order's row lock. The only place where money is taken for a payment.

1. each transaction that the gateway holds is kept once (gateway, id) and enters the ledger
2. the first that is exactly right pays the order; a wrong one sends it to review, one too many is proposed for refund
3. a paid recharge gets its vend, a paid bill its payment, in the same transaction
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from bijoli.core.payment import BILL, MOVES, OPEN, RECHARGE, UNPAID, OrderState, check_move, received
from bijoli.payments import billpaying, closures, ledger, telling
from bijoli.payments.gateways.port import Attempt, Paid, Told
from bijoli.payments.models import Order, Payment, Refund, Vend
from bijoli.payments.wake import wake

log = logging.getLogger(__name__)
ENDS = {Attempt.FAILED: OrderState.FAILED, Attempt.CANCELLED: OrderState.CANCELLED, Attempt.EXPIRED: OrderState.EXPIRED}


def settle(order_id: int, told: Told, now: datetime) -> Order:
    """Takes the gateway's word. The same word again changes nothing. Returns the order as it stands then."""
    with transaction.atomic():
        order = locked(order_id)
        new = [payment for paid in told.paid if (payment := _kept(order, paid, now))]
        if told.facts:
            order.facts = {**order.facts, **told.facts}
        if order.state in UNPAID:
            _decide(order, told, now)
        else:
            for payment in new:
                one_too_many(payment, now)
        order.save()
    return order


def locked(order_id: int) -> Order:
    """The order, its row locked until the transaction ends."""
    return Order.objects.select_for_update().get(pk=order_id)


def move(order: Order, state: OrderState, now: datetime, reason: str = "") -> None:
    """Changes the state of a locked order; the caller saves. Raises IllegalMove."""
    check_move(order.state, state)
    log.info("order %d: %s -> %s%s", order.pk, order.state, state, f" ({reason})" * bool(reason), extra={"event": "order.moved"})
    order.state, order.reason = state, reason[:60]
    if state == OrderState.REVIEW:
        telling.tell(order, telling.LOOKED_AT, now)
    order.ended_at = None if state in {*OPEN, OrderState.PAID, OrderState.REFUNDING} else now


def _kept(order: Order, paid: Paid, now: datetime) -> Payment | None:
    """The payment's row, entered in the ledger; None where we have it already."""
    payment, made = Payment.objects.get_or_create(
        gateway=order.gateway,
        transaction_id=paid.transaction_id,
        defaults={
            "order": order,
            "paisa": paid.paisa,
            "wrong": _wrong(order, paid),
            "facts": dict(paid.facts),
            "at": paid.at,
            "seen_at": now,
        },
    )
    if not made:
        if payment.order_id != order.pk:
            log.error("transaction of payment %d is told for order %d too", payment.pk, order.pk, extra={"event": "payment.claimed"})
        return None
    party = None if order.other else order.account_id
    ledger.post(f"payment:{payment.pk}", received(order.gateway, paid.paisa), now, order_id=order.pk, party_id=party)
    return payment


def _wrong(order: Order, paid: Paid) -> str:
    """Why this money does not pay this order; empty where it does, to the paisa."""
    if paid.wrong:
        return paid.wrong
    if paid.paisa != order.amount_paisa:
        return "amount"
    if Payment.objects.filter(order=order, wrong="").exists():
        return "surplus"
    return ""


def _decide(order: Order, told: Told, now: datetime) -> None:
    """An order without money: the right money pays it, wrong money is for a person, else the gateway's no ends it."""
    payments = list(Payment.objects.filter(order=order).order_by("pk"))
    right = [payment for payment in payments if not payment.wrong]
    if right:
        take(order, now)
        for payment in payments:
            if payment.wrong:
                one_too_many(payment, now)
    elif payments:
        move(order, OrderState.REVIEW, now, payments[0].wrong)
    elif (end := ENDS.get(told.attempt)) and end in MOVES[OrderState(order.state)]:
        move(order, end, now, told.reason)


def take(order: Order, now: datetime) -> None:
    """The locked order is paid: what it is for begins. The caller saves."""
    move(order, OrderState.PAID, now)
    order.paid_at = order.paid_at or now
    order.ask_at = None
    if order.purpose == RECHARGE:
        _vend(order, now)
    elif order.purpose == BILL:
        order.save()  # the database sees each move
        why_not = billpaying.pay(order, now)
        move(order, OrderState.REVIEW if why_not else OrderState.DONE, now, why_not)
        if not why_not:
            telling.tell(order, telling.BILL_PAID, now)


def _vend(order: Order, now: datetime) -> None:
    if order.meter_id is None:
        raise ValueError(f"order {order.pk} is a recharge of no meter")
    until = closures.held_until(now)
    Vend.objects.create(
        order=order,
        meter_id=order.meter_id,
        gross_paisa=order.amount_paisa,
        expected_paisa=order.quote["credited"],
        sold_at=datetime.fromisoformat(order.quote["at"]),
        not_before=until,
        queued_at=now,
        ask_at=until or now,
    )
    wake()


def one_too_many(payment: Payment, now: datetime) -> None:
    """Money that pays nothing goes back; a person approves it."""
    if not payment.wrong:
        return
    Refund.objects.get_or_create(
        payment=payment, defaults={"paisa": payment.paisa, "why": f"surplus: {payment.wrong}", "proposed_by": None, "proposed_at": now}
    )
