"""Event codes that no profile knows: which, how often, since when, on which meters, and how a meaning is given."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from bijoli.core.eventcodes import TABLES
from bijoli.metering.models import MeterEvent
from bijoli.staff.base import StaffAdmin
from bijoli.staff.desks import say
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

MOST = 50_000  # the newest events that are counted: a meter gone mad must not make the page slow
KINDS = 200
SAMPLES = 3


class UnmappedDesk(StaffAdmin):
    """The list is one of codes; a meter is named by our own number for it, and opened it is written down."""

    personal = True
    anonymous_list = True
    title = titles = _("Unmapped event codes")
    about = _("Codes that meters sent and no profile knows.")
    icon = "meter"

    def scoped(self, rows: QuerySet[MeterEvent], scope: Scope) -> QuerySet[MeterEvent]:
        return rows.filter(scope.meter("meter_id"), kind="")

    def subject(self, row: MeterEvent) -> Subject:
        return Subject(str(row.pk))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request)  # type: ignore[no-any-return]  # says no
        self.note_list(request, [])
        shown = {"codes": self._codes(request), "profiles": sorted(TABLES), "title": self.titles, "most": say.count(MOST)}
        return render(request, "staff/unmapped.html", self.admin_site.each_context(request) | shown)

    def _codes(self, request: HttpRequest) -> list[dict[str, Any]]:
        """By profile and code, the most frequent first, with first and last time and some meters."""
        rows = self.get_queryset(request).order_by("-pk").values("meter_id", "profile", "code", "at")[:MOST]
        inner, values = rows.query.sql_with_params()
        statement = f"""SELECT profile, code, count(*), min(at), max(at), (array_agg(DISTINCT meter_id))[1:{SAMPLES}]
        FROM ({inner}) AS found GROUP BY profile, code ORDER BY 3 DESC, 1, 2 LIMIT {KINDS}"""
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            names = ("profile", "code", "count", "first", "last", "meters")
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


site.register(MeterEvent, UnmappedDesk)
