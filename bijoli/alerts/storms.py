"""The storm guard: where many meters of one feeder tell of the same within minutes, each person gets one notice for all of theirs.

Meters are counted, not how often each of them opens; and what comes late (a gap of hours that is filled) rings nobody's phone anyway.

`watch` begins a storm in the transaction that tells; `tick` counts on and ends it. Finished balances are exempt.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection

from bijoli.core.alerts.stages import LATE_S, ZERO
from bijoli.delivery.tell import Telling

WITHIN = timedelta(minutes=5)  # as in _LOOK
MORE_THAN = 50  # episodes of one kind on one feeder; or
AT_LEAST, OF_METERS_PERCENT = 20, 5  # so many that are also so much of its meters
CALM = timedelta(minutes=15)  # without another episode: then it is over
_STAND = """SELECT i.meter_id, p.feeder FROM metering_installation i JOIN metering_usagepoint p ON p.id = i.usage_point_id
WHERE i.meter_id = ANY(%s::int[]) AND i.removed_at IS NULL"""
_OPEN = "SELECT feeder, kind, id FROM alerts_storm WHERE feeder = ANY(%s::text[]) AND ended_at IS NULL"
_IN_TIME = f"e.opened_at > e.created_at - interval '{LATE_S} seconds'"
_COUNT = f"""SELECT p.feeder, e.kind, count(DISTINCT e.meter_id) FROM alerts_episode e
JOIN metering_installation i ON i.meter_id = e.meter_id AND i.removed_at IS NULL JOIN metering_usagepoint p ON p.id = i.usage_point_id
WHERE e.created_at > %s AND {_IN_TIME} AND e.kind <> 'zero' AND p.feeder = ANY(%s::text[])
GROUP BY 1, 2 HAVING count(DISTINCT e.meter_id) >= %s"""
_METERS = """SELECT p.feeder, count(*) FROM metering_usagepoint p
JOIN metering_installation i ON i.usage_point_id = p.id AND i.removed_at IS NULL WHERE p.feeder = ANY(%s::text[]) GROUP BY 1"""
_BEGIN = """INSERT INTO alerts_storm (feeder, kind, began_at, episodes) VALUES (%s, %s, %s, %s)
ON CONFLICT (feeder, kind) WHERE ended_at IS NULL DO UPDATE
SET episodes = greatest(alerts_storm.episodes, excluded.episodes) RETURNING id"""
_LOOK = f"""
WITH counted AS (SELECT s.id, count(DISTINCT e.meter_id) AS episodes, max(e.created_at) AS last_at FROM alerts_storm s
  JOIN metering_usagepoint p ON p.feeder = s.feeder JOIN metering_installation i ON i.usage_point_id = p.id AND i.removed_at IS NULL
  JOIN alerts_episode e ON e.meter_id = i.meter_id AND e.kind = s.kind AND e.created_at > s.began_at - interval '5 minutes' AND {_IN_TIME}
  WHERE s.ended_at IS NULL GROUP BY s.id)
UPDATE alerts_storm s SET episodes = coalesce(c.episodes, s.episodes),
  ended_at = CASE WHEN coalesce(c.last_at, s.began_at) <= %(calm)s THEN %(now)s END
FROM alerts_storm o LEFT JOIN counted c ON c.id = o.id WHERE o.id = s.id AND s.ended_at IS NULL"""
Open = dict[tuple[str, str], int]


def guarded(tellings: Sequence[Telling], opened: Sequence[tuple[int, str]], now: datetime) -> list[Telling]:
    """The tellings, those in a storm marked with it. `opened`: (meter, kind) of the episodes that have just been stored."""
    opened = [one for one in opened if one[1] != ZERO]
    meters = {one.meter_id for one in tellings if one.push and one.kind != ZERO} | {meter for meter, _ in opened}
    if not meters:
        return list(tellings)
    with connection.cursor() as cursor:
        cursor.execute(_STAND, [list(meters)])
        feeder_of: dict[int, str] = dict(cursor.fetchall())
        cursor.execute(_OPEN, [sorted(set(feeder_of.values()))])
        storms: Open = {(feeder, kind): storm for feeder, kind, storm in cursor.fetchall()}
    fresh = {(feeder_of[meter], kind) for meter, kind in opened if meter in feeder_of} - set(storms)
    if fresh:
        storms |= _begun(fresh, now)
    found = [(one, storms.get((feeder_of.get(one.meter_id, ""), one.kind))) for one in tellings]
    return [replace(one, storm=storm) if storm and one.push and one.kind != ZERO else one for one, storm in found]


def _begun(fresh: Collection[tuple[str, str]], now: datetime) -> Open:
    """Those of the feeders and kinds on which a storm begins now."""
    begun: Open = {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [now - WITHIN, sorted({feeder for feeder, _ in fresh}), AT_LEAST])
        many = {(feeder, kind): count for feeder, kind, count in cursor.fetchall() if (feeder, kind) in fresh}
        if not many:
            return {}
        cursor.execute(_METERS, [sorted({feeder for feeder, _ in many})])
        meters = dict(cursor.fetchall())
        for (feeder, kind), count in sorted(many.items()):
            if count > MORE_THAN or count * 100 >= meters[feeder] * OF_METERS_PERCENT:
                cursor.execute(_BEGIN, [feeder, kind, now, count])
                begun[feeder, kind] = cursor.fetchone()[0]
    return begun


def look_after(now: datetime) -> None:
    """Counts on, and ends what is over."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, {"now": now, "calm": now - CALM})
