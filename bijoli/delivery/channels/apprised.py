"""Services that the library Apprise knows, by an Apprise URL: an SMS service with {number} in it, or a mail server.

Apprise says yes or no and never why: a no may be a time-out after the message was taken, so it counts as "perhaps sent". Its URLs hold
keys: neither they nor what the library itself says of a message is ever logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings

from bijoli.delivery.channels.gateway import AT_HOME, FORMS, REFUSED, TAKEN, UNSURE, Answer, checked_time, written

CONNECT_S = 5.0
SUBSCRIBER = "1712345678"  # a number to try a URL with
for silent in ("apprise", "urllib3", "requests_oauthlib", "oauthlib"):
    logging.getLogger(silent).setLevel(logging.CRITICAL + 1)  # they write addresses, numbers and keys


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseGateway:
    """An SMS service. `apprise` is its URL with {number}, and {id} where the service takes a key. ValueError never repeats it."""

    name: str
    apprise: str
    number: str = "plain"
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        checked_time(self.name, self.timeout_s)
        if self.number not in FORMS:
            raise ValueError(f"{self.name}: unknown number")
        if "{number}" not in self.apprise:
            raise ValueError(f"{self.name}: the Apprise URL must hold {{number}}")
        service = self._service(f"+{settings.UTILITY.country_code}{SUBSCRIBER}", "id")
        if service is None:
            raise ValueError(f"{self.name}: Apprise does not understand the URL")
        safe(self.name, service)
        if len(getattr(service, "targets", [""])) != 1:
            raise ValueError(f"{self.name}: the URL must name {{number}} as its one target")

    def post(self, http: httpx.Client, phone: str, text: str, key: str) -> Answer:
        """As `Gateway.post`. Apprise has connections of its own: `http` is not used."""
        service = self._service(phone, key)
        if service is None or not getattr(service, "targets", True):  # some services then text their own sender
            return Answer(REFUSED, "number refused")
        return told(service, self.timeout_s, body=text)

    def _service(self, phone: str, key: str) -> Any:
        values = {"{number}": written(phone, self.number), "{id}": key}
        return service_of(_filled(self.apprise, values), self.timeout_s)


def service_of(url: str, timeout_s: float) -> Any:
    """Apprise's object for a URL, for one message; None where Apprise does not understand it."""
    from apprise import Apprise  # half a second: only for who sends

    service = Apprise.instantiate(url, asset=_asset())
    if service is not None:
        service.socket_connect_timeout = min(CONNECT_S, timeout_s)
        service.socket_read_timeout = timeout_s
        service.retry, service.redirects = 0, False  # how often and where to is ours to say
    return service


def safe(name: str, service: Any) -> None:
    """Raises ValueError for what is sent in the clear or without a look at the certificate, save to this machine."""
    if getattr(service, "host", "") in AT_HOME:
        return
    plain = getattr(service, "secure_protocol", None) and not service.secure and getattr(service, "protocol", None)
    if plain or not service.verify_certificate:
        raise ValueError(f"{name}: the Apprise URL must be one that encrypts and checks certificates")


def told(service: Any, longest_s: float, **message: Any) -> Answer:
    """Hands one message to a service and waits so long at most, whatever the other side does."""
    from apprise import NotifyFormat

    answered, said = within(lambda: service.notify(body_format=NotifyFormat.TEXT, **message), longest_s)
    if not answered:
        return Answer(UNSURE, "no answer in time")
    return Answer(TAKEN) if said is True else Answer(UNSURE, "Apprise said no")


def within(work: Callable[[], object], longest_s: float) -> tuple[bool, object]:
    """Whether `work` ended in time, and what came of it; None where it failed. What is late goes on unheard, by its own time-outs."""
    results: SimpleQueue[object] = SimpleQueue()

    def run() -> None:
        try:
            results.put(work())
        except Exception:
            results.put(None)

    Thread(target=run, name="apprise", daemon=True).start()
    try:
        return True, results.get(timeout=longest_s)
    except Empty:
        return False, None


def _filled(url: str, values: Mapping[str, str]) -> str:
    for place, value in values.items():
        url = url.replace(place, quote(value, safe=""))
    return url


@cache
def _asset() -> Any:
    """Apprise's own looks: our name, nothing on the disk, secrets masked."""
    from apprise import AppriseAsset, PersistentStoreMode

    name = settings.UTILITY.short_name.get("en", "Bijoli")
    return AppriseAsset(app_id=name, app_desc=name, storage_mode=PersistentStoreMode.MEMORY, secure_logging=True, async_mode=False)
