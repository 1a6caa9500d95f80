"""Where a gateway's page sends the browser back to. A cross-site POST brings no session: it leads on to the order's own page, by GET."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bijoli.payments.gateways.port import Arrived
from bijoli.payments.returns import came_back

LARGEST = 32 * 1024


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the browser claims makes us ask the gateway, and nothing else. 404 where there is no such order."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    arrived = Arrived(request.method or "GET", request.META.get("QUERY_STRING", ""), request.body, dict(request.headers))
    if not came_back(public_id, arrived, timezone.now()):
        raise Http404
    response = HttpResponse(status=303)
    response.headers["Location"] = reverse("web:pay", args=[public_id])
    return response
