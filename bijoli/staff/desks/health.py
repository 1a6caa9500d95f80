"""How payment gateways and the head-end answer, and what is open there."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from bijoli.core import bangla
from bijoli.payments import health
from bijoli.payments.models import GatewayCall
from bijoli.staff.base import Section, StaffAdmin
from bijoli.staff.desks import moneysay, say
from bijoli.staff.scope import Scope
from bijoli.staff.site import site


class HealthDesk(StaffAdmin):
    """Counts and times, nobody in it: every division's colleagues with the right see it."""

    personal = False
    title = titles = _("Payment gateways")
    about = _("How gateways and the head-end answer, which of them rests, and what is open there.")
    icon = "gauge"
    change_form_template = ""

    def scoped(self, rows: QuerySet[GatewayCall], scope: Scope) -> QuerySet[GatewayCall]:
        return rows

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request)  # type: ignore[no-any-return]  # says no
        now = timezone.now()
        standing = health.standing(now)
        shown = {
            "title": self.titles,
            "desk": self,
            "parties": [(moneysay.gateway(one.name), one, _answers(one)) for one in health.parties(now)],
            "standing": _standing(standing),
            "behind": _span(standing.overdue_s) if standing.overdue_s > health.BEHIND_S else "",
        }
        return render(request, "staff/health.html", self.admin_site.each_context(request) | shown)


def _answers(party: health.Party) -> Section:
    rows = [_row(gettext("last hour"), party.hour), _row(gettext("last day"), party.day)]
    heads = [gettext("Time"), gettext("Calls"), gettext("Answered"), gettext("Half within"), gettext("95 of 100 within")]
    return Section(moneysay.gateway(party.name), heads, rows, slim=True)


def _row(name: str, found: health.Answers) -> Any:
    share = bangla.part(100 * found.ok, found.calls, get_language() or "en", 1) + "%" if found.calls else say.UNKNOWN
    return say.texts([name, say.count(found.calls), share, _ms(found.median_ms), _ms(found.slow_ms)])


def _ms(value: float | None) -> str:
    if value is None:
        return say.UNKNOWN
    return gettext("%(seconds)s s") % {"seconds": bangla.part(round(value), 1000, get_language() or "en", 2)}


def _span(seconds: float) -> str:
    return bangla.duration(seconds, get_language() or "en")


def _standing(found: health.Standing) -> Section:
    facts = [
        (gettext("Open at gateways"), found.open, found.open_oldest_s),
        (gettext("Paid, on the way to the meter"), found.paid, found.paid_oldest_s),
        (gettext("Wait for a person"), found.review, 0),
        (gettext("Refunds that wait for approval"), found.refunds_proposed, 0),
        (gettext("Refunds under way"), found.refunds_under_way, 0),
    ]
    rows = [say.texts([name, say.count(count), _span(oldest) if oldest else say.UNKNOWN]) for name, count, oldest in facts]
    return Section(gettext("What is not at its end"), [gettext("What"), gettext("How many"), gettext("The oldest for")], rows, slim=True)


site.register(GatewayCall, HealthDesk)
