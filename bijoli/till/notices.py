"""Where gateways tell us, server to server. Each notice is kept raw; it only makes us ask the gateway, whoever sent it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bijoli.payments import gateways, notices
from bijoli.payments.gateways.port import Arrived

LARGEST = 64 * 1024


@csrf_exempt
@require_POST
def notice(request: HttpRequest, name: str) -> HttpResponse:
    """200 once it is kept, whatever it says: a gateway that is refused sends again and again."""
    if name not in gateways.names():
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse("too large", status=413)
    arrived = Arrived("POST", request.META.get("QUERY_STRING", ""), request.body[: LARGEST + 1], dict(request.headers))
    if len(arrived.body) > LARGEST:
        return HttpResponse("too large", status=413)
    notices.keep(name, arrived, timezone.now())
    return HttpResponse("OK", content_type="text/plain")
