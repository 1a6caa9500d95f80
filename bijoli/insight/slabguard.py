"""Tells homes that their month comes near to the end of a slab: what is used, what a unit then costs, and when that is likely to be.

One statement finds the few among many (by the states, the profiles and the tariffs' edges); the row of `SlabNotice` comes first, so that a
home is told of an edge once a month, whoever else looks at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from bijoli.core.forecast import crossing
from bijoli.core.forecast.runout import unknown
from bijoli.core.pgarray import columns
from bijoli.core.tariff import PERMILLE, Tariff, slab_position
from bijoli.core.utility import SlabGuard
from bijoli.delivery.clear import clear_advice
from bijoli.delivery.models import Severity
from bijoli.delivery.tell import Telling, tell
from bijoli.insight import homes
from bijoli.insight.clock import NEWS, Clock, local
from bijoli.insight.forecasts import profile_of
from bijoli.insight.homes import Home
from bijoli.insight.pricing import Tariffs
from bijoli.metering.models import Meter

EVERY = timedelta(minutes=20)
SLICE = 20_000  # meters whose states are looked through at once
TOLD_AT_ONCE = 500  # in one transaction
KIND, CODE, TTL_S = "slab", "S1", 86_400
# Homes between a guard's line and its edge that nobody was told of, and at which somebody is linked who can be told
_NEAR = """
SELECT s.meter_id, e.edge_wh
FROM metering_meterstate s
JOIN insight_homeprofile h ON h.meter_id = s.meter_id AND h.month = %(month)s
JOIN metering_installation i ON i.meter_id = s.meter_id AND i.removed_at IS NULL
JOIN metering_usagepoint p ON p.id = i.usage_point_id
JOIN unnest(%(codes)s::text[], %(lines)s::bigint[], %(edges)s::bigint[]) AS e (code, line_wh, edge_wh)
 ON e.code = p.tariff AND s.register_wh - h.month_wh >= e.line_wh AND s.register_wh - h.month_wh <= e.edge_wh
WHERE s.meter_id > %(after)s AND s.meter_id <= %(until)s AND s.register_at >= %(since)s
 AND EXISTS (SELECT FROM customers_access x WHERE x.account_id = p.account_id AND (x.until IS NULL OR x.until > %(now)s))
 AND NOT EXISTS (SELECT FROM insight_slabnotice n WHERE n.usage_point_id = p.id AND n.month = %(month)s AND n.edge_wh = e.edge_wh)
