"""What the journeys through bKash and Nagad share: an order begun there, its looks by `settle`, what truly moved."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from bijoli.payments import ledger, orders, refunds
from bijoli.payments.models import GatewayCall, Order, Payment, Refund
from tests.apps.payments.outside import ordered, work
from tests.households import person
from tests.paygates import Gates


def begun(gateway: str) -> Order:
    order = ordered(timezone.now(), gateway=gateway)
    orders.begin(order, timezone.now())
    order.refresh_from_db()
    return order


def held(order: Order) -> int:
    return ledger.balance(f"gateway:{order.gateway}")


def executions() -> int:
    return GatewayCall.objects.filter(what="execute").count()


def moved(gates: Gates, order: Order) -> list[tuple[str, int]]:
    """What truly moved at the gateway: kind and paisa."""
    return [(one["kind"], one["paisa"]) for one in gates.money(order.gateway, order.number)]


def sent_back_by_two(order: Order) -> Refund:
    """The money of an order in review is proposed for refund by one person and approved by another, and the gateway told."""
    payment, first, second = Payment.objects.get(order=order), person(), person()
    refund = refunds.propose(payment.pk, first.pk, "the amount is wrong", timezone.now())
    with pytest.raises(refunds.RefundError):
        refunds.approve(refund.public_id, first.pk, timezone.now())
    refunds.approve(refund.public_id, second.pk, timezone.now())
    work(order)
    refund.refresh_from_db()
    return refund


def state(order: Order) -> dict[str, Any]:
    order.refresh_from_db()
    return {"state": order.state, "reason": order.reason, "payments": order.payments.count()}
