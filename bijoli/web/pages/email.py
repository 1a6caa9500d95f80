"""The person's e-mail address: typed, confirmed by a code that was sent there, removed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bijoli.customers import mailbox
from bijoli.customers.forms import EmailCodeForm, EmailForm
from bijoli.customers.limits import TooOften
from bijoli.customers.origin import client_address, network
from bijoli.customers.pages.own import person
from bijoli.delivery.channels.email import offered
from bijoli.web.pages.errors import too_often
from bijoli.web.templatetags.bijoli import language

View = Callable[[HttpRequest], HttpResponse]


def _own(view: View) -> View:
    """Signed in, kept in no cache, and there only where e-mail leaves at all."""

    @login_required
    @never_cache
    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        if not offered():
            raise Http404
        return view(request)

    return shown


@_own
@require_http_methods(["GET", "HEAD", "POST"])
def email_page(request: HttpRequest) -> HttpResponse:
    """The address; a POST sends a code to it."""
    me, form = person(request), EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            mailbox.ask(me.pk, form.cleaned_data["address"], network(client_address(request)), language(), timezone.now())
        except TooOften as limit:
            return too_often(request, limit.seconds)
        return redirect("web:email_code")
    return render(request, "web/email.html", {"form": form, "address": me.email}, status=422 if form.errors else 200)


@_own
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code that the address was sent."""
    me, now, form = person(request), timezone.now(), EmailCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if mailbox.confirm(me.pk, form.cleaned_data["code"], now):
                messages.success(
                    request, gettext("The address is confirmed. Alerts that you have not seen come there too."), extra_tags="good"
                )
                return redirect("web:alert_settings")
        except TooOften as limit:
            return too_often(request, limit.seconds)
        form.add_error("code", gettext("The code is not correct. Look at the latest e-mail."))
        form.is_valid()
    shown = {"form": form, "address": mailbox.waiting(me, now)}
    return render(request, "web/email_code.html", shown, status=422 if form.errors else 200)


@_own
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Forgets the address."""
    mailbox.remove(person(request).pk, timezone.now())
    messages.success(request, gettext("The e-mail address is removed."), extra_tags="good")
    return redirect("web:alert_settings")
