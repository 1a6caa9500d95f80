"""The JSON addresses that the app's scripts and its service worker speak to: subscribing, receipts, the test push, the bell's count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from uuid import UUID

import msgspec
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from bijoli.customers.agents import called
from bijoli.delivery import devices, reads, trial
from bijoli.delivery.channels.webpush import vapid
from bijoli.delivery.receipts import receipt
from bijoli.web.person import customer, customer_id
from bijoli.web.templatetags.bijoli import language

MOST_BYTES = 4096
Page = Callable[[HttpRequest], HttpResponse]


def signed_in(page: Page) -> Page:
    """401 for a guest: a script must not be led to the sign-in page. Nothing is kept by a cache."""

    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponse:
        if customer(request) is None:
            return JsonResponse({"error": "sign in"}, status=401)
        return page(request)

    return never_cache(guarded)


def _body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; empty for anything else, and for what no text of a database can hold."""
    try:
        given = msgspec.json.decode(request.body) if len(request.body) <= MOST_BYTES else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return given if isinstance(given, dict) and b"\\u0000" not in request.body else {}


@require_GET
@signed_in
def key(request: HttpRequest) -> HttpResponse:
    """The sender's public key, and a CSRF token for the service worker, which cannot read cookies."""
    return JsonResponse({"key": vapid.public_key(), "csrf": get_token(request)})


@require_POST
@signed_in
def subscribe(request: HttpRequest) -> HttpResponse:
    """Keeps this browser's subscription. With `mend` (each start of the app) only where it was not removed from elsewhere: else 410."""
    person, given = customer(request), _body(request)
    sent = given.get("keys")
    keys = sent if isinstance(sent, dict) else {}
    endpoint = str(given.get("endpoint", ""))
    if person is None or (given.get("mend") and reads.removed(person.pk, endpoint)):
        return JsonResponse({"error": "removed"}, status=410)
    label = called(request.headers.get("User-Agent", ""))
    try:
        p256dh, auth = str(keys.get("p256dh", "")), str(keys.get("auth", ""))
        device = devices.subscribe(person, endpoint, p256dh, auth, label, language(), request.session.session_key or "")
    except devices.EndpointRefused as fault:
        return JsonResponse({"error": str(fault)}, status=422)
    return JsonResponse({"device": str(device.public_id)})


@require_POST
@signed_in
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Forgets this browser's subscription."""
    return JsonResponse({"gone": devices.unsubscribe(customer_id(request), str(_body(request).get("endpoint", "")))})


@csrf_exempt
@require_POST
def take_receipt(request: HttpRequest) -> HttpResponse:
    """The token is the proof. 204 whatever it was: nothing can be learnt here."""
    given = _body(request)
    at = given.get("at")
    if isinstance(at, int | float) and 0 < at < 1e14:
        receipt(str(given.get("token", "")), str(given.get("event", "")), datetime.fromtimestamp(at / 1000, UTC))
    return HttpResponse(status=204)


@require_POST
@signed_in
def send_trial(request: HttpRequest) -> HttpResponse:
    """A test push to one of the person's devices: its id, to ask `trial_state` by."""
    device = _uuid(_body(request).get("device"))
    try:
        if device is None:
            raise ObjectDoesNotExist
        return JsonResponse({"id": str(trial.send_trial(customer_id(request), device))})
    except ObjectDoesNotExist:
        return JsonResponse({"error": "unknown device"}, status=404)
    except trial.TooManyTrials:
        return JsonResponse({"error": "too many"}, status=429)


@require_GET
@signed_in
def trial_state(request: HttpRequest) -> HttpResponse:
    """How far a test push has come: milliseconds from its making to `sent` and `displayed`, null where it has not."""
    public_id = _uuid(request.GET.get("id"))
    view = reads.one(customer_id(request), public_id) if public_id else None
    if view is None or not view.deliveries:
        return JsonResponse({"error": "unknown"}, status=404)
    way = view.deliveries[0]
    since = {name: _since(view.made_at, at) for name, at in (("sent", way.sent_at), ("displayed", way.displayed_at))}
    return JsonResponse({"status": way.status, **since})


def _since(start: datetime, at: datetime | None) -> int | None:
    return None if at is None else max(0, round((at - start).total_seconds() * 1000))


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


@require_GET
@signed_in
def unread(request: HttpRequest) -> HttpResponse:
    """What the bell counts, and which they are: a phone closes all others in its tray."""
    ids = reads.unread_ids(person := customer_id(request))
    return JsonResponse({"unread": reads.unread(person), "ids": [str(each) for each in ids]})
