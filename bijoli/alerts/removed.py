"""A meter that was exchanged says nothing more: what was open at it is over, with the day on which it was taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction

from bijoli.alerts.models import Episode, Kind, Stage
from bijoli.delivery.clear import clear
from bijoli.metering import changes

EVERY = timedelta(minutes=5)
BATCH = 500
REMOVED = "removed"
# From the open episodes (a partial index); a meter that was never installed may yet be.
_GONE = """
SELECT e.meter_id, max(i.removed_at) FROM alerts_episode e JOIN metering_installation i ON i.meter_id = e.meter_id
WHERE e.closed_at IS NULL AND e.meter_id > %s
GROUP BY e.meter_id HAVING bool_and(i.removed_at IS NOT NULL) AND max(i.removed_at) <= %s
ORDER BY e.meter_id LIMIT %s
"""


def close_removed(now: datetime, go_on: Callable[[], bool]) -> bool:
    """Closes the open episodes of meters that stand nowhere any more. Returns whether none is left."""
    last = 0
    while go_on():
        found = _gone(now, last)
        if not found:
            return True
        last = max(found)
        with transaction.atomic():
            for meter in changes.hold(found):  # whom `watch` has in hand has another turn
                _close(meter, found[meter], now)
    return False


def _gone(now: datetime, after: int) -> dict[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(_GONE, [after, now, BATCH])
        return dict(cursor.fetchall())


def _close(meter: int, removed_at: datetime, now: datetime) -> None:
    """Off the bell goes what is no longer true; a tamper alert happened all the same, and stays to be read."""
    episodes = list(Episode.objects.select_for_update().filter(meter_id=meter, closed_at=None))
    untrue = [episode.pk for episode in episodes if episode.kind != Kind.TAMPER]
    clear(list(Stage.objects.filter(episode_id__in=untrue).values_list("pk", flat=True)), now)
    for episode in episodes:
        episode.closed_at, episode.closed_why = max(removed_at, episode.opened_at), REMOVED
        episode.save(update_fields=["closed_at", "closed_why"])
