"""Beneficiaries: distinct verified customers who were shown an alert and acted within a day; beside them the reached and the registered.

One statement each. The definitions stand in docs/reports.md and on every report; tests/apps/reports holds the statement against a plain
model of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from django.db import connection

from bijoli.core.alerts.stages import STAGES
from bijoli.reports.period import Asked

# What tells that all is well again, tests and advice are no alerts: nobody can benefit from them here.
ALERTS = tuple(code for code in STAGES if not code.endswith("R"))

BENEFIT = """
WITH told AS (
  SELECT n.id, n.customer_id, n.meter_id, n.stage_id, n.kind, n.read_at, p.division, (n.made_at AT TIME ZONE %(zone)s)::date AS day
  FROM delivery_notification n
  JOIN customers_customer c ON c.id = n.customer_id AND NOT c.is_staff AND c.phone_verified_at <= n.made_at
  JOIN metering_usagepoint p ON p.account_id = n.account_id
  WHERE n.made_at >= %(start)s AND n.made_at < %(end)s AND n.made_at <= %(now)s AND n.stage_id IS NOT NULL AND n.code = ANY(%(codes)s)
    AND (%(everywhere)s OR p.division = ANY(%(divisions)s))),
seen AS (
  SELECT told.*, d.sent_at, d.opened_at, LEAST(d.displayed_at, d.opened_at, told.read_at) AS shown_at
  FROM told LEFT JOIN LATERAL (
    SELECT min(sent_at) AS sent_at, min(displayed_at) AS displayed_at, min(opened_at) AS opened_at
    FROM delivery_delivery WHERE notification_id = told.id) d ON true),
marked AS (
  SELECT customer_id, division, day, kind, sent_at <= %(now)s OR shown_at <= %(now)s AS reached, shown_at <= %(now)s AS shown,
    kind IN ('low', 'zero') AND EXISTS (
      SELECT FROM metering_credit r WHERE r.meter_id = seen.meter_id AND r.credited_paisa > 0
        AND r.at > shown_at AND r.at <= LEAST(shown_at + interval '24 hours', %(now)s)) AS recharged,
    kind = 'overload' AND EXISTS (
      SELECT FROM alerts_stage s JOIN alerts_episode e ON e.id = s.episode_id WHERE s.id = seen.stage_id AND e.closed_why = 'recovered'
        AND e.closed_at > shown_at AND e.closed_at <= LEAST(shown_at + interval '24 hours', %(now)s)) AS eased,
    opened_at <= LEAST(shown_at + interval '24 hours', %(now)s) AS opened,
    EXISTS (
      SELECT FROM alerts_dispute w WHERE w.stage_id = seen.stage_id AND w.customer_id = seen.customer_id
        AND w.created_at >= shown_at AND w.created_at <= LEAST(shown_at + interval '24 hours', %(now)s)) AS replied
  FROM seen)
SELECT division, day, kind, count(*) AS alerts, count(DISTINCT customer_id) FILTER (WHERE reached) AS reached,
  count(DISTINCT customer_id) FILTER (WHERE shown) AS shown,
  count(DISTINCT customer_id) FILTER (WHERE recharged OR eased OR opened OR replied) AS acted,
  count(DISTINCT customer_id) FILTER (WHERE recharged) AS recharged, count(DISTINCT customer_id) FILTER (WHERE eased) AS eased,
  count(DISTINCT customer_id) FILTER (WHERE opened) AS opened, count(DISTINCT customer_id) FILTER (WHERE replied) AS replied
FROM marked GROUP BY GROUPING SETS ((), (division), (day), (kind)) ORDER BY division, day, kind
"""
REGISTERED = """
SELECT p.division, (c.phone_verified_at AT TIME ZONE %(zone)s)::date AS day, count(DISTINCT c.id)
FROM customers_customer c JOIN customers_access a ON a.customer_id = c.id JOIN metering_usagepoint p ON p.account_id = a.account_id
WHERE NOT c.is_staff AND c.phone_verified_at < %(end)s AND c.phone_verified_at <= %(now)s
  AND a.since < %(end)s AND (a.until IS NULL OR a.until > %(start)s) AND (%(everywhere)s OR p.division = ANY(%(divisions)s))
GROUP BY GROUPING SETS ((), (p.division), ((c.phone_verified_at AT TIME ZONE %(zone)s)::date))
"""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Persons, but `alerts`, which are notifications. `registered` None where it has no meaning: an alert's kind. The four kinds of acting
    overlap, so their sum may be more than `acted`."""

    registered: int | None = 0
    alerts: int = 0
    reached: int = 0
    shown: int = 0
    acted: int = 0
    recharged: int = 0
    eased: int = 0
    opened: int = 0
    replied: int = 0


NAMES = tuple(one.name for one in fields(Funnel))


@dataclass(frozen=True, slots=True)
class Benefit:
    """The whole and its parts; a person may stand in several parts, so they do not add up. A day's `registered` is until its end."""

    total: Funnel = field(default_factory=Funnel)
    divisions: dict[str, Funnel] = field(default_factory=dict)
    days: dict[date, Funnel] = field(default_factory=dict)
    kinds: dict[str, Funnel] = field(default_factory=dict)


def benefit(asked: Asked) -> Benefit:
    """The figures of the days and divisions that are asked for."""
    with connection.cursor() as cursor:
        cursor.execute(BENEFIT, asked.given | {"codes": list(ALERTS)})
        told = {row[:3]: row[3:] for row in cursor.fetchall()}
        cursor.execute(REGISTERED, asked.given)
        known = {(division, day): count for division, day, count in cursor.fetchall()}

    def funnel(registered: int | None, *key: Any) -> Funnel:
        return Funnel(registered, *told.get(key, ()))

    divisions = sorted({division for division, _day in known if division} | {division for division, _day, _kind in told if division})
    kinds = [kind for kind in dict.fromkeys(rule.kind for rule in STAGES.values()) if (None, None, kind) in told]
    return Benefit(
        funnel(known.get((None, None), 0), None, None, None),
        {one: funnel(known.get((one, None), 0), one, None, None) for one in divisions},
        {day: funnel(_until(known, day), None, day, None) for day in asked.days},
        {kind: funnel(None, None, None, kind) for kind in kinds},
    )


def _until(known: dict[tuple[str | None, date | None], int], day: date) -> int:
    return sum(count for (_division, on), count in known.items() if on is not None and on <= day)
