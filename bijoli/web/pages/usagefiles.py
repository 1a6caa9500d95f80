"""A view of the Usage place to keep: as CSV for programs, as PDF on paper. The address's switches are the page's own."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.customers import limits
from bijoli.customers.rights import Right
from bijoli.web import person
from bijoli.web.bars import PREPAID
from bijoli.web.csvout import csv_response
from bijoli.web.figures.printed import document
from bijoli.web.figures.sheet import part_marked, written
from bijoli.web.figures.views import VIEWS, ask, shown
from bijoli.web.pages.errors import too_often
from bijoli.web.paper.pdf import pdf_response
from bijoli.web.templatetags.bijoli import language


@login_required
def export(request: HttpRequest, public_id: UUID, page: str, form: str) -> HttpResponse:
    """What a view shows as a CSV file or a PDF, by the same switches in the address."""
    asked = ask(request, public_id)
    page = f"usage_{page}" if page != "daily" else "usage"
    if form not in ("csv", "pdf") or page not in VIEWS:
        raise Http404
    if page == "usage_recharges" and not (asked.account.mode == PREPAID and asked.account.may(Right.RECHARGES)):
        raise Http404
    view = shown(asked, page)
    name = f"bijoli-{page.replace('_', '-')}-{asked.chosen.month or asked.today.isoformat()}"
    if form == "csv":
        return csv_response(f"{name}.csv", *written(part_marked(view.sheet, asked.account.sees_from)))
    if seconds := limits.wait("paper", str(person.customer_id(request)), asked.now):
        return too_often(request, seconds)
    made = timezone.localtime(asked.now)
    return pdf_response(f"{name}.pdf", document(view, _titles()[page], asked.account, asked.point, made, language()))


def _titles() -> dict[str, str]:
    return {
        "usage": gettext("Statement of daily use"),
        "usage_months": gettext("Statement of monthly use"),
        "usage_load": gettext("Statement of maximum load"),
        "usage_recharges": gettext("Statement of recharges and use"),
    }
