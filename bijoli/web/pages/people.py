"""Who else has access to an account: for its owner alone. Others get 404."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bijoli.core.phone import local
from bijoli.customers import rolewords, sharing
from bijoli.customers.forms import PhoneForm
from bijoli.customers.invitations import called, last_day
from bijoli.customers.limits import TooOften
from bijoli.customers.reads import AccountView
from bijoli.customers.rights import GIVEN, Right
from bijoli.customers.sharing import InvitationView, PersonView
from bijoli.web import person
from bijoli.web.pages.errors import too_often


class InviteForm(PhoneForm):
    """Whom, as what, until which day; no day is no end."""

    role = forms.ChoiceField(choices=[(role, role) for role in GIVEN], error_messages={"required": _("Choose what this person may do.")})
    until = forms.DateField(required=False, error_messages={"invalid": _("Write the day as year-month-day.")})
    sees_from = forms.DateField(required=False, error_messages={"invalid": _("Write the day as year-month-day.")})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everybody with access, the open invitations, and a form for a new one."""
    mine = person.account(request, public_id, Right.SHARE)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _invite(request, mine, form)
        except sharing.SharingError as error:
            form.add_error({"until": "until", "from": "sees_from"}.get(error.why, "phone"), _why_not(error))
            form.is_valid()
        except TooOften as limit:
            return too_often(request, limit.seconds)
    now, owner = timezone.now(), person.customer_id(request)
    shown = {
        "form": form,
        "chosen": form["role"].value() or GIVEN[0],
        "roles": rolewords.given(),
        "account": mine,
        "name": person.called(mine),
        "people": [_someone(one) for one in sharing.people(owner, mine.id, now)],
        "invitations": [_waiting(one) for one in sharing.sent(mine.id, now)],
        **_days(now),
    }
    return render(request, "web/people.html", shown, status=422 if form.errors else 200)


def _invite(request: HttpRequest, mine: AccountView, form: InviteForm) -> HttpResponse:
    given = form.cleaned_data
    until = _end_of(given["until"])
    sharing.invite(person.customer_id(request), mine.id, given["phone"], given["role"], until, timezone.now(), given["sees_from"])
    messages.success(request, gettext("Invited. This person signs in with that number and accepts on the profile page."), extra_tags="good")
    return redirect("web:people", mine.public_id)


@login_required
@require_POST
def change(request: HttpRequest, public_id: UUID, person_id: UUID) -> HttpResponse:
    """Other days for somebody, or with `action=end` the end of their access. 404 for nobody and for an owner."""
    mine, now = person.account(request, public_id, Right.SHARE), timezone.now()
    owner = person.customer_id(request)
    if request.POST.get("action") == "end":
        done, said = sharing.end(owner, mine.id, person_id, now), gettext("The access has ended.")
    else:
        try:
            begin = request.POST.get("sees_from", "")
            until, since = _typed(request.POST.get("until", "")), date.fromisoformat(begin) if begin else None
            done = sharing.change(owner, mine.id, person_id, until, now, since)
        except ValueError as error:  # no day, or none that can be
            words = _why_not(error) if isinstance(error, sharing.SharingError) else gettext("Write the day as year-month-day.")
            messages.error(request, words, extra_tags="off")
            return redirect("web:people", mine.public_id)
        said = gettext("Saved.")
    if not done:
        raise Http404
    messages.success(request, said, extra_tags="good")
    return redirect("web:people", mine.public_id)


@login_required
@require_POST
def withdraw(request: HttpRequest, public_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Takes an open invitation back."""
    mine = person.account(request, public_id, Right.SHARE)
    if not sharing.withdraw(person.customer_id(request), mine.id, invitation_id, timezone.now()):
        raise Http404
    messages.success(request, gettext("The invitation is taken back."), extra_tags="good")
    return redirect("web:people", mine.public_id)


@login_required
@require_POST
def answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The invited person's own answer to an invitation; 404 for one that is not theirs."""
    accept = request.POST.get("action") == "accept"
    if not sharing.answer(person.customer_id(request), public_id, accept=accept, now=timezone.now()):
        raise Http404
    said = gettext("The account is on your list now.") if accept else gettext("Declined.")
    messages.success(request, said, extra_tags="good")
    return redirect("web:home" if accept else "profile")


def _typed(text: str) -> datetime | None:
    """Raises ValueError for what is no day."""
    return _end_of(date.fromisoformat(text) if text else None)


def _end_of(day: date | None) -> datetime | None:
    """The first moment after a day."""
    return None if day is None else timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def _days(now: datetime) -> dict[str, date]:
    return {"first_day": timezone.localdate(now), "furthest_day": timezone.localdate(now + sharing.LONGEST - timedelta(days=2))}


def _someone(one: PersonView) -> dict[str, object]:
    who, day = called(one.name, one.phone), last_day(one.until)
    begin = timezone.localdate(one.sees_from) if one.sees_from else None
    return {
        "view": one,
        "who": who,
        "role": rolewords.name(one.role),
        "allows": rolewords.allows(one.role),
        "last_day": day,
        "begin": begin,
    }


def _waiting(one: InvitationView) -> dict[str, object]:
    number = local(one.phone, settings.UTILITY.country_code)
    return {
        "view": one,
        "who": number,
        "role": rolewords.name(one.role),
        "last_day": last_day(one.until),
        "begin": timezone.localdate(one.sees_from) if one.sees_from else None,
        "open_until": timezone.localdate(one.expires_at),
    }


def _why_not(error: sharing.SharingError) -> str:
    return {
        "own": gettext("This is your own number."),
        "twice": gettext("This number is invited already."),
        "many": gettext("An account can be shared with 20 people at most."),
        "from": gettext("Choose today or an earlier day."),
        "until": gettext("Choose a day from today on, at most five years ahead."),
    }.get(error.why, gettext("Choose what this person may do."))
