"""How pushes flow: by kind and hour with medians, what failed and why, which phones are silent."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.core import bangla
from bijoli.delivery import flow, health, reads
from bijoli.delivery.flow import Flow
from bijoli.delivery.models import Delivery
from bijoli.staff.base import Cell, Section, StaffAdmin
from bijoli.staff.desks import reasons, say
from bijoli.staff.desks.told import status
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

LATE_S = 60  # a push that is due so long and that nobody takes: is the process there?
LONG = 100  # seconds from which minutes are said


class DeliveryDesk(StaffAdmin):
    """Counts and times, nobody in it: every division's colleagues with the right see it."""

    personal = False
    title = titles = _("Delivery")
    about = _("How long alerts take to the phone, what failed and why, and which phones are silent.")
    icon = "mobile"
    change_form_template = ""

    def scoped(self, rows: QuerySet[Delivery], scope: Scope) -> QuerySet[Delivery]:
        return rows.none()  # the page counts; a single delivery stands on its notification's page

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request)  # type: ignore[no-any-return]  # says no
        now = timezone.now()
        kinds = flow.by_kind(now)
        kind = request.GET.get("kind", "")
        kind = kind if kind in {one.name for one in kinds} else ""
        queue = health.delivery_queue(now)
        shown: dict[str, Any] = {
            "title": self.titles,
            "desk": self,
            "queue": queue,
            "behind": _span(queue.overdue_s) if queue.overdue_s > LATE_S else "",
            "oldest": _span(queue.oldest_s) if queue.waiting else "",
            "sections": [
                _table(gettext("By kind, last day"), gettext("What"), [(_kind(one), one) for one in kinds]),
                _table(_hours(kind), gettext("When"), [(Cell(_hour(one)), one) for one in flow.by_hour(now, kind)]),
                _beside(flow.beside(now)),
                _failed(health.outcomes(now)),
                _silent(flow.silent(now)),
            ],
            "chosen": kind,
            "most": say.count(flow.MOST),
            "silent_after": say.count(flow.SILENT_AFTER),
        }
        return render(request, "staff/deliveries.html", self.admin_site.each_context(request) | shown)


def _kind(one: Flow) -> Cell:
    return Cell(reasons.kind(one.name), f"?kind={one.name}")


def _hours(kind: str) -> str:
    return gettext("By hour: %(kind)s") % {"kind": reasons.kind(kind)} if kind else gettext("By hour, last day")


def _hour(one: Flow) -> str:
    return say.when(one.hour)


def _table(title: str, first: str, rows: list[tuple[Cell, Flow]]) -> Section:
    heads = [first, gettext("Pushes"), gettext("Taken"), gettext("Shown"), gettext("Lost"), gettext("In the app only")]
    heads += [gettext("Decided within"), gettext("Taken within"), gettext("Shown within")]
    found = []
    for name, one in rows:
        counts = [say.count(number) for number in (one.pushes, one.taken, one.shown, one.lost, one.held)]
        found.append([name, *say.texts([*counts, _pair(one.decided), _pair(one.sent), _pair(one.displayed)])])
    return Section(title, heads, found, gettext("Nothing was sent."))


def _beside(found: list[flow.Beside]) -> Section:
    rows = [
        say.texts([reads.way(one.channel), *(say.count(number) for number in (one.sent, one.waiting, one.lost, one.held)), _segments(one)])
        for one in found
    ]
    heads = [gettext("What"), gettext("Sent"), gettext("Wait to be sent"), gettext("Lost"), gettext("Not needed or held back")]
    title = gettext("SMS and e-mail for what nobody saw, last day")
    return Section(title, [*heads, gettext("Segments")], rows, gettext("None was due."), slim=True)


def _segments(one: flow.Beside) -> str:
    return say.UNKNOWN if one.segments is None else say.count(one.segments)


def _pair(span: tuple[float, float] | None) -> str:
    """ "0.40 · 1.90 s": half of them, 95 of 100."""
    if span is None:
        return say.UNKNOWN
    language = say.language()
    if max(span) >= LONG:
        return " · ".join(bangla.duration(one, language) for one in span)
    return gettext("%(seconds)s s") % {"seconds": " · ".join(bangla.part(max(0, round(one * 1000)), 1000, language, 2) for one in span)}


def _span(seconds: float) -> str:
    return bangla.duration(seconds, say.language())


def _failed(found: list[health.Outcomes]) -> Section:
    """Of the last hour: what was lost or is tried again, by push service and reason."""
    names = {"fcm": "Google", "mozilla": "Mozilla", "apple": "Apple", "microsoft": "Microsoft", "other": gettext("another")} | {
        way: reads.way(way) for way in ("sms", "email")
    }
    troubled = [one for one in found if one.status in ("failed", "expired") or (one.status == "queued" and one.reason)]
    rows = [
        say.texts([names.get(one.service, say.UNKNOWN), status(one.status), reasons.push(one.reason) or say.UNKNOWN, say.count(one.count)])
        for one in sorted(troubled, key=lambda one: -one.count)
    ]
    heads = [gettext("Push service"), gettext("State"), gettext("Reason"), gettext("How many")]
    return Section(gettext("What failed in the last hour"), heads, rows, gettext("Nothing failed."), slim=True)


def _silent(found: list[flow.Silent]) -> Section:
    rows = [say.texts([one.host or say.UNKNOWN, say.count(one.phones), say.count(one.silent)]) for one in found]
    heads = [gettext("Push service"), gettext("Phones pushed to"), gettext("Silent phones")]
    return Section(gettext("Silent phones, last day"), heads, rows, gettext("No phone was pushed to."), slim=True)


site.register(Delivery, DeliveryDesk)
