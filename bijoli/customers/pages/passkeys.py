"""Passkeys: the way in at sign-in, the offer after it, and the list of one's own."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bijoli.customers import cookies, limits, passkeys
from bijoli.customers.origin import client_address, network
from bijoli.customers.pages.own import called, own_page, person
from bijoli.customers.pages.signin import OFFERED, ask, onward, too_often, with_next
from bijoli.customers.sessions import for_an_hour

log = logging.getLogger(__name__)
HALF_A_YEAR = 180 * 86_400


@never_cache
@require_POST
def entry_options(request: HttpRequest) -> HttpResponse:
    """A challenge for the passkey on this phone, as JSON."""
    if seconds := _too_many(request):
        return JsonResponse({"wait": seconds}, status=429, headers={"Retry-After": str(seconds)})
    for_an_hour(request)
    return JsonResponse(passkeys.entry_options())


@never_cache
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Signs in with what the phone signed."""
    if seconds := _too_many(request):
        return too_often(request, seconds)
    try:
        return passkeys.enter(request, request.POST.get("credential", ""), onward(request))
    except passkeys.PasskeyRefused:
        messages.error(request, gettext("That did not work. Sign in with a code instead."), extra_tags="off")
        return HttpResponseRedirect(with_next(request, "account_login"))


def _too_many(request: HttpRequest) -> int:
    seconds = limits.wait("passkey by network", network(client_address(request)), timezone.now())
    if seconds:
        log.warning("a limit of signing in is reached: passkey by network", extra={"event": "signin.limited"})
    return seconds


@own_page
@require_safe
def offer(request: HttpRequest) -> HttpResponse:
    """Shown once on a device, after its first sign-in: sign in with your finger next time. "Not now" is a plain link."""
    response = render(request, "customers/passkey_offer.html", {"onward": onward(request)})
    cookies.keep(response, OFFERED, "1", HALF_A_YEAR)
    return response


@own_page
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The customer's passkeys, and a new one."""
    shown = {"passkeys": passkeys.listed(person(request).pk), "fresh": passkeys.fresh(request, person(request))}
    return render(request, "customers/passkeys.html", shown | {"number": called(person(request))})


@own_page
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Sends a code to the customer's own number: before a passkey is added a while after sign-in."""
    return ask(request, person(request).phone)


@own_page
@require_POST
def creation_options(request: HttpRequest) -> HttpResponse:
    """A challenge for a new passkey, as JSON; 403 where the sign-in is too long ago."""
    if not passkeys.fresh(request, person(request)):
        return JsonResponse({"confirm": reverse("passkeys")}, status=403)
    return JsonResponse(passkeys.creation_options(person(request)))


@own_page
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Keeps the passkey that the phone made."""
    try:
        if not passkeys.fresh(request, person(request)):
            raise passkeys.PasskeyRefused
        passkeys.add(request, person(request), request.POST.get("credential", ""))
    except passkeys.PasskeyRefused:
        messages.error(request, gettext("The passkey could not be kept. Try again."), extra_tags="off")
        return HttpResponseRedirect(reverse("passkeys"))
    messages.success(request, gettext("Done. Next time you sign in without a code."), extra_tags="good")
    return HttpResponseRedirect(onward(request) if request.POST.get("next") else reverse("passkeys"))


@own_page
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Renames a passkey, or with `action=remove` forgets it. 404 for one that is not theirs."""
    mine, handle = person(request).pk, request.POST.get("handle", "")
    if request.POST.get("action") == "remove":
        done = passkeys.remove(mine, handle)
        said = gettext("The passkey is removed. Delete it in the phone's own settings too.")
    else:
        done = passkeys.rename(mine, handle, request.POST.get("name", ""))
        said = gettext("Saved.")
    if not done:
        raise Http404
    messages.success(request, said, extra_tags="good")
    return HttpResponseRedirect(reverse("passkeys"))
