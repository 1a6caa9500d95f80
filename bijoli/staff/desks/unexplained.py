"""Taka that nothing explains, by month and tariff class: a defect rate of meters and charging, without a person in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bijoli.core import bangla
from bijoli.insight.models import Looked
from bijoli.metering import localday
from bijoli.staff.base import StaffAdmin
from bijoli.staff.desks import say
from bijoli.staff.scope import Scope, scope_of
from bijoli.staff.site import site

MONTHS = 12  # that are shown, this one with them
PER = 100_000  # days of meters: what the rate is told for
_SUMS = """
WITH mine AS (SELECT %(head)s OR division = ANY(%(divisions)s) AS seen, * FROM {table} WHERE day >= %(since)s)
SELECT to_char(date '1970-01-01' + day, 'YYYY-MM') AS month, tariff, {sums} FROM mine WHERE seen GROUP BY 1, 2"""
_LOOKED = _SUMS.format(table="insight_looked", sums="sum(meters), sum(unknown)")
_FOUND = _SUMS.format(
    table="insight_unexplained",
    sums="count(DISTINCT meter_id), count(*), sum(least(paisa, 0)), sum(greatest(paisa, 0))",
)


@dataclass(frozen=True, slots=True)
class Defect:
    """One tariff class in one month: days of meters that were decided on, or not; those with a remainder, and its sum in paisa."""

    month: str
    tariff: str
    looked: int
    unknown: int
    meters: int = 0
    days: int = 0
    more: int = 0
    less: int = 0

    @property
    def rate(self) -> str:
        """Unexplained days in so many."""
        return say.count(round(PER * self.days / self.looked)) if self.looked else say.UNKNOWN

    @property
    def month_name(self) -> str:
        return bangla.month(date.fromisoformat(f"{self.month}-01"), get_language() or "en")


def defects(scope: Scope, today: date) -> list[Defect]:
    """The last twelve months within the scope, newest first."""
    number = today.year * 12 + today.month - MONTHS
    since = localday.number(date(number // 12, number % 12 + 1, 1))
    given: dict[str, bool | int | list[str]] = {"head": scope.head_office, "divisions": list(scope.divisions), "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, given)
        found = {row[:2]: row[2:] for row in cursor.fetchall()}
        cursor.execute(_LOOKED, given)
        rows = [Defect(*row, *map(int, found.get(row[:2], ()))) for row in cursor.fetchall()]
    return sorted(sorted(rows, key=lambda one: one.tariff), key=lambda one: one.month, reverse=True)


class UnexplainedDesk(StaffAdmin):
    personal = False
    title = titles = _("Unexplained taka")
    about = _("What left prepaid balances and nothing explains, by month and tariff class.")
    icon = "gauge"

    def scoped(self, rows: QuerySet[Looked], scope: Scope) -> QuerySet[Looked]:
        return rows if scope.head_office else rows.filter(division__in=scope.divisions)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request)  # type: ignore[no-any-return]  # says no
        shown = {"defects": defects(scope_of(request), timezone.localdate()), "title": self.titles, "per": say.count(PER)}
        return render(request, "staff/unexplained.html", self.admin_site.each_context(request) | shown)


site.register(Looked, UnexplainedDesk)
