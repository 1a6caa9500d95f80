"""My complaints: the list, one with its time line, and what the person may do with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bijoli.complaints import following, own, reads, telling
from bijoli.complaints.line import LONGEST, ComplaintError
from bijoli.complaints.reads import ComplaintView
from bijoli.core.bangla import latin
from bijoli.customers import rolewords
from bijoli.customers.limits import TooOften
from bijoli.delivery import reads as delivery
from bijoli.web import attached, complaintwords
from bijoli.web.context import every_page
from bijoli.web.person import accounts, called, customer_id

STARS = (1, 2, 3, 4, 5)


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """Those that wait for us first, then the others, the newest first; apart from them those of others about an account of this person."""
    me, now = customer_id(request), timezone.now()
    rows, others = [_row(view) for view in reads.listing(me, now)], [_row(view) for view in reads.shared_listing(me, now)]
    shown = {"waiting": [row for row in rows if row[0].waits], "done": [row for row in rows if not row[0].waits], "others": others}
    return render(request, "web/complaints.html", shown)


def _row(view: ComplaintView) -> tuple[ComplaintView, str, str, str, str, str]:
    return (view, *complaintwords.category(view.category), *complaintwords.state(view), complaintwords.by_when(view))


@login_required
@require_GET
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One complaint, of this person or of another about the same account. The page reads the newest push about it."""
    view = _seen(request, public_id)
    name, icon = complaintwords.category(view.category)
    words, tone = complaintwords.state(view)
    home = next((called(one) for one in accounts(request) if one.public_id == view.account_public_id), "")
    shown = {
        "c": view,
        "name": name,
        "icon_name": icon,
        "state": words,
        "tone": tone,
        "home": home,
        "by_when": complaintwords.by_when(view),
        "finding": complaintwords.finding(view.finding),
        "found_text": next((one.text for one in reversed(view.steps) if one.kind == "resolved"), ""),
        "lines": complaintwords.lines(view, str(every_page(request)["brand"])),
        "by": rolewords.name(view.by) if view.by else "",
        "about": attached.rows(view.facts),
        "unread_id": delivery.unread_of(customer_id(request), telling.KIND, view.number),
        "sent": "sent" in request.GET,
        "stars": STARS,
        "longest": LONGEST,
    }
    return render(request, "web/complaint.html", shown)


def _mine(request: HttpRequest, public_id: UUID) -> ComplaintView:
    view = reads.one(customer_id(request), public_id, timezone.now())
    if view is None:
        raise Http404
    return view


def _seen(request: HttpRequest, public_id: UUID) -> ComplaintView:
    me, now = customer_id(request), timezone.now()
    view = reads.one(me, public_id, now) or reads.shared_one(me, public_id, now)
    if view is None:
        raise Http404
    return view


@login_required
@require_POST
def follow(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Of another's complaint: push each step to this person too, or not any more."""
    wanted = request.POST.get("wanted") == "1"
    try:
        following.follow(customer_id(request), public_id, wanted=wanted, now=timezone.now())
    except ComplaintError:
        raise Http404 from None
    messages.success(request, gettext("Your phone tells you of each step.") if wanted else gettext("You are told no more of it."))
    return HttpResponseRedirect(reverse("web:complaint", args=[public_id]))


@login_required
@require_POST
def say(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """More words for those who work on it."""
    text = request.POST.get("text", "")
    return _done(request, public_id, lambda now: own.say(customer_id(request), public_id, text, now), gettext("We have it."))


@login_required
@require_POST
def reopen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """It is not solved."""
    text = request.POST.get("text", "")
    words = gettext("It is open again, with a new promised time.")
    return _done(request, public_id, lambda now: own.reopen(customer_id(request), public_id, text, now), words)


@login_required
@require_POST
def rate(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """It is solved, and how it went."""
    stars, text = latin(request.POST.get("stars", "")), request.POST.get("text", "")
    given = int(stars) if len(stars) == 1 and stars.isdecimal() else 0
    words = gettext("Thank you. This helps us to do better.")
    return _done(request, public_id, lambda now: own.rate(customer_id(request), public_id, given, text, now), words)


def _done(request: HttpRequest, public_id: UUID, verb: Callable[[datetime], None], words: str) -> HttpResponse:
    """Back to the complaint, which says what became of it. 404 for somebody else's."""
    view = _mine(request, public_id)
    try:
        verb(timezone.now())
        messages.success(request, words)
    except TooOften:
        messages.error(request, gettext("You wrote very often just now. Try again in an hour, or call us."))
    except ComplaintError:
        empty = not request.POST.get("text", "").strip()
        messages.error(request, gettext("Write a few words first.") if empty else gettext("That is not possible any more."))
    return HttpResponseRedirect(reverse("web:complaint", args=[view.public_id]))


@login_required
@require_GET
def photo(request: HttpRequest, public_id: UUID, photo_id: UUID) -> HttpResponse:
    """A photo of the person's own complaint, for no cache."""
    body = reads.photo(customer_id(request), public_id, photo_id, timezone.now())
    if body is None:
        raise Http404
    return picture(body)


def picture(body: bytes) -> HttpResponse:
    """A JPEG that we wrote ourselves, and nothing else whatever a browser thinks of it."""
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type="image/jpeg", headers=headers)
