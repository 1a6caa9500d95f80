"""The bell at the top and the four places at the bottom."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.delivery import reads
from bijoli.web.person import current, customer
from bijoli.web.templatetags.bijoli import language

PREPAID = "prepaid"


@dataclass(frozen=True, slots=True)
class Place:
    """One of the places of the bottom bar."""

    name: str
    icon: str
    url: str
    here: bool


def unread(request: HttpRequest) -> int:
    """How many notifications the bell counts. Asked once a request."""
    kept: int | None = getattr(request, "_unread", None)
    if kept is None:
        person = customer(request)
        kept = reads.unread(person.pk) if person else 0
        setattr(request, "_unread", kept)  # noqa: B010
    return kept


def bell_label(request: HttpRequest) -> str:
    """What a screen reader says of the bell."""
    count = unread(request)
    if not count:
        return gettext("Notifications")
    if count == 1:
        return gettext("Notifications: 1 new")
    return gettext("Notifications: {n} new").replace("{n}", bangla.digits(str(count), language()))


def places(request: HttpRequest) -> list[Place]:
    """Home, Usage (where the role shows it), Recharge or Bills (as the account that the page is about is paid), Help."""
    mine = current(request)
    paid = ("web:bills", gettext("Bills"), "bill") if mine and mine.mode != PREPAID else ("web:recharge", gettext("Recharge"), "wallet")
    use = [("web:usage", gettext("Usage"), "usage")] if mine is None or mine.sees_use else []
    found = [("web:home", gettext("Home"), "home"), *use, paid, ("web:help", gettext("Help"), "help")]
    return [_place(request, *each) for each in found]


def _place(request: HttpRequest, name: str, words: str, icon: str) -> Place:
    """Usage and Recharge lead to the account at hand; without one to the page that says what to do."""
    mine, match = current(request), request.resolver_match
    ours = name in ("web:home", "web:help") or mine is None
    url = reverse(name) if ours else reverse(name, args=[mine.public_id]) if mine else ""
    return Place(words, icon, url, here=match is not None and match.view_name == name)
