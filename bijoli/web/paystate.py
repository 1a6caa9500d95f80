"""How a payment stands, in one honest sentence and three steps: paid, sent to the meter, on the meter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.core.payment import OPEN, RECHARGE, UNPAID_ENDS, OrderState, VendState
from bijoli.payments.reads import OrderView
from bijoli.web.paying import gateway_called
from bijoli.web.templatetags.bijoli import language

SLOW = timedelta(minutes=3)  # a credit is on the meter within seconds where all is well
UNHEARD = timedelta(seconds=40)  # a gateway that has not opened the order by then did not hear of it
BALANCE = timedelta(minutes=5)  # so long the page looks for the balance that the meter tells afterwards


@dataclass(frozen=True, slots=True)
class Step:
    """`how` is done, now or ahead."""

    name: str
    how: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """`tone` is good, low, off, mute or empty; `live`: it may change by itself soon; `again`: nothing was paid, another try is offered."""

    title: str
    words: str
    icon: str
    tone: str
    steps: list[Step]
    live: bool
    again: bool = False


def stand(order: OrderView, now: datetime) -> Stand:
    title, words, icon, tone = _said(order, now)
    again = order.state in UNPAID_ENDS or _unheard(order, now)
    return Stand(title, words, icon, tone, _steps(order), _live(order, now), again)


def under_way(order: OrderView) -> bool:
    """Whether a person still waits for something: for the money's way, for an answer, or has tokens to type in."""
    return order.state in {OrderState.PAID, OrderState.REVIEW, OrderState.REFUNDING} or (
        order.vend == VendState.TOKENS and len(order.typed) < len(order.tokens)
    )


def short(order: OrderView, now: datetime) -> tuple[str, str]:
    """Title and tone for a list."""
    title, _words, _icon, tone = _said(order, now)
    return title, tone


def _said(order: OrderView, now: datetime) -> tuple[str, str, str, str]:
    if order.state in OPEN:
        return _open(order, now)
    if order.state in UNPAID_ENDS:
        return _unpaid(order)
    if order.state == OrderState.DONE:
        return _done(order)
    if order.state == OrderState.PAID:
        return _paid(order, now)
    return _amiss(order)


def _unheard(order: OrderView, now: datetime) -> bool:
    return order.state == OrderState.CREATED and now - order.created_at > UNHEARD


def _open(order: OrderView, now: datetime) -> tuple[str, str, str, str]:
    name = {"gateway": gateway_called(order.gateway)}
    if _unheard(order, now):
        words = gettext("%(gateway)s has not answered us, so nothing was paid. You can try again.") % name
        return gettext("Not paid"), words, "clock", "low"
    words = gettext("We ask %(gateway)s whether you have paid. This page changes by itself; you need not wait here.") % name
    return gettext("Payment is being verified"), words, "clock", ""


def _unpaid(order: OrderView) -> tuple[str, str, str, str]:
    late = gettext("If money has left your account all the same, we find it by ourselves and use it for this payment.")
    titles = {OrderState.CANCELLED: gettext("Payment cancelled"), OrderState.EXPIRED: gettext("The time to pay is over")}
    words = {
        OrderState.CANCELLED: gettext("You cancelled the payment; nothing was taken."),
        OrderState.EXPIRED: gettext("No payment was made within half an hour."),
    }
    failed = gettext("%(gateway)s did not take the payment.") % {"gateway": gateway_called(order.gateway)}
    state = OrderState(order.state)
    return (
        titles.get(state, gettext("Payment failed")),
        f"{words.get(state, failed)} {late}",
        "warn",
        "off" if state == OrderState.FAILED else "mute",
    )


def _done(order: OrderView) -> tuple[str, str, str, str]:
    if order.purpose != RECHARGE:
        return gettext("The bill is paid"), gettext("The receipt stands below."), "check", "good"
    if order.vend == VendState.TOKENS:
        return gettext("Your token is here") if len(order.tokens) == 1 else gettext("Your tokens are here"), "", "key", "good"
    return gettext("On the meter"), gettext("The recharge has reached the meter. You need do nothing more."), "check", "good"


def _paid(order: OrderView, now: datetime) -> tuple[str, str, str, str]:
    title = gettext("Paid, on its way to the meter")
    if order.held_until and order.held_until > now:
        local = timezone.localtime(order.held_until)
        until = bangla.when(local, timezone.localtime(now), language())
        words = gettext("Recharge is closed for maintenance. It goes to the meter by itself after that: %(end)s.") % {"end": until}
        return title, words, "clock", "low"
    since = max(filter(None, (order.paid_at, order.held_until)), default=now)
    if now - since > SLOW:
        words = gettext(
            "The meter has not confirmed it yet. Your money is safe: we go on trying by ourselves, also for hours, and tell you."
        )
        return title, words, "clock", "low"
    return title, gettext("That mostly takes a few seconds."), "bolt", ""


def _amiss(order: OrderView) -> tuple[str, str, str, str]:
    name = {"gateway": gateway_called(order.gateway)}
    if order.state == OrderState.REFUNDED:
        words = gettext("%(gateway)s has sent the money back to you.") % name
        return gettext("Your money was sent back"), words, "check", "good"
    if order.state == OrderState.REFUNDING:
        words = gettext("%(gateway)s is sending the money back to you. That can take some days.") % name
        return gettext("Your money is going back to you"), words, "clock", "low"
    words = gettext(
        "We have your money, and a person of ours looks at this payment now. You lose nothing. If you call, give this number: %(n)s."
    )
    return gettext("We are looking into it"), words % {"n": order.number}, "person", "low"


def _steps(order: OrderView) -> list[Step]:
    """Only of what was or may yet be paid; of a bill the first alone says all."""
    goes_back = order.state in {OrderState.REFUNDING, OrderState.REFUNDED}
    if order.state in UNPAID_ENDS or goes_back or (order.state == OrderState.REVIEW and not order.paid_at):
        return []
    paid = Step(gettext("Paid"), "done" if order.paid_at else "now", order.paid_at)
    if order.purpose != RECHARGE:
        return [paid]
    end = gettext("Token given") if order.tokens else gettext("On the meter")
    arrived = order.vend in {VendState.ON_METER, VendState.TOKENS}
    sent = arrived or order.vend == VendState.ACCEPTED
    sending = bool(order.vend) and order.state == OrderState.PAID
    return [
        paid,
        Step(gettext("Sent to the meter"), "done" if sent else "now" if sending else "ahead", order.sent_at if sent else None),
        Step(end, "done" if arrived else "now" if sent else "ahead", order.on_meter_at or (order.ended_at if arrived else None)),
    ]


def _live(order: OrderView, now: datetime) -> bool:
    if order.state in OPEN or order.state in {OrderState.PAID, OrderState.REFUNDING}:
        return True
    return order.vend == VendState.ON_METER and order.on_meter_at is not None and now - order.on_meter_at < BALANCE
