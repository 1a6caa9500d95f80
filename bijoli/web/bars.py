"""The bell at the top and the four places at the bottom."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.web.templatetags.bijoli import language


@dataclass(frozen=True, slots=True)
class Place:
    """One of the places of the bottom bar."""

    name: str
    icon: str
    url: str
    here: bool


def unread(request: HttpRequest) -> int:
    """How many notifications the bell counts."""
    return 0


def bell_label(request: HttpRequest) -> str:
    """What a screen reader says of the bell."""
    count = unread(request)
    if not count:
        return gettext("Notifications")
    if count == 1:
        return gettext("Notifications: 1 new")
    return gettext("Notifications: {n} new").replace("{n}", bangla.digits(str(count), language()))


def places(request: HttpRequest) -> list[Place]:
    """Home and Help, and where the person has an account its use and its recharges or bills."""
    return [
        Place(gettext("Home"), "home", "/", request.path == "/"),
        Place(gettext("Help"), "help", "/help/", request.path.startswith("/help/")),
    ]
