"""Complaints: how many, what became of them, and how long they took, by category and division."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection

from bijoli.reports.period import Asked

# A complaint that was opened again is resolved when it was last: `resolved_at` is empty while it waits. `first` is the utility's first
# step or word that its person sees.
COMPLAINTS = """
WITH came AS (
  SELECT c.category, c.division, c.submitted_at, c.promised_at, c.resolved_at, c.reopened, c.rating,
    (SELECT min(e.at) FROM complaints_entry e WHERE e.complaint_id = c.id AND e.staff AND NOT e.inside AND e.at <= %(now)s) AS first
  FROM complaints_complaint c
  WHERE c.submitted_at >= %(start)s AND c.submitted_at < %(end)s AND c.submitted_at <= %(now)s
    AND (%(everywhere)s OR c.division = ANY(%(divisions)s)))
SELECT category, division, count(*), count(done_at), count(*) FILTER (WHERE COALESCE(done_at, %(now)s) > promised_at),
  count(*) FILTER (WHERE reopened > 0), avg(rating)::float8,
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM first - submitted_at)::float8),
  percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - submitted_at)::float8)
FROM came, LATERAL (SELECT CASE WHEN resolved_at <= %(now)s THEN resolved_at END AS done_at) d
GROUP BY GROUPING SETS ((), (category), (division))
"""


@dataclass(frozen=True, slots=True)
class Handled:
    """`late`: resolved after the promised time, or not yet and the time is over. Seconds; None where nothing is known."""

    count: int = 0
    resolved: int = 0
    late: int = 0
    reopened: int = 0
    rating: float | None = None
    first_p50: float | None = None
    first_p90: float | None = None
    resolved_p50: float | None = None
    resolved_p90: float | None = None


@dataclass(frozen=True, slots=True)
class Complaints:
    """`divisions` has "" for those of no division."""

    total: Handled = field(default_factory=Handled)
    categories: dict[str, Handled] = field(default_factory=dict)
    divisions: dict[str, Handled] = field(default_factory=dict)


def complaints(asked: Asked) -> Complaints:
    """Those that were submitted in these days, as they stand now; the division is the one of their account when they came."""
    with connection.cursor() as cursor:
        cursor.execute(COMPLAINTS, asked.given)
        found = {
            (category, division): Handled(*counts, *(first or (None, None)), *(done or (None, None)))
            for category, division, *counts, first, done in cursor.fetchall()
        }
    return Complaints(
        found.get((None, None), Handled()),
        {category: one for (category, division), one in sorted(found.items(), key=str) if category is not None},
        {division: one for (category, division), one in sorted(found.items(), key=str) if division is not None},
    )
