"""Recharging somebody else's meter: by its number, with a masked name and the quote. No balance, no history, and not many tries.

What was found is handed from the quote to the payment in a signed form that only this person can use, so that a number is looked up once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from bijoli.core.bangla import latin
from bijoli.core.payment import RECHARGE
from bijoli.customers import limits
from bijoli.customers import reads as customers
from bijoli.customers.limits import TooOften
from bijoli.customers.origin import client_address, network
from bijoli.metering import reads
from bijoli.metering.reads import PointView
from bijoli.payments.orders import Wanted
from bijoli.web import paying, person, quoting
from bijoli.web.closed import closed
from bijoli.web.pages.errors import too_often
from bijoli.web.pages.quote import check, shown
from bijoli.web.paying import Unpaid
from bijoli.web.quoting import NoQuote, Offer

LASTS_S = 1800  # a quote that was left open for longer is asked for anew
SALT = "bijoli.other"


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody's meter: where it stands, and its masked name, empty where the utility knows none. `token` stands in the form."""

    point: PointView
    name: str
    token: str


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def other(request: HttpRequest) -> HttpResponse:
    """GET asks for the number and the amount, POST shows the quote; with a gateway chosen it pays."""
    if not paying.open_for_pay():
        return redirect("web:recharge")
    now = timezone.now()
    if request.method != "POST":
        return _form(request, now)
    try:
        limits.count("quote", str(person.customer_id(request)), now)
        found = _kept(request) if "to" in request.POST else _looked_for(request, now)
        own = next((each for each in person.accounts(request) if each.id == found.point.account_id), None)
        if own:
            return redirect("web:recharge", own.public_id)
        offered = _offer(request, found, now)
        return _pay(request, found, offered, now) if "key" in request.POST else _page(request, found, offered, now)
    except NoQuote as none:
        return _form(request, now, none.words, away=none.away)
    except TooOften as limit:
        return too_often(request, limit.seconds)


def _looked_for(request: HttpRequest, now: datetime) -> Other:
    """Counts the try first: an unknown number costs as much as a known one, and both are answered alike."""
    who = person.customer_id(request)
    limits.count("other meter by network", network(client_address(request)), now)
    limits.count("other meter", str(who), now)
    account = reads.at_number(latin(request.POST.get("number", ""))[:30])
    return _other(who, -1 if account is None else account)


def _kept(request: HttpRequest) -> Other:
    who = person.customer_id(request)
    try:
        account = signing.loads(request.POST.get("to", ""), salt=f"{SALT}.{who}", max_age=LASTS_S)
    except signing.BadSignature:
        raise NoQuote(gettext("That form was open for too long. Please enter the number once more; nothing was paid.")) from None
    return _other(who, int(account))


def _other(who: int, account_id: int) -> Other:
    """Raises NoQuote, with the same words for a number that nobody has and for one that is not to be recharged."""
    point, name = reads.points([account_id]).get(account_id), customers.masked_name(account_id)
    if point is None or point.meter_number is None:
        raise NoQuote(gettext("No prepaid meter can be recharged by this number. Please compare it with the meter or an old receipt."))
    return Other(point, name, signing.dumps(account_id, salt=f"{SALT}.{who}"))


def _offer(request: HttpRequest, found: Other, now: datetime) -> Offer:
    gross = quoting.typed(request.POST.get("quick") or request.POST.get("amount", ""))
    return quoting.bare(found.point, quoting.quote(found.point, gross, now))


def _pay(request: HttpRequest, found: Other, offered: Offer, now: datetime) -> HttpResponse:
    try:
        check(request, offered, now)
        key, gateway = paying.asked(request, now)
        wanted = Wanted(
            key=key,
            purpose=RECHARGE,
            customer_id=person.customer_id(request),
            account_id=found.point.account_id,
            meter_id=found.point.meter_id,
            amount_paisa=offered.gross,
            gateway=gateway,
            other=True,
            quote=offered.quoted.kept,
        )
        return paying.pay(request, wanted, now)
    except Unpaid as fault:
        return _page(request, found, offered, now, fault.words)


def _page(request: HttpRequest, found: Other, offered: Offer, now: datetime, fault: str = "") -> HttpResponse:
    context = shown(offered, now, fault, to=found.token)
    return render(
        request, "web/quote.html", context | {"other": found, "pay_to": reverse("web:other"), "back": reverse("web:other"), "fault": fault}
    )


def _form(request: HttpRequest, now: datetime, fault: str = "", *, away: bool = False) -> HttpResponse:
    given = {name: request.POST.get(name, "")[:30] for name in ("number", "amount")}
    status = 200 if not fault else 422
    return render(
        request,
        "web/other.html",
        given | {"quick": settings.UTILITY.paying.quick, "shut": closed(now), "fault": fault, "away": away},
        status=status,
    )