ORDER BY s.meter_id"""
_ONCE = """INSERT INTO insight_slabnotice (usage_point_id, month, edge_wh, meter_id, told_at)
SELECT point, %s, edge, meter, %s FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS t (point, edge, meter)
ON CONFLICT (usage_point_id, month, edge_wh) DO NOTHING RETURNING meter_id"""
_OVER = (
    "DELETE FROM insight_slabnotice WHERE id = ANY(ARRAY(SELECT id FROM insight_slabnotice WHERE month < %s LIMIT %s)) RETURNING meter_id"
)


@dataclass(frozen=True, slots=True)
class Edge:
    """The end of a slab, and from where on it is near. Wh."""

    code: str
    line_wh: int
    edge_wh: int


def edges(tariff: Tariff, guard: SlabGuard) -> list[Edge]:
    """The edges of a tariff that are told of, ascending: the lifeline's, then those of the slabs above it."""
    lifeline = tariff.lifeline.upto_wh if tariff.lifeline else None
    found = [] if lifeline is None else [Edge(tariff.code, max(0, lifeline - guard.lifeline_wh), lifeline)]
    ends = [slab.upto_wh for slab in tariff.slabs if slab.upto_wh is not None and slab.upto_wh > (lifeline or 0)]
    return found + [Edge(tariff.code, max(end * guard.edge_permille // PERMILLE, lifeline or 0), end) for end in ends]


def guard_slabs(now: datetime, reached: int, go_on: Callable[[], bool]) -> int | None:
    """A stretch of the round, from the meter after `reached` on. Returns the last meter seen, None at the round's end."""
    last = Meter.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    while reached < last:
        if not go_on():
            return reached
        guard_slice(reached, reached + SLICE, now)
        reached += SLICE
    return None


def guard_slice(after: int, until: int, now: datetime) -> int:
    """The meters over `after` up to `until`, some hundreds in a transaction. Returns how many homes were told."""
    tariffs, clock = Tariffs(), Clock.at(now)
    near = _near(after, until, clock, tariffs)
    return sum(_tell(near[place : place + TOLD_AT_ONCE], clock, tariffs) for place in range(0, len(near), TOLD_AT_ONCE))


def _near(after: int, until: int, clock: Clock, tariffs: Tariffs) -> list[tuple[int, int]]:
    """Meter and edge of the homes to be told."""
    known = [edge for tariff in tariffs.all(local(clock.time).date()) for edge in edges(tariff, settings.UTILITY.slab_guard)]
    names = ("codes", "lines", "edges")
    asked = dict(zip(names, columns([(edge.code, edge.line_wh, edge.edge_wh) for edge in known]), strict=True))
    since = max(clock.begins, clock.time - int(NEWS.total_seconds()))
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, {"after": after, "until": until, "now": clock.now, "month": clock.month, "since": since, **asked})
        return [(meter, edge) for meter, edge in cursor.fetchall()]


def _tell(near: Sequence[tuple[int, int]], clock: Clock, tariffs: Tariffs) -> int:
    """Of a home near to two edges the lower one: the other has its turn in the next round."""
    lowest: dict[int, int] = {}
    for meter, edge in near:
        lowest[meter] = min(edge, lowest.get(meter, edge))
    with transaction.atomic():
        found = homes.by_meter(lowest, clock)
        told = {meter: one for meter, home in found.items() if (one := _telling(home, lowest[meter], clock, tariffs))}
        new = _once([(found[meter].usage_point_id, lowest[meter], meter) for meter in sorted(told)], clock)
        tell([told[meter] for meter in new], clock.now)
    return len(new)


def _once(rows: Sequence[tuple[int, int, int]], clock: Clock) -> list[int]:
    """Notes usage point, edge and meter; returns the meters of those that were not noted before."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ONCE, [clock.month, clock.now, *columns(rows)])
        return sorted(meter for (meter,) in cursor.fetchall())


def _telling(home: Home, edge: int, clock: Clock, tariffs: Tariffs) -> Telling | None:
    """None where the home has moved on since it was found."""
    used, tariff = home.used_wh(clock), tariffs.find(home.tariff, local(clock.time).date())
    if used is None or home.register_at is None or tariff is None or slab_position(used, tariff).upto_wh != edge:
        return None
    return Telling(
        stage_id=None,
        meter_id=home.meter_id,
        kind=KIND,
        code=CODE,
        severity=Severity.NOTICE,
        at=datetime.fromtimestamp(home.register_at, UTC),
        received_at=None,
        facts=_facts(home, used, tariff, clock),
        ttl_s=TTL_S,
        urgency="normal",
        push=True,
        supersedes=(KIND,),
    )


def _facts(home: Home, used: int, tariff: Tariff, clock: Clock) -> dict[str, Any]:
    """What the words need: Wh, paisa for each kWh and at once, days as ISO 8601."""
    place = slab_position(used, tariff)
    facts: dict[str, Any] = {"used_wh": used, "edge_wh": place.upto_wh, "rate": place.rate, "next_rate": place.next_rate}
    if place.slab is None:
        facts["cliff_paisa"] = place.step_paisa
    return facts | _date(home, used, place.upto_wh, clock) | {"tariff_since": tariff.since.isoformat()}


def _date(home: Home, used: int, edge: int | None, clock: Clock) -> dict[str, Any]:
    """When the edge is likely reached, or that it likely is not in this month; nothing where nobody knows."""
    profile = profile_of(home)
    if profile is None or home.register_at is None or edge is None:
        return {}
    at = local(home.register_at)
    if unknown(0, at, profile):
        return {}
    found = crossing(profile, at, used, edge)
    if found is None or found.likely is None:
        return {"stays": True}
    day = max(found.likely.date(), local(clock.time).date())
    return {"crosses_on": day.isoformat()}


def end_month(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Forgets former months, and takes off the bell what was told of them. Returns whether none is left."""
    clock = Clock.at(now)
    begins = datetime.fromtimestamp(clock.begins, UTC)
    while go_on():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_OVER, [clock.month, TOLD_AT_ONCE])
            meters = [meter for (meter,) in cursor.fetchall()]
            clear_advice(meters, KIND, begins, now)
        if not meters:
            return True
    return False
