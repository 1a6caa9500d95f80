"""Orders of homes in a division, for the staff's pages on money."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from bijoli.core.payment import VendState
from bijoli.payments import vending
from bijoli.payments.headend.port import CreditTold
from bijoli.payments.models import Order, Vend
from bijoli.payments.settling import settle
from tests.apps.payments.outside import SPLIT, ordered, paid
from tests.apps.staff.conftest import home

LIST = "/staff/payments/order/"
REFUNDS = "/staff/payments/refund/"


def recharge(division: str, at: datetime | None = None) -> Order:
    """A recharge that somebody of the division has begun."""
    person, account, meter = home(division)
    at = at or timezone.now()
    order = ordered(at, customer_id=person.pk, account_id=account.pk, meter_id=meter.pk)
    Order.objects.filter(pk=order.pk).update(ref=f"ref-{order.number}")
    return order


def risky(division: str, transaction: str = "T1") -> Order:
    """The gateway has the money and doubts the payer."""
    order = recharge(division)
    settle(order.pk, paid(transaction=transaction, wrong="risk"), timezone.now())
    order.refresh_from_db()
    return order


def refused(division: str, reason: str = "blocked", **changed: Any) -> Order:
    """The head-end does not take the recharge."""
    order = recharge(division)
    settle(order.pk, paid(transaction="T7"), timezone.now())
    Vend.objects.filter(order=order).update(state=VendState.SENT, sent_at=timezone.now())
    split = type(SPLIT)(**{**{name: getattr(SPLIT, name) for name in SPLIT.__slots__}, **changed})
    vending.apply(order.vend.pk, CreditTold(VendState.REFUSED, reason, split), timezone.now())
    order.refresh_from_db()
    return order


def page(order: Order) -> str:
    return f"{LIST}{order.public_id}/"
