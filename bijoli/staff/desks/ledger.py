"""The ledger: the balance of each account over a time, and its postings as CSV. Sums of the whole utility: the head office's."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.payments import trial
from bijoli.payments.models import Entry
from bijoli.staff.base import Section, StaffAdmin
from bijoli.staff.desks import moneysay, say
from bijoli.staff.forms import PeriodForm
from bijoli.staff.scope import Scope, scope_of
from bijoli.staff.site import site
from bijoli.web import csvout

MOST = 200_000  # postings in one file


class LedgerDesk(StaffAdmin):
    personal = False
    title = titles = _("Ledger")
    about = _("Double entry: what each account holds, and that it all adds up to zero.")
    icon = "bill"
    change_form_template = ""

    def scoped(self, rows: QuerySet[Entry], scope: Scope) -> QuerySet[Entry]:
        return rows.filter(scope.everything())

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_view_permission(request)) and scope_of(request).head_office

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request)  # type: ignore[no-any-return]  # says no
        first, last = _period(request)
        form = PeriodForm(request.GET or None, initial={"first": first, "last": last})
        rows = trial.balances(first, last)
        shown = {
            "title": self.titles,
            "desk": self,
            "form": form,
            "table": _table(rows),
            "off": sum(one.after for one in rows),
            "asked": f"first={first.isoformat()}&last={last.isoformat()}",
            "most": say.count(MOST),
        }
        return render(request, "staff/ledger.html", self.admin_site.each_context(request) | shown)

    def more_urls(self) -> list[URLPattern]:
        return [
            path("balances.csv", self.guarded(self.balances), name="payments_entry_balances"),
            path("postings.csv", self.guarded(self.postings), name="payments_entry_postings"),
        ]

    def balances(self, request: HttpRequest) -> HttpResponse:
        """The page's table as a file; debit positive, credit negative."""
        first, last = self._asked(request)
        rows = trial.balances(first, last)
        cells = [[one.account, *map(csvout.taka, (one.before, one.debit, one.credit, one.after))] for one in rows]
        head = ["account", "before_taka", "debit_taka", "credit_taka", "after_taka"]
        return csvout.csv_response(f"bijoli-ledger-{first.isoformat()}-{last.isoformat()}.csv", head, cells)

    def postings(self, request: HttpRequest) -> HttpResponse:
        """Every posting of the time. It names orders, and nobody."""
        first, last = self._asked(request)
        rows = trial.postings(*_times(first, last), MOST)
        cells = [[at, key, number, account, csvout.taka(paisa)] for at, key, number, account, paisa in rows]
        head = ["at", "entry", "order", "account", "taka"]
        return csvout.csv_response(f"bijoli-postings-{first.isoformat()}-{last.isoformat()}.csv", head, cells)

    def _asked(self, request: HttpRequest) -> tuple[date, date]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _period(request)


def _period(request: HttpRequest) -> tuple[date, date]:
    """First and last day, both included: as asked, else this month until today."""
    today = timezone.localdate()
    form = PeriodForm(request.GET)
    if form.is_valid():
        return form.cleaned_data["first"], form.cleaned_data["last"]
    return today.replace(day=1), today


def _times(first: date, last: date) -> tuple[datetime, datetime]:
    zone = timezone.get_default_timezone()
    return tuple(datetime.combine(day, datetime.min.time(), zone) for day in (first, last + timedelta(days=1)))  # type: ignore[return-value]


def _table(rows: list[trial.Balance]) -> Section:
    heads = [gettext("Ledger account"), gettext("Before"), gettext("Debit"), gettext("Credit"), gettext("After")]
    cells = [
        say.texts([moneysay.account(one.account), *map(_side, (one.before,)), say.taka(one.debit), say.taka(one.credit), _side(one.after)])
        for one in rows
    ]
    if rows:
        sums = [sum(one.before for one in rows), sum(one.debit for one in rows), sum(one.credit for one in rows)]
        cells.append(say.texts([gettext("Sum"), *map(say.taka, sums), say.taka(sum(one.after for one in rows))]))
    return Section(gettext("Balances"), heads, cells, gettext("Nothing is written yet."))


def _side(paisa: int) -> str:
    """A balance as accountants write it: debit or credit, never a sign."""
    if paisa == 0:
        return say.taka(0)
    words = gettext("%(amount)s debit") if paisa > 0 else gettext("%(amount)s credit")
    return words % {"amount": say.taka(abs(paisa))}


site.register(Entry, LedgerDesk)
