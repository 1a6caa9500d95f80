"""Work orders and storms: what is known to happen on meters and feeders, so that nobody is accused or told a hundred times."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.alerts import workorders
from bijoli.alerts.models import Storm, WorkOrder
from bijoli.metering.models import UsagePoint
from bijoli.staff.base import StaffAdmin, Verb
from bijoli.staff.desks import deeds, say, seen
from bijoli.staff.forms import WorkForm
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope, scope_of
from bijoli.staff.site import site
from bijoli.web.story import kind

RIGHT = "alerts.approve_workorder"


class WorkDesk(StaffAdmin):
    personal = False
    handle = "public_id"
    title = _("Work order")
    titles = _("Work orders")
    about = _("Our own work on meters and feeders: what they signal meanwhile is for staff alone.")
    icon = "clock"
    list_display = ("place", "office", "starts", "ends", "standing")
    fields = ("place", "office", "starts", "ends", "standing", "what", "approved", "cancelled")
    ordering = ("-begins_at",)

    def scoped(self, rows: QuerySet[WorkOrder], scope: Scope) -> QuerySet[WorkOrder]:
        return rows.filter(scope.point()).select_related("meter")

    @display(description=_("Meter or feeder"))
    def place(self, row: WorkOrder) -> str:
        return row.meter.number if row.meter else row.feeder

    @display(description=_("Division"))
    def office(self, row: WorkOrder) -> str:
        return say.office(row.division)

    @display(description=_("From"))
    def starts(self, row: WorkOrder) -> str:
        return say.when(row.begins_at)

    @display(description=_("Until"))
    def ends(self, row: WorkOrder) -> str:
        return say.when(row.ends_at)

    @display(description=_("State"))
    def standing(self, row: WorkOrder) -> str:
        now = timezone.now()
        if row.cancelled_at:
            return gettext("cancelled")
        if row.ends_at <= now:
            return gettext("over")
        return gettext("under way") if row.begins_at <= now else gettext("announced")

    @display(description=_("What is done"))
    def what(self, row: WorkOrder) -> str:
        return row.note or say.UNKNOWN

    @display(description=_("Approved"))
    def approved(self, row: WorkOrder) -> str:
        return _deed(row.approved_by_id, row.approved_at)

    @display(description=_("Cancelled"))
    def cancelled(self, row: WorkOrder) -> str:
        return _deed(row.cancelled_by_id, row.cancelled_at) if row.cancelled_at else say.UNKNOWN

    def list_verbs(self, request: HttpRequest) -> list[Verb]:
        if not self.may(request, RIGHT):
            return []
        return [Verb("approve", _("Approve work"), reverse("admin:alerts_workorder_approve"), "staff/parts/go.html")]

    def verbs(self, request: HttpRequest, row: WorkOrder) -> list[Verb]:
        if row.cancelled_at or not self.may(request, RIGHT):
            return []
        words = gettext("From now on customers are told of signals again.")
        url = reverse("admin:alerts_workorder_cancel", args=[row.public_id])
        return [deeds.verb("cancel", gettext("Cancel it"), url, words, danger=True)]

    def more_urls(self) -> list[URLPattern]:
        return [
            path("approve/", self.guarded(self.approve, "approve"), name="alerts_workorder_approve"),
            path("<uuid:object_id>/cancel/", self.guarded(self.cancel, "cancel"), name="alerts_workorder_cancel"),
        ]

    def approve(self, request: HttpRequest) -> HttpResponse:
        """The form; POST keeps it. Only divisions within the scope are offered, and taken."""
        if not self.may(request, RIGHT):
            raise PermissionDenied
        form = WorkForm(request.POST if request.method == "POST" else None, scope=scope_of(request))
        if form.is_valid():
            given = form.cleaned_data
            times = (given["begins_at"], given["ends_at"])
            try:
                row = workorders.approve(given["place"], given["division"], *times, given["what"], staff(request).pk, timezone.now())
            except workorders.WorkError as error:
                form.add_error("place" if error.why == "place" else "ends_at", _refusal(error.why))
            else:
                note(request, f"{self.page}/approve", [Subject(str(row.public_id))])
                return HttpResponseRedirect(self.url_of(row))
        shown = {"form": form, "title": gettext("Approve work"), "desk": self}
        return render(request, "staff/work.html", self.admin_site.each_context(request) | shown)

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        deeds.allowed(self, request, RIGHT)
        row = self.get_object(request, str(object_id))
        try:
            workorders.cancel(row.public_id, staff(request).pk, timezone.now())
        except workorders.WorkError as error:
            messages.error(request, _refusal(error.why))
        else:
            note(request, f"{self.page}/cancel", [Subject(str(row.public_id))])
            messages.success(request, gettext("Cancelled."))
        return HttpResponseRedirect(self.url_of(row))


def _deed(person: int | None, at: datetime) -> str:
    who = seen.called({person}).get(person, f"#{person}") if person else say.UNKNOWN
    return f"{who}, {say.when(at)}"


def _refusal(why: str) -> str:
    return {
        "place": gettext("There is no such meter or feeder in this division."),
        "long": gettext("A work order holds for at most seven days."),
        "past": gettext("It ended too long ago."),
    }.get(why) or deeds.refusal(why)


class StormDesk(StaffAdmin):
    personal = False
    title = _("Storm of alerts")
    titles = _("Storms of alerts")
    about = _("Feeders on which many meters told of the same at once: each customer got one notice.")
    icon = "warn"
    list_display = ("feeder", "what", "began", "ended", "count")
    fields = list_display
    ordering = ("-began_at",)

    def scoped(self, rows: QuerySet[Storm], scope: Scope) -> QuerySet[Storm]:
        return rows if scope.head_office else rows.filter(Exists(UsagePoint.objects.filter(scope.point(), feeder=OuterRef("feeder"))))

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(ended_at=None).count()

    @display(description=_("Alert"))
    def what(self, row: Storm) -> str:
        return kind(row.kind)

    @display(description=_("Began"))
    def began(self, row: Storm) -> str:
        return say.when(row.began_at)

    @display(description=_("Ended"))
    def ended(self, row: Storm) -> str:
        return say.when(row.ended_at) if row.ended_at else gettext("still goes on")

    @display(description=_("Meters"))
    def count(self, row: Storm) -> str:
        return say.count(row.episodes)


site.register(WorkOrder, WorkDesk)
site.register(Storm, StormDesk)
