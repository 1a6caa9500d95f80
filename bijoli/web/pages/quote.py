"""The quote before paying, for a meter of one's own; and the payment of exactly that quote."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from bijoli.core.payment import RECHARGE
from bijoli.customers import limits
from bijoli.customers.limits import TooOften
from bijoli.customers.reads import AccountView
from bijoli.metering import reads
from bijoli.metering.reads import PointView
from bijoli.payments.orders import Wanted
from bijoli.web import paying, person, quoting
from bijoli.web.bars import PREPAID
from bijoli.web.closed import closed
from bijoli.web.pages.errors import too_often
from bijoli.web.paying import Unpaid
from bijoli.web.quoting import NoQuote, Offer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def quote(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """GET shows what an amount (`?amount=` or `?quick=`) comes to; POST pays it, if it still comes to the same."""
    mine, now = person.account(request, public_id), timezone.now()
    if mine.mode != PREPAID or not mine.pays or not paying.open_for_pay():
        return redirect("web:recharge", mine.public_id)
    point = reads.points([mine.id]).get(mine.id)
    try:
        limits.count("quote", str(person.customer_id(request)), now)
        offered = _offer(request, mine, point, now)
        if request.method != "POST":
            return _page(request, mine, point, offered, now)
        return _pay(request, mine, point, offered, now)
    except NoQuote as none:
        return _page(request, mine, point, None, now, none.words, away=none.away)
    except TooOften as limit:
        return too_often(request, limit.seconds)


def _offer(request: HttpRequest, mine: AccountView, point: PointView | None, now: datetime) -> Offer:
    given = request.POST if request.method == "POST" else request.GET
    quick = given.get("quick", "")
    if quick == quoting.UNTIL and point:
        quoted = quoting.until_end(mine, point, now)
    else:
        quoted = quoting.quote(point, quoting.typed(quick or given.get("amount", "")), now)
    if point is None:
        raise NoQuote("")
    return quoting.offer(mine, point, quoted, now)


def _pay(request: HttpRequest, mine: AccountView, point: PointView | None, offered: Offer, now: datetime) -> HttpResponse:
    """The order keeps the quote that was shown: where the meter system or the tariff has another by now, that one is shown first."""
    try:
        check(request, offered, now)
        key, gateway = paying.asked(request, now)
        wanted = Wanted(
            key=key,
            purpose=RECHARGE,
            customer_id=person.customer_id(request),
            account_id=mine.id,
            meter_id=point.meter_id if point else None,
            amount_paisa=offered.gross,
            gateway=gateway,
            quote=offered.quoted.kept,
        )
        return paying.pay(request, wanted, now)
    except Unpaid as fault:
        return _page(request, mine, point, offered, now, fault.words)


def check(request: HttpRequest, offered: Offer, now: datetime) -> None:
    """Raises Unpaid where recharge is closed, the amount too small, or the quote not the one that was shown."""
    shut = closed(now)
    if shut and shut.refuses:
        raise Unpaid(shut.words)
    if offered.least is not None:
        raise Unpaid(quoting.refusal(offered))
    if request.POST.get("credited") != str(offered.credited):
        raise Unpaid(gettext("The charges have changed since you looked. These are the new figures; nothing was paid."))


def _page(
    request: HttpRequest,
    mine: AccountView,
    point: PointView | None,
    offered: Offer | None,
    now: datetime,
    fault: str = "",
    *,
    away: bool = False,
) -> HttpResponse:
    common = {"account": mine, "name": person.called(mine), "point": point, "fault": fault, "away": away}
    to = reverse("web:quote", args=[mine.public_id])
    return render(
        request,
        "web/quote.html",
        common | shown(offered, now, fault) | {"pay_to": to, "back": reverse("web:recharge", args=[mine.public_id])},
    )


def shown(offered: Offer | None, now: datetime, fault: str = "", **hidden: object) -> dict[str, Any]:
    """What `web/parts/offer.html` and the pay form need."""
    shut = closed(now)
    found: dict[str, Any] = {"offer": offered, "shut": shut}
    if offered is None:
        return found
    found["refusal"] = quoting.refusal(offered)
    kept = [("amount", f"{offered.gross // 100}.{offered.gross % 100:02d}"), ("credited", offered.credited), *hidden.items()]
    return found | paying.form(now, kept, fault if not found["refusal"] and not (shut and shut.refuses) else "")
