"""A new complaint: one page with everything on it, so that a phone can keep it; sent by the browser, or by the page's script as JSON."""

from __future__ import annotations

import math
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bijoli.complaints import line, submitting
from bijoli.complaints.line import ComplaintError
from bijoli.complaints.models import Complaint
from bijoli.complaints.photos import PhotoError, Picture, made_anew
from bijoli.complaints.submitting import Draft
from bijoli.core.bangla import duration
from bijoli.customers import limits
from bijoli.customers.limits import TooOften
from bijoli.customers.reads import AccountView
from bijoli.customers.rights import Right
from bijoli.web import attached, complaintwords
from bijoli.web.person import called, customer, customer_id, with_right
from bijoli.web.templatetags.bijoli import language

NONE = "none"  # "not about an account"


class ComplaintForm(forms.Form):
    """What a person types. `draft` is this form's own key, `person` whose form it was: a phone may have changed hands since."""

    draft = forms.UUIDField()
    person = forms.UUIDField(required=False)
    category = forms.CharField(max_length=30, error_messages={"required": _("Choose what it is about.")})
    account = forms.CharField(max_length=36, required=False)
    text = forms.CharField(
        label=_("What happened?"),
        max_length=line.LONGEST,
        error_messages={
            "required": _("Write in a few words what happened."),
            "max_length": _("This is too long: at most 2,000 characters."),
        },
        widget=forms.Textarea(attrs={"rows": 4, "aria-describedby": "text-help"}),
    )
    place = forms.CharField(
        label=_("Where? (optional)"),
        max_length=submitting.LONGEST_PLACE,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "street-address", "aria-describedby": "place-help"}),
    )
    photo = forms.FileField(required=False)
    private = forms.BooleanField(required=False)

    def is_valid(self) -> bool:
        right = super().is_valid()
        for name in ("text", "place"):
            if name in self.errors:
                self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"{name}-error {name}-help"}
        return right


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form; what it is about may stand in the address (`?category=`, `account`, `alert`, `charge`, `order`, `power`)."""
    if request.method != "POST":
        form = ComplaintForm(initial={"draft": uuid.uuid4()}, label_suffix="")
        return _page(request, form, request.GET)
    form = ComplaintForm(request.POST, request.FILES, label_suffix="")
    if not form.is_valid():
        return _refused(request, form)
    if form.cleaned_data["person"] not in (None, getattr(customer(request), "public_id", None)):
        return HttpResponse(status=409)  # kept on this phone by somebody else
    try:
        return _sent(request, _keep(request, form))
    except TooOften as limit:
        return _later(request, form, limit.seconds)
    except forms.ValidationError:
        return _refused(request, form)


def _keep(request: HttpRequest, form: ComplaintForm) -> Complaint:
    """Raises TooOften, and ValidationError once the form says what is wrong."""
    given = form.cleaned_data
    if known := submitting.sent_before(customer_id(request), given["draft"]):
        return known
    mine, photo = _account(request, form), _photo(request, form)
    facts = attached.facts(request, mine, request.POST)
    order = attached.order_of(request, request.POST) if mine is None else None
    draft = Draft(
        given["draft"],
        given["category"],
        given["text"],
        mine.id if mine else None,
        given["place"],
        facts,
        photo,
        paid_for=order.account_id if order else None,
        private=given["private"],
    )
    try:
        return submitting.submit(customer_id(request), draft, timezone.now())
    except ComplaintError:
        form.add_error("category", gettext("Choose what it is about."))
        raise forms.ValidationError("refused") from None


def _account(request: HttpRequest, form: ComplaintForm) -> AccountView | None:
    """Theirs. None where it is about none, as far as the category allows it, or about a payment of theirs for somebody else's meter."""
    wish, known = form.cleaned_data["account"], settings.UTILITY.complaints.category(form.cleaned_data["category"])
    mine = next((one for one in with_right(request, Right.COMPLAIN) if str(one.public_id) == wish), None)
    needed = known is not None and known.of_account and attached.order_of(request, request.POST) is None
    if mine is None and (wish not in ("", NONE) or needed):
        form.add_error("account", gettext("Choose the account that it is about."))
        raise forms.ValidationError("account")
    return mine


def _photo(request: HttpRequest, form: ComplaintForm) -> Picture | None:
    """Raises TooOften, and ValidationError for one that cannot be taken; a request too large has none at all."""
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    uploaded = form.cleaned_data["photo"]
    try:
        if uploaded is None and size > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise PhotoError("large")
        if uploaded:
            limits.count("photo", str(customer_id(request)), timezone.now())
        return made_anew(uploaded, uploaded.size) if uploaded else None
    except PhotoError as error:
        words = gettext("This photo is too large: at most 5 MB.") if error.why == "large" else gettext("This is no photo that we can read.")
        form.add_error("photo", words)
        raise forms.ValidationError("photo") from None


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _sent(request: HttpRequest, row: Complaint) -> HttpResponse:
    url = reverse("web:complaint", args=[row.public_id])
    if _is_script(request):
        return JsonResponse({"url": f"{url}?sent=1", "number": row.number}, status=201)
    return HttpResponseRedirect(f"{url}?sent=1")


def _refused(request: HttpRequest, form: ComplaintForm) -> HttpResponse:
    return _page(request, form, request.POST, status=422)


def _later(request: HttpRequest, form: ComplaintForm, seconds: int) -> HttpResponse:
    """Too many today: 429, the words are not lost."""
    hours = duration(math.ceil(seconds / 60) * 60, language())
    form.add_error("text", gettext("You sent several complaints just now. Try again in %(time)s, or call us.") % {"time": hours})
    response = _page(request, form, request.POST, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _page(request: HttpRequest, form: ComplaintForm, given: Any, status: int = 200) -> HttpResponse:
    asked = given.get("account", "") or str(attached.account_of(request, given) or "")
    mine = with_right(request, Right.COMPLAIN)
    chosen = next((one for one in mine if str(one.public_id) == asked), None)
    about = attached.facts(request, chosen, given)
    shown = {
        "form": form,
        "person": getattr(customer(request), "public_id", ""),
        "groups": complaintwords.groups(),
        "category": given.get("category", ""),
        "accounts": [(one, called(one)) for one in mine],
        "account": asked if chosen or asked == NONE else (str(mine[0].public_id) if mine else NONE),
        "about": attached.rows(about),
        "keys": [(fact, given.get(fact)) for fact in attached.KEYS if given.get(fact)],
    }
    return render(request, "web/complaint_new.html", shown, status=status)
