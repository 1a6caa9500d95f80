"""Gateways: which machines may send, and an end to one that must not any more."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.ingest.gateways import revoke
from bijoli.ingest.models import Gateway, Reject
from bijoli.staff.base import StaffAdmin, Verb
from bijoli.staff.desks import say
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope
from bijoli.staff.site import site


class GatewayDesk(StaffAdmin):
    personal = False
    title = _("Gateway")
    titles = _("Gateways")
    about = _("Head-ends and concentrators that may send readings.")
    icon = "share"
    list_display = ("called", "bound_to", "state")
    fields = ("called", "bound_to", "state", "made", "last_fault")
    ordering = ("name",)

    def scoped(self, rows: QuerySet[Gateway], scope: Scope) -> QuerySet[Gateway]:
        return rows.filter(scope.everything())

    def heading(self, row: Gateway) -> str:
        return row.name

    @display(description=_("Name"))
    def called(self, row: Gateway) -> str:
        return row.name

    @display(description=_("Meters"))
    def bound_to(self, row: Gateway) -> str:
        return gettext("begin with %(prefix)s") % {"prefix": row.meter_prefix} if row.meter_prefix else gettext("all")

    @display(description=_("State"))
    def state(self, row: Gateway) -> str:
        return gettext("revoked %(time)s") % {"time": say.when(row.revoked_at)} if row.revoked_at else gettext("may send")

    @display(description=_("Made"))
    def made(self, row: Gateway) -> str:
        return say.when(row.created_at)

    @display(description=_("Last row that was not taken"))
    def last_fault(self, row: Gateway) -> str:
        return say.when(Reject.objects.filter(gateway=row).aggregate(last=Max("received_at"))["last"])

    def verbs(self, request: HttpRequest, row: Gateway) -> list[Verb]:
        if row.revoked_at or not self.may(request, "ingest.change_gateway"):
            return []
        url = reverse("admin:ingest_gateway_revoke", args=[row.pk])
        return [Verb("revoke", _("Revoke its token"), url, "staff/parts/revoke.html")]

    def more_urls(self) -> list[URLPattern]:
        return [path("<int:object_id>/revoke/", self.guarded(self.revoke, "revoke"), name="ingest_gateway_revoke")]

    def revoke(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST: the gateway's token opens nothing from now on."""
        if request.method != "POST" or not self.may(request, "ingest.change_gateway"):
            raise PermissionDenied
        row = self.get_object(request, str(object_id))
        if revoke(row.name, timezone.now()):
            note(request, "ingest.gateway/revoke", [Subject(str(row.pk))])
            messages.success(request, gettext("Revoked. What it sends is refused from now on."))
        return HttpResponseRedirect(self.url_of(row))


site.register(Gateway, GatewayDesk)
