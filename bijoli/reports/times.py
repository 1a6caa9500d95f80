"""How long alerts took from the meter's word to the phone, by kind."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from bijoli.core.alerts.stages import KINDS
from bijoli.reports.benefit import ALERTS
from bijoli.reports.period import Asked

COMMITTED, ACCEPTED, DISPLAYED, WHOLE = "committed", "accepted", "displayed", "whole"
SPANS = (COMMITTED, ACCEPTED, DISPLAYED, WHOLE)

# Spans below zero (clocks of two machines) are no answer; a phone that was off for a day is one.
TIMES = """
SELECT n.kind, span, count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY seconds)
FROM delivery_notification n
JOIN delivery_delivery d ON d.notification_id = n.id AND d.status <> 'suppressed'
JOIN metering_usagepoint p ON p.account_id = n.account_id
CROSS JOIN LATERAL (VALUES
  ('committed', extract(epoch FROM d.queued_at - n.received_at)::float8), ('accepted', extract(epoch FROM d.sent_at - d.queued_at)::float8),
  ('displayed', extract(epoch FROM d.displayed_at - d.sent_at)::float8),
  ('whole', extract(epoch FROM d.displayed_at - n.received_at)::float8)) AS took (span, seconds)
WHERE n.made_at >= %(start)s AND n.made_at < %(end)s AND n.made_at <= %(now)s AND n.stage_id IS NOT NULL AND n.code = ANY(%(codes)s)
  AND (%(everywhere)s OR p.division = ANY(%(divisions)s)) AND seconds >= 0
GROUP BY GROUPING SETS ((n.kind, span), (span))
"""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds within which a half, 95 and 99 of 100 were done; of `count` deliveries."""

    count: int
    p50: float
    p95: float
    p99: float


Times = dict[str, dict[str, Took]]  # by kind ("" is all of them) and span


def times(asked: Asked) -> Times:
    """Spans that nothing is known of are not there. The whole is from the receipt of the reading to the display."""
    with connection.cursor() as cursor:
        cursor.execute(TIMES, asked.given | {"codes": list(ALERTS)})
        found = {(kind or "", span): Took(count, *quantiles) for kind, span, count, quantiles in cursor.fetchall()}
    return {
        kind: {span: found[kind, span] for span in SPANS if (kind, span) in found}
        for kind in ("", *KINDS)
        if any((kind, span) in found for span in SPANS)
    }
