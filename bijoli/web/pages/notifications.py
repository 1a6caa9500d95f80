"""The notification centre: the list by day, one notification in detail, and reading."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from bijoli.alerts import disputes
from bijoli.delivery import reads
from bijoli.delivery.read import mark_read
from bijoli.web import story
from bijoli.web.filters import filters
from bijoli.web.listing import Entry, entry
from bijoli.web.person import account, customer_id

PAGE = 30


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """`?before=<id>` goes on with older ones; `?kind=` and `?account=` show only those."""
    chosen, before = filters(request), _id(request.GET.get("before", ""))
    account_id = chosen.account.id if chosen.account else None
    found = reads.listing(customer_id(request), before=before, limit=PAGE + 1, account_id=account_id, kind=chosen.kind)
    entries = [entry(view) for view in found[:PAGE]]
    days = [(day, list(group)) for day, group in groupby(entries, key=_day)]
    context = {
        "days": days,
        "older": chosen.url(before=str(entries[-1].view.public_id)) if len(found) > PAGE else None,
        "first": "before" not in request.GET,
        "filtered": bool(chosen.kind or chosen.account),
        "kinds": chosen.kinds(),
        "accounts": chosen.accounts(request),
    }
    return render(request, "web/notifications.html", context)


def _day(given: Entry) -> date:
    return timezone.localdate(given.view.made_at)


def _id(text: str) -> UUID | None:
    """A public id; None for anything else, as if it had not been asked for."""
    try:
        return UUID(text)
    except ValueError:
        return None


@login_required
def detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What happened, by which rule, and what became of the message."""
    view = reads.one(customer_id(request), public_id)
    if view is None:
        raise Http404
    mine = account(request, view.account_public_id) if view.account_public_id is not None else None  # the bars stand on it
    if view.kind == "case":
        return redirect("web:complaint", view.facts["complaint"])  # which reads it: one tap from the push to the complaint
    shown = entry(view)
    said = disputes.of(customer_id(request), view.stage_id) if view.stage_id is not None else []
    context = {"entry": shown, "n": view, "said": said, "waits": any(one.closed_at is None for one in said)}
    context["complains"] = mine is not None and mine.complains
    return render(request, "web/notification.html", context | story.context(view, shown.words.action, mine))


@login_required
@require_POST
def read(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One is read: from the page's script after a second, or by its button."""
    left = mark_read(customer_id(request), [public_id])
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"unread": left})
    return redirect("web:notification", public_id)


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """All are read."""
    mark_read(customer_id(request), None)
    return redirect("web:notifications")
