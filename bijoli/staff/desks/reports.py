"""Reports: who benefits, how fast alerts are, the service sheet with the TCVQ table, the year's indicators; as pages, CSV and PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bijoli.reports import kept, typed
from bijoli.reports.evidence import evidence
from bijoli.reports.gather import Report
from bijoli.reports.models import Dimension, Sheet
from bijoli.reports.period import Asked, fiscal_year
from bijoli.staff.base import StaffAdmin
from bijoli.staff.desks import reportforms, say
from bijoli.staff.reporting import dashboard, files, folder, papers, tables, words
from bijoli.staff.reporting.forms import ReportForm
from bijoli.staff.scope import Scope, scope_of
from bijoli.staff.site import site
from bijoli.web.csvout import csv_response
from bijoli.web.paper.pdf import pdf_response

RIGHT = "reports.edit_sheet"
YEARS = (2020, 2100)
AGAIN_S = 5  # until a page asks again whether its figures are counted


def _once_counted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that asks for itself again where its figures are still being counted."""

    @wraps(view)
    def shown(self: ReportDesk, request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        try:
            return view(self, request, *args, **given)
        except kept.Counting:
            answer = self._page(request, "reportcounting", {"title": self.titles})
            answer["Refresh"] = str(AGAIN_S)
            return answer

    return shown


class ReportDesk(StaffAdmin):
    """Counts and texts of the utility, nobody in them; the counts are of the divisions that the colleague may see."""

    personal = False
    title = titles = _("Reports")
    about = _("Who benefits from the alerts, how fast they come, the service sheet, and the year's indicators.")
    icon = "usage"
    change_form_template = ""

    def scoped(self, rows: QuerySet[Sheet], scope: Scope) -> QuerySet[Sheet]:
        """The service sheet is public."""
        return rows

    def more_urls(self) -> list[URLPattern]:
        def name(of: str) -> str:
            return f"reports_sheet_{of}"

        return [
            path("service/", self.guarded(self.service_view), name=name("service")),
            path("service/edit/", self.guarded(self.edit(reportforms.sheet), "edit"), name=name("edit")),
            path("saving/<slug:dimension>/", self.guarded(self.edit(reportforms.saving), "edit"), name=name("saving")),
            path("year/<int:year>/", self.guarded(self.year_view), name=name("year")),
            path("year/<int:year>/new/", self.guarded(self.edit(reportforms.indicator), "edit"), name=name("new")),
            path("indicator/<uuid:key>/", self.guarded(self.edit(reportforms.indicator), "edit"), name=name("indicator")),
            path("<slug:page>.<slug:form>", self.guarded(self.file), name=name("file")),
        ]

    # Pages

    @_once_counted
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._allowed(request)
        asked, form = self._asked(request)
        found = kept.report(asked)
        shown = dashboard.shown(found) | _counted(found, asked) | {"form": form, "query": _query(asked), "title": self.titles, "desk": self}
        shown |= {"year": fiscal_year(asked.now.date()), "days": words.days(asked.first, asked.last), "where": words.place(asked)}
        return self._page(request, "reports", shown)

    @_once_counted
    def service_view(self, request: HttpRequest) -> HttpResponse:
        """The service sheet, its number of beneficiaries with the query behind it, and the TCVQ table."""
        self._allowed(request)
        sheet, found, asked = self._service(request)
        rows = typed.table(asked, kept.report)
        may = self._may_edit(request)
        links = [reverse("admin:reports_sheet_saving", args=[one]) for one in Dimension.values] if may else []
        shown = {
            "title": papers.sheet_name(sheet),
            "facts": papers.sheet_facts(sheet),
            "figures": papers.figures(found.benefit.total) if found else [],
            "sql": evidence(asked),
            "command": papers.command(asked),
            "days": words.days(asked.first, asked.last),
            "found": found,
            "table": tables.savings(rows, asked).page(links),
            "definitions": tables.definitions().page(),
            "may_edit": may,
            "history": reportforms.sheet_history(),
        }
        return self._page(request, "reportservice", shown)

    @_once_counted
    def year_view(self, request: HttpRequest, year: int) -> HttpResponse:
        """The annual performance report."""
        self._allowed(request)
        rows = typed.indicators(_year(year), self._whole(request), kept.report)
        may = self._may_edit(request)
        links = [reverse("admin:reports_sheet_indicator", args=[one.row.indicator]) for one in rows] if may else []
        shown = {
            "title": papers.year_name(year),
            "year": year,
            "table": tables.indicators(rows).page(links),
            "may_edit": may,
            "where": words.place(self._whole(request)),
        }
        return self._page(request, "reportyear", shown)

    @_once_counted
    def file(self, request: HttpRequest, page: str, form: str) -> HttpResponse:
        """The three reports, as PDF for people and CSV for programs."""
        self._allowed(request)
        makers: dict[tuple[str, str], Callable[[], HttpResponse]] = {
            ("benefit", "pdf"): lambda: pdf_response(f"bijoli-benefit-{self._days(request)}.pdf", papers.benefit(self._found(request))),
            ("benefit", "csv"): lambda: csv_response(f"bijoli-benefit-{self._days(request)}.csv", *files.benefit(self._found(request))),
            ("service", "pdf"): lambda: self._service_pdf(request),
            ("service", "csv"): lambda: csv_response(
                "bijoli-service.csv", *files.savings(typed.table(self._service(request)[2], kept.report))
            ),
            ("performance", "pdf"): lambda: self._performance(request, pdf=True),
            ("performance", "csv"): lambda: self._performance(request, pdf=False),
        }
        if (page, form) not in makers:
            raise Http404
        return makers[page, form]()

    def edit(self, form: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """A page that writes: the head office's alone, with the right to."""

        def view(request: HttpRequest, **given: Any) -> HttpResponse:
            if not self._may_edit(request):
                raise PermissionDenied
            return form(self, request, **given)

        return view

    # What is asked

    def _allowed(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _may_edit(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and self.may(request, RIGHT) and scope_of(request).head_office

    def _asked(self, request: HttpRequest) -> tuple[Asked, ReportForm]:
        """As asked, else the last thirty days; a division outside of the scope is none that can be asked for."""
        scope, now = scope_of(request), timezone.now()
        today = timezone.localdate(now)
        form = ReportForm(scope, request.GET or None, initial={"first": today - timedelta(days=folder.DAYS - 1), "last": today})
        if not form.is_valid():
            return Asked(today - timedelta(days=folder.DAYS - 1), today, now, _all_of(scope)), form
        given = form.cleaned_data
        division = given["division"]
        return Asked(given["first"], given["last"], now, (division,) if division else _all_of(scope)), form

    def _found(self, request: HttpRequest) -> Report:
        return kept.report(self._asked(request)[0])

    def _days(self, request: HttpRequest) -> str:
        asked = self._asked(request)[0]
        return f"{asked.first}-{asked.last}"

    def _whole(self, request: HttpRequest) -> Asked:
        now = timezone.now()
        today = timezone.localdate(now)
        return Asked(today, today, now, _all_of(scope_of(request)))

    def _service(self, request: HttpRequest) -> tuple[Sheet | None, Report | None, Asked]:
        return folder.service(_all_of(scope_of(request)), timezone.now(), kept.report)

    def _service_pdf(self, request: HttpRequest) -> HttpResponse:
        sheet, found, asked = self._service(request)
        return pdf_response("bijoli-service.pdf", papers.service(sheet, found, typed.table(asked, kept.report), asked))

    def _performance(self, request: HttpRequest, pdf: bool) -> HttpResponse:
        given = request.GET.get("year", "")
        year = _year(int(given) if given.isascii() and given.isdecimal() and len(given) == 4 else fiscal_year(timezone.localdate()))
        whole = self._whole(request)
        rows = typed.indicators(year, whole, kept.report)
        name = f"bijoli-performance-{year}"
        if pdf:
            return pdf_response(f"{name}.pdf", papers.performance(year, rows, whole))
        return csv_response(f"{name}.csv", *files.indicators(rows))

    def _page(self, request: HttpRequest, template: str, shown: dict[str, Any]) -> HttpResponse:
        return render(request, f"staff/{template}.html", self.admin_site.each_context(request) | {"desk": self} | shown)


def _counted(found: Report, asked: Asked) -> dict[str, str]:
    """When a report was counted that was kept."""
    return {"counted": say.when(found.asked.now) if found.asked.now != asked.now else ""}


def _all_of(scope: Scope) -> tuple[str, ...] | None:
    return None if scope.head_office else scope.divisions


def _query(asked: Asked) -> str:
    one = asked.divisions[0] if asked.divisions and len(asked.divisions) == 1 else ""
    return f"first={asked.first}&last={asked.last}&division={one}"


def _year(year: int) -> int:
    if not YEARS[0] <= year <= YEARS[1]:
        raise Http404
    return year


site.register(Sheet, ReportDesk)
