"""One notice for each person in a storm: many meters of a feeder tell of the same at once, the person's own ones are named.

A later meter of the same person and storm makes a new notice that names them all and takes the earlier one's place, without a sound.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from bijoli.core.pgarray import columns
from bijoli.delivery import fallback
from bijoli.delivery.models import Severity
from bijoli.delivery.people import Person
from bijoli.delivery.topic import topic

if TYPE_CHECKING:
    from bijoli.delivery.tell import Telling

KIND = "storm"
Key = tuple[int, int, str]  # person, storm, stage
# A person's latest notice of each storm and stage, with the meters that it names; locked: two workers name them one after the other.
_EARLIER = """SELECT n.id, n.customer_id, n.code, n.facts FROM delivery_notification n
JOIN unnest(%s::bigint[], %s::bigint[], %s::text[]) AS t (customer, storm, code)
  ON n.customer_id = t.customer AND n.code = t.code AND (n.facts->>'storm')::bigint = t.storm
WHERE n.kind = 'storm' AND n.made_at > %s ORDER BY n.id FOR UPDATE OF n"""
_NAMES = """SELECT t.customer, m.id, coalesce(nullif((SELECT a.nickname FROM customers_access a WHERE a.customer_id = t.customer
  AND a.account_id = t.account ORDER BY a.since DESC LIMIT 1), ''), right(m.number, 4)),
  coalesce((SELECT a.nickname FROM customers_access a WHERE a.customer_id = t.customer AND a.account_id = t.account
  ORDER BY a.since DESC LIMIT 1), '') = ''
FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS t (customer, account, meter) JOIN metering_meter m ON m.id = t.meter"""
_REPLACE = """WITH gone AS (UPDATE delivery_notification SET superseded_at = %(now)s
  WHERE id = ANY(%(ids)s::bigint[]) AND superseded_at IS NULL AND read_at IS NULL)
UPDATE delivery_delivery SET status = 'superseded' WHERE notification_id = ANY(%(ids)s::bigint[]) AND status = 'queued'"""
_TELL = """INSERT INTO delivery_notification
  (public_id, customer_id, account_id, kind, code, severity, at, received_at, facts, sms_at, made_at)
SELECT gen_random_uuid(), t.customer, t.account, 'storm', t.code, t.severity, t.at, t.received, t.facts::jsonb, t.sms, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::timestamptz[])
  WITH ORDINALITY AS t (customer, account, code, severity, at, received, facts, sms, place) ORDER BY t.place RETURNING id"""
_DELIVER = """INSERT INTO delivery_delivery
  (notification_id, channel, device_id, status, reason, severity, topic, urgency, expires_at, silent, attempts, due_at, queued_at)
SELECT t.id, 'webpush', t.device, t.status, t.reason, t.severity, t.topic, t.urgency, t.expires, t.silent, 0, %(now)s, %(now)s
FROM unnest(%(c0)s::bigint[], %(c1)s::bigint[], %(c2)s::text[], %(c3)s::text[], %(c4)s::smallint[], %(c5)s::text[], %(c6)s::text[],
  %(c7)s::timestamptz[], %(c8)s::bool[]) AS t (id, device, status, reason, severity, topic, urgency, expires, silent)"""


@dataclass(slots=True)
class _Group:
    """What one person is told of one storm and stage. `places` are [meter id, name, whether the name is four digits of its number]."""

    person: Person
    telling: Telling
    meters: dict[int, int | None] = field(default_factory=dict)  # by meter the account
    places: list[list[Any]] = field(default_factory=list)
    again: bool = False

    def facts(self) -> str:
        told = self.telling
        known = {"storm": told.storm, "of": told.kind, "places": self.places, "late": told.facts.get("late")}
        return json.dumps({name: value for name, value in known.items() if value is not None})


def group(told: Sequence[tuple[Telling, Person]], phones: Mapping[int, list[int]], now: datetime) -> None:
    """Makes the notices of what was just told of storms, replaces the earlier ones, and queues a push for each phone."""
    groups: dict[Key, _Group] = {}
    for telling, person in told:
        key = (person.customer_id, telling.storm or 0, telling.code)
        groups.setdefault(key, _Group(person, telling)).meters[telling.meter_id] = person.account_id
    if not groups:
        return
    groups = dict(sorted(groups.items()))
    replaced = _join_earlier(groups, now)
    _name(groups)
    with connection.cursor() as cursor:
        if replaced:
            cursor.execute(_REPLACE, {"now": now, "ids": replaced})
        cursor.execute(_TELL, [now, *columns([_notification(one, phones, now) for one in groups.values()])])
        made = [key for (key,) in cursor.fetchall()]
        rows = [row for key, one in zip(made, groups.values(), strict=True) for row in _deliveries(key, one, phones, now)]
        cursor.execute(_DELIVER, {"now": now, **{f"c{place}": column for place, column in enumerate(columns(rows))}})


def _join_earlier(groups: dict[Key, _Group], now: datetime) -> list[int]:
    replaced = []
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, [*columns(list(groups)), now - timedelta(days=1)])
        for key, customer, code, raw in cursor.fetchall():
            facts = json.loads(raw)
            found = groups[customer, facts["storm"], code]
            found.places, found.again = facts["places"], True
            replaced.append(key)
    return replaced


def _name(groups: dict[Key, _Group]) -> None:
    rows = [(one.person.customer_id, account, meter) for one in groups.values() for meter, account in one.meters.items()]
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, columns(rows))
        names: dict[int, dict[int, list[Any]]] = defaultdict(dict)
        for customer, meter, name, digits in cursor.fetchall():
            names[customer][meter] = [meter, name, digits]
    for one in groups.values():
        known = {place[0] for place in one.places}
        one.places = one.places + [names[one.person.customer_id][meter] for meter in one.meters if meter not in known]


def _notification(one: _Group, phones: Mapping[int, list[int]], now: datetime) -> tuple[object, ...]:
    told, accounts = one.telling, set(one.meters.values())
    sms_at = None
    if told.sms_s is not None and fallback.offered() and not one.again:
        has_phone = bool(phones.get(one.person.customer_id))
        sms_at = now + timedelta(seconds=told.sms_s) if has_phone else now if told.sms_alone else None
    account = accounts.pop() if len(accounts) == 1 and not one.again else None
    return (one.person.customer_id, account, told.code, told.severity, told.at, told.received_at, one.facts(), sms_at)


def _deliveries(key: int, one: _Group, phones: Mapping[int, list[int]], now: datetime) -> list[tuple[object, ...]]:
    told, customer = one.telling, one.person.customer_id
    clock = now.astimezone(ZoneInfo(settings.UTILITY.zone)).time()
    silent = told.severity < Severity.CRITICAL and (one.again or one.person.is_quiet(clock))
    tag, expires = topic(KIND, customer, told.storm, told.code), now + timedelta(seconds=told.ttl_s)
    each: list[int | None] = [*phones.get(customer, [])] or [None]
    return [
        (key, phone, "queued" if phone else "suppressed", "" if phone else "no device", told.severity, tag, told.urgency, expires, silent)
        for phone in each
    ]
