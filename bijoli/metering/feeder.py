"""What the meters of one feeder said lately: whether the voltage is gone there, by their own words or by their silence.

Bounded: a sample of the feeder and of the others, by indexes, whatever the size of the town.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bijoli.customers.prepared import fetch

MOST = 300  # meters of the feeder that are looked at, and as many of others
LATELY = timedelta(hours=12)  # an older word on the voltage is none of now
EXPECTED = timedelta(minutes=45)  # three quarters of an hour without a reading: silent
HEARD = timedelta(hours=24)  # a meter that was silent before has not fallen silent now


@dataclass(frozen=True, slots=True)
class FeederView:
    """Of `meters` that were heard within a day, `failed` said last that the voltage is gone, `silent` say nothing any more.

    `since` is when the first of those that failed said so, else when the last of the silent was heard. `own_failed_at` is the same of the
    meter itself. `others_speak`: meters elsewhere are heard at this time.
    """

    meters: int
    failed: int
    silent: int
    since: datetime | None
    own_failed_at: datetime | None
    others_speak: bool


_SAMPLE = """
SELECT i.meter_id, s.last_at, e.at FROM (
  SELECT id FROM metering_usagepoint WHERE feeder = %(feeder)s AND division = %(division)s ORDER BY id LIMIT %(most)s) p
JOIN metering_installation i ON i.usage_point_id = p.id AND i.removed_at IS NULL
JOIN metering_meterstate s ON s.meter_id = i.meter_id AND s.last_at > %(heard)s
LEFT JOIN LATERAL (
  SELECT CASE WHEN kind = 'power_fail' AND begins IS NOT FALSE THEN at END AS at FROM metering_meterevent
  WHERE meter_id = i.meter_id AND at > %(lately)s AND kind IN ('power_fail', 'power_restore') ORDER BY at DESC, id DESC LIMIT 1) e ON true
"""
_OWN = """SELECT CASE WHEN kind = 'power_fail' AND begins IS NOT FALSE THEN at END FROM metering_meterevent
WHERE meter_id = %(meter)s AND at > %(lately)s AND kind IN ('power_fail', 'power_restore') ORDER BY at DESC, id DESC LIMIT 1"""
# The first and the last of all meters, by primary key
_OTHERS = """
SELECT coalesce(bool_or(s.last_at > %(expected)s), false) FROM (
  (SELECT meter_id, last_at FROM metering_meterstate ORDER BY meter_id LIMIT %(most)s) UNION ALL
  (SELECT meter_id, last_at FROM metering_meterstate ORDER BY meter_id DESC LIMIT %(most)s)) s
JOIN metering_installation i ON i.meter_id = s.meter_id AND i.removed_at IS NULL
JOIN metering_usagepoint p ON p.id = i.usage_point_id AND NOT (p.feeder = %(feeder)s AND p.division = %(division)s)"""


def feeder(meter_id: int, last_at: datetime | None, division: str, name: str, now: datetime) -> FeederView:
    """The feeder of a meter (last heard at `last_at`), and what the meter itself said of its voltage. Later readings take it back."""
    seconds = int(now.timestamp())
    expected, heard_since = seconds - int(EXPECTED.total_seconds()), seconds - int(HEARD.total_seconds())
    asked = {"meter": meter_id, "division": division, "feeder": name, "most": MOST, "lately": now - LATELY}
    asked |= {"heard": heard_since, "expected": expected}
    rows = [_taken_back(*row) for row in fetch(_SAMPLE, asked)]
    failed = [at for _, _, at in rows if at is not None]
    silent = [last for _, last, at in rows if at is not None or last <= expected]
    own = next((at for (at,) in fetch(_OWN, asked)), None)
    heard = int(last_at.timestamp()) if last_at else 0
    others = fetch(_OTHERS, asked)[0][0]
    since = min(failed) if failed else (datetime.fromtimestamp(max(silent), UTC) if silent else None)
    return FeederView(len(rows), len(failed), len(silent), since, _taken_back(meter_id, heard, own)[2], bool(others))


def _taken_back(meter: int, last_at: int, failed_at: datetime | None) -> tuple[int, int, datetime | None]:
    """A meter that read its register after it told that the voltage is gone has it again."""
    return meter, last_at, None if failed_at is None or last_at > failed_at.timestamp() + 60 else failed_at
