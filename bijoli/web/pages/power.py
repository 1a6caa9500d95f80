""" "Why is my power off?": one answer with one next step."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from bijoli.customers.rights import Right
from bijoli.web import poweranswer
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
    mine = account(request, public_id, Right.USE)
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
    }
    return render(request, "web/power.html", shown)
