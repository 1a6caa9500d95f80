"""Language and theme: kept on the customer where one is signed in, and in a cookie for the pages before sign-in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from bijoli.customers import cookies
from bijoli.customers.preferences import THEMES, set_preferences
from bijoli.web.person import customer

YEAR = 365 * 86400


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """POST language=bn|en, next=where to go on."""
    return _choose(request, "language", settings.UTILITY.languages)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """POST theme=system|light|dark, next=where to go on."""
    return _choose(request, "theme", THEMES)


def _choose(request: HttpRequest, name: str, offered: tuple[str, ...]) -> HttpResponse:
    response = HttpResponseRedirect(_next(request))
    wish = request.POST.get(name, "")
    if wish not in offered:
        return response
    if person := customer(request):
        set_preferences(person.pk, **{name: wish})
    cookies.keep(response, name, wish, YEAR)
    return response


def _next(request: HttpRequest) -> str:
    """Where the form asked to go on, where that is a page of ours."""
    wish = request.POST.get("next", "")
    return wish if url_has_allowed_host_and_scheme(wish, allowed_hosts=None, require_https=settings.HTTPS) else "/"
