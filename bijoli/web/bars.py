"""The bell at the top and the four places at the bottom."""

from __future__ import annotations

from html import escape

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.customers.reads import AccountView
from bijoli.delivery import reads
from bijoli.web.addresses import of_account, of_all
from bijoli.web.icons import icon
from bijoli.web.person import current, customer
from bijoli.web.templatetags.bijoli import language

PREPAID = "prepaid"


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


def places(request: HttpRequest) -> SafeString:
    """Home, Usage (where the role shows it), Recharge or Bills (as the account that the page is about is paid), Help."""
    mine = current(request)
    paid = ("web:bills", gettext("Bills"), "bill") if mine and mine.mode != PREPAID else ("web:recharge", gettext("Recharge"), "wallet")
    use = [("web:usage", gettext("Usage"), "usage")] if mine is None or mine.sees_use else []
    found = [("web:home", gettext("Home"), "home"), *use, paid, ("web:help", gettext("Help"), "help")]
    return mark_safe("".join(_place(request, mine, *each) for each in found))  # noqa: S308 - our own words and addresses


def _place(request: HttpRequest, mine: AccountView | None, name: str, words: str, picture: str) -> str:
    """Usage and Recharge lead to the account at hand; without one to the page that says what to do."""
    url = of_all(name) if mine is None or name in ("web:home", "web:help") else of_account(name, mine.public_id)
    match = request.resolver_match
    here = ' aria-current="page"' if match is not None and match.view_name == name else ""
    return f'<a href="{url}"{here}>{icon(picture)}<span>{escape(words)}</span></a>'
