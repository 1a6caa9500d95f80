"""A message to one person that no meter caused: what became of their complaint. A notification, and a delivery for each phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bijoli.customers.models import Customer
from bijoli.delivery.handout import hand_out
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.topic import topic


@dataclass(frozen=True, slots=True)
class Message:
    """`thread` names what it is about: a newer message replaces the unread ones of the same thread, on the bell and in the tray.

    It stands among the facts as `number`.
    """

    customer_id: int
    account_id: int | None
    kind: str
    code: str
    severity: int
    at: datetime
    facts: dict[str, Any]
    ttl_s: int
    thread: str


def tell_person(message: Message, now: datetime) -> None:
    """Runs inside the transaction of who decided."""
    _replace(message, now)
    told = Notification.objects.create(
        customer_id=message.customer_id,
        account_id=message.account_id,
        kind=message.kind,
        code=message.code,
        severity=message.severity,
        at=message.at,
        received_at=message.at,
        facts=message.facts | {"number": message.thread},
        made_at=now,
    )
    person = Customer.objects.get(pk=message.customer_id)
    name = topic(message.kind, message.customer_id, message.thread)
    hand_out(told, person, name, timedelta(seconds=message.ttl_s), urgency="normal")


def _replace(message: Message, now: datetime) -> None:
    """Over the partial index of what this person has not read."""
    unread = Notification.objects.filter(customer_id=message.customer_id, read_at=None, superseded_at=None)
    older = list(unread.filter(kind=message.kind, facts__number=message.thread).values_list("pk", flat=True))
    if older:
        Notification.objects.filter(pk__in=older).update(superseded_at=now)
        Delivery.objects.filter(notification_id__in=older, status=Delivery.Status.QUEUED).update(status=Delivery.Status.SUPERSEDED)
