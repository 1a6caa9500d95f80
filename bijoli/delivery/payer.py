"""Tells one person, and nobody else, what became of a payment: in the notification centre, and on each of their phones.

Runs inside the transaction that moved the payment: a move happens once, so it is told once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from bijoli.customers.models import Customer
from bijoli.delivery import people
from bijoli.delivery.models import Delivery, Notification, Severity
from bijoli.delivery.people import quiet
from bijoli.delivery.tell import WAKE
from bijoli.delivery.topic import topic

TTL = timedelta(hours=24)


def tell_payer(
    customer_id: int, code: str, facts: dict[str, Any], now: datetime, *, meter_id: int | None, account_id: int | None, held_back: str = ""
) -> None:
    """`code`: see `words/pay.py`. `account_id` is None for somebody else's meter, whose name stays unknown.

    `held_back` is why no push leaves: it counts as read then, since another notification says it.
    """
    payer = Customer.objects.filter(pk=customer_id, is_active=True).first()
    if payer is None:
        return
    kept = {
        "kind": "pay",
        "code": code,
        "severity": Severity.NOTICE,
        "facts": facts,
        "at": now,
        "made_at": now,
        "read_at": now if held_back else None,
    }
    notification = Notification.objects.create(customer=payer, meter_id=meter_id, account_id=account_id, **kept)
    silent = quiet(now.astimezone(ZoneInfo(settings.UTILITY.zone)).time(), payer.quiet_from, payer.quiet_until)
    phones = people.devices([customer_id]).get(customer_id, [])
    each: list[int | None] = [None] if held_back else [*phones] or [None]
    made = [_delivery(notification, phone, facts, held_back or "no device", silent=silent, now=now) for phone in each]
    Delivery.objects.bulk_create(made)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE])


def _delivery(
    notification: Notification, phone: int | None, facts: dict[str, Any], reason: str, *, silent: bool, now: datetime
) -> Delivery:
    """A later word on the same payment takes the earlier one's place in the tray."""
    return Delivery(
        notification=notification,
        device_id=phone,
        status=Delivery.Status.QUEUED if phone else Delivery.Status.SUPPRESSED,
        reason="" if phone else reason,
        severity=notification.severity,
        topic=topic("pay", notification.customer_id, facts.get("order", "")),
        expires_at=now + TTL,
        silent=silent,
        due_at=now,
        queued_at=now,
    )
