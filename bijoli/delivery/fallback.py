"""What nobody has seen goes by SMS, and by e-mail to who wishes it: the ladder. A notification knows from when on (`sms_at`, of `tell`).

Here is decided, when that time has come: seen, replaced, switched off, quiet hours, limits; what is to leave becomes deliveries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from bijoli.core.pgarray import columns
from bijoli.customers.alertchoices import ALWAYS_BY_SMS
from bijoli.customers.rights import visible_sql
from bijoli.delivery.channels import email, sms
from bijoli.delivery.models import Severity
from bijoli.delivery.people import quiet

BATCH = 500
LOCK = 7303  # one at a time, so that the limits hold
WORTH = {"overload": timedelta(minutes=15)}  # how long an SMS may wait for its gateway
WORTH_ELSE = timedelta(hours=4)
SMS, EMAIL = "sms", "email"
COUNTS = "d.channel IN ('sms', 'email') AND d.status NOT IN ('suppressed', 'superseded', 'expired')"
_OF_PERSON = f"""(SELECT count(*) FROM delivery_notification x JOIN delivery_delivery d ON d.notification_id = x.id
   WHERE x.customer_id = n.customer_id AND x.made_at > %(midnight)s - interval '2 days' AND d.queued_at >= %(midnight)s
     AND d.channel = '{{}}' AND {COUNTS})"""
_DUE = f"""
SELECT n.id, n.customer_id, n.kind, n.code, n.severity, c.quiet_from, c.quiet_until, c.fewer_sms,
  n.read_at IS NOT NULL OR n.superseded_at IS NOT NULL OR EXISTS (SELECT FROM delivery_delivery d
    WHERE d.notification_id = n.id AND (d.displayed_at IS NOT NULL OR d.opened_at IS NOT NULL)) AS known,
  EXISTS (SELECT FROM delivery_notification o WHERE o.customer_id = n.customer_id AND o.meter_id = n.meter_id AND o.kind = n.kind
    AND o.id > n.id AND o.severity >= n.severity AND o.made_at >= n.made_at) AS outdone,
  c.is_active AND {visible_sql("n")} AS live,
  c.by_email AND c.email <> '' AS by_email, {_OF_PERSON.format(SMS)} AS sms_today, {_OF_PERSON.format(EMAIL)} AS email_today
FROM (SELECT * FROM delivery_notification WHERE sms_at <= %(now)s ORDER BY severity DESC, sms_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) n
JOIN customers_customer c ON c.id = n.customer_id
ORDER BY n.severity DESC, n.sms_at"""
_TODAY = f"SELECT d.channel, count(*) FROM delivery_delivery d WHERE d.queued_at >= %s AND {COUNTS} GROUP BY 1"
_LATER = "UPDATE delivery_notification n SET sms_at = t.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS t (id, at) WHERE n.id = t.id"
_INSERT = """INSERT INTO delivery_delivery (notification_id, channel, status, reason, severity, topic, urgency, expires_at, silent,
  attempts, due_at, queued_at)
SELECT t.id, t.channel, t.status, t.reason, t.severity, '', 'high', t.expires, false, 0, %(now)s, %(now)s
FROM unnest(%(c0)s::bigint[], %(c1)s::text[], %(c2)s::text[], %(c3)s::smallint[], %(c4)s::timestamptz[],
  %(c5)s::text[]) AS t (id, status, reason, severity, expires, channel)
