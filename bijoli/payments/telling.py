"""Tells the payer what became of the payment. Called inside the transaction that moved the order, so once for each move."""

from __future__ import annotations

from datetime import datetime

from bijoli.delivery.payer import tell_payer
from bijoli.payments.models import Order

ARRIVED, TOKENS, LOOKED_AT, SENT_BACK, BILL_PAID = "P1", "P2", "P3", "P4", "P5"


def tell(order: Order, code: str, now: datetime, paisa: int | None = None) -> None:
    """`paisa`: of a part, as of money that came twice. A wallet's own payment has nobody whom we could tell."""
    if order.customer_id is None:
        return
    facts = {"paisa": order.amount_paisa if paisa is None else paisa, "order": str(order.public_id), "number": order.number}
    account = None if order.other else order.account_id
    tell_payer(order.customer_id, code, facts, now, meter_id=order.meter_id, account_id=account)
