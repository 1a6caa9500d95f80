"""Tells the payer what became of the payment. Called inside the transaction that moved the order, so once for each move."""

from __future__ import annotations

from datetime import datetime

from bijoli.core.conditions import Relay
from bijoli.customers.access import live
from bijoli.customers.models import Access
from bijoli.delivery.payer import tell_payer
from bijoli.metering.reads import points
from bijoli.payments.models import Order

RESTORED = "told by restored"
ARRIVED, TOKENS, LOOKED_AT, SENT_BACK, BILL_PAID = "P1", "P2", "P3", "P4", "P5"


def tell(order: Order, code: str, now: datetime, paisa: int | None = None) -> None:
    """`paisa`: of a part, as of money that came twice. A wallet's own payment has nobody whom we could tell.

    Where the meter's balance was finished "restored" will say it: then the receipt stands in the centre, and the phone rings once.
    """
    if order.customer_id is None:
        return
    facts = {"paisa": order.amount_paisa if paisa is None else paisa, "order": str(order.public_id), "number": order.number}
    account = order.account_id if _sees(order, now) else None
    held = RESTORED if code == ARRIVED and account is not None and _finished(account) else ""
    tell_payer(order.customer_id, code, facts, now, meter_id=order.meter_id, account_id=account, held_back=held)


def _sees(order: Order, now: datetime) -> bool:
    """Whether the payer may see the account. Who has left it is told of their money as one who pays for somebody else's meter."""
    if order.other or order.customer_id is None:
        return False
    return Access.objects.filter(live(now), customer_id=order.customer_id, account_id=order.account_id).exists()


def _finished(account_id: int) -> bool:
    """Whether the last that is known of the account's meter is a balance that is finished."""
    point = points([account_id]).get(account_id)
    return point is not None and ((point.balance_paisa is not None and point.balance_paisa <= 0) or point.relay == Relay.OPEN_CREDIT)
