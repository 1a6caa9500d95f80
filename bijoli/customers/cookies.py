"""Cookies of ours beside the session's: over HTTPS with a name that browsers keep for this host alone (`__Host-`), never for scripts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def value(request: HttpRequest, name: str) -> str:
    """What this browser brings; "" for nothing."""
    return request.COOKIES.get(settings.COOKIE_PREFIX + name, "")


def keep(response: HttpResponse, name: str, given: str, seconds: int) -> None:
    """Has this browser keep a value for so long."""
    named = settings.COOKIE_PREFIX + name
    response.set_cookie(named, given, max_age=seconds, secure=settings.HTTPS, httponly=True, samesite="Lax")
