"""Orders: made once for each form, begun at the gateway, hurried when the browser returns or a notice comes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from bijoli.core.payment import OPEN, OrderState
from bijoli.customers import limits
from bijoli.payments import calls
from bijoli.payments.gateways import gateway
from bijoli.payments.gateways.port import Begun, GatewayAway, GatewayRefused, Payable
from bijoli.payments.models import Order
from bijoli.payments.settling import locked, move
from bijoli.payments.wake import wake

LASTS = timedelta(minutes=30)
OPENING = timedelta(seconds=20)  # longer than a gateway is waited for
FIRST_ASK = timedelta(seconds=20)
SOON = timedelta(seconds=1)
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that is read as something else


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants to pay, checked by the caller: the amount is allowed, the quote enough, the account theirs or masked."""

    key: UUID
    purpose: str
    customer_id: int | None
    account_id: int
    amount_paisa: int
    gateway: str
    meter_id: int | None = None
    bill_id: int | None = None
    other: bool = False
    quote: dict[str, Any] = field(default_factory=dict)


class KeyTaken(Exception):
    """The form's key belongs to another person's or another amount's order."""


class Opening(GatewayAway):
    """Another request of the same form opens the order at this moment."""


def make(wanted: Wanted, now: datetime) -> Order:
    """The order of this key: a form that is sent twice finds the first. Raises KeyTaken."""
    fields = {name: getattr(wanted, name) for name in Wanted.__slots__ if name != "key"}
    try:
        with transaction.atomic():
            times = {"created_at": now, "expires_at": now + LASTS, "ask_at": now + FIRST_ASK}
            return Order.objects.create(key=wanted.key, number=new_number(wanted.purpose, now), **times, **fields)
    except IntegrityError:
        order = Order.objects.filter(key=wanted.key).first()
    if order is None:
        return make(wanted, now)  # the number was taken: one in 10^13
    if any(getattr(order, name) != value for name, value in fields.items() if name != "quote"):
        raise KeyTaken(str(wanted.key))
    return order


def new_number(purpose: str, now: datetime) -> str:
    """A number for gateways and receipts: R or B, the local day, nine letters by chance."""
    return f"{purpose[0].upper()}{timezone.localtime(now):%y%m%d}" + "".join(secrets.choice(LETTERS) for _ in range(9))


def begin(order: Order, now: datetime, *, phone: str = "", language: str = "bn") -> str:
    """Opens the order at its gateway; returns where the browser goes. Again it returns the same place. No transaction is open meanwhile.

    Raises GatewayAway (nothing is known: the order stays open and is asked about) and GatewayRefused (the order has failed).
    """
    if order.ref:
        return str(order.facts["url"])
    if not _alone(order, now):
        raise Opening("another request opens this order now")
    try:
        with calls.noted(order.gateway, "begin"):
            begun = gateway(order.gateway).begin(payable(order, phone=phone, language=language))
    except GatewayRefused as refusal:
        _failed(order, refusal.reason, now)
        raise
    return _begun(order, begun, now)


def _alone(order: Order, now: datetime) -> bool:
    """Takes the order for its one opening: of two clicks one opens it, so that no second session at the gateway can be paid unseen."""
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return bool(Order.objects.filter(free, pk=order.pk, ref="").update(leased_until=now + OPENING))


def _begun(order: Order, begun: Begun, now: datetime) -> str:
    with transaction.atomic():
        fresh = locked(order.pk)
        if not fresh.ref:
            fresh.ref, fresh.facts = begun.ref, {**fresh.facts, **begun.facts, "url": begun.url}
            if fresh.state == OrderState.CREATED:
                move(fresh, OrderState.PENDING, now)
        fresh.leased_until = None
        fresh.save()
        return str(fresh.facts["url"])


def _failed(order: Order, reason: str, now: datetime) -> None:
    with transaction.atomic():
        fresh = locked(order.pk)
        if fresh.state in OPEN:
            move(fresh, OrderState.FAILED, now, reason)
            fresh.ask_at = None
            fresh.save()


def hurry(order_id: int, now: datetime, claims: str = "", *, paid_too: bool = False) -> None:
    """A return or a notice spoke of the order: the gateway is asked at once. What it claimed is kept, and never believed.

    `paid_too`: also where the order is paid already, since a gateway can take money a second time.
    """
    changed = {"ask_at": now, "hint": claims[:10]} if claims else {"ask_at": now}
    rows = Order.objects.filter(pk=order_id)
    if (rows if paid_too else rows.filter(paid_at=None)).update(**changed):
        wake()


def looked_at(order_id: int, now: datetime) -> None:
    """The payer looks at an open order, whose way back may be lost: its gateway is asked at once, though not more often than it should."""
    if not limits.wait("look", str(order_id), now):
        late = Order.objects.filter(pk=order_id, state__in=OPEN, ask_at__gt=now + SOON)
        if late.update(ask_at=now):
            wake()


def payable(order: Order, *, phone: str = "", language: str = "bn") -> Payable:
    """The order as an adapter may know it."""
    site = settings.SITE_URL.rstrip("/")
    return Payable(
        number=order.number,
        amount_paisa=order.amount_paisa,
        created_at=order.created_at,
        expires_at=order.expires_at,
        ref=order.ref,
        facts=order.facts,
        back_url=site + reverse("web:pay_back", args=[order.public_id]),
        notice_url=site + reverse("till:notice", args=[order.gateway]),
        purpose=order.purpose,
        phone=phone,
        language=language,
        hint=order.hint,
    )


__all__ = ["GatewayAway", "GatewayRefused", "KeyTaken", "Opening", "Wanted", "begin", "hurry", "looked_at", "make", "new_number", "payable"]
