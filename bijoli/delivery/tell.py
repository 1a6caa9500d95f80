"""Makes of each stage one notification for every person linked to the meter, and one delivery for each of their phones.

Runs inside the transaction of who decided (alerts.watch): episode, stage, notifications and deliveries commit together or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from bijoli.core.pgarray import columns
from bijoli.customers.rights import is_told
from bijoli.delivery import fallback, people
from bijoli.delivery.grouping import group
from bijoli.delivery.joining import Pushed, joined_since
from bijoli.delivery.models import Severity
from bijoli.delivery.people import Person
from bijoli.delivery.topic import topic

NO_DEVICE, STORM = "no device", "storm"
WAKE = "bijoli_delivery"  # NOTIFY channel of the process that sends


@dataclass(frozen=True, slots=True)
class Telling:
    """One stage that people are to be told. `push=False`: the notification centre only, for `reason` (late, storm, gap …).

    `stage_id` None is advice that belongs to no alert: whoever tells it keeps by a row of its own that it is told once.
    `own_limit_paisa` is whose own limit an L0 is about; `supersedes` are the kinds whose older notifications of this meter it replaces.
    `sms_s`, `sms_alone`: when an SMS says it (core/alerts/stages.py). `storm`: many meters of the feeder tell of it at once, and each
    person gets one notice for all of theirs (grouping.py); this one then stands in the centre alone.
    """

    stage_id: int | None
    meter_id: int
    kind: str
    code: str
    severity: int
    at: datetime
    received_at: datetime | None
    facts: dict[str, Any]
    ttl_s: int
    urgency: str
    push: bool
    reason: str = ""
    own_limit_paisa: int | None = None
    supersedes: tuple[str, ...] = ()
    sms_s: int | None = None
    sms_alone: bool = False
    storm: int | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    """One telling for one person; `id` is the notification's."""

    id: int
    telling: Telling
    person: Person


@dataclass(slots=True)
class _Deliveries:
    """Rows to be inserted, as columns."""

    rows: list[tuple[object, ...]] = field(default_factory=list)

    def add(self, told: _Told, device: int | None, reason: str, *, silent: bool, now: datetime, since: datetime | None) -> None:
        """`since`: it joins what other meters of the person have said since then."""
        telling = told.telling
        self.rows.append(
            (
                told.id,
                device,
                "suppressed" if reason else "queued",
                reason[:80],
                telling.severity,
                topic("joined", told.person.customer_id, telling.kind, telling.code) if since else topic(telling.meter_id, telling.kind),
                telling.urgency,
                now + timedelta(seconds=telling.ttl_s),
                silent,
                since,
            )
        )


# A stage is told to a person once: a second worker, or the same one after a crash, inserts nothing and so sends nothing.
INSERT_NOTIFICATIONS = """
INSERT INTO delivery_notification
  (public_id, customer_id, account_id, meter_id, stage_id, kind, code, severity, at, received_at, facts, sms_at, superseded_at, made_at)
SELECT gen_random_uuid(), t.customer, t.account, t.meter, t.stage, t.kind, t.code, t.severity, t.at, t.received, t.facts::jsonb, t.sms,
  t.grouped, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::smallint[],
            %s::timestamptz[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::timestamptz[])
     WITH ORDINALITY AS t (customer, account, meter, stage, kind, code, severity, at, received, facts, sms, grouped, place)
ORDER BY t.place
ON CONFLICT (customer_id, stage_id) WHERE stage_id IS NOT NULL DO NOTHING
RETURNING id, customer_id, meter_id, kind, code, stage_id
"""
INSERT_DELIVERIES = """
INSERT INTO delivery_delivery
  (notification_id, channel, device_id, status, reason, severity, topic, urgency, expires_at, silent, joined_since,
   attempts, due_at, queued_at)
SELECT t.notification, 'webpush', t.device, t.status, t.reason, t.severity, t.topic, t.urgency, t.expires, t.silent, t.joined,
  0, %(now)s, %(now)s
FROM unnest(%(c0)s::bigint[], %(c1)s::bigint[], %(c2)s::text[], %(c3)s::text[], %(c4)s::smallint[], %(c5)s::text[], %(c6)s::text[],
            %(c7)s::timestamptz[], %(c8)s::bool[], %(c9)s::timestamptz[])
     AS t (notification, device, status, reason, severity, topic, urgency, expires, silent, joined)
"""
# Only what was not read: the partial index notification_unread finds it, and what a person has read is done with anyway.
# OFFSET 0 keeps the look-up a look-up, a row at a time: without statistics the planner else pairs all that is unread with all rows.
SUPERSEDE = """
WITH older AS MATERIALIZED (
  SELECT o.id FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::bigint[]) AS t (customer, meter, kind, newer), LATERAL (
    SELECT id FROM delivery_notification
    WHERE customer_id = t.customer AND meter_id = t.meter AND kind = t.kind AND id < t.newer AND read_at IS NULL AND superseded_at IS NULL
    OFFSET 0) o),
replaced AS (UPDATE delivery_notification SET superseded_at = %s WHERE id = ANY(ARRAY(SELECT id FROM older)))
UPDATE delivery_delivery SET status = 'superseded'
WHERE notification_id = ANY(ARRAY(SELECT id FROM older)) AND status IN ('queued', 'superseded')
"""


