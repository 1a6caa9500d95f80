"""Tells one person, and nobody else, what became of a payment: in the notification centre, and on each of their phones.

Runs inside the transaction that moved the payment: a move happens once, so it is told once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bijoli.customers.models import Customer
from bijoli.delivery.handout import hand_out
from bijoli.delivery.models import Notification, Severity
from bijoli.delivery.topic import topic

TTL = timedelta(hours=24)


def tell_payer(
    customer_id: int, code: str, facts: dict[str, Any], now: datetime, *, meter_id: int | None, account_id: int | None, held_back: str = ""
) -> None:
    """`code`: see `words/pay.py`. `account_id` is None for somebody else's meter, whose name stays unknown.

    `held_back` is why no push leaves: it counts as read then, since another notification says it. Each step stays on the list; a later word
    on the same payment takes the earlier one's place in the tray alone.
    """
    payer = Customer.objects.filter(pk=customer_id, is_active=True).first()
    if payer is None:
        return
    told = Notification.objects.create(
        customer=payer,
        meter_id=meter_id,
        account_id=account_id,
        kind="pay",
        code=code,
        severity=Severity.NOTICE,
        facts=facts,
        at=now,
        made_at=now,
        read_at=now if held_back else None,
    )
    hand_out(told, payer, topic("pay", customer_id, facts.get("order", "")), TTL, held_back=held_back)
