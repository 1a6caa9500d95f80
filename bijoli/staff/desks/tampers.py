"""Meters that signalled tampering: what waits for somebody to look, and the finding that closes it. Customers read the finding."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import SimpleListFilter, display
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.alerts.finding import FindingError, finding
from bijoli.alerts.models import Episode, Kind, Stage
from bijoli.metering.models import Installation
from bijoli.staff.base import Section, StaffAdmin, Verb
from bijoli.staff.desks import deeds, reasons, say
from bijoli.staff.forms import FindingForm
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

RIGHT = "alerts.change_episode"
MOST_WAITING, LATEST = 1000, 30


class FoundFilter(SimpleListFilter):
    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("waits for a finding")), ("closed", _("closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Episode]) -> QuerySet[Episode]:
        waits = {"open": True, "closed": False}.get(self.value() or "")
        return queryset if waits is None else queryset.filter(closed_at__isnull=waits)


class TamperDesk(StaffAdmin):
    personal = True
    anonymous_list = True  # times, signals and divisions; which meter it is stands on the page of each
    title = _("Signal from a meter")
    titles = _("Signals from meters")
    about = _("Opened, moved or bypassed, as the meter says. Somebody looks, and the finding closes the alert.")
    icon = "meter"
    list_display = ("told", "signal", "division", "state")
    fields = ("told", "meter_number", "division", "signal", "state")
    list_filter = (FoundFilter,)
    ordering = ("-opened_at",)

    def scoped(self, rows: QuerySet[Episode], scope: Scope) -> QuerySet[Episode]:
        here = Installation.objects.filter(meter=OuterRef("meter_id"), removed_at=None)
        places = {"office": here.values("usage_point__division")[:1], "home": here.values("usage_point__account_id")[:1]}
        bounded = rows.filter(scope.meter("meter_id"), kind=Kind.TAMPER).select_related("meter")
        return bounded.annotate(**{name: Subquery(found) for name, found in places.items()})

    def subject(self, row: Any) -> Subject:
        return Subject(str(row.pk), account_id=row.home)

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(closed_at=None)[:MOST_WAITING].count()

    @display(description=_("When"))
    def told(self, row: Episode) -> str:
        return say.when(row.opened_at)

    @display(description=_("Meter"))
    def meter_number(self, row: Episode) -> str:
        return row.meter.number

    @display(description=_("Signal"))
    def signal(self, row: Episode) -> str:
        return ", ".join(reasons.event(str(one), "") for one in row.memory.get("classes", ()))

    @display(description=_("Division"))
    def division(self, row: Any) -> str:
        return say.office(row.office) if row.office else say.UNKNOWN

    @display(description=_("State"))
    def state(self, row: Episode) -> str:
        return gettext("closed") if row.closed_at else gettext("waits for a finding")

    def sections(self, request: HttpRequest, row: Episode, scope: Scope) -> list[Section]:
        stages = Stage.objects.filter(episode=row).order_by("-decided_at", "-pk")[:LATEST]
        rows = [say.texts([one.code, say.when(one.at), reasons.decision(one.suppressed), self._said(one)]) for one in stages]
        heads = [gettext("Stage"), gettext("Time of the meter"), gettext("Decision"), gettext("Signal or finding")]
        meter = [[say.link(row.meter.number, "metering_meter", row.meter_id)]]
        return [Section(gettext("What it signalled"), heads, rows), Section(gettext("Meter"), [gettext("Number")], meter)]

    def verbs(self, request: HttpRequest, row: Episode) -> list[Verb]:
        if row.closed_at or not self.may(request, RIGHT):
            return []
        words = gettext("The alert closes, and everybody who was told of the signal is told of the finding. A next signal is told again.")
        url = reverse("admin:alerts_episode_finding", args=[row.pk])
        return [deeds.verb("finding", gettext("Note the finding"), url, words, form=FindingForm(auto_id="finding-%s"))]

    def more_urls(self) -> list[URLPattern]:
        return [path("<int:object_id>/finding/", self.guarded(self.found, "finding"), name="alerts_episode_finding")]

    def found(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST: the finding, which the customers read at once."""
        deeds.allowed(self, request, RIGHT)
        row, form = self.get_object(request, str(object_id)), FindingForm(request.POST)
        if row.closed_at or not form.is_valid():
            messages.error(request, deeds.refusal("state" if row.closed_at else "reason"))
            return HttpResponseRedirect(self.url_of(row))
        try:
            finding(row.meter.number, form.cleaned_data["why"], timezone.now())
        except FindingError:
            messages.error(request, deeds.refusal("state"))
        else:
            messages.success(request, gettext("Noted. Its customers read it on their notification."))
        return HttpResponseRedirect(self.url_of(row))

    def _said(self, stage: Stage) -> str:
        facts = stage.facts
        return str(facts.get("finding") or reasons.event(str(facts.get("event_kind", "")), str(facts.get("event_code", ""))))


site.register(Episode, TamperDesk)
