"""Which alerts a person gets for which account, from which balance on, and in which hours they make no sound."""

from __future__ import annotations

import re
from datetime import time
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from bijoli.core import money
from bijoli.core.bangla import latin, taka
from bijoli.customers.alertchoices import limit_bounds, set_alert_choices, set_fewer_sms, set_notices, set_quiet_hours
from bijoli.customers.mailbox import set_by_email
from bijoli.customers.reads import AccountView
from bijoli.metering.limits import own_limit_changed
from bijoli.web.alertforms import (
    AccountForm,
    QuietForm,
    account_form,
    email_form,
    notice_switches,
    quiet_form,
    sms_form,
    switches,
    wishes,
)
from bijoli.web.person import account, accounts, customer_id
from bijoli.web.templatetags.bijoli import language

CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(:00)?")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alert_settings(request: HttpRequest) -> HttpResponse:
    """One page, a form for each account and one for the quiet hours; what cannot be saved is shown again with the reason."""
    if request.method != "POST":
        return _page(request)
    if "email" in request.POST:
        return _save_email(request)
    if "notices" in request.POST:
        return _save_notices(request)
    if "sms" in request.POST:
        return _save_sms(request)
    return _save_quiet(request) if "account" not in request.POST else _save_account(request)


def _page(request: HttpRequest, wrong: AccountForm | None = None, quiet: QuietForm | None = None) -> HttpResponse:
    forms = [wrong if wrong and wrong.account == mine else account_form(mine) for mine in accounts(request)]
    context = {
        "forms": forms,
        "quiet": quiet or quiet_form(request),
        "notices": notice_switches(request),
        "sms": sms_form(request),
        "email": email_form(request),
        "low": settings.UTILITY.thresholds.low_paisa,
        "prepaid": any(form.prepaid for form in forms) or not forms,
    }
    return render(request, "web/alert_settings.html", context)


def _save_account(request: HttpRequest) -> HttpResponse:
    """Only what the form of this account offers is changed. Http404 for an account that is not theirs."""
    mine = account(request, _id(request.POST["account"]))
    off = frozenset(switch.code for switch in switches(mine)) - frozenset(request.POST.getlist("on"))
    asked = frozenset(wish.code for wish in wishes(mine)) & frozenset(request.POST.getlist("ask"))
    typed, limit = request.POST.get("limit", "").strip(), mine.own_limit_paisa
    if mine.mode == "prepaid":
        try:
            limit = _limit(typed)
        except ValueError as error:
            return _page(request, wrong=account_form(mine, typed, off, str(error), asked))
    _keep(request, mine, off, asked, limit)
    messages.success(request, gettext("Saved."), extra_tags="good")
    return redirect("web:alert_settings")


def _keep(request: HttpRequest, mine: AccountView, off: frozenset[str], asked: frozenset[str], limit: int | None) -> None:
    kept = mine.muted - frozenset(switch.code for switch in switches(mine))
    with transaction.atomic():
        if not set_alert_choices(customer_id(request), mine.public_id, muted=off | kept, own_limit_paisa=limit, asked=asked):
            raise Http404
        if limit != mine.own_limit_paisa:
            own_limit_changed(mine.id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _limit(text: str) -> int | None:
    """Paisa; None for an empty field. Raises ValueError with words for the person."""
    if not text:
        return None
    above, highest = limit_bounds()
    try:
        limit = money.typed(text)
    except ValueError:
        raise ValueError(gettext("Write an amount in taka, such as 300 or 300.50.")) from None
    if limit <= above:
        raise ValueError(gettext("Choose more than %(limit)s. Under that we tell you anyway.") % {"limit": taka(above, language(), 0)})
    if limit > highest:
        raise ValueError(gettext("The limit can be %(limit)s at most.") % {"limit": taka(highest, language(), 0)})
    return limit


def _save_notices(request: HttpRequest) -> HttpResponse:
    on = request.POST.getlist("on")
    set_notices(customer_id(request), outages="outages" in on, news="news" in on)
    messages.success(request, gettext("Saved."), extra_tags="good")
    return redirect("web:alert_settings")


def _save_sms(request: HttpRequest) -> HttpResponse:
    set_fewer_sms(customer_id(request), "more" not in request.POST)
    messages.success(request, gettext("Saved."), extra_tags="good")
    return redirect("web:alert_settings")


def _save_email(request: HttpRequest) -> HttpResponse:
    set_by_email(customer_id(request), "on" in request.POST)
    messages.success(request, gettext("Saved."), extra_tags="good")
    return redirect("web:alert_settings")


def _save_quiet(request: HttpRequest) -> HttpResponse:
    """Both times empty, or the button for it, means the utility's hours again."""
    begin, end = ("", "") if "default" in request.POST else (request.POST.get(end, "").strip() for end in ("from", "until"))
    try:
        if bool(begin) != bool(end):
            raise ValueError(gettext("Give both times, or leave both empty."))
        set_quiet_hours(customer_id(request), _clock(begin), _clock(end))
    except ValueError as error:
        return _page(request, quiet=quiet_form(request, begin, end, str(error)))
    messages.success(request, gettext("Saved."), extra_tags="good")
    return redirect("web:alert_settings")


def _clock(text: str) -> time | None:
    if not text:
        return None
    found = CLOCK.fullmatch(latin(text))
    if found is None:
        raise ValueError(gettext("Write each time with hours and minutes, such as 22:00."))
    return time(int(found[1]), int(found[2]))
