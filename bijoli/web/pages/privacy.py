"""What is kept and why, what one has agreed to, everything to take along, and the end of it all."""

from __future__ import annotations

import re

from allauth.account.internal.flows.logout import logout as sign_out
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bijoli.core import bangla
from bijoli.customers import consents, deeds, deedwords, erasing, holdings, onetime, passkeys
from bijoli.customers.forms import CodeForm
from bijoli.customers.limits import TooOften
from bijoli.customers.pages.own import called, own_page
from bijoli.customers.pages.own import person as customer
from bijoli.web.pages.errors import too_often
from bijoli.web.templatetags.bijoli import language


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def privacy(request: HttpRequest) -> HttpResponse:
    """The page; a POST says yes or no to one purpose."""
    me, now = customer(request), timezone.now()
    if request.method == "POST":
        try:
            consents.say(me.pk, request.POST.get("purpose", ""), given=request.POST.get("given") == "1", now=now)
        except ValueError:
            raise Http404 from None
        messages.success(request, gettext("Saved."), extra_tags="good")
        return redirect("web:privacy")
    shown = {
        "kept": _kept(),
        "consents": [(view, *_asked(view.purpose)) for view in consents.of(me.pk)],
        "done": [(view.at, _done(view)) for view in deeds.of(me.pk)],
        "fresh": passkeys.fresh(request, me),
        "number": called(me),
    }
    return render(request, "web/privacy.html", shown)


@login_required
@require_POST
def download(request: HttpRequest) -> HttpResponse:
    """Everything as a ZIP file, for who proved a moment ago who they are; else the way back to the page, which asks for a code."""
    me, now = customer(request), timezone.now()
    if not passkeys.fresh(request, me):
        return redirect("web:privacy")
    app = settings.UTILITY.short_name[language()]
    try:
        packed = holdings.packed(me.pk, app, now)
    except TooOften as limit:
        return too_often(request, limit.seconds)
    name = f"bijoli-my-data-{timezone.localdate(now).isoformat()}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(packed, content_type="application/zip", headers=headers)


@own_page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Says what goes and what stays; `action=send` sends a code, a right code deletes."""
    me, now = customer(request), timezone.now()
    form = CodeForm(request.POST if "code" in request.POST else None)
    try:
        if request.method == "POST" and "code" not in request.POST:
            erasing.ask(me, language(), now)
            return redirect("web:delete_me")
        if request.method == "POST" and form.is_valid():
            if erasing.erase(me, form.cleaned_data["code"], now):
                sign_out(request)
                return render(request, "web/deleted.html")
            form.add_error("code", gettext("The code is not correct. Look at the latest SMS."))
            form.is_valid()
    except TooOften as limit:
        return too_often(request, limit.seconds)
    except erasing.NotHere:
        messages.error(request, gettext("You are a member of the staff: an administrator closes your account."), extra_tags="off")
        return redirect("web:privacy")
    shown = {"form": form, "waits": onetime.waits(me.pk, onetime.DELETE, now), "number": called(me)}
    return render(request, "web/delete_me.html", shown, status=422 if form.errors else 200)


def _kept() -> list[tuple[str, str, str]]:
    """What, why, how long."""
    law = gettext("As long as the law on accounts demands, also after you have left; then without your name.")
    return [
        (
            gettext("Mobile number, name, language"),
            gettext("So that you can sign in, and we speak to you as you wish."),
            gettext("Until you delete your account here."),
        ),
        (
            gettext("E-mail address, if you gave one"),
            gettext("So that alerts that you have not seen can come there too."),
            gettext("Until you remove it, or delete your account here."),
        ),
        (
            gettext("Readings of your meter"),
            gettext("For your balance, alerts, use, forecasts and tips: that is the service itself."),
            gettext("They belong to the account, not to you, and stay with it."),
        ),
        (
            gettext("What we told you, and whether it arrived"),
            gettext("So that you can look it up, and we can find out why an alert came late."),
            gettext("%(n)s months") % {"n": _digits(settings.NOTIFICATION_MONTHS)}
            if settings.NOTIFICATION_MONTHS > 0
            else gettext("Until you delete your account here."),
        ),
        (
            gettext("Signed-in devices and their push addresses"),
            gettext("So that alerts reach your phones, and you can sign a lost one out."),
            gettext("Until you sign out there."),
        ),
        (gettext("Complaints, with your words and photos"), gettext("So that we can solve them and answer for it."), _complaints_kept()),
        (gettext("Payments and receipts"), gettext("So that each taka can be accounted for."), law),
        (
            gettext("Who had access when, what you agreed to, who of our staff looked"),
            gettext("So that misuse can be found."),
            gettext("For good, without name and number."),
        ),
    ]


def _complaints_kept() -> str:
    days, months = settings.PHOTO_DAYS, settings.COMPLAINT_MONTHS
    if days <= 0 or months <= 0:
        return gettext("Until you delete your account here.")
    known = {"days": _digits(days), "months": _digits(months)}
    return gettext("After closing: photos %(days)s days, words %(months)s months; then only the count.") % known


def _digits(count: int) -> str:
    return bangla.digits(str(count), language())


def _asked(purpose: str) -> tuple[str, str]:
    return {
        "research": (
            gettext("Use for research"),
            gettext("Your readings, without name, number and address, help to plan the network and to study how electricity is used."),
        ),
    }[purpose]


def _done(view: deeds.DeedView) -> str:
    facts = view.facts
    if re.fullmatch("sms|email|research", str(facts.get("purpose"))):
        consent = gettext("Agreed to: %(what)s") if facts.get("given") else gettext("Took back: %(what)s")
        return consent % {"what": _asked(facts["purpose"])[0]}
    return deedwords.name(view.what)
