"""What the storm left behind, asked of the tables and of the pages.

Every episode is there, each in its person's notice, and nobody was told too often.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

# Ten of a hundred accounts, neighbours on a feeder, go over to the first one's person.
_LANDLORDS = """UPDATE customers_access x SET customer_id = l.customer_id
FROM customers_account a, customers_account o, customers_access l
WHERE a.id = x.account_id AND a.number::int < %(meters)s AND a.number::int %% 100 < %(each)s
  AND o.number = lpad((a.number::int / 100 * 100)::text, 8, '0') AND l.account_id = o.id"""
# Of each meter's episode: whether it is there, whether its person is told of it in the centre, and whether either its own push left or the
# person's latest notice of the storm names the meter and was sent.
_FOUND = """
WITH member AS (SELECT m.id AS meter, t.kind FROM unnest(%(numbers)s::text[], %(kinds)s::text[]) AS t (number, kind)
  JOIN metering_meter m ON m.number = t.number),
told AS (
  SELECT r.meter, e.id AS episode, n.id AS notification,
    EXISTS (SELECT FROM delivery_delivery d WHERE d.notification_id = n.id AND d.status IN ('sent', 'displayed', 'opened')) AS pushed,
    EXISTS (SELECT FROM delivery_delivery d WHERE d.notification_id = n.id AND d.status = 'suppressed' AND d.reason = 'storm') AS held,
    EXISTS (SELECT FROM delivery_notification g JOIN delivery_delivery d ON d.notification_id = g.id
      WHERE g.customer_id = n.customer_id AND g.kind = 'storm' AND g.code = n.code AND g.superseded_at IS NULL
        AND EXISTS (SELECT FROM jsonb_array_elements(g.facts->'places') p WHERE (p->>0)::int = r.meter)
        AND d.status IN ('sent', 'displayed', 'opened')) AS named
  FROM member r LEFT JOIN alerts_episode e ON e.meter_id = r.meter AND e.kind = r.kind
  LEFT JOIN alerts_stage s ON s.episode_id = e.id LEFT JOIN delivery_notification n ON n.stage_id = s.id)
SELECT count(*), count(episode), count(*) FILTER (WHERE episode IS NULL OR notification IS NULL OR NOT (pushed OR held AND named)),
  count(*) FILTER (WHERE pushed), count(*) FILTER (WHERE held AND named) FROM told"""
# More than the guard allows: a push of a meter's own that was queued after its storm had begun; a second sound of one storm and stage.
_EXCESS = """
SELECT (SELECT count(*) FROM delivery_delivery d JOIN delivery_notification n ON n.id = d.notification_id
  JOIN metering_installation i ON i.meter_id = n.meter_id JOIN metering_usagepoint p ON p.id = i.usage_point_id
  JOIN alerts_storm s ON s.feeder = p.feeder AND s.kind = n.kind AND n.made_at >= s.began_at
  WHERE d.status NOT IN ('suppressed', 'superseded')) +
 (SELECT coalesce(sum(loud - 1), 0) FROM (SELECT count(*) AS loud FROM delivery_notification n JOIN delivery_delivery d
  ON d.notification_id = n.id AND d.status IN ('sent', 'displayed', 'opened') AND NOT d.silent
  WHERE n.kind = 'storm' GROUP BY n.customer_id, n.code, n.facts->>'storm' HAVING count(*) > 1) more)"""
_SPREAD = """SELECT extract(epoch FROM max(created_at) - min(created_at))::float8, (SELECT count(*) FROM alerts_storm)
FROM alerts_episode WHERE kind <> 'zero'"""
_Z2 = """SELECT extract(epoch FROM d.sent_at - n.received_at)::float8, extract(epoch FROM n.made_at - n.received_at)::float8
FROM delivery_notification n JOIN delivery_delivery d ON d.notification_id = n.id AND d.sent_at IS NOT NULL
JOIN metering_meter m ON m.id = n.meter_id WHERE n.code = 'Z2' AND m.number = ANY(%s::text[])"""
PAGES = 100  # notices that are opened as their person sees them


def landlords(meters: int, each: int) -> None:
    """The first `each` of every hundred meters become the first one's person's."""
    _asked(_LANDLORDS, {"meters": meters, "each": each})


def found(members: Mapping[int, str]) -> dict[str, float]:
    """By the number of each meter the kind that it told of."""
    given = {"numbers": [f"{number:012d}" for number in members], "kinds": list(members.values())}
    rows, episodes, lost, pushed, named = _asked(_FOUND, given)
    (excess,), (spread, storms) = _asked(_EXCESS), _asked(_SPREAD)
    ways = f"{pushed:,} told by a push of their own, {named:,} named in a notice"
    print(
        f"{episodes:,} episodes of {rows:,} meters in {spread:.1f} s, {storms} storms; {ways}; {lost} lost, {excess} too many", flush=True
    )
    lost += _pages()
    assert rows == len(members), f"{rows} rows for {len(members)} meters"
    return {"storm.episodes": episodes, "storm.spread_s": spread, "storm.lost": lost, "storm.excess": int(excess)}


def _pages() -> int:
    """How many meters are not named on the page of a notice, of those that are opened."""
    from django.test import Client

    from bijoli.delivery.models import Notification

    lost = 0
    for notice in Notification.objects.filter(kind="storm", superseded_at=None).select_related("customer").order_by("-pk")[:PAGES]:
        client = Client(SERVER_NAME="localhost")
        client.force_login(notice.customer)
        page = client.get(f"/n/{notice.public_id}/", headers={"accept-language": "en"})
        assert page.status_code == 200, page
        lost += sum(str(name) not in page.content.decode() for _meter, name, _digits in notice.facts["places"])
    return lost


def wait(seconds: float) -> None:
    """Until nothing is left to decide and nothing to send."""
    from tests.processes import wait_until

    left = "SELECT (SELECT count(*) FROM metering_change) + (SELECT count(*) FROM delivery_delivery WHERE status = 'queued')"
    wait_until("all is decided and sent", lambda: _asked(left)[0] == 0, seconds, 0.5)


def wait_for_z2(meters: Collection[int], seconds: float) -> None:
    from tests.processes import wait_until

    wait_until("every Z2 is accepted", lambda: len(_z2(meters)) == len(meters), seconds, 1.0)


def z2_p95(meters: Collection[int]) -> float:
    """Seconds from received to accepted within which 95 of 100 were, of the meters with these places in the fleet."""
    return _of_95([accepted for accepted, _decided in _z2(meters)])


def z2_decided_p95(meters: Collection[int]) -> float:
    """The same from received to decided: what `watch` has of it."""
    return _of_95([decided for _accepted, decided in _z2(meters)])


def _of_95(spans: list[float]) -> float:
    return sorted(spans)[len(spans) * 95 // 100]


def _z2(meters: Collection[int]) -> list[tuple[float, float]]:
    """Of each: seconds until accepted, seconds until decided."""
    from django.db import connection

    from bench.fleet import FIRST

    with connection.cursor() as cursor:
        cursor.execute(_Z2, [[f"{FIRST + n:012d}" for n in meters]])
        return cursor.fetchall()


def _asked(query: str, given: dict[str, Any] | None = None) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchone() if cursor.description else None
