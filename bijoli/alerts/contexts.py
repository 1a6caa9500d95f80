"""What the rules must know of meters beside their changes, for a whole batch in one query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from bijoli.alerts.around import Place, around
from bijoli.alerts.forecast import foreseen
from bijoli.core.alerts import Context, Snapshot
from bijoli.core.conditions import Relay, own_limits

# When a recharge was paid that is not confirmed yet, and when one lately reached the meter. Tokens wait for the person, not for us.
# The sanctioned load of the state row first: it is what `record` compares with. A meter that stands nowhere counts as prepaid.
_CONTEXTS = """
SELECT m.id, coalesce(s.sanctioned_load_w, p.sanctioned_load_w), coalesce(a.mode, 'prepaid') = 'prepaid',
 ARRAY(SELECT DISTINCT x.own_limit_paisa FROM customers_access x WHERE x.account_id = p.account_id AND x.own_limit_paisa IS NOT NULL
   AND x.since <= %(now)s AND (x.until IS NULL OR x.until > %(now)s)),
 (SELECT extract(epoch FROM max(v.queued_at))::bigint FROM payments_vend v
  WHERE v.meter_id = m.id AND v.state IN ('accepted', 'queued', 'sent')),
 (SELECT extract(epoch FROM max(v.ended_at))::bigint FROM payments_vend v
  WHERE v.meter_id = m.id AND v.state = 'on_meter' AND v.ended_at > %(now)s - interval '6 hours'),
 s.balance_paisa, s.balance_at, s.load_w, s.load_at, coalesce(s.calm, 0), coalesce(s.relay, 0), s.last_at,
 p.feeder, p.division
FROM unnest(%(meters)s::int[]) AS m(id)
LEFT JOIN metering_meterstate s ON s.meter_id = m.id
LEFT JOIN metering_installation i ON i.meter_id = m.id AND i.removed_at IS NULL
LEFT JOIN metering_usagepoint p ON p.id = i.usage_point_id
LEFT JOIN customers_account a ON a.id = p.account_id"""
_OFF = """SELECT meter_id, max(at) FROM metering_meterevent
WHERE meter_id = ANY(%(meters)s::int[]) AND kind = 'supply_off' AND at >= %(since)s GROUP BY meter_id"""


def contexts(meter_ids: Collection[int], now: datetime) -> dict[int, Context]:
    """By meter id. Installation, access and forecast as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTEXTS, {"meters": list(meter_ids), "now": now})
        rows = cursor.fetchall()
    known = {row[0]: _context(*row[1:-2]) for row in rows}
    stands = {row[0]: Place(*row[-2:]) for row in rows if row[-2]}
    for meter, held in around(stands, now).items():
        known[meter] = replace(known[meter], work=held.work, dark=held.dark, returning=held.returning)
    return foreseen(known, now)


def _context(
    sanctioned: int | None,
    prepaid: bool,
    limits: list[int],
    paid_at: int | None,
    credited_at: int | None,
    balance: int | None,
    balance_at: int | None,
    load: int | None,
    load_at: int | None,
    calm: int,
    relay: int,
    read_at: int | None,
) -> Context:
    return Context(
        utility=settings.UTILITY,
        prepaid=prepaid,
        sanctioned_w=sanctioned,
        own_limits=own_limits(limits, settings.UTILITY.thresholds),
        paid_at=paid_at,
        credited_at=credited_at,
        latest=Snapshot(balance, balance_at, load, load_at, calm, Relay(relay), read_at),
    )


def disconnects(meter_ids: Collection[int], since: datetime) -> dict[int, int]:
    """When each meter last told of a disconnect, in seconds since 1970: it may have come before the overload event that explains it."""
    if not meter_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_OFF, {"meters": list(meter_ids), "since": since})
        return {meter: int(at.timestamp()) for meter, at in cursor.fetchall()}
