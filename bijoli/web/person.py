"""The person behind a request: preferences, language, and what the bars of each page show. Asked once a request."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from bijoli.customers.models import Customer

THEMES = ("system", "light", "dark")


def customer(request: HttpRequest) -> Customer | None:
    """The signed-in customer; None for a guest, and in errors that come before sign-in was looked at."""
    user = getattr(request, "user", None)
    return user if isinstance(user, Customer) else None


def chosen_language(request: HttpRequest) -> str:
    """The customer's language, else the cookie's, else the browser's, else the utility's first."""
    offered = settings.UTILITY.languages
    person = customer(request)
    for wish in (person.language if person else "", request.COOKIES.get("language", "")):
        if wish in offered:
            return wish
    return _accepted(request.headers.get("Accept-Language", ""), offered) or offered[0]


def _accepted(header: str, offered: tuple[str, ...]) -> str:
    """The first offered language of an Accept-Language header, by its order; weights come in falling order from browsers."""
    for part in header[:200].split(","):
        wish = part.split(";")[0].strip().lower()[:2]
        if wish in offered:
            return wish
    return ""


def chosen_theme(request: HttpRequest) -> str:
    """system, light or dark."""
    person = customer(request)
    wish = person.theme if person else request.COOKIES.get("theme", "")
    return wish if wish in THEMES else "system"
