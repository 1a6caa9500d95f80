"""Rows that were not taken: why, from which gateway, and once more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import SimpleListFilter, display
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.ingest.models import Reject
from bijoli.ingest.rejects import AHEAD, UNKNOWN_METER
from bijoli.ingest.retry import retry
from bijoli.staff.base import StaffAdmin, Verb
from bijoli.staff.desks import say
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope, scope_of
from bijoli.staff.site import site

AT_ONCE = 20_000  # rows that one press takes in again: what stays is for the next press, or for the command
WAITING = 10_000


class WhyFilter(SimpleListFilter):
    title = _("Why")
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("unknown", _("unknown meter")), ("ahead", _("its time lies ahead")), ("other", _("another reason"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "unknown":
            return queryset.filter(reason=UNKNOWN_METER)
        if self.value() == "ahead":
            return queryset.filter(quarantined=True)
        return queryset.exclude(reason=UNKNOWN_METER).exclude(quarantined=True) if self.value() == "other" else queryset


class RejectDesk(StaffAdmin):
    personal = True
    anonymous_list = True  # times and reasons; the row itself stands on its own page
    title = _("Row not taken")
    titles = _("Rows not taken")
    about = _("What gateways sent and could not be taken, with the reason.")
    icon = "warn"
    list_display = ("came", "sender", "at_door", "where", "why")
    list_filter = (WhyFilter,)
    ordering = ("-received_at",)
    fields = ("came", "sender", "at_door", "place", "where", "why", "content")

    def scoped(self, rows: QuerySet[Reject], scope: Scope) -> QuerySet[Reject]:
        return rows.filter(scope.everything()).select_related("gateway")

    def subject(self, row: Reject) -> Subject:
        return Subject(str(row.pk))

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request)[:WAITING].count()

    @display(description=_("Received"))
    def came(self, row: Reject) -> str:
        return say.when(row.received_at)

    @display(description=_("Gateway"))
    def sender(self, row: Reject) -> str:
        return row.gateway.name if row.gateway else say.UNKNOWN

    @display(description=_("Door"))
    def at_door(self, row: Reject) -> str:
        return {"readings": gettext("readings"), "events": gettext("events")}.get(row.door, row.door)

    @display(description=_("Row"))
    def place(self, row: Reject) -> str:
        return say.count(row.row)

    @display(description=_("Field"))
    def where(self, row: Reject) -> str:
        return row.field or say.UNKNOWN

    @display(description=_("Why"))
    def why(self, row: Reject) -> str:
        return {UNKNOWN_METER: gettext("unknown meter"), AHEAD: gettext("its time lies ahead")}.get(row.reason, row.reason)

    @display(description=_("The row as it came"))
    def content(self, row: Reject) -> str:
        return row.body

    def list_verbs(self, request: HttpRequest) -> list[Verb]:
        if not (self.may(request, "ingest.change_reject") and scope_of(request).head_office):
            return []
        return [Verb("retry", _("Take in again"), reverse("admin:ingest_reject_retry"), "staff/parts/retry.html")]

    def more_urls(self) -> list[URLPattern]:
        return [path("retry/", self.guarded(self.retry, "retry"), name="ingest_reject_retry")]

    def retry(self, request: HttpRequest) -> HttpResponse:
        """POST: takes in rows whose meter is loaded by now, and whose time has come."""
        if request.method != "POST" or not (self.may(request, "ingest.change_reject") and scope_of(request).head_office):
            raise PermissionDenied
        note(request, "ingest.reject/retry", [Subject()])
        taken, left = retry(timezone.now(), AT_ONCE)
        said = gettext("%(taken)s taken in, %(left)s left as they are.")
        messages.success(request, said % {"taken": say.count(taken), "left": say.count(left)})
        return HttpResponseRedirect(reverse("admin:ingest_reject_changelist"))


site.register(Reject, RejectDesk)