ON CONFLICT DO NOTHING"""


@dataclass(frozen=True, slots=True)
class _Due:
    """A notification whose time has come. `known`: seen or no longer true; `outdone`: something graver was told since."""

    id: int
    customer_id: int
    kind: str
    code: str
    severity: int
    quiet_from: time | None
    quiet_until: time | None
    fewer: bool
    known: bool
    outdone: bool
    live: bool
    by_email: bool
    sms_today: int
    email_today: int


def offered() -> bool:
    """Whether there is any way beside the push."""
    return sms.offered() or email.offered()


def fall_back(now: datetime) -> int:
    """Makes the SMS and e-mails that are due. Returns how many notifications were looked at; BATCH means that more may wait."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        here = now.astimezone(ZoneInfo(settings.UTILITY.zone))
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        cursor.execute(_DUE, {"now": now, "midnight": midnight, "limit": BATCH})
        found = [_Due(*row) for row in cursor.fetchall()]
        if not found:
            return 0
        cursor.execute(_TODAY, [midnight])
        later, rows = _decided(found, Counter(dict(cursor.fetchall())), here)
        cursor.execute(_LATER, columns([(one.id, later.get(one.id)) for one in found]))
        if rows:
            cursor.execute(_INSERT, {"now": now, **{f"c{place}": column for place, column in enumerate(columns(rows))}})
    return len(found)


def _decided(found: list[_Due], all_today: Counter[str], here: datetime) -> tuple[dict[int, datetime], list[tuple[object, ...]]]:
    """When to look again, by notification, and the deliveries: those that leave and those that do not, with the reason."""
    later: dict[int, datetime] = {}
    rows: list[tuple[object, ...]] = []
    made: Counter[tuple[int, str]] = Counter()
    for one in found:
        if one.known:
            continue
        if not _kept_back(one) and _is_quiet(one, here) and one.kind != "overload":
            later[one.id] = _quiet_ends(one, here)
            continue
        for way in _ways(one):
            reason = _reason(one, way, made[one.customer_id, way.channel], all_today[way.channel], here)
            status = "queued" if not reason else "superseded" if one.outdone else "suppressed"
            made[one.customer_id, way.channel] += not reason
            all_today[way.channel] += not reason
            rows.append((one.id, status, reason, one.severity, here + WORTH.get(one.kind, WORTH_ELSE), way.channel))
    return later, rows


@dataclass(frozen=True, slots=True)
class _Way:
    """A channel with what the person got by it today, and its limits for a person and in all."""

    channel: str
    today: int
    person_day: int
    day: int


def _ways(one: _Due) -> Iterator[_Way]:
    if sms.offered():
        yield _Way(SMS, one.sms_today, settings.SMS_PERSON_DAY, settings.SMS_DAY)
    if email.offered() and one.by_email:
        yield _Way(EMAIL, one.email_today, settings.EMAIL_PERSON_DAY, settings.EMAIL_DAY)


def _reason(one: _Due, way: _Way, made: int, all_today: int, here: datetime) -> str:
    """Why it does not leave this way; empty where it does."""
    if kept_back := _kept_back(one):
        return kept_back
    if way.channel == SMS and one.fewer and one.code not in ALWAYS_BY_SMS:
        return "opted out"
    return "quiet" if _is_quiet(one, here) else _over_limit(one, way, made, all_today)


def _kept_back(one: _Due) -> str:
    """Why it will never leave, by no way."""
    if one.outdone:
        return "told since"
    return "" if one.live else "access ended"


def _is_quiet(one: _Due, here: datetime) -> bool:
    return one.severity < Severity.CRITICAL and quiet(here.time(), one.quiet_from, one.quiet_until)


def _quiet_ends(one: _Due, here: datetime) -> datetime:
    until = one.quiet_until if one.quiet_from is not None and one.quiet_until is not None else settings.UTILITY.quiet_until
    ends = here.replace(hour=until.hour, minute=until.minute, second=0, microsecond=0)
    return ends if ends > here else ends + timedelta(days=1)


def _over_limit(one: _Due, way: _Way, made: int, all_today: int) -> str:
    """Limits bound what a fault can cost. What is critical has twice as much room."""
    room = 2 if one.severity >= Severity.CRITICAL else 1
    if way.today + made >= way.person_day * room:
        return "limit of the person"
    return "limit of the day" if all_today >= way.day * room else ""
