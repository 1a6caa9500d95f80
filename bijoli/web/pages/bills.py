"""The Bills place of a postpaid account: what is to be paid until when, six months of bills and use, and each bill with its breakdown."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from bijoli.customers import limits
from bijoli.customers.reads import AccountView
from bijoli.insight import costs
from bijoli.metering import reads as metering
from bijoli.metering.reads import PointView
from bijoli.payments import bills as reads
from bijoli.payments import reads as payments
from bijoli.payments.bills import BillView
from bijoli.web import billwords, paying, person
from bijoli.web.bars import PREPAID
from bijoli.web.figures.monthly import YEAR, monthly
from bijoli.web.figures.period import months_back
from bijoli.web.figures.sheet import table
from bijoli.web.figures.views import POSTPAID_MONTHS
from bijoli.web.pages.errors import too_often
from bijoli.web.paper.pdf import pdf_response
from bijoli.web.printedbill import document
from bijoli.web.standing import bill_standing, bills_standing
from bijoli.web.templatetags.bijoli import language


@login_required
def bills(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The bill due, the month so far by the tariff, and the bills of six months."""
    mine, now = person.account(request, public_id), timezone.now()
    found = reads.of_account(mine.id, now)
    if mine.mode == PREPAID and not found:
        return redirect("web:recharge", mine.public_id)
    today = timezone.localdate(now)
    due = sorted((bill for bill in found if bill.open), key=lambda bill: (bill.due_on, bill.id))
    shown = {
        "due": due,
        "first": due[0] if due else None,
        "first_month": billwords.month(due[0]) if due else "",
        "to_pay": sum(bill.open for bill in due),
        "after_due": _after(due),
        "advance": reads.advance(mine.id),
        "rows": billwords.rows(found, today),
        "standing": bills_standing(due, today),
        "payable": mine.pays and paying.open_for_pay(),
        "one_by_one": reads.hidden(mine.id),
        "today": today,
    }
    common = _common(request, mine, "web:bills", now)
    return render(request, "web/bills.html", common | shown | _by_tariff(mine, common["point"]))


@login_required
def bill(request: HttpRequest, public_id: UUID, bill_id: UUID) -> HttpResponse:
    """One bill: breakdown by slab, registers, payments."""
    mine, found, now = one(request, public_id, bill_id)
    receipts = {order.id: order.public_id for order in payments.orders(person.customer_id(request), mine.id)}
    paid = [(billwords.how(part), part, receipts.get(part.order_id or 0)) for part in found.paid]
    shown = {
        "bill": found,
        "month": billwords.month(found),
        "lines": billwords.lines(found),
        "paid": paid,
        "standing": bill_standing(found, timezone.localdate(now)),
        "payable": mine.pays and paying.open_for_pay() and found.open > 0,
        "account": mine,
    }
    return render(request, "web/bill.html", shown)


@login_required
def printed(request: HttpRequest, public_id: UUID, bill_id: UUID) -> HttpResponse:
    """The bill on paper, as it stands now."""
    mine, found, now = one(request, public_id, bill_id)
    if seconds := limits.wait("paper", str(person.customer_id(request)), now):
        return too_often(request, seconds)
    point = metering.points([mine.id]).get(mine.id)
    return pdf_response(f"bijoli-bill-{found.month:%Y-%m}.pdf", document(found, mine, point, timezone.localtime(now), language()))


def one(request: HttpRequest, public_id: UUID, bill_id: UUID) -> tuple[AccountView, BillView, datetime]:
    """A bill of one of the customer's own accounts; Http404 for every other."""
    mine, now = person.account(request, public_id), timezone.now()
    found = reads.bill(mine.id, bill_id, now)
    if found is None:
        raise Http404
    return mine, found, now


def _after(due: list[BillView]) -> int | None:
    """What all of it comes to after the last day; None where it is late already, or a fee is not known."""
    if not due or due[0].overdue or any(bill.after_due is None for bill in due):
        return None
    return sum(bill.after_due or 0 for bill in due[:1]) + sum(bill.open for bill in due[1:])


def _by_tariff(mine: AccountView, point: PointView | None) -> dict[str, object]:
    if point is None:
        return {}
    today = timezone.localdate()
    months = costs.months(mine.id, point, months_back(today, POSTPAID_MONTHS + YEAR - 1), today)
    view = monthly(months, POSTPAID_MONTHS, today, language(), money=False)
    lines = costs.bill(mine.id, point, months[-1])
    named = [(billwords.line_name({"name": line.name, "energy_wh": line.energy_wh, "rate": line.rate}), line.paisa) for line in lines]
    return {
        "view": view,
        "table": table(view.sheet, language()),
        "lines": named,
        "total": costs.total(lines),
        "as_of": costs.as_of(point.tariff, today),
    }


def _common(request: HttpRequest, mine: AccountView, page: str, now: datetime) -> dict[str, Any]:
    return {
        "account": mine,
        "name": person.called(mine),
        "accounts": [(each, person.called(each)) for each in person.accounts(request)],
        "page": page,
        "point": metering.points([mine.id]).get(mine.id),
        "month": metering.month_to_date([mine.id], timezone.localdate(now)).get(mine.id),
    }
