"""What is held here about one person: phones, and what they were told."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from bijoli.customers import holdings
from bijoli.customers.access import live
from bijoli.customers.models import Access
from bijoli.customers.rights import since_begun
from bijoli.delivery.models import Delivery, Device, Notification


def speak() -> None:
    holdings.add("devices", _devices, ["delivery.Device"])
    holdings.add("notifications", _notifications, ["delivery.Notification", "delivery.Delivery"])


def let_go(sender: object, customer_id: int, **_: object) -> None:
    """A deleted account's phones go with their addresses and keys; what was told stays without a name until its time is over."""
    Device.objects.filter(customer_id=customer_id).delete()


def _devices(customer_id: int) -> object:
    return holdings.rows(
        Device.objects.filter(customer_id=customer_id).order_by("pk"), "label", "language", "endpoint", "created_at", "seen_at", "gone_at"
    )


def _notifications(customer_id: int) -> object:
    names = ("kind", "code", "at", "made_at", "read_at", "superseded_at", "facts", "account__number", "meter__number")
    shown = Notification.objects.filter(customer_id=customer_id).exclude(Exists(_hides()))
    found = holdings.rows(shown.order_by("pk"), "pk", *names)
    sent: dict[int, list[dict[str, Any]]] = defaultdict(list)
    tries = Delivery.objects.filter(notification__customer_id=customer_id).order_by("pk")
    for row in holdings.rows(
        tries, "notification_id", "channel", "device__label", "status", "reason", "queued_at", "sent_at", "displayed_at", "opened_at"
    ):
        sent[row.pop("notification_id")].append(row)
    return [{**row, "deliveries": sent[row.pop("pk")]} for row in found]


def _hides() -> QuerySet[Access]:
    """Access that lives and shows the account from later on: what was told in an earlier role is not handed out again."""
    mine = Access.objects.filter(live(timezone.now()), customer=OuterRef("customer"), account=OuterRef("account"))
    return mine.exclude(since_begun(OuterRef("at")))
