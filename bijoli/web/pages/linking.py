"""Adding an account by its number, its meter's number and a code that goes to the phone on file; taking one off the own list."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bijoli.core.bangla import latin
from bijoli.customers import linking, onetime
from bijoli.customers.forms import CodeForm, Marked
from bijoli.customers.limits import TooOften
from bijoli.customers.origin import client_address, network
from bijoli.metering import reads
from bijoli.web import person
from bijoli.web.pages.errors import too_often


class AddForm(Marked):
    """Both numbers, as they stand on a bill, a receipt or the meter's plate."""

    account = forms.CharField(
        label=_("Account number"),
        max_length=20,
        error_messages={"required": _("Type the account number.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    meter = forms.CharField(
        label=_("Meter number"),
        max_length=30,
        error_messages={"required": _("Type the meter number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_account(self) -> str:
        return _bare(self.cleaned_data["account"])

    def clean_meter(self) -> str:
        return _bare(self.cleaned_data["meter"])


def _bare(text: str) -> str:
    return "".join(latin(text).replace("-", " ").split()).upper()


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """The two numbers. Whatever they are, the page for the code comes next."""
    form = AddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = reads.account_with_meter(form.cleaned_data["account"], form.cleaned_data["meter"])
        try:
            linking.ask(person.customer_id(request), found, network(client_address(request)), timezone.now())
        except TooOften as limit:
            return too_often(request, limit.seconds)
        return redirect("web:account_code")
    return render(request, "web/account_add.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code that the account's owner was sent."""
    mine, now = person.customer_id(request), timezone.now()
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if linking.confirm(mine, form.cleaned_data["code"], now) is not None:
                messages.success(request, gettext("The account is on your list now."), extra_tags="good")
                return redirect("web:home")
        except TooOften as limit:
            return too_often(request, limit.seconds)
        form.add_error("code", gettext("The code is not correct. Ask for the latest SMS."))
        form.is_valid()
    shown = {"form": form, "alive": onetime.waits(mine, onetime.LINK, now)}
    return render(request, "web/account_code.html", shown, status=422 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Asks once, then takes the account off the list."""
    mine = person.account(request, public_id)
    if request.method == "POST":
        linking.leave(person.customer_id(request), mine.id, timezone.now())
        messages.success(request, gettext("The account is off your list."), extra_tags="good")
        return redirect("profile")
    return render(request, "web/account_leave.html", {"account": mine, "name": person.called(mine)})
