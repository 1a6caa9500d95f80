"""Bills that were not taken: why, the row as it came, and that somebody has seen to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.core.bangla import latin
from bijoli.payments.billintake import handled
from bijoli.payments.models import BillReject
from bijoli.payments.reviews import ReviewError
from bijoli.staff.base import Section, StaffAdmin, Verb
from bijoli.staff.desks import deeds, say, seen
from bijoli.staff.forms import BillRowForm, HandledForm
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

CHANGE = "payments.change_billreject"
MOST_WAITING = 10_000
SOURCES = 20  # of which the list can be narrowed to one
HITS = 20


class StateFilter(SimpleListFilter):
    """Without a choice what nobody has seen to."""

    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("handled", _("handled")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        for place, choice in enumerate(super().choices(changelist)):
            yield choice | ({"display": gettext("waiting")} if place == 0 else {})

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kinds = {"handled": Q(handled_at__isnull=False), "all": Q()}
        return queryset.filter(kinds.get(self.value() or "", Q(handled_at=None)))


class WhyFilter(SimpleListFilter):
    title = _("Why")
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("account", _("unknown account")),
            ("total", _("sums")),
            ("number", _("number taken already")),
            ("other", _("another reason")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wish = self.value()
        if wish == "other":
            return queryset.exclude(field__in=("account", "total", "number"))
        return queryset.filter(field=wish) if wish else queryset


class SourceFilter(SimpleListFilter):
    title = _("Sender")
    parameter_name = "from"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = model_admin.get_queryset(request).order_by("source").values_list("source", flat=True).distinct()[:SOURCES]
        return [(name, name) for name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(source=self.value()) if self.value() else queryset


class BillRowDesk(StaffAdmin):
    """A row of an account lies in that account's division; one whose account is not known is the head office's."""

    personal = True
    anonymous_list = True  # times, files and reasons; the row itself stands on its own page
    title = _("Bill not taken")
    titles = _("Bills not taken")
    about = _("What the billing system sent and could not be taken, with the reason.")
    icon = "bill"
    list_display = ("came", "sender", "place", "where", "why", "state")
    list_filter = (StateFilter, WhyFilter, SourceFilter)
    ordering = ("-received_at", "row")
    fields = ("came", "sender", "place", "where", "why", "state", "remark", "content")

    def scoped(self, rows: QuerySet[BillReject], scope: Scope) -> QuerySet[BillReject]:
        return rows if scope.head_office else rows.filter(division__in=scope.divisions).exclude(division="")

    def subject(self, row: BillReject) -> Subject:
        return Subject(str(row.pk))

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(handled_at=None)[:MOST_WAITING].count()

    @display(description=_("Received"))
    def came(self, row: BillReject) -> str:
        return say.when(row.received_at)

    @display(description=_("Sender"))
    def sender(self, row: BillReject) -> str:
        return row.source

    @display(description=_("Row"))
    def place(self, row: BillReject) -> str:
        return say.count(row.row)

    @display(description=_("Field"))
    def where(self, row: BillReject) -> str:
        return row.field or say.UNKNOWN

    @display(description=_("Why"))
    def why(self, row: BillReject) -> str:
        return reason(row.reason)

    @display(description=_("State"))
    def state(self, row: BillReject) -> str:
        if row.handled_at is None:
            return gettext("waiting")
        return gettext("handled %(time)s") % {"time": say.when(row.handled_at)}

    @display(description=_("What was done"))
    def remark(self, row: BillReject) -> str:
        if row.handled_at is None:
            return say.UNKNOWN
        who = seen.called({row.handled_by_id}).get(row.handled_by_id, say.UNKNOWN) if row.handled_by_id else say.UNKNOWN
        return f"{row.note} ({who})"

    @display(description=_("The row as it came"))
    def content(self, row: BillReject) -> str:
        return row.body

    def list_verbs(self, request: HttpRequest) -> list[Verb]:
        return [Verb("find", _("Find a row"), reverse("admin:payments_billreject_find"), "staff/parts/go.html")]

    def verbs(self, request: HttpRequest, row: BillReject) -> list[Verb]:
        if row.handled_at or not self.may(request, CHANGE):
            return []
        words = gettext("Mended rows come again from the billing system, under the same number. This only takes it off the list.")
        url = reverse("admin:payments_billreject_handled", args=[row.pk])
        return [deeds.verb("handled", gettext("Handled"), url, words, form=HandledForm(auto_id="handled-%s"))]

    def more_urls(self) -> list[URLPattern]:
        return [
            path("find/", self.guarded(self.find, "find"), name="payments_billreject_find"),
            path("<int:object_id>/handled/", self.guarded(self.handle_row, "handled"), name="payments_billreject_handled"),
        ]

    def find(self, request: HttpRequest) -> HttpResponse:
        """By POST, so that no number of a customer stands in an address."""
        if not self.has_view_permission(request):
            return super().changelist_view(request)  # type: ignore[no-any-return]  # says no
        form = BillRowForm(request.POST if request.method == "POST" else None)
        hits: list[BillReject] = []
        if form.is_valid():
            number = "".join(latin(form.cleaned_data["number"]).split())
            wanted = Q(bill_number=number) | Q(account_number=number)
            hits = list(self.get_queryset(request).filter(wanted).order_by("-received_at", "-pk")[:HITS])
            if not hits:
                form.add_error("number", gettext("No row of your divisions has this number."))
        note(request, "payments.billreject/find", [self.subject(one) for one in hits] or [Subject()])
        shown = {"form": form, "table": self._found(hits) if hits else None, "title": gettext("Find a row"), "desk": self}
        return render(request, "staff/orderfind.html", self.admin_site.each_context(request) | shown)

    def _found(self, hits: list[BillReject]) -> Section:
        rows = [
            [say.link(self.came(one), "payments_billreject", one.pk), *say.texts([one.source, self.why(one), self.state(one)])]
            for one in hits
        ]
        return Section(gettext("Found"), [gettext("Received"), gettext("Sender"), gettext("Why"), gettext("State")], rows)

    def handle_row(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST: somebody has seen to it, with a note."""
        deeds.allowed(self, request, CHANGE)
        row, who = self.get_object(request, str(object_id)), staff(request).pk

        def act(words: str) -> None:
            if not words.strip():
                raise ReviewError("reason")
            if not handled(row.pk, who, words, timezone.now()):
                raise ReviewError("state")

        return deeds.done(self, request, row, "handled", act, gettext("Taken off the list."))


def reason(text: str) -> str:
    """The reasons of the intake that people meet most; the others stay as they were said."""
    return {
        "no account of this number is loaded": gettext("no account of this number is loaded"),
        "another bill of this number is there: a correction is a new bill that says replaces": gettext("another bill has this number"),
        "no bill of this number is there for the account": gettext("the bill that it replaces is not there"),
        "that bill was replaced already": gettext("the bill that it replaces was replaced already"),
        "is less than was told before": gettext("less is paid than was told before"),
        "is missing": gettext("is missing"),
        "is below zero": gettext("is below zero"),
        "lies before issued_on": gettext("lies before the day of issue"),
    }.get(text, text)


site.register(BillReject, BillRowDesk)
