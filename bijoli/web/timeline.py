"""A notification's way from the meter to the phone, step by step with its seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.delivery.views import DeliveryView, NotificationView
from bijoli.web.templatetags.bijoli import dayname, language

UNMEASURED = ("test", "pay", "notice", "share", "bill")  # they come of no reading
ENDED = ("suppressed", "failed", "expired")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, at a second; `day` where it is another day than the step before."""

    at: datetime
    words: str
    day: str = ""


def steps(view: NotificationView) -> list[Step]:
    """Measured (first, whatever the meter's clock says), received, made, and for each phone sent, shown, opened."""
    measured = [] if view.kind in UNMEASURED else [(view.at, gettext("Measured, by the meter's own clock"))]
    found = measured + sorted(_ours(view), key=lambda pair: pair[0])
    days = [timezone.localdate(at) for at, _words in found]
    return [
        Step(at, words, dayname(days[place]) if place == 0 or days[place] != days[place - 1] else "")
        for place, (at, words) in enumerate(found)
    ]


def _ours(view: NotificationView) -> Iterator[tuple[datetime, str]]:
    """What happened by our clock."""
    if view.received_at and view.kind not in UNMEASURED:
        yield view.received_at, gettext("Received from the meter")
    yield view.made_at, gettext("Checked, and this message made")
    for delivery in view.deliveries:
        yield from _of_phone(delivery)
    if view.read_at:
        yield view.read_at, gettext("Read by you")


def _of_phone(delivery: DeliveryView) -> Iterator[tuple[datetime, str]]:
    if delivery.channel != "webpush":
        yield from _beside(delivery)
        return
    known = {"phone": delivery.device_label or gettext("your phone")}
    if delivery.sent_at:
        yield delivery.sent_at, gettext("Sent to %(phone)s") % known
    if delivery.displayed_at:
        yield delivery.displayed_at, gettext("Shown on %(phone)s") % known
    if delivery.opened_at:
        yield delivery.opened_at, gettext("Opened on %(phone)s") % known
    if delivery.status in ENDED:
        yield delivery.queued_at, _why(delivery)


def _beside(delivery: DeliveryView) -> Iterator[tuple[datetime, str]]:
    """An SMS or an e-mail: that it left, or why not. Nobody tells us whether it was read."""
    by_sms = delivery.channel == "sms"
    if delivery.sent_at:
        yield delivery.sent_at, gettext("Sent to you by SMS") if by_sms else gettext("Sent to you by e-mail")
    elif delivery.status in ENDED:
        why = _why_not_beside(delivery)
        yield delivery.queued_at, (gettext("No SMS: %(why)s") if by_sms else gettext("No e-mail: %(why)s")) % {"why": why}


def _why_not_beside(delivery: DeliveryView) -> str:
    if delivery.status != "suppressed":
        return gettext("nobody took it in time")
    reasons = {
        "opted out": gettext("you have chosen so in the alert settings"),
        "quiet": gettext("it was night, and in the morning no longer worth it"),
        "seen": gettext("you had seen it already"),
        "limit of the person": gettext("you got many today already"),
        "limit of the day": gettext("too many left today"),
    }
    return reasons.get(delivery.reason, gettext("it was no longer needed"))


def _why(delivery: DeliveryView) -> str:
    """Why a push did not come, in words."""
    if delivery.status == "expired":
        return gettext("No push: the phone was not reached in time")
    if delivery.status == "failed":
        return gettext("No push: the phone could not be reached")
    reasons = {
        "no device": gettext("No push: notifications are not on for any of your phones"),
        "opted out": gettext("No push: you have switched this alert off"),
        "not asked for": gettext("No push, only this entry: you can ask for one in the alert settings"),
        "late": gettext("No push: the reading came late"),
        "storm": gettext("No push of its own: you got one message for all"),
        "gap": gettext("No push: you were told not long ago"),
    }
    return reasons.get(delivery.reason, gettext("No push, only this entry"))


def took(view: NotificationView) -> str:
    """ "0.8": seconds from the reading's arrival to the first screen; empty where it has not been shown."""
    shown = [delivery.displayed_at for delivery in view.deliveries if delivery.displayed_at]
    if not shown or view.received_at is None:
        return ""
    seconds = max(0.0, (min(shown) - view.received_at).total_seconds())
    return bangla.digits(f"{seconds:.1f}", language())
