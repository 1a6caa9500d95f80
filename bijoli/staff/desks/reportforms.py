"""The forms of the reports: each keeps a new version, with who and when, and shows those before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.reports import typed
from bijoli.reports.models import Dimension, Indicator, Saving, Sheet
from bijoli.staff.base import Section, StaffAdmin
from bijoli.staff.desks import say, seen
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject, note
from bijoli.staff.reporting import papers, tables, words
from bijoli.staff.reporting.forms import IndicatorForm, Ordered, SavingForm, SheetForm


def sheet(desk: StaffAdmin, request: HttpRequest) -> HttpResponse:
    """The service sheet."""
    form = SheetForm(request.POST or None, initial=_initial(typed.sheet()))
    back = reverse("admin:reports_sheet_service")
    if form.is_valid():
        typed.keep_sheet(staff(request).pk, timezone.now(), form.cleaned_data)
        return _kept(desk, request, "sheet", back)
    return _form(desk, request, form, gettext("Service sheet"), back, sheet_history())


def sheet_history() -> Section:
    """Every version of the sheet."""
    rows = typed.sheets()
    names = seen.called({row.by_id for row in rows})
    cells = [say.texts([say.when(row.at), names.get(row.by_id, f"#{row.by_id}"), _sheet_said(row)]) for row in rows]
    return tables.history(cells)


def saving(desk: StaffAdmin, request: HttpRequest, dimension: str) -> HttpResponse:
    """One row of the TCVQ table."""
    if dimension not in Dimension.values:
        raise Http404
    form = SavingForm(request.POST or None, initial=_initial(typed.saving(dimension)))
    back = reverse("admin:reports_sheet_service")
    if form.is_valid():
        typed.keep_saving(staff(request).pk, timezone.now(), dimension, form.given())
        return _kept(desk, request, dimension, back)
    rows = typed.savings(dimension)
    names = seen.called({row.by_id for row in rows})
    cells = [say.texts([say.when(row.at), names.get(row.by_id, f"#{row.by_id}"), _saving_said(row)]) for row in rows]
    title = f"{words.dimension(dimension)} ({words.unit(dimension)})"
    return _form(desk, request, form, title, back, tables.history(cells))


def indicator(desk: StaffAdmin, request: HttpRequest, key: UUID | None = None, year: int | None = None) -> HttpResponse:
    """A new indicator of a year, or the next version of one."""
    row = typed.indicator(key) if key else None
    if (key and row is None) or (year is not None and not 2020 <= year <= 2100):
        raise Http404
    of = row.year if row else year or 0
    form = IndicatorForm(request.POST or None, initial=_initial(row))
    back = reverse("admin:reports_sheet_year", args=[of])
    if form.is_valid():
        made = typed.keep_indicator(staff(request).pk, timezone.now(), key, form.given() | {"year": of})
        return _kept(desk, request, str(made.indicator), back)
    rows = typed.versions(key) if key else []
    names = seen.called({one.by_id for one in rows})
    cells = [say.texts([say.when(one.at), names.get(one.by_id, f"#{one.by_id}"), _indicator_said(one)]) for one in rows]
    return _form(desk, request, form, f"{gettext('Indicator')}, {papers.year_name(of)}", back, tables.history(cells))


def _sheet_said(row: Sheet) -> str:
    return f"{papers.sheet_name(row)}; {words.days(row.pilot_from, row.pilot_until)}; {words.days(row.launched_on, None)}"


def _saving_said(row: Saving) -> str:
    before, after = (words.amount(row.dimension, value) for value in (row.before, row.after))
    return f"{before} → {gettext('measured here') if row.measure else after}; {tables.how(row)}"


def _indicator_said(row: Indicator) -> str:
    value = gettext("measured here") if row.measure else words.numeral(row.value)
    return f"{tables.name(row)}: {words.numeral(row.target)} / {value}; {row.source or words.no_data()}"


def _initial(row: Sheet | Saving | Indicator | None) -> dict[str, Any]:
    """As it would be typed: numbers without zeros at their end."""
    typed_in = model_to_dict(row) if row else {}
    return {name: f"{value.normalize():f}" if isinstance(value, Decimal) else value for name, value in typed_in.items()}


def _kept(desk: StaffAdmin, request: HttpRequest, thing: str, back: str) -> HttpResponse:
    note(request, f"{desk.page}/edit", [Subject(thing)])
    messages.success(request, gettext("Kept."))
    return HttpResponseRedirect(back)


def _form(desk: StaffAdmin, request: HttpRequest, form: Ordered, title: str, back: str, history: Section) -> HttpResponse:
    shown = {"form": form, "title": title, "back": back, "history": history, "desk": desk}
    return render(request, "staff/reportform.html", desk.admin_site.each_context(request) | shown)
