"""Sends notices in slices, by the timer's chores: each slice is one transaction of a few set-based statements, so that nothing waits long.

A crash between slices loses nothing and tells nobody twice: a person's row of `Recipient` comes first, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from bijoli.customers.access import LIVE_SQL
from bijoli.delivery.broadcast import Broadcast, broadcast, take_off
from bijoli.delivery.models import Severity
from bijoli.notices.audience import POINTS, Audience
from bijoli.notices.desk import ALONE
from bijoli.notices.models import Notice, Recipient

EVERY = timedelta(seconds=5)
SLICE = 2_000  # usage points gone through at once
KIND, OUTAGE, PLAIN, OFF = "notice", "N1", "N2", "N0"
GoOn = Callable[[], bool]

# The next usage points of the audience; of each person there the first account, who was not told of this notice
_SLICE = f"""SELECT p.id FROM metering_usagepoint p WHERE p.id > %(reached)s AND {POINTS} ORDER BY p.id LIMIT %(slice)s"""
_NEW = f"""
WITH meant AS (
  SELECT DISTINCT ON (access.customer_id) access.customer_id, access.account_id, i.meter_id
  FROM metering_usagepoint p JOIN customers_access access ON access.account_id = p.account_id
  JOIN customers_customer customer ON customer.id = access.customer_id
  LEFT JOIN metering_installation i ON i.usage_point_id = p.id AND i.removed_at IS NULL
  WHERE p.id = ANY(%(points)s::bigint[]) AND {LIVE_SQL} ORDER BY access.customer_id, p.id),
new AS (
  INSERT INTO notices_recipient (notice_id, customer_id) SELECT %(notice)s, customer_id FROM meant
  ON CONFLICT (notice_id, customer_id) DO NOTHING RETURNING customer_id)
SELECT customer_id, account_id, meter_id FROM meant JOIN new USING (customer_id) ORDER BY customer_id"""
_LINK = """UPDATE notices_recipient SET notification_id = t.notification
FROM unnest(%s::bigint[], %s::bigint[]) AS t (customer, notification) WHERE notice_id = %s AND customer_id = t.customer"""


def send_due(now: datetime, go_on: GoOn) -> bool:
    """A turn of the chore. Returns whether nothing is left to do now."""
    return _send(now, go_on) and _clear(now, go_on)


def _send(now: datetime, go_on: GoOn) -> bool:
    due = Notice.objects.filter(cancelled_at=None, sent_at=None, cleared_at=None, send_at__lte=now, expires_at__gt=now)
    ready = due.filter(Q(counted__lte=ALONE) | Q(approved_at__isnull=False)).order_by("send_at", "pk")
    for key in list(ready.values_list("pk", flat=True)):
        while go_on():
            if not send_slice(key, now):
                break
        else:
            return False
    return True


class _Grown(Exception):
    """More persons than when it was counted: over a thousand now, and nobody has approved it."""


def send_slice(key: int, now: datetime) -> bool:
    """Tells the next slice. Returns whether more may be left. What has grown over a thousand since it was counted waits for approval."""
    try:
        with transaction.atomic():
            return _slice(key, now)
    except _Grown as grown:
        Notice.objects.filter(pk=key).update(counted=grown.args[0])
        return False


def _slice(key: int, now: datetime) -> bool:
    notice = Notice.objects.select_for_update(skip_locked=True).filter(pk=key, cancelled_at=None, sent_at=None).first()
    if notice is None:
        return False
    points = _points(notice)
    if points:
        notice.told += _tell(notice, points, now)
        notice.reached = points[-1]
        if notice.approved_at is None and notice.told > ALONE:
            raise _Grown(notice.told)
    notice.begun_at = notice.begun_at or now
    if len(points) < SLICE:
        notice.sent_at = now
    notice.save(update_fields=["told", "reached", "begun_at", "sent_at"])
    return notice.sent_at is None


def _points(notice: Notice) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_SLICE, {**_audience(notice).values(), "reached": notice.reached, "slice": SLICE})
        return [point for (point,) in cursor.fetchall()]


def _audience(notice: Notice) -> Audience:
    return Audience(tuple(notice.feeders), tuple(notice.divisions), tuple(notice.accounts), tuple(notice.bounds))


def _tell(notice: Notice, points: list[int], now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEW, {"points": points, "notice": notice.pk, "now": now})
        persons = cursor.fetchall()
        told = broadcast(_said(notice), persons, now)
        cursor.execute(_LINK, [list(told), list(told.values()), notice.pk])
    return len(told)


def _said(notice: Notice) -> Broadcast:
    outage = notice.kind == Notice.Kind.OUTAGE
    severity = Severity.WARNING if outage else Severity.NOTICE
    return Broadcast(KIND, OUTAGE if outage else PLAIN, severity, facts(notice), str(notice.pk), notice.expires_at, outage)


def facts(notice: Notice) -> dict[str, Any]:
    """What the words are made of."""
    times = {"starts_at": notice.starts_at, "ends_at": notice.ends_at}
    return {"title": notice.title, "body": notice.body} | {name: at.isoformat() for name, at in times.items() if at}


def _clear(now: datetime, go_on: GoOn) -> bool:
    """Takes off the bells what is over; tells those who were told of an outage that it is cancelled."""
    ended = Notice.objects.filter(Q(cancelled_at__isnull=False) | Q(expires_at__lte=now), cleared_at=None).order_by("pk")
    for notice in ended:
        while go_on():
            if not _clear_slice(notice, now):
                Notice.objects.filter(pk=notice.pk).update(cleared_at=now)
                break
        else:
            return False
    return True


@transaction.atomic
def _clear_slice(notice: Notice, now: datetime) -> int:
    """Some of those that were told; their rows go."""
    rows = Recipient.objects.filter(notice=notice).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    some = list(rows.values_list("pk", "customer_id", "notification_id", "notification__account_id", "notification__meter_id")[:SLICE])
    take_off([row[2] for row in some if row[2]], now)
    if notice.cancelled_at and notice.starts_at and notice.starts_at > now:
        said = Broadcast(KIND, OFF, Severity.WARNING, facts(notice), str(notice.pk), notice.starts_at, True)
        broadcast(said, [(row[1], row[3], row[4]) for row in some], now)
    Recipient.objects.filter(pk__in=[row[0] for row in some]).delete()
    return len(some)
