"""GET /health, /ready and /metrics. Answered before sessions, cookies and host names: a probe has none of them.

/health: the process lives. /ready: the database answers and fits. /metrics: for who holds the token; to others it does not exist.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from prometheus_client.exposition import choose_encoder

from bijoli.monitor import database
from bijoli.monitor.metrics import registry


class MonitorMiddleware:
    """Stands before all that would ask the database on its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = PAGES.get(request.path_info)
        if page is None or (page is metrics and not may_scrape(request)):
            return self.get_response(request)  # a wrong token gets the same answer as an address that does not exist
        response = page(request) if request.method in {"GET", "HEAD"} else HttpResponseNotAllowed(["GET", "HEAD"])
        response.headers["Cache-Control"] = "no-store"
        return response


def health(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all. Asks nobody."""
    return _plain("alive")


def ready(_request: HttpRequest) -> HttpResponse:
    """200 where work can be done; else 503 and why."""
    why = database.unready()
    return _plain(why, 503) if why else _plain("ready")


def metrics(request: HttpRequest) -> HttpResponse:
    """Everything of `metrics.registry`, in the format that the scraper asks for."""
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    try:
        return HttpResponse(encode(registry(timezone.now())), content_type=content_type)
    except (DatabaseError, InterfaceError):
        return _plain("the database does not answer, or not in time", 503)


def may_scrape(request: HttpRequest) -> bool:
    """Whether the request carries the token of `BIJOLI_METRICS_TOKEN`; nobody's does where none is set."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode())


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/health": health, "/ready": ready, "/metrics": metrics}
