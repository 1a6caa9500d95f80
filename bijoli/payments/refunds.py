"""Money that goes back to its payer: proposed by one person, approved by another, told to the gateway once, then only asked about."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from bijoli.core.payment import OrderState, returned
from bijoli.payments import calls, ledger, telling
from bijoli.payments.claims import later
from bijoli.payments.gateways import gateway
from bijoli.payments.gateways.port import GatewayAway, GatewayRefused, RefundAsked, RefundTold
from bijoli.payments.models import Order, Payment, Refund
from bijoli.payments.orders import payable
from bijoli.payments.settling import locked, move
from bijoli.payments.wake import wake

S = Refund.State
STEPS = (2, 5, 15, 60, 300, 900, 3600)
UNHEARD = timedelta(minutes=15)  # a gateway that knows nothing of it for so long never got it
log = logging.getLogger(__name__)


class RefundError(ValueError):
    """It cannot be done. `why` is state, own (proposed by the same person), or taken (it pays for something, or goes back already)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def propose(payment_id: int, staff_id: int, why: str, now: datetime) -> Refund:
    """Proposes to send a whole payment back: money of an order in review, or money that pays nothing. Raises RefundError."""
    with transaction.atomic():
        payment = Payment.objects.get(pk=payment_id)
        order = locked(payment.order_id)
        if order.state != OrderState.REVIEW and not payment.wrong:
            raise RefundError("taken")
        try:
            with transaction.atomic():
                return Refund.objects.create(
                    payment=payment, paisa=payment.paisa, why=why.strip()[:500], proposed_by_id=staff_id, proposed_at=now
                )
        except IntegrityError:
            raise RefundError("taken") from None


def approve(public_id: uuid.UUID, staff_id: int, now: datetime) -> Refund:
    """Another person than the proposer lets it go to the gateway. Raises RefundError."""
    with transaction.atomic():
        refund, order = _both(public_id)
        if refund.state != S.PROPOSED:
            raise RefundError("state")
        if refund.proposed_by_id == staff_id:
            raise RefundError("own")
        if order.state == OrderState.REVIEW and not _settles_later(refund, order):
            move(order, OrderState.REFUNDING, now)
            order.save()
        elif not refund.payment.wrong:
            raise RefundError("taken")
        refund.state, refund.approved_by_id, refund.approved_at, refund.ask_at = S.APPROVED, staff_id, now, now
        refund.save()
        wake()
    return refund


def withdraw(public_id: uuid.UUID, now: datetime) -> Refund:
    """Takes back what is not approved yet. Raises RefundError."""
    with transaction.atomic():
        refund, _order = _both(public_id)
        if refund.state != S.PROPOSED:
            raise RefundError("state")
        refund.state, refund.ended_at = S.WITHDRAWN, now
        refund.save()
    return refund


def named(public_id: uuid.UUID, ref: str, now: datetime) -> Refund:
    """A person has found in the gateway's panel by which number the refund goes there, since its answer was lost. Raises RefundError."""
    with transaction.atomic():
        refund, _order = _both(public_id)
        if refund.state != S.SENT or refund.ref:
            raise RefundError("state")
        refund.ref, refund.ask_at, refund.asked = ref.strip()[:120], now, 0
        refund.save()
        wake()
    return refund


def absent(public_id: uuid.UUID, now: datetime) -> Refund:
    """A person has looked into the gateway's panel: the refund whose answer was lost never came there, and can be proposed again.

    Not in the first quarter of an hour, in which it may still be on its way. Raises RefundError.
    """
    with transaction.atomic():
        refund, _order = _both(public_id)
        if refund.state != S.SENT or refund.ref or refund.sent_at is None or now - refund.sent_at < UNHEARD:
            raise RefundError("state")
        return apply(refund.pk, RefundTold("refused", reason="not in the gateway's panel"), now)


def look(refund_id: int) -> None:
    """One step of one refund that this worker has leased."""
    refund = Refund.objects.select_related("payment__order").get(pk=refund_id)
    told: RefundTold | None = None
    try:
        told = _told(refund)
    except GatewayAway as error:
        log.warning("refund %d: no answer (%s)", refund_id, error, extra={"event": "gateway.away"})
    except GatewayRefused as error:
        told = RefundTold("refused", reason=error.reason)
    apply(refund_id, told, timezone.now())


def _told(refund: Refund) -> RefundTold | None:
    """Told once; whether that was heard is only asked."""
    payment = refund.payment
    asked = RefundAsked(
        id=refund.public_id,
        paisa=refund.paisa,
        why=refund.why,
        payable=payable(payment.order),
        transaction_id=payment.transaction_id,
        payment_facts=payment.facts,
        ref=refund.ref,
    )
    if refund.state == S.APPROVED:
        if not Refund.objects.filter(pk=refund.pk, state=S.APPROVED).update(state=S.SENT, sent_at=timezone.now()):
            return None
        with calls.noted(payment.gateway, "refund"):
            return gateway(payment.gateway).refund(asked)
    with calls.noted(payment.gateway, "refund state"):
        told = gateway(payment.gateway).refund_state(asked)
    if told is None and refund.sent_at and timezone.now() - refund.sent_at > UNHEARD:
        return RefundTold("refused", reason="the gateway knows nothing of it")
    return told


def apply(refund_id: int, told: RefundTold | None, now: datetime) -> Refund:
    """What the gateway told becomes the refund's and the order's state and the ledger's entry, in one transaction."""
    with transaction.atomic():
        refund, order = _both(Refund.objects.values_list("public_id", flat=True).get(pk=refund_id))
        if told and refund.state == S.SENT:
            refund.ref = told.ref or refund.ref
            if told.state == "refunded":
                _refunded(refund, order, now)
            elif told.state == "refused":
                _refused(refund, order, told.reason, now)
        refund.ask_at = now + later(refund.asked, STEPS) if refund.state in {S.APPROVED, S.SENT} else None
        refund.asked, refund.leased_until = refund.asked + 1, None
        refund.save()
    return refund


def _refunded(refund: Refund, order: Order, now: datetime) -> None:
    refund.state, refund.ended_at = S.REFUNDED, now
    party = None if order.other else order.account_id
    ledger.post(f"refund:{refund.pk}", returned(order.gateway, refund.paisa), now, order_id=order.pk, party_id=party)
    telling.tell(order, telling.SENT_BACK, now, refund.paisa)
    if order.state == OrderState.REFUNDING:
        move(order, OrderState.REFUNDED, now)
        order.save()


def _refused(refund: Refund, order: Order, reason: str, now: datetime) -> None:
    refund.state, refund.ended_at, refund.reason = S.REFUSED, now, reason[:120]
    if order.state == OrderState.REFUNDING:
        move(order, OrderState.REVIEW, now, "refund refused")
        order.save()


def _settles_later(refund: Refund, order: Order) -> bool:
    """Whether the order in review has other money than this that is right: then only the wrong money goes back."""
    return Payment.objects.filter(order=order, wrong="").exclude(pk=refund.payment_id).exists()


def _both(public_id: uuid.UUID) -> tuple[Refund, Order]:
    """The refund and its order, the order's row locked first, as everywhere."""
    order_id = Refund.objects.values_list("payment__order_id", flat=True).get(public_id=public_id)
    order = locked(order_id)
    return Refund.objects.select_for_update(of=("self",)).select_related("payment").get(public_id=public_id), order
