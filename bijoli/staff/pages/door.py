"""The way in: the second factor is set up once, then proved; and the way out."""

from __future__ import annotations

import math

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from bijoli.core.bangla import digits, duration
from bijoli.staff import factor, people
from bijoli.staff.factor import TooManyTries
from bijoli.staff.forms import EnrolForm, FactorForm
from bijoli.staff.gate import at_the_door, inside, staff
from bijoli.staff.looks import Subject, note


@at_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """The first time: the invitation, the picture for the app, and the app's first code. Then the recovery codes, shown once."""
    person = staff(request)
    if factor.authenticator(person.pk):
        return HttpResponseRedirect(reverse("admin:prove"))
    form = EnrolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if _enrolled(request, form):
                return factor.hand_over(request, _codes(request))
        except TooManyTries as limit:
            return _wait(request, limit.seconds)
    secret = factor.waiting_secret(request)
    shown = {"form": form, "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}
    return render(request, "staff/enrol.html", shown | {"picture": factor.picture(factor.address(person, secret))})


def _enrolled(request: HttpRequest, form: EnrolForm) -> bool:
    """Checks both, and says which was wrong. Raises TooManyTries."""
    person = staff(request)
    factor.count_try(person)
    if not people.invited(person.pk, form.cleaned_data["invitation"], timezone.now()):
        form.add_error("invitation", gettext("This invitation does not hold. Ask for a new one."))
    elif factor.set_up(request, person, form.cleaned_data["code"]):
        people.accepted(person.pk)
        note(request, "door/enrolled", [Subject()])
        return True
    else:
        form.add_error("code", gettext("The code is not correct. Is the clock of your phone right?"))
    form.is_valid()
    return False


@at_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """The second factor: the app's six digits, or a recovery code."""
    if factor.authenticator(staff(request).pk) is None:
        return HttpResponseRedirect(reverse("admin:enrol"))
    if inside(request):
        return HttpResponseRedirect(onward(request))
    form = FactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if how := factor.prove(request, staff(request), form.cleaned_data["code"]):
                return _entered(request, how)
        except TooManyTries as limit:
            return _wait(request, limit.seconds)
        note(request, "door/wrong", [Subject()])
        form.add_error("code", gettext("The code is not correct, or was used already. Wait for the next one."))
        form.is_valid()
    return render(request, "staff/prove.html", {"form": form, "next": onward(request)})


def _entered(request: HttpRequest, how: str) -> HttpResponse:
    note(request, f"door/{how}", [Subject()])
    if how == "recovery":
        left = len(factor.recovery_codes(staff(request)))
        said = ngettext("{n} recovery code is left.", "{n} recovery codes are left.", left)
        messages.info(request, said.replace("{n}", digits(str(left), get_language() or "")))
    return factor.hand_over(request, HttpResponseRedirect(onward(request)))


def new_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, shown once; the old ones are void. Only inside."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:index"))
    note(request, "door/new recovery codes", [Subject()])
    return _codes(request, anew=True)


def _codes(request: HttpRequest, anew: bool = False) -> HttpResponse:
    return render(request, "staff/codes.html", {"codes": factor.recovery_codes(staff(request), anew)})


@at_the_door
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Ends the staff's part of the session. Signing out altogether is the profile's."""
    factor.forget(request)
    return HttpResponseRedirect("/")


def onward(request: HttpRequest) -> str:
    """The page that was asked for, if it is one of the staff's."""
    index = reverse("admin:index")
    wish = request.POST.get("next") or request.GET.get("next") or index
    return wish if wish.startswith(index) and url_has_allowed_host_and_scheme(wish, allowed_hosts=None) else index


def _wait(request: HttpRequest, seconds: int) -> HttpResponse:
    """429, and in words when to try again."""
    unit = 60 if seconds > 60 else 1
    time = duration(math.ceil(seconds / unit) * unit, get_language() or "bn")
    response = render(request, "staff/wait.html", {"time": time}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
