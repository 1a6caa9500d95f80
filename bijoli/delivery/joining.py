"""Several meters of one person that say the same within a minute: one entry in the phone's tray, that counts them.

The first push goes at once, under its own meter's topic. Later ones go under the topic of person, kind and stage, and name the first one's
tag, so that the phone takes that entry away. Each meter keeps its own row in the notification centre.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

WITHIN = timedelta(seconds=60)
# Zero balance and tamper stay one by one: "restored" and a finding replace what their own meter has said, under its own topic.
KINDS = frozenset({"low", "overload"})

# What was pushed and is not read, over the partial index notification_unread
RECENT = """
SELECT o.customer_id, o.code, o.meter_id, min(coalesce(d.joined_since, o.made_at))
FROM unnest(%s::bigint[]) AS t (customer), LATERAL (
  SELECT id, customer_id, code, meter_id, made_at FROM delivery_notification
  WHERE customer_id = t.customer AND read_at IS NULL AND superseded_at IS NULL AND made_at > %s OFFSET 0) o
JOIN delivery_delivery d ON d.notification_id = o.id AND d.device_id IS NOT NULL
WHERE NOT o.id = ANY(%s::bigint[])
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A notification that is about to be pushed."""

    id: int
    customer_id: int
    meter_id: int
    kind: str
    code: str


def joined_since(pushed: Iterable[Pushed], now: datetime) -> dict[int, datetime]:
    """By notification id, for those that join others: since when what is told in one has been going on. One query, or none."""
    joining = [one for one in pushed if one.kind in KINDS]
    groups = _recent(joining, now) if joining else {}
    since: dict[int, datetime] = {}
    for one in joining:
        meters = groups.setdefault((one.customer_id, one.code), {})
        others = [begun for meter, begun in meters.items() if meter != one.meter_id]
        if others:
            since[one.id] = min(others)
        meters[one.meter_id] = min([now, *others])
    return since


def _recent(joining: list[Pushed], now: datetime) -> dict[tuple[int, str], dict[int, datetime]]:
    """By person and stage: the meters that were told of within the minute, and since when their entry in the tray has been going on."""
    found: dict[tuple[int, str], dict[int, datetime]] = defaultdict(dict)
    customers = sorted({one.customer_id for one in joining})
    with connection.cursor() as cursor:
        cursor.execute(RECENT, [customers, now - WITHIN, [one.id for one in joining]])
        for customer, code, meter, begun in cursor.fetchall():
            found[customer, code][meter] = begun
    return found
