""" "Why is my power off?": one answer with one next step."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bijoli.customers.reads import AccountView
from bijoli.customers.rights import Right
from bijoli.metering import reads as metering
from bijoli.payments import standing
from bijoli.web import asked, poweranswer
from bijoli.web.asked import Asked
from bijoli.web.person import account, called, with_right


@login_required
def first(request: HttpRequest) -> HttpResponse:
    """The first account's."""
    mine = next(iter(with_right(request, Right.USE)), None)
    return redirect("web:power", mine.public_id) if mine else redirect("web:help")


@login_required
@never_cache
def power(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """404 for somebody else's account."""
    return _page(request, account(request, public_id, Right.USE))


@login_required
@never_cache
@require_POST
def ask(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """POST: the same page, with what the head-end says of the meter now."""
    mine, now = account(request, public_id, Right.USE), timezone.now()
    point = metering.points([mine.id]).get(mine.id)
    if point is None or point.meter_number is None or not standing.offered():
        return redirect("web:power", mine.public_id)
    return _page(request, mine, asked.ask(point.meter_number, f"account {mine.id}", now, prepaid=mine.mode == "prepaid"))


def _page(request: HttpRequest, mine: AccountView, told: Asked | None = None) -> HttpResponse:
    found = poweranswer.find(mine, timezone.now())
    shown = {
        "account": mine,
        "name": called(mine),
        "accounts": [(one, called(one)) for one in with_right(request, Right.USE)],
        "page": "web:power",
        "point": found.point,
        "answer": poweranswer.say(mine, found),
        "looked": poweranswer.looked_at(mine, found),
        "until": found.answer.until,
        "asks": standing.offered() and found.known.has_meter,
        "asked": told,
    }
    return render(request, "web/power.html", shown)
