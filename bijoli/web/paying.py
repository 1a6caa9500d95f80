"""The form that pays, for recharges and bills alike: the gateways' buttons, the key that makes it count once, and where it leads.

The browser goes to a gateway by our own page (`pay/<order>/go/`) and never straight from the form: Chromium holds every redirect of a
form against the page's policy, and the hosts of the gateways' pages are theirs to choose.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from bijoli.core.payment import OPEN
from bijoli.customers import limits
from bijoli.payments import calls, gateways, orders
from bijoli.payments.orders import GatewayAway, GatewayRefused, KeyTaken, Opening, Wanted
from bijoli.web import person
from bijoli.web.templatetags.bijoli import language


class Unpaid(Exception):
    """Nothing was begun. `words` say so to the person; the form is shown again, with another key."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Choice:
    """One gateway's button; `rests`: it does not answer at present, and people are kept from it."""

    gateway: str
    name: str
    rests: bool


def gateway_name(gateway: str) -> str:
    """What people call it."""
    known = {"bkash": gettext("bKash"), "nagad": gettext("Nagad"), "sslcommerz": gettext("Card and others")}
    return known.get(gateway, gateway)


def gateway_called(gateway: str) -> str:
    """Its name in a sentence: as it stands on its own page."""
    return "SSLCOMMERZ" if gateway == "sslcommerz" else gateway_name(gateway)


def choices(now: datetime) -> list[Choice]:
    """The buttons in the utility's order."""
    return [Choice(name, gateway_name(name), calls.resting(name, now)) for name in gateways.names()]


def form(now: datetime, hidden: Sequence[tuple[str, object]], fault: str = "") -> dict[str, Any]:
    """What `web/parts/payform.html` needs: a new key, the hidden fields, the buttons, and a sentence where something went wrong."""
    buttons = choices(now)
    return {
        "pay_key": uuid.uuid4(),
        "pay_hidden": list(hidden),
        "gateways": buttons,
        "pay_fault": fault,
        "pays": any(not b.rests for b in buttons),
    }


def asked(request: HttpRequest, now: datetime) -> tuple[uuid.UUID, str]:
    """The form's key and the gateway that was chosen. Raises Unpaid."""
    chosen = request.POST.get("gateway", "")
    try:
        key = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        raise Unpaid(gettext("That form was not complete. Please choose again.")) from None
    if chosen not in gateways.names():
        raise Unpaid(gettext("Choose how you want to pay."))
    if calls.resting(chosen, now):
        raise Unpaid(gettext("%(gateway)s does not answer at present. Choose another way to pay.") % {"gateway": gateway_called(chosen)})
    return key, chosen


def pay(request: HttpRequest, wanted: Wanted, now: datetime) -> HttpResponse:
    """Makes the order and opens it at its gateway; leads the browser there. Raises Unpaid, and limits.TooOften."""
    limits.count("order", str(person.customer_id(request)), now)
    name = gateway_called(wanted.gateway)
    try:
        order = orders.make(wanted, now)
        if order.state in OPEN:
            orders.begin(order, now, phone=str(getattr(request.user, "phone", "")), language=language())
    except KeyTaken:
        raise Unpaid(gettext("That form has been used already. Look at the figures once more, then pay.")) from None
    except Opening:
        pass  # a second tap of the same form: its page waits for the first one's answer
    except GatewayAway:
        raise Unpaid(
            gettext("%(gateway)s did not answer. Nothing was paid. Try again, or choose another way.") % {"gateway": name}
        ) from None
    except GatewayRefused:
        raise Unpaid(
            gettext("%(gateway)s does not take this payment now. Nothing was paid. Choose another way.") % {"gateway": name}
        ) from None
    return see(reverse("web:pay_go" if order.state in OPEN else "web:pay", args=[order.public_id]))


def see(url: str) -> HttpResponse:
    """303: the browser asks for the page with GET, whatever came before."""
    return HttpResponse(status=303, headers={"Location": url})


def open_for_pay() -> bool:
    """Whether this installation takes money at all."""
    return bool(settings.GATEWAYS)


__all__ = ["Choice", "Unpaid", "asked", "choices", "form", "gateway_called", "gateway_name", "open_for_pay", "pay", "see"]
