"""Buttons that decide something: one shape for all, POST with a reason where one is wanted, written down, refused in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext

from bijoli.notices.desk import NoticeError
from bijoli.payments.closures import ClosureError
from bijoli.payments.refunds import RefundError
from bijoli.payments.reviews import ReviewError
from bijoli.staff.base import StaffAdmin, Verb, Words
from bijoli.staff.forms import WhyForm
from bijoli.staff.looks import note

TEMPLATE = "staff/parts/deed.html"


def verb(
    name: str, label: Words, url: str, about: str, *, asks: bool = False, form: Any = None, danger: bool = False, own: bool = False
) -> Verb:
    """A button with what it does; `asks` for a reason, or by a `form` with another field `why`; `own`: a colleague must press it."""
    form = WhyForm(auto_id=f"{name}-%s") if asks else form
    return Verb(name, label, url, TEMPLATE, {"about": about, "form": form, "danger": danger, "own": own})


def done(desk: StaffAdmin, request: HttpRequest, row: Any, name: str, act: Callable[[str], object], words: str) -> HttpResponse:
    """Runs `act` with the typed reason, says what came of it, and goes back to the row's page."""
    try:
        act(request.POST.get("why", "")[:500])
    except (ReviewError, RefundError, ClosureError, NoticeError) as error:
        messages.error(request, refusal(error.why))
    else:
        note(request, f"{desk.page}/{name}", [desk.subject(row)] if desk.personal else [])
        messages.success(request, words)
    return HttpResponseRedirect(desk.url_of(row))


def allowed(desk: StaffAdmin, request: HttpRequest, permission: str) -> None:
    """Raises PermissionDenied for another method than POST, and without the right."""
    if request.method != "POST" or not desk.may(request, permission):
        raise PermissionDenied


def refusal(why: str) -> str:
    return {
        "own": gettext("You proposed it: a colleague must approve it."),
        "state": gettext("A colleague was faster: look at its state."),
        "refund": gettext("A refund of this money is proposed or under way. Withdraw it first."),
        "taken": gettext("This money pays for something, or goes back already."),
        "reason": gettext("Fill in what is asked for."),
        "order": gettext("It must end after it begins."),
        "past": gettext("It cannot begin in the past."),
        "long": gettext("Recharge can be closed for at most seven days."),
        "words": gettext("Customers need words in both languages."),
        "length": gettext("The title has at most 80 characters, the text at most 300: it must fit on a locked screen."),
        "nobody": gettext("Nobody would be told: choose feeders, divisions or accounts at which somebody is linked."),
        "far": gettext("That is too far away: two months at most."),
    }.get(why, why)
