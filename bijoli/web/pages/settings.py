"""Settings of this person and this device: push, devices, language, theme."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bijoli.delivery import reads
from bijoli.delivery.devices import unsubscribe
from bijoli.web.person import customer_id


@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """Whether push is on here only the browser knows: its script fills that part in."""
    context = {
        "devices": reads.devices(customer_id(request)),
        "languages": [pair for pair in settings.LANGUAGES if pair[0] in settings.UTILITY.languages],
        "themes": [("system", gettext("As the phone")), ("light", gettext("Light")), ("dark", gettext("Dark"))],
        "words": _words(),
    }
    return render(request, "web/settings.html", context)


def _words() -> dict[str, str]:
    """What the page's script says."""
    return {
        "on": gettext("On. This device tells you within seconds."),
        "off": gettext("Off. Turn them on and know at once."),
        "denied": gettext("Blocked in the browser."),
        "ios": gettext("First add the app to your Home Screen."),
        "unsupported": gettext("Not possible in this browser."),
        "fault": gettext("That did not work. Try again in a moment."),
        "unknown": gettext("This device is not on the list. Turn notifications off and on again."),
        "many": gettext("Enough tests for now. Try again in a minute."),
        "lost": gettext("The test did not arrive. Turn notifications off and on again."),
        "slow": gettext("The test has not arrived within a minute. Is the phone connected?"),
        "seconds": gettext("{n} s"),
    }


@login_required
@require_POST
def remove_device(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """No more pushes to that phone."""
    person = customer_id(request)
    for device in reads.devices(person):
        if device.public_id == public_id:
            unsubscribe(person, device.endpoint)
            messages.success(request, gettext("That device gets no more notifications."))
            return redirect("web:settings")
    raise Http404
