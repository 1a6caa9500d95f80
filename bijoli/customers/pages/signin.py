"""Sign-in: number, code, out again. What may be seen here is the same for known and unknown numbers."""

from __future__ import annotations

import math
from urllib.parse import urlencode

from allauth.account.internal.flows.logout import logout as leave
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bijoli.core.bangla import digits, duration
from bijoli.core.phone import local
from bijoli.customers import cookies, passkeys
from bijoli.customers.codes import CHANNELS
from bijoli.customers.forms import CodeForm, PhoneForm
from bijoli.customers.models import Customer
from bijoli.customers.preferences import set_preferences
from bijoli.customers.signin import Refused, SignIn

OFFERED = "passkey_offered"  # cookie: this device was asked once


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The mobile number. POST sends a code, if it is a customer's."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward(request))
    if settings.SMS_CHANNEL not in CHANNELS:
        return render(request, "customers/closed.html", status=503)
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return ask(request, form.cleaned_data["phone"])
    return render(request, "customers/login.html", {"form": form, "next": get_next_redirect_url(request)})


def ask(request: HttpRequest, phone: str) -> HttpResponse:
    """Sends a code and leads to the page for it. Asked for again too early, the code on its way serves."""
    pending = SignIn.pending(request)
    if not (pending and pending.phone == phone and pending.alive and pending.resend_in()):
        try:
            SignIn.begin(request, phone)
        except Refused as refused:
            return too_often(request, refused.seconds)
    return HttpResponseRedirect(with_next(request, "account_confirm_login_code"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code. POST `action=resend` asks for a new one."""
    signin = SignIn.pending(request)
    if signin is None:
        return HttpResponseRedirect(onward(request) if request.user.is_authenticated else with_next(request, "account_login"))
    try:
        return _resend(request, signin) if request.POST.get("action") == "resend" else _try(request, signin)
    except Refused as refused:
        return too_often(request, refused.seconds)


def _resend(request: HttpRequest, signin: SignIn) -> HttpResponse:
    """A new code; pressed too early, a word about when (the button counts down only where JavaScript runs)."""
    if signin.alive and (seconds := signin.resend_in()):
        said = gettext("The code is on its way. You can ask for a new one in {n} s.")
        messages.info(request, said.replace("{n}", digits(str(seconds), get_language() or "")))
    else:
        signin.again()
        messages.success(request, gettext("A new code is on its way."), extra_tags="good")
    return HttpResponseRedirect(with_next(request, "account_confirm_login_code"))


def _try(request: HttpRequest, signin: SignIn) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if request.method == "POST" and signin.alive and form.is_valid():
        if signin.fits(form.cleaned_data["code"]):
            return _enter(request, signin)
        form.add_error("code", gettext("The code is not correct. Look at the latest SMS."))
        form.is_valid()
    shown = {
        "form": form if signin.alive else CodeForm(),
        "number": local(signin.phone, settings.UTILITY.country_code),
        "alive": signin.alive,
        "expired": not signin.is_valid(),
        "resend_in": signin.resend_in(),
        "next": get_next_redirect_url(request),
    }
    return render(request, "customers/code.html", shown)


def _enter(request: HttpRequest, signin: SignIn) -> HttpResponse:
    """Signs in; where this phone can keep a passkey and was never asked, the way leads over the offer."""
    response: HttpResponse = signin.enter(onward(request))
    person = request.user
    if not isinstance(person, Customer):
        return response
    if (language := cookies.value(request, "language")) in settings.UTILITY.languages:
        set_preferences(person.pk, language=language)  # the language that they chose before anything else
    able = request.POST.get("passkeys") == "1" and not cookies.value(request, OFFERED)
    if able and not passkeys.has_any(person.pk):
        return HttpResponseRedirect(with_next(request, "passkey_offer"))
    return response


@never_cache
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Signs this device out; the answer tells the browser to forget the pages that it kept (web/security.py)."""
    leave(request)
    return HttpResponseRedirect(reverse("account_login"))


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    """A limit is reached: 429, and in words when to try again."""
    unit = next(unit for unit in (3_600, 60, 1) if seconds > unit or unit == 1)
    time = duration(math.ceil(seconds / unit) * unit, get_language() or settings.UTILITY.languages[0])
    response = render(request, "customers/wait.html", {"time": time, "next": get_next_redirect_url(request)}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def onward(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is a page of ours; else Home."""
    return get_next_redirect_url(request) or resolve_url(settings.LOGIN_REDIRECT_URL)


def with_next(request: HttpRequest, name: str) -> str:
    wish = get_next_redirect_url(request)
    return reverse(name) + (f"?{urlencode({'next': wish})}" if wish else "")
