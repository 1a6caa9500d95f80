"""What a person decides about an order that needs one. Each decision is kept with who and when, in the transaction that does it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from bijoli.core.payment import UNCONFIRMED, UNPAID, OrderState, VendState, check_vend_move
from bijoli.payments import closures, orders, refunds
from bijoli.payments.models import Deed, Order, Payment, Refund, Vend
from bijoli.payments.settling import locked, move, one_too_many, take
from bijoli.payments.vending import CHANGED
from bijoli.payments.wake import wake

RISK = "risk"
GOES_BACK = (Refund.State.PROPOSED, Refund.State.APPROVED, Refund.State.SENT, Refund.State.REFUNDED)


class ReviewError(ValueError):
    """It cannot be done. `why` is state, refund (the money goes back, or is proposed to), reason (none was given)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def risky(order: Order) -> Payment | None:
    """The payment of an order in review that only the gateway's own doubt keeps from being taken."""
    if order.state != OrderState.REVIEW or order.payments.filter(wrong="").exists():
        return None
    return order.payments.filter(wrong=RISK, paisa=order.amount_paisa).order_by("pk").first()


def refused(order: Order) -> Vend | None:
    """The vend of an order in review that the head-end refused."""
    vend: Vend | None = getattr(order, "vend", None)
    return vend if vend and order.state == OrderState.REVIEW and vend.state == VendState.REFUSED else None


def changed(order: Order) -> int | None:
    """The credit (paisa) by the head-end's own split, where it refused the quoted one; None where it did not."""
    vend = refused(order)
    if vend is None or vend.reason != CHANGED or vend.split.get("gross") != vend.gross_paisa:
        return None
    return int(vend.split["credited"])


def accept(public_id: UUID, staff_id: int, why: str, now: datetime) -> Order:
    """Takes money that the gateway had doubts about (`risk`): the order is paid, and all goes on as usual. Raises ReviewError."""
    with transaction.atomic():
        order = _held(public_id)
        payment = risky(order)
        if payment is None:
            raise ReviewError("state")
        _not_going_back(payment)
        payment.wrong = ""
        payment.save(update_fields=["wrong"])
        take(order, now)
        order.save()
        for other in order.payments.exclude(pk=payment.pk):
            one_too_many(other, now)
        _kept(order, staff_id, "accept", why, now)
    return order


def try_again(public_id: UUID, staff_id: int, why: str, now: datetime) -> Order:
    """Offers a refused recharge to the head-end once more, with the same key: at most once holds. Raises ReviewError."""
    with transaction.atomic():
        order = _held(public_id)
        vend = refused(order)
        if vend is None:
            raise ReviewError("state")
        _again(order, vend, now)
        _kept(order, staff_id, "again", why, now)
    return order


def accept_split(public_id: UUID, staff_id: int, why: str, now: datetime) -> Order:
    """The customer agreed to the head-end's changed split: it is sent again with that credit. `why` says how. Raises ReviewError."""
    if not why.strip():
        raise ReviewError("reason")
    with transaction.atomic():
        order = _held(public_id)
        credited, vend = changed(order), refused(order)
        if vend is None or credited is None:
            raise ReviewError("state")
        vend.expected_paisa = credited
        _again(order, vend, now)
        _kept(order, staff_id, "split", why, now)
    return order


def ask_now(public_id: UUID, staff_id: int, now: datetime) -> Order:
    """Has the gateway asked about an unpaid order, or the head-end about a credit on its way, at once. Raises ReviewError."""
    with transaction.atomic():
        order = _held(public_id)
        if order.state in UNPAID and order.ref:
            orders.hurry(order.pk, now)
        elif not Vend.objects.filter(order=order, state__in=UNCONFIRMED, leased_until=None).update(ask_at=now):
            raise ReviewError("state")
        _kept(order, staff_id, "ask", "", now)
        wake()
    return order


def propose_refund(payment_id: int, staff_id: int, why: str, now: datetime) -> Refund:
    """As refunds.propose, kept as a deed. Raises ReviewError and RefundError."""
    if not why.strip():
        raise ReviewError("reason")
    with transaction.atomic():
        refund = refunds.propose(payment_id, staff_id, why, now)
        _kept(refund.payment.order, staff_id, "propose", why, now)
    return refund


def approve_refund(public_id: UUID, staff_id: int, now: datetime) -> Refund:
    """As refunds.approve, kept as a deed. Raises RefundError."""
    with transaction.atomic():
        refund = refunds.approve(public_id, staff_id, now)
        _kept(refund.payment.order, staff_id, "approve", "", now)
    return refund


def withdraw_refund(public_id: UUID, staff_id: int, now: datetime) -> Refund:
    """As refunds.withdraw, kept as a deed. Raises RefundError."""
    with transaction.atomic():
        refund = refunds.withdraw(public_id, now)
        _kept(refund.payment.order, staff_id, "withdraw", "", now)
    return refund


def name_refund(public_id: UUID, staff_id: int, ref: str, now: datetime) -> Refund:
    """As refunds.named, kept as a deed: the gateway's number of a refund whose answer was lost. Raises ReviewError and RefundError."""
    if not ref.strip():
        raise ReviewError("reason")
    with transaction.atomic():
        refund = refunds.named(public_id, ref, now)
        _kept(refund.payment.order, staff_id, "name", ref, now)
    return refund


def _held(public_id: UUID) -> Order:
    return locked(Order.objects.values_list("pk", flat=True).get(public_id=public_id))


def _again(order: Order, vend: Vend, now: datetime) -> None:
    for payment in order.payments.filter(wrong=""):
        _not_going_back(payment)
    check_vend_move(vend.state, VendState.QUEUED)
    until = closures.held_until(now)
    vend.state, vend.reason, vend.ended_at = VendState.QUEUED, "", None
    vend.asked, vend.leased_until, vend.not_before, vend.ask_at = 0, None, until, until or now
    vend.save()
    move(order, OrderState.PAID, now)
    order.save()
    wake()


def _not_going_back(payment: Payment) -> None:
    if payment.refunds.filter(state__in=GOES_BACK).exists():
        raise ReviewError("refund")


def _kept(order: Order, staff_id: int, what: str, why: str, now: datetime) -> None:
    Deed.objects.create(order=order, staff_id=staff_id, what=what, why=why.strip()[:500], at=now)
