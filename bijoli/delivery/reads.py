"""What a person may see of the own notifications and phones. Every query names the person; someone else's gives nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.customers.access import live
from bijoli.customers.models import Access
from bijoli.customers.prepared import fetch
from bijoli.customers.rights import roles_with, since_begun, told_by_right, visible_sql
from bijoli.delivery.models import Delivery, Device, Notification
from bijoli.delivery.views import DeliveryView, DeviceView, NotificationView

TEST = "test"  # a test push is in no list and in no count
# By hand, as pages ask them again and again; `_unread` is the same as a query set. With account and meter, and the person's own word for
# the account: the latest, where access was given twice
_NEW = f"""FROM delivery_notification n
WHERE n.customer_id = %(customer)s AND n.read_at IS NULL AND n.superseded_at IS NULL AND n.kind <> '{TEST}' AND {visible_sql("n")}"""
_UNREAD = f"SELECT count(*) {_NEW}"
_UNREAD_IDS = f"SELECT n.public_id {_NEW} ORDER BY n.made_at DESC, n.id DESC LIMIT %(limit)s"
_MINE = f"""SELECT n.public_id, n.kind, n.code, n.severity, n.at, n.received_at, n.made_at, n.read_at, n.superseded_at, n.facts, n.stage_id,
 n.meter_id, coalesce(meter.number, ''), n.account_id, account.public_id, coalesce(account.number, ''), coalesce(
 (SELECT own.nickname FROM customers_access own WHERE own.customer_id = n.customer_id AND own.account_id = n.account_id
  ORDER BY own.since DESC LIMIT 1), '')
FROM delivery_notification n LEFT JOIN customers_account account ON account.id = n.account_id
LEFT JOIN metering_meter meter ON meter.id = n.meter_id WHERE n.customer_id = %(customer)s AND {visible_sql("n")}"""
_ONE = f"{_MINE} AND n.public_id = %(one)s"
_OF_ACCOUNT, _OF_KIND = " AND n.account_id = %(account)s", " AND n.kind = %(kind)s"
_BEFORE = """ AND (n.made_at, n.id) < (SELECT edge.made_at, edge.id FROM delivery_notification edge
 WHERE edge.customer_id = %(customer)s AND edge.public_id = %(before)s)"""
_NEWEST = f" AND n.kind <> '{TEST}' ORDER BY n.made_at DESC, n.id DESC LIMIT %(limit)s"


def unread(customer_id: int) -> int:
    """The number on the bell."""
    count: int = fetch(_UNREAD, {"customer": customer_id, "now": timezone.now()})[0][0]
    return count


def unread_ids(customer_id: int, limit: int = 200) -> list[UUID]:
    """What is not read, newest first: what a phone may keep in its tray."""
    return [found for (found,) in fetch(_UNREAD_IDS, {"customer": customer_id, "now": timezone.now(), "limit": limit})]


def listing(
    customer_id: int, before: UUID | None = None, limit: int = 30, account_id: int | None = None, kind: str = ""
) -> list[NotificationView]:
    """The notification centre, newest first, from after the entry `before` on (the last one of the page shown).

    All of it, or what is of one account, of one kind.
    """
    sql, values = _MINE, {"customer": customer_id, "now": timezone.now(), "limit": limit}
    for part, name, wish in ((_OF_ACCOUNT, "account", account_id), (_OF_KIND, "kind", kind or None), (_BEFORE, "before", before)):
        if wish is not None:
            sql, values = sql + part, {**values, name: wish}
    return [_view(row) for row in fetch(sql + _NEWEST, values)]


def one(customer_id: int, public_id: UUID) -> NotificationView | None:
    """One notification (a test too) with what became of it on each phone."""
    rows = fetch(_ONE, {"customer": customer_id, "now": timezone.now(), "one": public_id})
    return replace(_view(rows[0]), deliveries=_deliveries(public_id)) if rows else None


def unread_of(customer_id: int, kind: str, thread: str) -> UUID | None:
    """The newest unread message of this thread (`personal.Message`): what opening its page reads."""
    rows = _unread(customer_id).filter(kind=kind, facts__number=thread).order_by("-pk")
    return rows.values_list("public_id", flat=True).first()


def devices(customer_id: int) -> list[DeviceView]:
    """The phones that get this person's pushes, last seen first."""
    live = Device.objects.filter(customer_id=customer_id, gone_at=None).order_by("-seen_at", "-pk")
    return [DeviceView(d.public_id, d.label, d.language, d.endpoint, d.created_at, d.seen_at) for d in live]


def pushes(meter_number: str, since: datetime) -> list[tuple[str, DeliveryView]]:
    """Each push about a meter since then, with its stage's code: what became of it, not whom it was for. For staff, never for customers."""
    rows = Delivery.objects.filter(notification__meter__number=meter_number, queued_at__gte=since).select_related("device", "notification")
    return [(row.notification.code, _delivery(row)) for row in rows.order_by("queued_at", "pk")]


def removed(customer_id: int, endpoint: str) -> bool:
    """Whether this person had this phone and it was taken off the list: it must not put itself back on its own."""
    return Device.objects.filter(customer_id=customer_id, endpoint=endpoint).exclude(gone_at=None).exists()


def _unread(customer_id: int) -> QuerySet[Notification]:
    return _visible(customer_id).filter(read_at=None, superseded_at=None).exclude(kind=TEST)


def _visible(customer_id: int) -> QuerySet[Notification]:
    """What is of no account, or of one whose access lives, whose role shows its kind, and since it sees: `rights.visible_sql`."""
    of = Case(When(kind="slab", then=TruncMonth("at")), default="at")
    here = Access.objects.filter(
        live(timezone.now()), since_begun(OuterRef("of")), customer=OuterRef("customer"), account=OuterRef("account")
    )
    shown = Q(Exists(here))
    for right, kinds in told_by_right().items():
        about = Q(kind__in=kinds) | Q(kind="storm", facts__of__in=kinds)
        shown &= ~about | Q(Exists(here.filter(role__in=roles_with(right))))
    return Notification.objects.alias(of=of).filter(Q(account=None) | shown, customer_id=customer_id)


def _deliveries(notification: UUID) -> tuple[DeliveryView, ...]:
    rows = Delivery.objects.filter(notification__public_id=notification).select_related("device").order_by("pk")
    return tuple(_delivery(row) for row in rows)


def _delivery(row: Delivery) -> DeliveryView:
    label = row.device.label if row.device else way(row.channel)
    return DeliveryView(label, row.status, row.reason, row.queued_at, row.sent_at, row.displayed_at, row.opened_at, row.channel)


def way(channel: str) -> str:
    """What a channel without a phone is called on a page; empty for a push."""
    return {"sms": gettext("SMS"), "email": gettext("e-mail")}.get(channel, "")


def _view(row: Sequence[Any]) -> NotificationView:
    """From a row of `_MINE`: the view's fields in their order, `facts` as text."""
    values = list(row)
    values[9] = json.loads(values[9])
    return NotificationView(*values)
