"""How long recharges in the app took."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from bijoli.reports.period import Asked

# From "pay" to the head-end's word that the credit is on the meter, or that the tokens are there.
RECHARGE = """
SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM v.ended_at - o.created_at)::float8)
FROM payments_order o JOIN payments_vend v ON v.order_id = o.id JOIN metering_usagepoint p ON p.account_id = o.account_id
WHERE o.created_at >= %(start)s AND o.created_at < %(end)s AND v.ended_at <= %(now)s AND v.state IN ('on_meter', 'tokens')
  AND (%(everywhere)s OR p.division = ANY(%(divisions)s))
"""


@dataclass(frozen=True, slots=True)
class Recharges:
    """`median_s` in seconds; None of none."""

    count: int = 0
    median_s: float | None = None


def recharges(asked: Asked) -> Recharges:
    """Those that were begun in these days and came to their end."""
    with connection.cursor() as cursor:
        cursor.execute(RECHARGE, asked.given)
        return Recharges(*cursor.fetchone())
