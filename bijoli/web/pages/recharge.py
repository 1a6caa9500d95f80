"""Recharges of a prepaid account with every charge."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core.forecast import Unknown
from bijoli.core.payment import OPEN, OrderState
from bijoli.customers import limits
from bijoli.customers.reads import AccountView
from bijoli.customers.rights import Right
from bijoli.insight import reads as insight
from bijoli.insight.explanations import recharge_of
from bijoli.metering import reads
from bijoli.metering.reads import CreditView
from bijoli.payments import reads as payments
from bijoli.payments.reads import OrderView
from bijoli.web import paystate, person, receipts, sums
from bijoli.web.bars import PREPAID
from bijoli.web.closed import closed
from bijoli.web.pages.errors import too_often
from bijoli.web.paper.pdf import pdf_response
from bijoli.web.quoting import month_end
from bijoli.web.standing import is_old, standing
from bijoli.web.templatetags.bijoli import language, taka
from bijoli.web.until import enough, lasts

KEPT = timedelta(days=366)
RECENT = timedelta(hours=1)  # an open or a finished payment stands above the history for so long


@dataclass(frozen=True, slots=True)
class Receipt:
    """One recharge: what was paid, each charge with its sign, tokens in groups of four."""

    view: CreditView
    paid: int
    lines: list[tuple[str, int]]
    tokens: list[str]
    wrong: str  # a sentence, where the figures do not add up
    day: date
    order: OrderView | None  # where this person paid for it in the app


@dataclass(frozen=True, slots=True)
class Coming:
    """A payment that is not in the history yet: how it stands in few words."""

    order: OrderView
    words: str
    tone: str


@login_required
def first(request: HttpRequest) -> HttpResponse:
    """Without an account in the address (the app's shortcut): the first one."""
    mine = person.current(request)
    return _go(mine) if mine else render(request, "web/no_account.html")


@login_required
def recharge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The amount to recharge, what is on its way, this month's total, and the recharges of a year."""
    mine = person.account(request, public_id)
    if mine.mode != PREPAID:
        return _go(mine)
    now = timezone.now()
    orders = payments.orders(person.customer_id(request), mine.id)
    by_number = {order.number: order for order in orders if order.paid_at}
    history = [_receipt(credit, by_number.get(credit.order)) for credit in _credits(mine, by_number, now)]
    common = _common(request, mine, "web:recharge") | _ahead(mine, now) | {"all_recharges": mine.may(Right.RECHARGES)}
    return render(request, "web/recharge.html", common | _sale(mine, now) | {"credits": history, "coming": _coming(orders, history, now)})


def _credits(mine: AccountView, own: Collection[str], now: datetime) -> list[CreditView]:
    """A year's recharges; where the role does not show those of others, the ones that this person paid here."""
    found = reads.credits(mine.id, now - KEPT, now)
    return list(found) if mine.may(Right.RECHARGES) else [credit for credit in found if credit.order in own]


def _sale(mine: AccountView, now: datetime) -> dict[str, object]:
    """What the amount's form needs; without gateways the page says how else to recharge."""
    sells = bool(settings.GATEWAYS)
    return {
        "sells": sells and mine.pays,
        "looks_only": sells and not mine.pays,
        "quick": settings.UTILITY.paying.quick,
        "shut": closed(now),
    }


def _coming(orders: Sequence[OrderView], history: Sequence[Receipt], now: datetime) -> list[Coming]:
    """This person's payments that have not become a line of the history yet, newest first."""
    told = {receipt.view.order for receipt in history}
    since = now - RECENT
    open_ones = [
        order for order in orders if paystate.under_way(order) or (order.created_at > since and order.state in {*OPEN, OrderState.DONE})
    ]
    return [Coming(order, *paystate.short(order, now)) for order in open_ones if order.number not in told or paystate.under_way(order)]


@login_required
def receipt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One recharge (`?credit=`) as PDF, wherever it was bought."""
    mine, now = person.account(request, public_id), timezone.now()
    wanted = request.GET.get("credit", "")
    own = [order.number for order in payments.orders(person.customer_id(request), mine.id) if order.paid_at]
    found = next((one for one in _credits(mine, own, now) if str(one.id) == wanted), None)
    if found is None:
        raise Http404
    if seconds := limits.wait("paper", str(person.customer_id(request)), now):
        return too_often(request, seconds)
    shown, point = _receipt(found, None), reads.points([mine.id]).get(mine.id)
    facts = [(gettext("Transaction ID"), found.order), (gettext("Paid with"), found.channel), (gettext("Time"), receipts.written(found.at))]
    total = (gettext("Added to the meter"), taka(found.credited_paisa))
    meter = (point.meter_number if point else None) or ""
    paper = receipts.of_credit(
        mine.number, meter, found.at, facts, shown.lines, total, [str(each) for each in found.tokens], timezone.localtime(now)
    )
    return pdf_response(f"bijoli-receipt-{shown.day.isoformat()}.pdf", paper)


def _ahead(mine: AccountView, now: datetime) -> dict[str, object]:
    """How long the balance lasts, and what it takes until the month's end (from the 25th on: the next one's)."""
    local = timezone.localtime(now)
    found = insight.enough_until(mine.id, month_end(now), now)
    ends = insight.forecast_of([mine.id], now).get(mine.id)
    short = not isinstance(found, Unknown) and found.short_paisa > 0
    until = {"until": month_end(now)} if short else {}
    return {"lasts": lasts(ends, local, language()), "enough": enough(found, local, language()), **until}


def _receipt(credit: CreditView, order: OrderView | None) -> Receipt:
    """Only what is known: a recharge told without its charges shows what reached the meter."""
    charges = [(sums.charge_name(str(charge.get("name", ""))), -int(charge.get("paisa", 0))) for charge in credit.charges]
    lines = [
        (gettext("Paid"), credit.gross_paisa),
        (gettext("VAT"), None if credit.vat_paisa is None else -credit.vat_paisa),
        *charges,
        (gettext("Rebate"), credit.rebate_paisa or None),
    ]
    return Receipt(
        view=credit,
        paid=credit.credited_paisa if credit.gross_paisa is None else credit.gross_paisa,
        lines=[(name, paisa) for name, paisa in lines if paisa is not None],
        wrong=sums.wrong(recharge_of(credit)),
        day=timezone.localdate(credit.at),
        tokens=[receipts.grouped(str(token)) for token in credit.tokens],
        order=order,
    )


def _go(mine: AccountView) -> HttpResponse:
    return redirect("web:recharge" if mine.mode == PREPAID else "web:bills", mine.public_id)


def _common(request: HttpRequest, mine: AccountView, page: str) -> dict[str, Any]:
    now = timezone.now()
    point = reads.points([mine.id]).get(mine.id)
    return {
        "account": mine,
        "name": person.called(mine),
        "accounts": [(each, person.called(each)) for each in person.accounts(request)],
        "page": page,
        "point": point,
        "standing": standing(mine, point, now),
        "old": is_old(point.balance_at if point else None, now),
        "month": reads.month_to_date([mine.id], timezone.localdate(now)).get(mine.id),
    }
