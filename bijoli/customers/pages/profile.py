"""The profile: who one is here, what one calls one's meters, and where one is signed in."""

from __future__ import annotations

import uuid

from allauth.account.internal.flows.logout import logout as leave
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from bijoli.customers import passkeys, preferences, reads, rolewords, sessions
from bijoli.customers.forms import NameForm
from bijoli.customers.invitations import invitations, last_day
from bijoli.customers.pages.own import called, own_page, person

ACCOUNT = "account-"


@own_page
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """Everything about oneself on one page."""
    me = person(request)
    mine = reads.accounts(me.pk)
    shown = {
        "form": NameForm(initial={"name": me.name}),
        "number": called(me),
        "accounts": mine,
        "access": [(each, rolewords.name(each.role), last_day(each.until)) for each in mine],
        "invitations": invitations(me.pk, timezone.now()),
        "languages": [pair for pair in settings.LANGUAGES if pair[0] in settings.UTILITY.languages],
        "themes": (("system", gettext("Like the phone")), ("light", gettext("Light")), ("dark", gettext("Dark"))),
        "passkey_count": len(passkeys.listed(me.pk)),
        "sessions": sessions.listed(me, request.session.session_key),
    }
    return render(request, "customers/profile.html", shown)


@own_page
@require_POST
def name(request: HttpRequest) -> HttpResponse:
    """Saves the customer's name."""
    preferences.set_preferences(person(request).pk, name=request.POST.get("name", ""))
    return _saved(request)


@own_page
@require_POST
def nicknames(request: HttpRequest) -> HttpResponse:
    """Saves the customer's own words for accounts, one field each, named by the account; 404 for an account that is not theirs."""
    with transaction.atomic():
        for field, word in request.POST.items():
            if field.startswith(ACCOUNT) and not _call(person(request).pk, field.removeprefix(ACCOUNT), str(word)):
                raise Http404
    return _saved(request)


def _call(mine: int, account: str, word: str) -> bool:
    try:
        return preferences.set_nickname(mine, uuid.UUID(account), word)
    except ValueError:
        return False


@own_page
@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """Signs one device out; 404 for one that is not theirs."""
    handle = request.POST.get("handle", "")
    listed = sessions.listed(person(request), request.session.session_key)
    if not sessions.end(person(request).pk, handle):
        raise Http404
    if any(session.here and session.handle == handle for session in listed):
        leave(request)
        return HttpResponseRedirect(reverse("account_login"))
    messages.success(request, gettext("That device is signed out."), extra_tags="good")
    return HttpResponseRedirect(reverse("profile"))


@own_page
@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """Signs out everywhere, here too."""
    sessions.end_all(person(request).pk)
    leave(request)
    return HttpResponseRedirect(reverse("account_login"))


def _saved(request: HttpRequest) -> HttpResponse:
    messages.success(request, gettext("Saved."), extra_tags="good")
    return HttpResponseRedirect(reverse("profile"))
