"""One line for each request: what was asked for by the route's name, never by its address, and what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
PROBES = {"/health": "health", "/ready": "ready", "/metrics": "metrics"}  # every few seconds each: said where DEBUG is asked for


class RequestLogMiddleware:
    """Stands first, so that the time is the whole time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        level = logging.DEBUG if request.path_info in PROBES and response.status_code < 500 else logging.INFO
        if log.isEnabledFor(level):
            ms = round((time.perf_counter() - began) * 1000, 1)
            method = request.method if request.method in METHODS else "OTHER"
            said = {"event": "request", "method": method, "route": route(request), "status": response.status_code, "ms": ms}
            log.log(level, "", extra=said)
        return response


def route(request: HttpRequest) -> str:
    """The name that the address has in urls.py; `static` and the probes by their own; `-` for an address that does not exist."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "unnamed"
    if request.path_info.startswith(settings.STATIC_URL):
        return "static"
    return PROBES.get(request.path_info, "-")
