"""One payment as its payer sees it: the way to the gateway, the live state, tokens to tick off, the receipt. 404 for everybody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bijoli.core.money import TAKA
from bijoli.core.payment import OPEN, RECHARGE, OrderState, VendState
from bijoli.customers import limits
from bijoli.customers.reads import AccountView
from bijoli.metering import reads as metering
from bijoli.payments import orders, reads, tokens
from bijoli.payments.reads import OrderView
from bijoli.web import billwords, paying, paystate, person, receipts, splitting
from bijoli.web.pages.errors import too_often
from bijoli.web.paper.pdf import pdf_response
from bijoli.web.templatetags.bijoli import taka, when


def mine(request: HttpRequest, public_id: UUID) -> OrderView:
    """The order of this payer. Http404."""
    order = reads.order(person.customer_id(request), public_id)
    if order is None:
        raise Http404
    return order


@login_required
def pay(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The order's page. It changes by itself while something may still happen."""
    order, now = mine(request, public_id), timezone.now()
    if order.state in OPEN:
        orders.looked_at(order.id, now)
    shown = _shown(request, order, now)
    if shown["account"]:
        person.account(request, shown["account"].public_id)  # the bars stand on it
    return render(request, "web/pay.html", shown)


@never_cache
@login_required
def state(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """For the page's script: whether it may still change, and the part that changes where it is not `?v=`."""
    shown = _shown(request, mine(request, public_id), timezone.now())
    told: dict[str, object] = {"v": shown["version"], "live": shown["stand"].live}
    if request.GET.get("v") != shown["version"]:
        told |= {"title": shown["stand"].title, "html": render_to_string("web/parts/paylive.html", shown, request)}
    return JsonResponse(told)


@never_cache
@login_required
def go(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Leads on to the gateway's page; waits for it where another request opens it just now."""
    order = mine(request, public_id)
    url = reads.gate(person.customer_id(request), public_id)
    if order.state not in OPEN or (not url and timezone.now() - order.created_at > paystate.UNHEARD):
        return redirect("web:pay", public_id)
    return render(request, "web/pay_go.html", {"order": order, "url": url, "gateway": paying.gateway_called(order.gateway)})


@require_POST
@login_required
def typed(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ticks a token off, or takes the tick back."""
    order = mine(request, public_id)
    place = request.POST.get("place", "")
    done = request.POST.get("typed") == "1"
    if not place.isdecimal() or not tokens.tick(person.customer_id(request), order.public_id, int(place[:3]), done):
        raise Http404
    if request.headers.get("Accept") == "application/json":
        return state(request, public_id)
    return paying.see(reverse("web:pay", args=[public_id]) + "#tokens")


@login_required
def receipt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The receipt as PDF, once it is paid."""
    order, now = mine(request, public_id), timezone.now()
    if order.paid_at is None:
        raise Http404
    if seconds := limits.wait("paper", str(person.customer_id(request)), now):
        return too_often(request, seconds)
    charges, total = charges_of(order)
    paper = receipts.document(order, _account(request, order), charges, total, timezone.localtime(now))
    return pdf_response(f"bijoli-receipt-{order.number.lower()}.pdf", paper)


def charges_of(order: OrderView) -> tuple[splitting.Lines, tuple[str, str]]:
    """A receipt's lines and its last one: of a recharge what reaches the meter, of a bill what was paid; of money that may go back no more
    than that it was paid."""
    if order.state not in {OrderState.PAID, OrderState.DONE}:
        return [], (gettext("Paid"), taka(order.amount_paisa))
    if order.purpose == RECHARGE:
        name = gettext("Added to the meter") if order.state == OrderState.DONE else gettext("Goes to the meter")
        return receipts.split_of(order), (name, taka(receipts.credited(order)))
    bills = billwords.paid_by(order.id, order.amount_paisa) or [(gettext("Bill"), order.amount_paisa)]
    return bills, (gettext("Paid"), taka(order.amount_paisa))


def _account(request: HttpRequest, order: OrderView) -> str:
    """The account's number where the person sees the account."""
    return "" if order.other else next((each.number for each in person.accounts(request) if each.id == order.account_id), "")


def _shown(request: HttpRequest, order: OrderView, now: datetime) -> dict[str, Any]:
    stand = paystate.stand(order, now)
    account = None if order.other else next((each for each in person.accounts(request) if each.id == order.account_id), None)
    point = metering.points([account.id]).get(account.id) if account and order.vend == VendState.ON_METER else None
    fresh = point is not None and point.balance_at is not None and order.on_meter_at is not None and point.balance_at >= order.on_meter_at
    charges, total = charges_of(order)
    return {
        "order": order,
        "stand": stand,
        "gateway": paying.gateway_name(order.gateway),
        "called": paying.gateway_called(order.gateway),
        "gate": reads.gate(person.customer_id(request), order.public_id) if order.state in OPEN else "",
        "account": account,
        "name": person.called(account) if account else "",
        "balance": point.balance_paisa if point and fresh else None,
        "balance_at": point.balance_at if point and fresh else None,
        "charges": charges,
        "total": total,
        "same": splitting.same(order.split, order.quote),
        "facts": receipts.facts(order, lambda at: when(at) if at else ""),
        "tokens": _tokens(order),
        "typed": len(order.typed),
        "again": _again(order, account) if stand.again else "",
        "version": _version(order, stand, fresh),
    }


def _tokens(order: OrderView) -> list[dict[str, Any]]:
    """Each token with its place; `next`: the first that is not typed in."""
    first = next((place for place in range(len(order.tokens)) if place not in order.typed), None)
    return [
        {"place": place, "n": place + 1, "text": receipts.grouped(token), "typed": place in order.typed, "next": place == first}
        for place, token in enumerate(order.tokens)
    ]


def _again(order: OrderView, account: AccountView | None) -> str:
    """Where another try begins, with the same amount; empty where the account is not the person's any more."""
    if order.other:
        return reverse("web:other")
    if account is None:
        return ""
    if order.purpose != RECHARGE:
        return reverse("web:bills", args=[account.public_id])
    return reverse("web:quote", args=[account.public_id]) + f"?amount={order.amount_paisa // TAKA}.{order.amount_paisa % TAKA:02d}"


def _version(order: OrderView, stand: paystate.Stand, fresh: bool) -> str:
    """Changes with what the page shows."""
    seen = (order.state, order.vend, sorted(order.typed), order.tokens, stand.title, stand.words, fresh, order.sent_at)
    return salted_hmac("bijoli.pay", repr(seen)).hexdigest()[:16]
