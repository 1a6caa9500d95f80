"""Reconciliation: day by day, what gateways, orders with their ledger, and the head-end say; where they differ, which order it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from bijoli.payments import creditpairs, reconcile
from bijoli.payments.models import Difference, Reconciliation
from bijoli.staff.base import Cell, Section, StaffAdmin, Verb
from bijoli.staff.desks import deeds, moneysay, say
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope
from bijoli.staff.site import site
from bijoli.web import csvout
from bijoli.web.templatetags.bijoli import fulldate

SIDES = (
    ("statement", _("Payments, by the gateway")),
    ("ledger", _("Payments, by the ledger")),
    ("carried", _("of these in another day's statement")),
    ("statement_refunds", _("Refunds, by the gateway")),
    ("ledger_refunds", _("Refunds, by the ledger")),
    ("vended", _("Recharges credited, by us")),
    ("credited", _("Recharges credited, by the head-end")),
    ("credited_carried", _("of these in another day's list")),
)


class ReconciliationDesk(StaffAdmin):
    personal = False
    handle = "day"
    title = titles = _("Reconciliation")
    about = _("Each night gateways, ledger and head-end are compared to the paisa, for the last three days.")
    icon = "check"
    list_display = ("on_day", "outcome", "made")
    fields = ("outcome", "made", "headend", "statements")
    ordering = ("-day",)

    def scoped(self, rows: QuerySet[Reconciliation], scope: Scope) -> QuerySet[Reconciliation]:
        return rows.filter(scope.everything()).annotate(found=Count("differences"))

    def heading(self, row: Reconciliation) -> str:
        return fulldate(row.day)

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(found__gt=0, day__gte=timezone.localdate().replace(day=1)).count()

    @display(description=_("Day"))
    def on_day(self, row: Reconciliation) -> str:
        return fulldate(row.day)

    @display(description=_("Outcome"))
    def outcome(self, row: Any) -> str:
        told = reconcile.verdict(row, row.found)
        if told == reconcile.DIFFERENT:
            return ngettext("%(count)s difference", "%(count)s differences", row.found) % {"count": say.count(row.found)}
        return gettext("all agree") if told == reconcile.CLEAN else gettext("no difference so far; something has not come yet")

    @display(description=_("Compared"))
    def made(self, row: Reconciliation) -> str:
        return say.when(row.made_at)

    @display(description=_("Head-end"))
    def headend(self, row: Reconciliation) -> str:
        return {
            creditpairs.HEARD: gettext("its list was read"),
            creditpairs.AWAY: gettext("did not answer; it is asked again"),
        }.get(row.sums.get("headend", ""), gettext("none is set, or it refuses to tell"))

    @display(description=_("Statements"))
    def statements(self, row: Reconciliation) -> str:
        came = [moneysay.gateway(name) for name in row.sums.get("statements", [])]
        lacks = [moneysay.gateway(name) for name in reconcile.missing(row)]
        told = [gettext("came: %(names)s") % {"names": ", ".join(came)}] if came else []
        told += [gettext("not yet: %(names)s") % {"names": ", ".join(lacks)}] if lacks else []
        return "\n".join(told) or say.UNKNOWN

    def sections(self, request: HttpRequest, row: Reconciliation, scope: Scope) -> list[Section]:
        link = self.may(request, "payments.view_order")
        tables = [_sums(row, name) for name in sorted(row.sums.get("gateways", {}), key=lambda name: (not name, name))]
        return [_differences(reconcile.rows(row), link), *tables]

    def verbs(self, request: HttpRequest, row: Reconciliation) -> list[Verb]:
        day = row.day.isoformat()
        found = [Verb("csv", _("As CSV"), reverse("admin:payments_reconciliation_csv", args=[day]), "staff/parts/go.html")]
        if self.may(request, "payments.run_reconciliation"):
            words = gettext("After a statement came, or late money: what this page says is replaced.")
            found.append(deeds.verb("again", gettext("Compare again"), reverse("admin:payments_reconciliation_again", args=[day]), words))
        return found

    def more_urls(self) -> list[URLPattern]:
        return [
            path("<str:object_id>/again/", self.guarded(self.again, "again"), name="payments_reconciliation_again"),
            path("<str:object_id>/differences.csv", self.guarded(self.as_csv, "csv"), name="payments_reconciliation_csv"),
        ]

    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: compares the day anew."""
        if request.method != "POST" or not self.may(request, "payments.run_reconciliation"):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        reconcile.compare(row.day, timezone.now())
        note(request, f"{self.page}/again", [Subject(row.day.isoformat())])
        messages.success(request, gettext("Compared again."))
        return HttpResponseRedirect(self.url_of(row))

    def as_csv(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The sums of each side, then each difference."""
        row = self.get_object(request, object_id)
        head = ["kind", "gateway", "order", "transaction", "count", "gateway_taka", "ledger_taka", "headend_taka"]
        return csvout.csv_response(
            f"bijoli-reconciliation-{row.day.isoformat()}.csv", head, [*_sum_rows(row), *map(_csv, reconcile.rows(row))]
        )


def _sums(row: Reconciliation, name: str) -> Section:
    """One gateway's sides, or what was bought elsewhere."""
    sides = row.sums["gateways"][name]
    rows = [say.texts([words, say.count(sides[side][0]), _unbroken(sides[side][1])]) for side, words in SIDES if side in sides]
    title = moneysay.gateway(name) if name else gettext("Bought elsewhere, by the head-end")
    return Section(title, [gettext("What"), gettext("How many"), gettext("Sum")], rows, slim=True)


def _differences(found: list[Difference], link: bool) -> Section:
    rows = []
    for one in found:
        number = one.order.number if one.order else ""
        order = say.link(number, "payments_order", one.order.public_id) if one.order and link else Cell(number or say.UNKNOWN)
        amounts = [_taka(one.gateway_paisa), _taka(one.ledger_paisa), _taka(one.headend_paisa)]
        rows.append(
            [*say.texts([moneysay.difference(one.kind)]), order, *say.texts([moneysay.gateway(one.gateway), one.transaction_id]), *amounts]
        )
    heads = [gettext("Difference"), gettext("Order"), gettext("Gateway"), gettext("Transaction")]
    sides = [gettext("By the gateway"), gettext("By us"), gettext("By the head-end")]
    return Section(gettext("Differences"), [*heads, *sides], rows, gettext("None: all sides agree."))


def _taka(paisa: int | None) -> Cell:
    """Empty where that side says nothing: a phone leaves the line out, a desk shows a dash."""
    return Cell("" if paisa is None else _unbroken(paisa))


def _unbroken(paisa: int) -> str:
    return say.taka(paisa).replace(" ", "\u00a0")


def _sum_rows(row: Reconciliation) -> list[list[csvout.Cell]]:
    column = {"statement": 5, "statement_refunds": 5, "ledger": 6, "ledger_refunds": 6, "vended": 6, "credited": 7}
    rows: list[list[csvout.Cell]] = []
    for name, sides in sorted(row.sums.get("gateways", {}).items()):
        for side, place in column.items():
            if side in sides:
                cells: list[csvout.Cell] = [f"sum {side}", name or "elsewhere", None, None, sides[side][0], None, None, None]
                cells[place] = csvout.taka(sides[side][1])
                rows.append(cells)
    return rows


def _csv(one: Difference) -> list[csvout.Cell]:
    number = one.order.number if one.order else None
    amounts = [csvout.taka(paisa) for paisa in (one.gateway_paisa, one.ledger_paisa, one.headend_paisa)]
    return [one.kind, one.gateway, number, one.transaction_id, None, *amounts]


site.register(Reconciliation, ReconciliationDesk)
