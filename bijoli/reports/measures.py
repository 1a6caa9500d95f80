"""What the reports can measure by themselves: a figure for an indicator, or for the "after" of a saving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bijoli.reports.benefit import Funnel, benefit
from bijoli.reports.complaints import complaints
from bijoli.reports.period import Asked
from bijoli.reports.selfoff import selfoff
from bijoli.reports.times import WHOLE, times

Found = tuple[Decimal, int]  # the figure, and on how many it was measured
MINUTE, HOUR = 60, 3600

# From "pay" to the head-end's word that the credit is on the meter, or that the tokens are there.
RECHARGE = """
SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM v.ended_at - o.created_at)::float8)
FROM payments_order o JOIN payments_vend v ON v.order_id = o.id JOIN metering_usagepoint p ON p.account_id = o.account_id
WHERE o.created_at >= %(start)s AND o.created_at < %(end)s AND v.ended_at <= %(now)s AND v.state IN ('on_meter', 'tokens')
  AND (%(everywhere)s OR p.division = ANY(%(divisions)s))
"""


@dataclass(frozen=True, slots=True)
class Measure:
    """`find` tells the figure of the days asked for; None where nothing is known. `minutes`: it is a time, in minutes."""

    name: str | Promise
    how: str | Promise
    find: Callable[[Asked], Found | None]
    minutes: bool = False


def _persons(pick: Callable[[Funnel], int | None]) -> Callable[[Asked], Found | None]:
    def find(asked: Asked) -> Found | None:
        total = benefit(asked).total
        count = pick(total)
        return None if count is None else (Decimal(count), total.registered or 0)

    return find


def _minutes(seconds: float) -> Decimal:
    return (Decimal(seconds) / MINUTE).quantize(Decimal("0.0001"))  # an alert takes a fraction of a second


def _recharge(asked: Asked) -> Found | None:
    with connection.cursor() as cursor:
        cursor.execute(RECHARGE, asked.given)
        count, seconds = cursor.fetchone()
    return (_minutes(seconds), count) if count else None


def _alert(asked: Asked) -> Found | None:
    whole = times(asked).get("", {}).get(WHOLE)
    return (_minutes(whole.p50), whole.count) if whole else None


def _off(asked: Asked) -> Found | None:
    total = selfoff(asked).total
    return None if total.median_s is None else (_minutes(total.median_s), total.known)


def _offs(asked: Asked) -> Found | None:
    total = selfoff(asked).total
    return Decimal(total.count), total.count


def _resolving(asked: Asked) -> Found | None:
    total = complaints(asked).total
    return None if total.resolved_p50 is None else (_minutes(total.resolved_p50), total.resolved)


def _in_time(asked: Asked) -> Found | None:
    total = complaints(asked).total
    if not total.count:
        return None
    share = Decimal(100 * (total.count - total.late)) / total.count
    return share.quantize(Decimal("0.01"), ROUND_FLOOR), total.count


MEASURES: dict[str, Measure] = {
    "recharge": Measure(
        _("Time of a recharge in the app"), _("half of the recharges, from “pay” to the credit on the meter or its tokens"), _recharge, True
    ),
    "alert": Measure(_("Time of an alert"), _("half of the displayed alerts, from the receipt of the reading to the phone"), _alert, True),
    "off": Measure(_("Length of a self-disconnection"), _("half of those with a known end, from supply off to supply back"), _off, True),
    "offs": Measure(_("Self-disconnections"), _("all that were heard of"), _offs),
    "complaint": Measure(
        _("Time to resolve a complaint"), _("half of the resolved complaints, from submitting to resolved"), _resolving, True
    ),
    "in time": Measure(_("Complaints in time, percent"), _("not resolved after the promised time, and not waiting past it"), _in_time),
    "acted": Measure(_("Beneficiaries"), _("distinct persons, shown an alert, acted within 24 hours"), _persons(lambda one: one.acted)),
    "shown": Measure(_("Persons who were shown an alert"), _("distinct persons with a verified number"), _persons(lambda one: one.shown)),
    "registered": Measure(
        _("Registered persons"), _("distinct persons with a verified number and an account"), _persons(lambda one: one.registered)
    ),
}


def measured(key: str, asked: Asked) -> Found | None:
    """The figure of a measure; None where nothing is known, or the measure is not there."""
    return MEASURES[key].find(asked) if key in MEASURES else None
