"""Signed-in devices: a session lives 180 days from its last use, is listed for its owner, and can be ended from any other.

allauth keeps the list (`usersessions`). Its own middleware writes with every request, and an open page asks every few
seconds; ours writes once in ten minutes, which renews the session's 180 days too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bijoli.customers import deeds
from bijoli.customers.agents import called
from bijoli.customers.models import Customer

STEP = 600  # seconds between two notes of "still in use"
SEEN = "seen"
SWEPT = 1_000  # lines at a time
HOUR = timedelta(hours=1)  # a session that is just being made may not be stored yet
FORGET = '"cache", "storage"'
left_everywhere = Signal()
"""Sent with `customer_id` after a person signed out everywhere: who keeps something on their phones lets go of it."""
left = Signal()
"""Sent with `customer_id` and `session_key` after one device was signed out, here or from elsewhere."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """One signed-in device. `handle` names it in a form, and is worth nothing to anybody else."""

    handle: str
    label: str
    since: datetime
    seen_at: datetime
    here: bool


class KeepMiddleware:
    """Notes every ten minutes that a signed-in device is in use. A request without a session costs nothing.

    A device whose session ended elsewhere (a lost phone) is told to forget the pages that it kept, with the first answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            _keep(request, int(time.time()))
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty():
            response.headers["Clear-Site-Data"] = FORGET
        return response


def _keep(request: HttpRequest, now: int) -> None:
    if now - request.session.get(SEEN, 0) >= STEP:
        request.session[SEEN] = now
        UserSession.objects.create_from_request(request)


def for_an_hour(request: HttpRequest) -> None:
    """A guest's session, which only waits for a code or a passkey, does not stay for 180 days."""
    if not request.user.is_authenticated:
        request.session.set_expiry(settings.ACCOUNT_LOGIN_TIMEOUT)


def signed_out(sender: object, request: HttpRequest, user: Customer | None, **_: object) -> None:
    """Hears Django's `user_logged_out`, which comes before the session goes."""
    if user is not None and request.session.session_key:
        left.send(sender=Customer, customer_id=user.pk, session_key=request.session.session_key)


def listed(customer: Customer, here: str | None) -> list[SessionView]:
    """The customer's signed-in devices, the one of session key `here` first, then the latest used. Ended ones are dropped."""
    views = [
        SessionView(
            handle=_handle(session),
            label=called(session.user_agent),
            since=session.created_at,
            seen_at=session.last_seen_at,
            here=session.session_key == here,
        )
        for session in UserSession.objects.purge_and_list(customer)
    ]
    return sorted(views, key=lambda view: (not view.here, -view.seen_at.timestamp()))


def end(customer_id: int, handle: str) -> bool:
    """Signs one device of this customer out. False where no device of theirs has the handle."""
    found = [session for session in _of(customer_id) if _handle(session) == handle]
    keys = [session.session_key for session in found]
    get_adapter().end_sessions(found)
    for key in keys:
        left.send(sender=Customer, customer_id=customer_id, session_key=key)
    return bool(found)


def end_all(customer_id: int, by_utility: datetime | None = None) -> None:
    """Signs every device out, this one too. `by_utility`: when staff did it, for the customer's list of deeds."""
    with transaction.atomic():
        if by_utility is not None:
            deeds.note("signed out", customer_id, by_utility)
        get_adapter().end_sessions(_of(customer_id))
    left_everywhere.send(sender=Customer, customer_id=customer_id)


def sweep(go_on: Callable[[], bool]) -> bool:
    """Deletes sessions that are over, and their lines in the list. Returns whether none is left."""
    SessionStore.clear_expired()
    while go_on():
        over = UserSession.objects.exclude(session_key__in=Session.objects.values("session_key"))
        chosen = list(over.filter(created_at__lt=timezone.now() - HOUR).values_list("pk", flat=True)[:SWEPT])
        UserSession.objects.filter(pk__in=chosen).delete()
        if len(chosen) < SWEPT:
            return True
    return False


def _of(customer_id: int) -> list[Any]:
    return list(UserSession.objects.filter(user_id=customer_id))


def _handle(session: Any) -> str:
    return salted_hmac("bijoli.sessions", session.session_key, algorithm="sha256").hexdigest()[:24]
