"""When a form's proof of origin does not fit: mostly a page that was open since before a sign-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Named by CSRF_FAILURE_VIEW. Nothing was changed; the page says so and how to go on."""
    return render(request, "web/forged.html", {"signed_in": False}, status=403)
