"""The complaint desk's filters, and the time line of one complaint with what the customer does not see."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.complaints.models import Complaint, Entry
from bijoli.customers.models import Customer
from bijoli.staff.base import Section
from bijoli.staff.desks import say
from bijoli.staff.scope import Scope
from bijoli.web import complaintwords

LATEST = 10  # complaints on a customer's or an account's page
HIGH = 2  # from this step up a late complaint is the head office's business too


class QueueFilter(SimpleListFilter):
    """What stands in the list; without a choice what waits for the utility."""

    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        more = [("danger", _("danger")), ("late", _("late")), ("high", _("gone high")), ("resolved", _("resolved"))]
        return [*more, ("reopened", _("opened again")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        """The first choice says what it shows: the queue, not all."""
        for place, choice in enumerate(super().choices(changelist)):
            yield choice | ({"display": gettext("waiting")} if place == 0 else {})

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kinds = {
            "danger": Q(resolved_at=None, danger=True),
            "late": Q(resolved_at=None, promised_at__lt=timezone.now()),
            "high": Q(resolved_at=None, level__gte=HIGH),
            "resolved": Q(resolved_at__isnull=False),
            "reopened": Q(resolved_at=None, reopened__gt=0),
            "all": Q(),
        }
        return queryset.filter(kinds.get(self.value() or "", Q(resolved_at=None)))


class WhoseFilter(SimpleListFilter):
    title = _("Whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("mine")), ("nobody", _("nobody's"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {"mine": Q(assigned_to=request.user.pk), "nobody": Q(assigned_to=None)}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


class GroupFilter(SimpleListFilter):
    title = _("About")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, name[say.language()]) for key, name in settings.UTILITY.complaints.groups.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        keys = [one.key for one in settings.UTILITY.complaints.categories if one.group == self.value()]
        return queryset.filter(category__in=keys) if self.value() else queryset


def chip(words: str) -> SafeString:
    """Words that stand out."""
    return format_html('<span class="chip off">{}</span>', words)


def latest(scope: Scope, **whose: Any) -> Section:
    """The latest complaints of a customer or of an account (`customer`, `account`), within the scope."""
    mine = Q() if scope.head_office else Q(division__in=scope.divisions)
    rows = [
        [
            say.link(one.number, "complaints_complaint", one.public_id),
            *say.texts([complaintwords.category(one.category)[0], say.when(one.submitted_at), complaintwords.state_name(one.state)]),
        ]
        for one in Complaint.objects.filter(mine, **whose).order_by("-submitted_at", "-pk")[:LATEST]
    ]
    heads = [gettext("Complaint"), gettext("About"), gettext("When"), gettext("State")]
    return Section(gettext("Complaints"), heads, rows, gettext("None yet."))


def time_line(row: Complaint) -> Section:
    """The time line, with what the customer does not see."""
    entries = list(Entry.objects.filter(complaint=row).order_by("pk"))
    names = dict(Customer.objects.filter(pk__in={one.by_id for one in entries if one.staff}).values_list("pk", "name"))
    rows = [
        say.texts([say.when(one.at), _who(one, names), _what(one), one.text, gettext("for us alone") if one.inside else gettext("yes")])
        for one in entries
    ]
    heads = [gettext("When"), gettext("Who"), gettext("What"), gettext("Words"), gettext("The customer sees it")]
    return Section(gettext("Step by step"), heads, rows)


def _who(one: Entry, names: dict[int, str]) -> str:
    if one.by_id is None:
        return gettext("by itself")
    return names.get(one.by_id, say.UNKNOWN) or gettext("Staff") if one.staff else gettext("Customer")


def _what(one: Entry) -> str:
    told = {
        "submitted": gettext("came"),
        "assigned": gettext("assigned"),
        "working": gettext("in work"),
        "reply": gettext("reply"),
        "note": gettext("note"),
        "said": gettext("added words"),
        "moved": gettext("passed on to %(division)s") % {"division": say.office(str(one.facts.get("division", "")))},
        "late": gettext("late, step %(level)s") % {"level": say.count(int(one.facts.get("level") or 0))},
        "resolved": gettext("resolved: %(finding)s") % {"finding": complaintwords.finding(str(one.facts.get("finding", "")))},
        "closed": gettext("closed"),
        "reopened": gettext("opened again"),
        "rated": gettext("rated %(n)s of 5") % {"n": say.count(int(one.facts.get("rating") or 0))},
    }
    return told[one.kind]
