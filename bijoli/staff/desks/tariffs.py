"""Tariffs: what holds, what comes, what was; and a change of it by two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import SimpleListFilter, display
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.core.tariff import Tariff, TariffBook, TariffError, read_one
from bijoli.staff.base import Cell, Section, StaffAdmin, Verb
from bijoli.staff.desks import rates, say, seen
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope
from bijoli.staff.site import site
from bijoli.staff.tariffform import TariffForm
from bijoli.tariffs import orders, reads
from bijoli.tariffs.models import TariffOrder


class StateFilter(SimpleListFilter):
    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("draft", _("waits for approval")), ("approved", _("approved")), ("withdrawn", _("withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() in TariffOrder.State.values else queryset


class TariffDesk(StaffAdmin):
    personal = False
    handle = "public_id"
    title = _("Tariff order")
    titles = _("Tariffs")
    about = _("What electricity costs from which day on. One colleague proposes a change, another approves it.")
    icon = "bill"
    change_list_template = "staff/tariffs.html"
    list_display = ("tariff_class", "begins", "status", "proposed")
    list_filter = (StateFilter,)
    ordering = ("-since", "-proposed_at")
    fields = ("tariff_class", "begins", "status", "proposed", "approved", "withdrawn", "source", "words")

    def scoped(self, rows: QuerySet[TariffOrder], scope: Scope) -> QuerySet[TariffOrder]:
        """Rates are public: every division's colleagues see them all."""
        return rows

    def heading(self, row: TariffOrder) -> str:
        return gettext("%(class)s from %(day)s") % {"class": row.code, "day": rates.on(row.since)}

    def waiting(self, request: HttpRequest) -> int | None:
        return TariffOrder.objects.filter(state="draft", since__gt=timezone.localdate()).count()

    @display(description=_("Class"))
    def tariff_class(self, row: TariffOrder) -> str:
        return row.code

    @display(description=_("First day"))
    def begins(self, row: TariffOrder) -> str:
        return rates.on(row.since)

    @display(description=_("State"))
    def status(self, row: TariffOrder) -> str:
        begun = row.since <= timezone.localdate()
        if row.state == "draft":
            return gettext("not approved in time") if begun else gettext("waits for approval")
        if row.state == "approved":
            return gettext("approved, has begun") if begun else gettext("approved, to come")
        return gettext("withdrawn")

    @display(description=_("Proposed"))
    def proposed(self, row: TariffOrder) -> str:
        return _deed(row.proposed_by_id, row.proposed_at)

    @display(description=_("Approved"))
    def approved(self, row: TariffOrder) -> str:
        return _deed(row.approved_by_id, row.approved_at)

    @display(description=_("Withdrawn"))
    def withdrawn(self, row: TariffOrder) -> str:
        return _deed(row.withdrawn_by_id, row.withdrawn_at)

    @display(description=_("Source"))
    def source(self, row: TariffOrder) -> str:
        return str(row.table.get("source", "")) or say.UNKNOWN

    @display(description=_("Note for colleagues"))
    def words(self, row: TariffOrder) -> str:
        return row.note or say.UNKNOWN

    def sections(self, request: HttpRequest, row: TariffOrder, scope: Scope) -> list[Section]:
        try:
            tariff = read_one(row.table)
        except TariffError as error:
            return [Section(gettext("Rates, per unit (kWh)"), [], [], str(error))]
        earlier = [one for one in reads.book().history(row.code) if one.since < row.since]
        return rates.sections(tariff, earlier[-1] if earlier else None)

    # The list

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"tables": _tables(reads.book()), **(extra_context or {})})

    # What may be done

    def verbs(self, request: HttpRequest, row: TariffOrder) -> list[Verb]:
        to_come = row.since > timezone.localdate()
        own = row.proposed_by_id == staff(request).pk
        found = []
        if row.state == "draft" and to_come and self.may(request, "tariffs.approve_tarifforder"):
            found.append(self._verb(row, "approve", gettext("Approve"), {"own": own, "day": rates.on(row.since)}))
        if (row.state == "draft" or (row.state == "approved" and to_come)) and self.may(request, "tariffs.withdraw_tarifforder"):
            found.append(self._verb(row, "withdraw", gettext("Withdraw"), {}))
        return found

    def _verb(self, row: TariffOrder, name: str, label: str, context: dict[str, Any]) -> Verb:
        url = reverse(f"admin:tariffs_tarifforder_{name}", args=[row.public_id])
        return Verb(name, label, url, f"staff/parts/tariff_{name}.html", context)

    def more_urls(self) -> list[URLPattern]:
        name = "tariffs_tarifforder"
        return [
            path("class/<str:code>/", self.guarded(self.class_view, "class"), name=f"{name}_class"),
            path("class/<str:code>/propose/", self.guarded(self.propose, "propose"), name=f"{name}_propose"),
            path("class/<str:code>/<str:day>/", self.guarded(self.class_view, "class"), name=f"{name}_day"),
            path("<uuid:object_id>/approve/", self.guarded(self.approve, "approve"), name=f"{name}_approve"),
            path("<uuid:object_id>/withdraw/", self.guarded(self.withdraw, "withdraw"), name=f"{name}_withdraw"),
        ]

    def class_view(self, request: HttpRequest, code: str, day: str = "") -> HttpResponse:
        """A class's tariff: the one in force, or the one that began on `day` (ISO)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        history = reads.book().history(code)
        tariff = _chosen(history, day)
        earlier = [one for one in history if one.since < tariff.since]
        may = self.may(request, "tariffs.propose_tarifforder") and _in_force(history) is not None
        shown = {
            "tariff": tariff,
            "name": rates.name_of(tariff),
            "since": rates.on(tariff.since),
            "sections": [*rates.sections(tariff, earlier[-1] if earlier else None), _history(history)],
            "propose": reverse("admin:tariffs_tarifforder_propose", args=[code]) if may else "",
        }
        return self._page(request, "staff/tariff.html", shown)

    def propose(self, request: HttpRequest, code: str) -> HttpResponse:
        """The form, filled with the tariff in force; POST keeps a draft and shows it."""
        if not self.may(request, "tariffs.propose_tarifforder"):
            raise PermissionDenied
        history = reads.book().history(code)
        base = _in_force(history)
        if base is None:
            raise Http404
        form = TariffForm(base, request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                order = orders.propose(form.table(), staff(request).pk, timezone.now(), form.cleaned_data["note"])
            except orders.OrderError as error:
                form.add_error(None, _refusal(error))
            else:
                note(request, f"{self.page}/propose", [Subject(str(order.public_id))])
                messages.success(request, gettext("Proposed. A colleague approves it."))
                return HttpResponseRedirect(self.url_of(order))
        times = [(rates.time_name(name), rates.hours(base, name), field) for name, field in form.time_fields()]
        coming = [rates.on(one.since) for one in history if one.since > timezone.localdate()]
        shown = {"form": form, "times": times, "code": code, "name": rates.name_of(base), "coming": ", ".join(coming)}
        return self._page(request, "staff/propose.html", shown | {"since": rates.on(base.since)})

    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: the order counts from its day on."""
        return self._done(request, object_id, orders.approve, "approve", gettext("Approved. It counts from its first day on."))

    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: a draft, or an order that has not begun, is taken back."""
        return self._done(request, object_id, orders.withdraw, "withdraw", gettext("Withdrawn. It stays to be seen."))

    def _done(self, request: HttpRequest, object_id: str, verb: Callable[..., TariffOrder], name: str, words: str) -> HttpResponse:
        if request.method != "POST" or not self.may(request, f"tariffs.{name}_tarifforder"):
            raise PermissionDenied
        row = self.get_object(request, str(object_id))
        try:
            verb(row.public_id, staff(request).pk, timezone.now())
        except orders.OrderError as error:
            messages.error(request, _refusal(error))
        else:
            note(request, f"{self.page}/{name}", [Subject(str(row.public_id))])
            messages.success(request, words)
        return HttpResponseRedirect(self.url_of(row))

    def _page(self, request: HttpRequest, template: str, shown: dict[str, Any]) -> HttpResponse:
        return render(request, template, site.each_context(request) | {"desk": self} | shown)


def _refusal(error: orders.OrderError) -> str:
    words = {
        "past": gettext("An order begins tomorrow at the earliest."),
        "own": gettext("You proposed it: a colleague must approve it."),
        "state": gettext("A colleague was faster: look at its state."),
        "taken": gettext("This class has another approved order of that day. Withdraw that one first."),
    }
    return words.get(error.why) or gettext("This cannot be a tariff: %(reason)s") % {"reason": error}


def _deed(person: int | None, at: Any) -> str:
    if person is None:
        return say.UNKNOWN
    return f"{seen.called({person}).get(person, f'#{person}')}, {say.when(at)}"


def _in_force(history: tuple[Tariff, ...]) -> Tariff | None:
    begun = [one for one in history if one.since <= timezone.localdate()]
    return begun[-1] if begun else None


def _chosen(history: tuple[Tariff, ...], day: str) -> Tariff:
    if not history:
        raise Http404
    if not day:
        return _in_force(history) or history[0]
    chosen = next((one for one in history if one.since.isoformat() == day), None)
    if chosen is None:
        raise Http404
    return chosen


def _link(tariff: Tariff, text: str) -> Cell:
    return Cell(text, reverse("admin:tariffs_tarifforder_day", args=[tariff.code, tariff.since.isoformat()]))


def _tables(book: TariffBook) -> list[Section]:
    today = timezone.localdate()
    current = [book.at(code, today) for code in book.codes(today)]
    coming = sorted((one for one in book.tariffs if one.since > today), key=lambda one: (one.since, one.code))
    heads = [gettext("Class"), gettext("Name"), gettext("Per unit (kWh)"), gettext("Demand charge, per kW"), gettext("Since")]
    tables = [Section(gettext("In force"), heads, [_row(one) for one in current])]
    return [*tables, Section(gettext("To come"), [*heads[:-1], gettext("From")], [_row(one) for one in coming])] if coming else tables


def _row(tariff: Tariff) -> list[Cell]:
    cells = [rates.name_of(tariff), rates.range_of(tariff), say.taka(tariff.demand), rates.on(tariff.since)]
    return [_link(tariff, tariff.code), *say.texts(cells)]


def _history(history: tuple[Tariff, ...]) -> Section:
    today, current = timezone.localdate(), _in_force(history)
    rows = []
    for one in reversed(history):
        state = gettext("in force") if one is current else gettext("to come") if one.since > today else gettext("past")
        rows.append([_link(one, rates.on(one.since)), *say.texts([state, rates.range_of(one), one.source or say.UNKNOWN])])
    heads = [gettext("From"), gettext("State"), gettext("Per unit (kWh)"), gettext("Source")]
    return Section(gettext("All tariffs of this class"), heads, rows)


site.register(TariffOrder, TariffDesk)
