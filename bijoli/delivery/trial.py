"""A test push to one phone: proof that its subscription works, and how long it took. In no list and no count."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from bijoli.delivery.models import Delivery, Device, Notification, Severity
from bijoli.delivery.tell import WAKE
from bijoli.delivery.topic import topic

TTL = timedelta(minutes=2)  # nobody waits longer for a test
MOST_A_MINUTE = 6


class TooManyTrials(Exception):
    """This person has asked for enough test pushes; in a minute there are more."""


def send_trial(customer_id: int, device_public_id: UUID) -> UUID:
    """Queues a test push and returns its notification's id, whose detail (`reads.one`) shows when it was sent and displayed.

    Raises Device.DoesNotExist (an ObjectDoesNotExist) for a phone that is not this person's, and TooManyTrials.
    """
    now = timezone.now()
    device = Device.objects.get(customer_id=customer_id, public_id=device_public_id, gone_at=None)
    recent = Notification.objects.filter(customer_id=customer_id, kind="test", made_at__gt=now - timedelta(minutes=1))
    if recent.count() >= MOST_A_MINUTE:
        raise TooManyTrials
    with transaction.atomic(), connection.cursor() as cursor:
        notification = Notification.objects.create(
            customer_id=customer_id, kind="test", code="TEST", severity=Severity.HIGH, at=now, received_at=now, made_at=now
        )
        Delivery.objects.create(
            notification=notification,
            device=device,
            severity=Severity.HIGH,
            topic=topic("test", device.pk),
            expires_at=now + TTL,
            due_at=now,
            queued_at=now,
        )
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE])
    return notification.public_id
