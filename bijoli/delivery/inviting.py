"""Tells a person that an account is shared with them: in the notification centre, and on their phones. No name: lock screens are public."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.delivery import people
from bijoli.delivery.models import Delivery, Notification, Severity
from bijoli.delivery.tell import WAKE
from bijoli.delivery.topic import topic

TTL = timedelta(days=1)


def tell(sender: object, customer_id: int, **_: object) -> None:
    """Hears `sharing.invited`, inside its transaction. The account is not theirs yet, so the notification names none."""
    now = timezone.now()
    guest = Customer.objects.filter(pk=customer_id, is_active=True).first()
    if guest is None:
        return
    told = Notification.objects.create(customer=guest, kind="share", code="V1", severity=Severity.NOTICE, at=now, made_at=now)
    clock = timezone.localtime(now).time()
    phones: list[int | None] = [*people.devices([customer_id]).get(customer_id, [])]
    for phone in phones or [None]:
        Delivery.objects.create(
            notification=told,
            device_id=phone,
            status=Delivery.Status.QUEUED if phone else Delivery.Status.SUPPRESSED,
            reason="" if phone else "no device",
            severity=told.severity,
            topic=topic("share", customer_id),
            expires_at=now + TTL,
            silent=people.quiet(clock, guest.quiet_from, guest.quiet_until),
            due_at=now,
            queued_at=now,
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE])
