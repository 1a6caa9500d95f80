"""Hands a notification that no meter caused to its person's phones: a delivery for each, silent in their quiet hours."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from bijoli.customers.models import Customer
from bijoli.delivery import people
from bijoli.delivery.models import Delivery, Notification, Severity
from bijoli.delivery.tell import WAKE


def hand_out(told: Notification, person: Customer, topic: str, ttl: timedelta, *, urgency: str = "high", held_back: str = "") -> None:
    """Runs inside the transaction that made `told`. `held_back`: why none leaves.

    A later one of the same `topic` replaces it in the tray.
    """
    now = told.made_at
    silent = told.severity < Severity.CRITICAL and people.quiet(
        now.astimezone(ZoneInfo(settings.UTILITY.zone)).time(), person.quiet_from, person.quiet_until
    )
    phones = [] if held_back else people.devices([person.pk]).get(person.pk, [])
    each: list[int | None] = [*phones] or [None]
    Delivery.objects.bulk_create(
        Delivery(
            notification=told,
            device_id=phone,
            status=Delivery.Status.SUPPRESSED if phone is None else Delivery.Status.QUEUED,
            reason=(held_back or "no device") if phone is None else "",
            severity=told.severity,
            topic=topic,
            urgency=urgency,
            expires_at=now + ttl,
            silent=silent,
            due_at=now,
            queued_at=now,
        )
        for phone in each
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE])
