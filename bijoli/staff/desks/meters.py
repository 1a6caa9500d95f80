"""Meters: reached by their number; how one stands, what it signalled, what was decided about it and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.alerts import reads as alerts
from bijoli.metering.models import Installation, Meter, MeterEvent, Relay
from bijoli.staff.base import Section, Verb
from bijoli.staff.desks import reasons, say, whypage
from bijoli.staff.desks.bynumber import ByNumber
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

LATEST = 30
MONTH = timedelta(days=30)


class MeterDesk(ByNumber):
    personal = True
    handle = "pk"
    title = _("Meter")
    icon = "meter"
    fields = ("meter_number", "speaks", "balance", "load", "relay", "last_reading")

    def scoped(self, rows: QuerySet[Meter], scope: Scope) -> QuerySet[Meter]:
        return rows.filter(scope.meter()).select_related("state")

    def subject(self, row: Meter) -> Subject:
        at = Installation.objects.filter(meter=row, removed_at=None).values_list("usage_point__account_id", flat=True).first()
        return Subject(str(row.pk), account_id=at)

    def heading(self, row: Meter) -> str:
        return gettext("Meter %(number)s") % {"number": row.number}

    @display(description=_("Number"))
    def meter_number(self, row: Meter) -> str:
        return row.number

    @display(description=_("Profile of its event codes"))
    def speaks(self, row: Meter) -> str:
        return row.profile

    @display(description=_("Balance"))
    def balance(self, row: Meter) -> str:
        state = getattr(row, "state", None)
        return f"{say.taka(state.balance_paisa)} · {_at(state.balance_at)}" if state and state.balance_at else say.UNKNOWN

    @display(description=_("Load"))
    def load(self, row: Meter) -> str:
        state = getattr(row, "state", None)
        words = gettext("%(load)s kW") % {"load": say.kw(state.load_w)} if state and state.load_at else ""
        return f"{words} · {_at(state.load_at)}" if state and words else say.UNKNOWN

    @display(description=_("Switch"))
    def relay(self, row: Meter) -> str:
        state = getattr(row, "state", None)
        return reasons.relay(state.relay if state else Relay.UNKNOWN)

    @display(description=_("Last reading"))
    def last_reading(self, row: Meter) -> str:
        state = getattr(row, "state", None)
        return _at(state.last_at) if state and state.last_at else say.UNKNOWN

    def sections(self, request: HttpRequest, row: Meter, scope: Scope) -> list[Section]:
        return [self._places(request, row, scope), self._decided(row), self._signals(row)]

    def verbs(self, request: HttpRequest, row: Meter) -> list[Verb]:
        if not self.may(request, whypage.RIGHT):
            return []
        return [Verb("why", _("Why an alert came or not"), reverse("admin:metering_meter_why", args=[row.pk]), "staff/parts/go.html")]

    def more_urls(self) -> list[URLPattern]:
        return [path("<str:object_id>/why/", self.guarded(self.why, "why"), name="metering_meter_why")]

    def why(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One day of this meter in one time line; `?day=2026-11-22`, today where none is named."""
        if not self.may(request, whypage.RIGHT):
            raise PermissionDenied
        return whypage.page(self, request, self.get_object(request, object_id))

    def _places(self, request: HttpRequest, row: Meter, scope: Scope) -> Section:
        stood = Installation.objects.filter(scope.point("usage_point__"), meter=row).select_related("usage_point__account")
        may = self.may(request, "customers.view_account")
        found = [
            [
                _account(one.usage_point.account, may),
                *say.texts([say.office(one.usage_point.division), one.usage_point.feeder, say.when(one.installed_at)]),
                *say.texts([say.when(one.removed_at) if one.removed_at else gettext("stands there now")]),
            ]
            for one in stood.order_by("-installed_at")[:LATEST]
        ]
        heads = [gettext("Account"), gettext("Division"), gettext("Feeder"), gettext("From"), gettext("Until")]
        return Section(gettext("Where it stands"), heads, found, gettext("Nowhere."))

    def _decided(self, row: Meter) -> Section:
        """Why something was told or not, in the rules' own words."""
        latest = alerts.why(row.number, timezone.now() - MONTH)[-LATEST:]
        found = [say.texts(_decision(one)) for one in reversed(latest)]
        heads = [gettext("Stage"), gettext("Time of the meter"), gettext("Decision"), gettext("Balance"), gettext("Load, kW")]
        return Section(gettext("Alerts of thirty days"), heads, found, gettext("None."))

    def _signals(self, row: Meter) -> Section:
        events = MeterEvent.objects.filter(meter=row).order_by("-at")[:LATEST]
        found = [say.texts([say.when(one.at), one.profile, one.code, reasons.event(one.kind, one.code)]) for one in events]
        heads = [gettext("When"), gettext("Profile"), gettext("Code"), gettext("Meaning")]
        return Section(gettext("Signals"), heads, found, gettext("None yet."))


def _decision(one: alerts.Reason) -> list[str]:
    return [one.code, say.when(one.at), reasons.decision(one.reason), say.taka(one.balance_paisa), say.kw(one.load_w)]


def _at(seconds: int | None) -> str:
    return say.when(datetime.fromtimestamp(seconds, UTC)) if seconds else say.UNKNOWN


def _account(row: Any, may: bool) -> Any:
    return say.link(row.number, "customers_account", row.public_id) if may else say.texts([row.number])[0]


site.register(Meter, MeterDesk)
