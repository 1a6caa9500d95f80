"""What a report measures by itself: a figure for an indicator, or for the "after" of a saving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bijoli.reports.benefit import Funnel
from bijoli.reports.gather import Report
from bijoli.reports.times import WHOLE

Found = tuple[Decimal, int]  # the figure, and on how many it was measured
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Measure:
    """`find` takes the figure out of a report; None where nothing is known. `minutes`: it is a time, in minutes."""

    name: str | Promise
    how: str | Promise
    find: Callable[[Report], Found | None]
    minutes: bool = False


def _persons(pick: Callable[[Funnel], int | None]) -> Callable[[Report], Found | None]:
    def find(report: Report) -> Found | None:
        total = report.benefit.total
        count = pick(total)
        return None if count is None else (Decimal(count), total.registered or 0)

    return find


def _minutes(seconds: float) -> Decimal:
    return (Decimal(seconds) / MINUTE).quantize(Decimal("0.0001"))  # an alert takes a fraction of a second


def _recharge(report: Report) -> Found | None:
    found = report.recharges
    return None if found.median_s is None else (_minutes(found.median_s), found.count)


def _alert(report: Report) -> Found | None:
    whole = report.times.get("", {}).get(WHOLE)
    return (_minutes(whole.p50), whole.count) if whole else None


def _off(report: Report) -> Found | None:
    total = report.selfoff.total
    return None if total.median_s is None else (_minutes(total.median_s), total.known)


def _offs(report: Report) -> Found | None:
    total = report.selfoff.total
    return Decimal(total.count), total.count


def _resolving(report: Report) -> Found | None:
    total = report.complaints.total
    return None if total.resolved_p50 is None else (_minutes(total.resolved_p50), total.resolved)


def _in_time(report: Report) -> Found | None:
    total = report.complaints.total
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


def measured(key: str, counted: Callable[[], Report]) -> Found | None:
    """The figure of a measure; None where nothing is known, or the measure is not there. `counted` gives the report that it is of."""
    return MEASURES[key].find(counted()) if key in MEASURES else None
