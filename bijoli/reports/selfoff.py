"""Self-disconnections: supply that went off because the balance was finished, and how long it stayed off."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection

from bijoli.reports.period import Asked

# Z2 is kept for every such turn of the relay, told or not. The alert rules write when it went off into the ZR with which supply came back;
# where that is not known, the length is not known.
OFF = """
SELECT p.division, count(*), count(*) FILTER (WHERE e.closed_at IS NULL), count(back.seconds),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY back.seconds)
FROM alerts_stage s
JOIN alerts_episode e ON e.id = s.episode_id AND e.kind = 'zero'
JOIN metering_installation i ON i.meter_id = e.meter_id AND i.installed_at <= s.at AND (i.removed_at IS NULL OR i.removed_at > s.at)
JOIN metering_usagepoint p ON p.id = i.usage_point_id
LEFT JOIN LATERAL (
  SELECT extract(epoch FROM r.at - s.at)::float8 AS seconds FROM alerts_stage r
  WHERE r.episode_id = s.episode_id AND r.code = 'ZR' AND r.at > s.at
    AND abs(extract(epoch FROM (r.facts->>'out_since')::timestamptz - s.at)) <= 1
  ORDER BY r.at LIMIT 1) back ON true
WHERE s.code = 'Z2' AND s.decided_at >= %(start)s AND s.decided_at < %(end)s AND s.decided_at <= %(now)s
  AND (%(everywhere)s OR p.division = ANY(%(divisions)s))
GROUP BY GROUPING SETS ((), (p.division))
"""


@dataclass(frozen=True, slots=True)
class Off:
    """`still`: the balance is not back yet. `median_s` is of the `known` ones, in seconds; None of none."""

    count: int = 0
    still: int = 0
    known: int = 0
    median_s: float | None = None


@dataclass(frozen=True, slots=True)
class SelfOff:
    total: Off = field(default_factory=Off)
    divisions: dict[str, Off] = field(default_factory=dict)


def selfoff(asked: Asked) -> SelfOff:
    """Self-disconnections that we heard of in these days, where the meter stood then."""
    with connection.cursor() as cursor:
        cursor.execute(OFF, asked.given)
        found = {division: Off(*rest) for division, *rest in cursor.fetchall()}
    return SelfOff(found.pop(None), dict(sorted(found.items())))
