"""When a form's proof of origin does not fit: mostly a page that was open since before a sign-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from bijoli.core.bangla import duration


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Named by CSRF_FAILURE_VIEW. Nothing was changed; the page says so and how to go on."""
    return render(request, "web/forged.html", {"signed_in": False}, status=403)


def too_often(request: HttpRequest, seconds: int) -> HttpResponse:
    """Somebody asked for what takes work more often than anyone needs it."""
    shown = {"time": duration(max(60, seconds), get_language() or "bn")}
    answer = render(request, "web/too_often.html", shown, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer
