"""Billing systems: which may send bills, and an end to one that must not any more."""

from __future__ import annotations

from django.contrib.admin import display
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.payments import sources
from bijoli.payments.models import BillReject, BillSource
from bijoli.staff.base import StaffAdmin, Verb
from bijoli.staff.desks import deeds, say
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

CHANGE = "payments.change_billsource"


class BillSourceDesk(StaffAdmin):
    personal = False
    title = _("Billing system")
    titles = _("Billing systems")
    about = _("Which programs may send bills, and when each was last heard.")
    icon = "share"
    list_display = ("called", "state", "heard")
    fields = ("called", "state", "made", "heard", "last_fault")
    ordering = ("name",)

    def scoped(self, rows: QuerySet[BillSource], scope: Scope) -> QuerySet[BillSource]:
        return rows.filter(scope.everything())

    def heading(self, row: BillSource) -> str:
        return row.name

    @display(description=_("Name"))
    def called(self, row: BillSource) -> str:
        return row.name

    @display(description=_("State"))
    def state(self, row: BillSource) -> str:
        return gettext("revoked %(time)s") % {"time": say.when(row.revoked_at)} if row.revoked_at else gettext("may send")

    @display(description=_("Made"))
    def made(self, row: BillSource) -> str:
        return say.when(row.created_at)

    @display(description=_("Last heard"))
    def heard(self, row: BillSource) -> str:
        return say.when(row.last_seen_at)

    @display(description=_("Last bill that was not taken"))
    def last_fault(self, row: BillSource) -> str:
        return say.when(BillReject.objects.filter(source=row.name).aggregate(last=Max("received_at"))["last"])

    def verbs(self, request: HttpRequest, row: BillSource) -> list[Verb]:
        if row.revoked_at or not self.may(request, CHANGE):
            return []
        words = gettext("What it sends is refused from then on. A new token: manage.py billsource NAME.")
        url = reverse("admin:payments_billsource_revoke", args=[row.pk])
        return [deeds.verb("revoke", gettext("Revoke its token"), url, words, danger=True)]

    def more_urls(self) -> list[URLPattern]:
        return [path("<int:object_id>/revoke/", self.guarded(self.revoke, "revoke"), name="payments_billsource_revoke")]

    def revoke(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST: its token opens nothing from now on."""
        deeds.allowed(self, request, CHANGE)
        row, words = self.get_object(request, str(object_id)), gettext("Revoked. What it sends is refused from now on.")
        return deeds.done(self, request, row, "revoke", lambda _why: sources.revoke(row.name, timezone.now()), words)


site.register(BillSource, BillSourceDesk)
