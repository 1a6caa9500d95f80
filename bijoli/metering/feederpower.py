"""Whether a feeder's power failed or returned, from what many of its meters say in the same minute.

Counts of 20 seconds of the meters' own time: the same whatever the order in which the events came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from bijoli.core.pgarray import columns
from bijoli.metering.models import FeederPower

SLOT_S = 20
WITHIN = 3  # slots: a minute
MORE_THAN = 20  # meters
KEPT = timedelta(days=7)
LONGEST_S = 24 * 3600
AROUND_S = 60
_NOTE = """INSERT INTO metering_feederpower (feeder, slot, failed, restored)
SELECT p.feeder, t.at / %s, count(DISTINCT t.meter) FILTER (WHERE t.failed), count(DISTINCT t.meter) FILTER (WHERE NOT t.failed)
FROM unnest(%s::int[], %s::bigint[], %s::bool[]) AS t (meter, at, failed)
JOIN metering_installation i ON i.meter_id = t.meter AND i.removed_at IS NULL
JOIN metering_usagepoint p ON p.id = i.usage_point_id
GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (feeder, slot) DO UPDATE SET failed = metering_feederpower.failed + excluded.failed,
 restored = metering_feederpower.restored + excluded.restored"""
_SLOTS = "SELECT feeder, slot, failed, restored FROM metering_feederpower WHERE feeder = ANY(%s::text[]) AND slot >= %s ORDER BY slot"


@dataclass(frozen=True, slots=True)
class Outage:
    """Seconds since 1970, to 20 seconds. `returned_at` None: not yet, as far as the meters tell."""

    failed_at: int
    returned_at: int | None


def note(told: Sequence[tuple[int, int, bool]]) -> None:
    """Counts new events: (meter id, seconds since 1970, whether the power failed; else it returned)."""
    if told:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [SLOT_S, *columns(told)])


def outages(feeders: Collection[str], now: datetime) -> dict[str, list[Outage]]:
    """The outages of the last day by feeder, the first first; feeders without one are left out."""
    slots: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SLOTS, [sorted(feeders), int(now.timestamp()) // SLOT_S - LONGEST_S // SLOT_S])
        for feeder, *slot in cursor.fetchall():
            slots[feeder].append(tuple(slot))
    found = {feeder: _outages(known) for feeder, known in slots.items()}
    return {feeder: known for feeder, known in found.items() if known}


def _outages(slots: list[tuple[int, int, int]]) -> list[Outage]:
    found: list[Outage] = []
    for place, (slot, _, _) in enumerate(slots):
        near = [one for one in slots[max(0, place - WITHIN + 1) : place + 1] if one[0] > slot - WITHIN]
        if sum(one[1] for one in near) > MORE_THAN and (not found or found[-1].returned_at is not None):
            found.append(Outage(near[0][0] * SLOT_S, None))
        if sum(one[2] for one in near) > MORE_THAN and found:  # the latest of those that say so, within the same return
            last, at = found[-1], slot * SLOT_S + SLOT_S
            if last.returned_at is None or at - last.returned_at <= 2 * AROUND_S:
                found[-1] = Outage(last.failed_at, at)
    return found


def drop_old(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Forgets what is older than a week."""
    FeederPower.objects.filter(slot__lt=int((now - KEPT).timestamp()) // SLOT_S).delete()
    return True
