"""Tells a person that an account is shared with them: in the notification centre, and on their phones. No name: lock screens are public."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.delivery.handout import hand_out
from bijoli.delivery.models import Notification, Severity
from bijoli.delivery.topic import topic

TTL = timedelta(days=1)


def tell(sender: object, customer_id: int, **_: object) -> None:
    """Hears `sharing.invited`, inside its transaction. The account is not theirs yet, so the notification names none."""
    now = timezone.now()
    guest = Customer.objects.filter(pk=customer_id, is_active=True).first()
    if guest is None:
        return
    told = Notification.objects.create(customer=guest, kind="share", code="V1", severity=Severity.NOTICE, at=now, made_at=now)
    hand_out(told, guest, topic("share", customer_id), TTL)
