"""What a person may see of the own notifications and phones. Every query names the person; someone else's gives nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, TruncMonth
from django.utils import timezone

from bijoli.customers.access import live
from bijoli.customers.models import Access
from bijoli.customers.prepared import fetch
from bijoli.customers.rights import roles_with, since_begun, told_by_right, visible_sql
from bijoli.delivery.models import Delivery, Device, Notification
from bijoli.delivery.views import DeliveryView, DeviceView, NotificationView

TEST = "test"  # a test push is in no list and in no count
_UNREAD = f"""SELECT count(*) FROM delivery_notification n
WHERE n.customer_id = %(customer)s AND n.read_at IS NULL AND n.superseded_at IS NULL AND n.kind <> %(test)s AND {visible_sql("n")}"""


def unread(customer_id: int) -> int:
    """The number on the bell. By hand, as every page asks it; `_unread` is the same as a query set."""
    count: int = fetch(_UNREAD, {"customer": customer_id, "test": TEST, "now": timezone.now()})[0][0]
    return count


def unread_ids(customer_id: int, limit: int = 200) -> list[UUID]:
    """What is not read, newest first: what a phone may keep in its tray."""
    return list(_unread(customer_id).order_by("-made_at", "-pk").values_list("public_id", flat=True)[:limit])


def listing(
    customer_id: int, before: UUID | None = None, limit: int = 30, account_id: int | None = None, kind: str = ""
) -> list[NotificationView]:
    """The notification centre, newest first, from after the entry `before` on (the last one of the page shown).

    All of it, or what is of one account, of one kind.
    """
    found = _listed(customer_id)
    if account_id is not None:
        found = found.filter(account_id=account_id)
    if kind:
        found = found.filter(kind=kind)
    if before is not None:
        edge = Notification.objects.filter(customer_id=customer_id, public_id=before).values_list("made_at", "pk").first()
        if edge is None:
            return []
        found = found.filter(Q(made_at__lt=edge[0]) | Q(made_at=edge[0], pk__lt=edge[1]))
    return [_view(row) for row in found.order_by("-made_at", "-pk")[:limit]]


def one(customer_id: int, public_id: UUID) -> NotificationView | None:
    """One notification (a test too) with what became of it on each phone."""
    row = _named(_visible(customer_id).filter(public_id=public_id)).first()
    return _view(row, _deliveries(row.pk)) if row else None


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


def _listed(customer_id: int) -> QuerySet[Notification]:
    return _named(_visible(customer_id).exclude(kind=TEST))


def _named(found: QuerySet[Notification]) -> QuerySet[Notification]:
    """With account and meter, and the person's own word for the account: the latest, where access was given twice."""
    mine = Access.objects.filter(customer=OuterRef("customer"), account=OuterRef("account")).order_by("-since")
    nickname = Coalesce(Subquery(mine.values("nickname")[:1]), Value(""))
    return found.select_related("account", "meter").annotate(nickname=nickname)


def _deliveries(notification_id: int) -> tuple[DeliveryView, ...]:
    rows = Delivery.objects.filter(notification_id=notification_id).select_related("device").order_by("pk")
    return tuple(_delivery(row) for row in rows)


def _delivery(row: Delivery) -> DeliveryView:
    label = row.device.label if row.device else "SMS" if row.channel == "sms" else ""
    return DeliveryView(label, row.status, row.reason, row.queued_at, row.sent_at, row.displayed_at, row.opened_at)


def _view(row: Notification, deliveries: tuple[DeliveryView, ...] = ()) -> NotificationView:
    return NotificationView(
        public_id=row.public_id,
        kind=row.kind,
        code=row.code,
        severity=row.severity,
        at=row.at,
        received_at=row.received_at,
        made_at=row.made_at,
        read_at=row.read_at,
        superseded_at=row.superseded_at,
        facts=row.facts,
        stage_id=row.stage_id,
        meter_id=row.meter_id,
        meter_number=row.meter.number if row.meter else "",
        account_id=row.account_id,
        account_public_id=row.account.public_id if row.account else None,
        account_number=row.account.number if row.account else "",
        account_name=getattr(row, "nickname", ""),
        deliveries=deliveries,
    )
