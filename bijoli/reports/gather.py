"""The figures of one report, for pages, papers, files and the command alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from bijoli.delivery.retention import MONTH
from bijoli.reports.benefit import NAMES, Benefit, Funnel, benefit
from bijoli.reports.complaints import Complaints, Handled, complaints
from bijoli.reports.period import Asked
from bijoli.reports.recharges import Recharges, recharges
from bijoli.reports.selfoff import SelfOff, selfoff
from bijoli.reports.times import Times, times

LONGEST = 1100  # days that one report may span
Value = str | int | None
Line = tuple[str, str, str, Value]  # part, of what ("" the whole), measure, value


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of the days and divisions asked for. `cut`: the first day whose notifications are still kept, where that is later."""

    asked: Asked
    benefit: Benefit
    times: Times
    selfoff: SelfOff
    complaints: Complaints
    recharges: Recharges
    cut: date | None


def report(asked: Asked) -> Report:
    return Report(asked, benefit(asked), times(asked), selfoff(asked), complaints(asked), recharges(asked), cut(asked))


def cut(asked: Asked) -> date | None:
    """From which day on notifications are kept; None where that is before the report."""
    if settings.NOTIFICATION_MONTHS <= 0:
        return None
    kept = timezone.localdate(asked.now - settings.NOTIFICATION_MONTHS * MONTH) + timedelta(days=1)
    return kept if kept > asked.first else None


def lines(found: Report) -> Iterator[Line]:
    """Every figure on a line of its own, for files and programs. Seconds with three decimals; None is not known."""
    yield from _funnel("persons", "", found.benefit.total)
    for division, part in found.benefit.divisions.items():
        yield from _funnel("persons by division", division, part)
    for kind, part in found.benefit.kinds.items():
        yield from _funnel("persons by kind", kind, part)
    for day, part in found.benefit.days.items():
        yield from _funnel("persons by day", day.isoformat(), part)
    for kind, spans in found.times.items():
        for span, took in spans.items():
            yield "delivery", kind, f"{span} count", took.count
            for name, seconds in (("p50", took.p50), ("p95", took.p95), ("p99", took.p99)):
                yield "delivery", kind, f"{span} {name}_s", f"{seconds:.3f}"
    for division, off in (("", found.selfoff.total), *found.selfoff.divisions.items()):
        yield "self-disconnections", division, "count", off.count
        yield "self-disconnections", division, "still off", off.still
        yield "self-disconnections", division, "length known", off.known
        yield "self-disconnections", division, "median_s", _seconds(off.median_s)
    yield from _handled("complaints", "", found.complaints.total)
    for category, one in found.complaints.categories.items():
        yield from _handled("complaints by category", category, one)
    for division, one in found.complaints.divisions.items():
        yield from _handled("complaints by division", division, one)


def _handled(part: str, of: str, one: Handled) -> Iterator[Line]:
    for name in ("count", "resolved", "late", "reopened"):
        yield part, of, name, getattr(one, name)
    yield part, of, "rating", None if one.rating is None else f"{one.rating:.2f}"
    for name in ("first_p50", "first_p90", "resolved_p50", "resolved_p90"):
        yield part, of, f"{name}_s", _seconds(getattr(one, name))


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _funnel(part: str, of: str, one: Funnel) -> Iterator[Line]:
    for name in NAMES:
        yield part, of, name, getattr(one, name)