def tell(tellings: Sequence[Telling], now: datetime) -> int:
    """Makes notifications and deliveries; returns how many notifications are new. A stage that was told before is told to nobody again.

    Of one meter and code at most one telling without a stage comes in a call.

    1. who is linked to each meter; 2. a notification each; 3. older ones replaced; 4. a delivery for each phone; 5. the sender is woken.
    """
    if not tellings:
        return 0
    linked = people.linked({telling.meter_id for telling in tellings}, now)
    meant = [(telling, person) for telling in tellings for person in linked.get(telling.meter_id, ()) if _concerns(telling, person)]
    phones = people.devices({person.customer_id for _, person in meant})
    told = _insert_notifications(meant, phones, now)
    if told:
        _supersede(told, now)
        _insert_deliveries(told, phones, now)
        group([(one.telling, one.person) for one in told if _is_grouped(one.telling, one.person)], phones, now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [WAKE])
    return len(told)


def _concerns(telling: Telling, person: Person) -> bool:
    """What the role does not show is not told; an own limit is the business of who set it; advice switched off is nobody's."""
    if not is_told(person.role, telling.kind):
        return False
    if telling.code != "L0":
        return not person.leaves_out(telling.code)
    return person.own_limit_paisa is not None and person.own_limit_paisa == telling.own_limit_paisa


def _insert_notifications(meant: Sequence[tuple[Telling, Person]], phones: dict[int, list[int]], now: datetime) -> list[_Told]:
    rows = [
        (
            *(p.customer_id, p.account_id, t.meter_id, t.stage_id, t.kind, t.code, t.severity, t.at, t.received_at, _facts(t, p)),
            _sms_at(t, p, phones.get(p.customer_id, []), now),
            now if _is_grouped(t, p) else None,
        )
        for t, p in meant
    ]
    if not rows:
        return []
    by_key = {(p.customer_id, t.meter_id, t.kind, t.code, t.stage_id): (t, p) for t, p in meant}
    with connection.cursor() as cursor:
        cursor.execute(INSERT_NOTIFICATIONS, [now, *columns(rows)])
        return [_Told(id, *by_key[tuple(key)]) for id, *key in cursor.fetchall()]


def _facts(telling: Telling, person: Person) -> str:
    return json.dumps(telling.facts | {"grouped": True} if _is_grouped(telling, person) else telling.facts)


def _supersede(told: Sequence[_Told], now: datetime) -> None:
    rows = [(t.person.customer_id, t.telling.meter_id, kind, t.id) for t in told for kind in t.telling.supersedes]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(SUPERSEDE, [*columns(rows), now])


def _sms_at(telling: Telling, person: Person, phones: list[int], now: datetime) -> datetime | None:
    """From when on an SMS or e-mail may say it; None: never. What is held back as a push is so here too, save for want of a phone."""
    if telling.sms_s is None or not fallback.offered() or _held_back(telling, person, phones) not in ("", NO_DEVICE):
        return None
    if not phones:
        return now if telling.sms_alone else None
    return now + timedelta(seconds=telling.sms_s)


def _insert_deliveries(told: Sequence[_Told], phones: dict[int, list[int]], now: datetime) -> None:
    """One row a phone; where nothing is to be sent, one row that says why."""
    clock = now.astimezone(ZoneInfo(settings.UTILITY.zone)).time()
    held_back = {one.id: _held_back(one.telling, one.person, phones.get(one.person.customer_id, [])) for one in told}
    since = joined_since([_pushed(one) for one in told if not held_back[one.id]], now)
    deliveries = _Deliveries()
    for one in told:
        reason = held_back[one.id]
        silent = one.telling.severity < Severity.CRITICAL and one.person.is_quiet(clock)
        for device in [None] if reason else phones[one.person.customer_id]:
            deliveries.add(one, device, reason, silent=silent, now=now, since=since.get(one.id))
    values = {f"c{place}": column for place, column in enumerate(columns(deliveries.rows))}
    with connection.cursor() as cursor:
        cursor.execute(INSERT_DELIVERIES, {"now": now, **values})


def _pushed(one: _Told) -> Pushed:
    return Pushed(one.id, one.person.customer_id, one.telling.meter_id, one.telling.kind, one.telling.code)


def _held_back(telling: Telling, person: Person, phones: list[int]) -> str:
    """Why no push leaves; empty where it does."""
    if not telling.push:
        return telling.reason or "not pushed"
    if person.has_muted(telling.code):
        return "opted out"
    if person.has_not_asked(telling.code):
        return "not asked for"
    if telling.storm is not None:
        return STORM
    return "" if phones else NO_DEVICE


def _is_grouped(telling: Telling, person: Person) -> bool:
    """Whether a notice for all meters of the person says it."""
    return _held_back(telling, person, []) == STORM
