""" "This is wrong": the person says so in their own words, staff answer, both stand on the notification's page."""

from __future__ import annotations

import math
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bijoli.alerts import disputes
from bijoli.alerts.disputes import DisputeError
from bijoli.core.bangla import duration
from bijoli.customers.limits import TooOften
from bijoli.customers.rights import Right
from bijoli.delivery import reads
from bijoli.delivery.views import NotificationView
from bijoli.web.listing import entry
from bijoli.web.person import account, customer_id


class WrongForm(forms.Form):
    """What is wrong, in the person's own words."""

    text = forms.CharField(
        label=_("What is wrong?"),
        max_length=disputes.LONGEST,
        error_messages={
            "required": _("Write in a few words what is wrong."),
            "max_length": _("This is too long: at most 1,000 characters."),
        },
        widget=forms.Textarea(attrs={"rows": 5, "aria-describedby": "text-help"}),
    )

    def is_valid(self) -> bool:
        right = super().is_valid()
        if self.errors:
            self.fields["text"].widget.attrs |= {"aria-invalid": "true", "aria-describedby": "text-error text-help"}
        return right


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wrong(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The form; once it is sent, that we have it. 404 for somebody else's notification, and for one that no meter caused."""
    view = _mine(request, public_id)
    said = disputes.of(customer_id(request), view.stage_id or 0)
    waits = bool(said) and said[0].closed_at is None
    form = WrongForm(request.POST or None, label_suffix="")
    if request.method == "POST" and not waits and form.is_valid():
        return _keep(request, view, form.cleaned_data["text"])
    shown = {"n": view, "entry": entry(view), "form": form, "said": said[0] if waits else None}
    return render(request, "web/wrong.html", shown, status=422 if form.errors else 200)


def _mine(request: HttpRequest, public_id: UUID) -> NotificationView:
    view = reads.one(customer_id(request), public_id)
    if view is None or view.stage_id is None or view.account_public_id is None:
        raise Http404
    account(request, view.account_public_id, Right.COMPLAIN)  # the bars stand on it; access that has ended hides it
    return view


def _keep(request: HttpRequest, view: NotificationView, text: str) -> HttpResponse:
    try:
        disputes.say_wrong(customer_id(request), view.account_id or 0, view.stage_id or 0, text, timezone.now())
    except TooOften as limit:
        return _later(request, view, text, limit.seconds)
    except DisputeError:
        raise Http404 from None
    return HttpResponseRedirect(reverse("web:wrong", args=[view.public_id]))


def _later(request: HttpRequest, view: NotificationView, text: str, seconds: int) -> HttpResponse:
    """Said too often today: 429, the words are not lost."""
    form = WrongForm({"text": text}, label_suffix="")
    hours = duration(math.ceil(seconds / 3600) * 3600, get_language() or "bn")
    form.add_error("text", gettext("You told us very often today. Try again in %(time)s, or call us.") % {"time": hours})
    form.is_valid()
    response = render(request, "web/wrong.html", {"n": view, "entry": entry(view), "form": form, "said": None}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
