"""A message to one person that no meter caused: what became of their complaint. A notification, and a delivery for each phone."""

from __future__ import annotations

from dataclasses import dataclass
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
    phones: list[int | None] = [*people.devices([message.customer_id]).get(message.customer_id, [])]
    begin, until = Customer.objects.values_list("quiet_from", "quiet_until").get(pk=message.customer_id)
    silent = message.severity < Severity.CRITICAL and quiet(now.astimezone(ZoneInfo(settings.UTILITY.zone)).time(), begin, until)
    Delivery.objects.bulk_create(_delivery(message, told, phone, silent, now) for phone in (phones or [None]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE])


def _delivery(message: Message, told: Notification, phone: int | None, silent: bool, now: datetime) -> Delivery:
    return Delivery(
        notification=told,
        device_id=phone,
        status=Delivery.Status.SUPPRESSED if phone is None else Delivery.Status.QUEUED,
        reason="no device" if phone is None else "",
        severity=message.severity,
        topic=topic(message.kind, message.customer_id, message.thread),
        urgency="normal",
        expires_at=now + timedelta(seconds=message.ttl_s),
        silent=silent,
        due_at=now,
        queued_at=now,
    )


def _replace(message: Message, now: datetime) -> None:
    """Over the partial index of what this person has not read."""
    unread = Notification.objects.filter(customer_id=message.customer_id, read_at=None, superseded_at=None)
    older = list(unread.filter(kind=message.kind, facts__number=message.thread).values_list("pk", flat=True))
    if older:
        Notification.objects.filter(pk__in=older).update(superseded_at=now)
        Delivery.objects.filter(notification_id__in=older, status=Delivery.Status.QUEUED).update(status=Delivery.Status.SUPERSEDED)
