"""The person behind a request: accounts, language and theme. Asked once a request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.translation import gettext

from bijoli.customers import cookies, reads
from bijoli.customers.preferences import THEMES
from bijoli.customers.reads import AccountView
from bijoli.customers.rights import Right

if TYPE_CHECKING:
    from bijoli.customers.models import Customer


def customer(request: HttpRequest) -> Customer | None:
    """The signed-in customer; None for a guest, and in errors that come before sign-in was looked at."""
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def customer_id(request: HttpRequest) -> int:
    """For pages that only the signed-in see."""
    person = customer(request)
    if person is None:
        raise Http404
    return person.pk


def accounts(request: HttpRequest) -> list[AccountView]:
    """The customer's accounts in the order of Home's cards; none for a guest."""
    kept = asked_accounts(request)
    if kept is None:
        person = customer(request)
        kept = reads.accounts(person.pk) if person else []
        setattr(request, "_accounts", kept)  # noqa: B010 - Django's request has no such field to declare
    return kept


def asked_accounts(request: HttpRequest) -> list[AccountView] | None:
    """The same where this request has asked for them already; None where it has not."""
    return getattr(request, "_accounts", None)


def account(request: HttpRequest, public_id: UUID, right: Right = Right.BALANCE) -> AccountView:
    """One of the customer's accounts that their role gives this right to; Http404 for every other. The bars then stand on it."""
    for mine in accounts(request):
        if mine.public_id == public_id and mine.may(right):
            setattr(request, "_account", mine)  # noqa: B010
            return mine
    raise Http404


def with_right(request: HttpRequest, right: Right) -> list[AccountView]:
    """The accounts that the person's role gives this right to."""
    return [mine for mine in accounts(request) if mine.may(right)]


def current(request: HttpRequest) -> AccountView | None:
    """The account that the page is about, else the first one."""
    chosen: AccountView | None = getattr(request, "_account", None)
    return chosen or next(iter(accounts(request)), None)


def called(mine: AccountView) -> str:
    """The person's own word for the account, else its number."""
    return mine.nickname or gettext("Account %(number)s") % {"number": mine.number}


def chosen_language(request: HttpRequest) -> str:
    """The customer's language, else the cookie's, else the browser's, else the utility's first."""
    offered = settings.UTILITY.languages
    person = customer(request)
    for wish in (person.language if person else "", cookies.value(request, "language")):
        if wish in offered:
            return wish
    return _accepted(request.headers.get("Accept-Language", ""), offered) or offered[0]


def _accepted(header: str, offered: tuple[str, ...]) -> str:
    """The first offered language of an Accept-Language header, in its order: browsers send them by falling weight."""
    for part in header[:200].split(","):
        wish = part.split(";")[0].strip().lower()[:2]
        if wish in offered:
            return wish
    return ""


def chosen_theme(request: HttpRequest) -> str:
    """system, light or dark."""
    person = customer(request)
    wish = person.theme if person else cookies.value(request, "theme")
    return wish if wish in THEMES else "system"
