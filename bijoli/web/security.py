"""Headers that answers carry: what they may load, and what stays on a phone after sign-out."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from bijoli.customers.reads import AccountView
from bijoli.delivery.topic import topic
from bijoli.web import palette
from bijoli.web.person import asked_accounts, customer

PERMISSIONS = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), usb=()"


def content_policy() -> str:
    """Own files only; the one inline style sheet (the utility's accent) by its hash."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' {palette.source()}",
            "img-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def kept_for(person: int, mine: list[AccountView]) -> str:
    """What the service worker keeps pages under: another word once the person, an account, a role or its beginning is another.

    On the next answer of ours everything that was kept under the former word goes, whatever page is opened.
    """
    return topic("kept for", person, *sorted((str(one.public_id), one.role, str(one.sees_from)) for one in mine))


class EveryAnswerMiddleware:
    """Stands before all that answers by itself: pages, files, papers, probes and errors have the policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", content_policy())
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class PolicyMiddleware:
    """Stands last, next to the view, so that it sees who was signed in before and after."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        known = request.method == "POST" and customer(request) is not None
        response = self.get_response(request)
        if known and customer(request) is None:
            response.headers["Clear-Site-Data"] = '"cache", "storage"'  # signed out: the next person sees nothing
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Permissions-Policy", PERMISSIONS)
            response.headers.setdefault("Cache-Control", "private, no-cache")
        if (person := customer(request)) is not None and (known_accounts := asked_accounts(request)) is not None:
            response.headers["X-Kept-For"] = kept_for(person.pk, known_accounts)
        return response
