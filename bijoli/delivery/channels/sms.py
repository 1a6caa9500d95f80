"""The SMS gateways of the file of BIJOLI_SMS_GATEWAYS (docs/sms.md): by Apprise, or over plain HTTP as the file says."""

from __future__ import annotations

import json
import logging
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from bijoli.core.sms import is_gsm
from bijoli.delivery.channels.apprised import AppriseGateway
from bijoli.delivery.channels.gateway import AT_HOME, AWAY, FORMS, REFUSED, TAKEN, UNSURE, Answer, Gateway, checked_time, written

CONNECT_S = 5.0
MOST_ANSWER = 100_000  # bytes of an answer that are read
logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO lines are whole addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpGateway:
    """A gateway over HTTP. `fields` may hold {number}, {text}, {id} and {type}; `ok_field` is a path in the JSON that it answers."""

    name: str
    url: str
    method: str = "POST"
    format: str = "json"
    fields: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    number: str = "plain"
    gsm: str = "text"
    unicode: str = "unicode"
    ok_status: tuple[int, ...] = (200, 201, 202)
    ok_field: str = ""
    ok_values: tuple[str, ...] = ()
    ok_text: str = ""
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in AT_HOME):
            raise ValueError(f"{self.name}: the address must be https")
        if self.method not in ("GET", "POST") or self.format not in ("json", "form", "query") or self.number not in FORMS:
            raise ValueError(f"{self.name}: unknown method, format or number")
        checked_time(self.name, self.timeout_s)
        object.__setattr__(self, "ok_values", tuple(_word(one) for one in self.ok_values))
        if bool(self.ok_field) != bool(self.ok_values):
            raise ValueError(f"{self.name}: ok_field and ok_values belong together")
        places = json.dumps(self.fields)
        if "{number}" not in places or "{text}" not in places:
            raise ValueError(f"{self.name}: the fields must hold {{number}} and {{text}}")

    def post(self, http: httpx.Client, phone: str, text: str, key: str) -> Answer:
        """As `Gateway.post`."""
        body = _filled(self.fields, self._values(phone, text, key))
        sent: dict[str, Any] = {{"json": "json", "form": "data", "query": "params"}[self.format]: body}
        try:
            with http.stream(self.method, self.url, headers=dict(self.headers), timeout=self._timeout(), **sent) as reply:
                return self._understood(reply, _read(reply, monotonic() + self.timeout_s))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            return Answer(AWAY, type(fault).__name__)
        except httpx.HTTPError as fault:
            return Answer(UNSURE, type(fault).__name__)

    def _timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self.timeout_s, connect=CONNECT_S)

    def _values(self, phone: str, text: str, key: str) -> dict[str, str]:
        return {"{number}": written(phone, self.number), "{text}": text, "{id}": key, "{type}": self.gsm if is_gsm(text) else self.unicode}

    def _understood(self, reply: httpx.Response, body: bytes) -> Answer:
        status, said = reply.status_code, f"HTTP {reply.status_code}"
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return Answer(AWAY, said, reply.headers.get("Retry-After", ""))
        if status in (401, 403):
            return Answer(AWAY, said, key_fault=True)
        if status not in self.ok_status:
            return Answer(REFUSED if 400 <= status < 500 and status != httpx.codes.REQUEST_TIMEOUT else UNSURE, said)
        if self.ok_text:
            return Answer(TAKEN) if self.ok_text in body.decode(errors="replace") else Answer(REFUSED, "refused")
        if not self.ok_field:
            return Answer(TAKEN)
        try:
            found = _at(json.loads(body), self.ok_field)
        except (ValueError, LookupError, TypeError):
            return Answer(UNSURE, "not understood")
        return Answer(TAKEN) if _word(found) in self.ok_values else Answer(REFUSED, "refused")


def _read(reply: httpx.Response, until: float) -> bytes:
    """The beginning of the answer: nobody can fill our memory, or drip for ever."""
    body = b""
    for piece in reply.iter_bytes():
        body += piece
        if len(body) >= MOST_ANSWER or monotonic() > until:
            break
    return body[:MOST_ANSWER]


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """The template with its places filled: a value that is filled in is never looked at again."""
    if isinstance(template, Mapping):
        return {name: _filled(one, values) for name, one in template.items()}
    if isinstance(template, list):
        return [_filled(one, values) for one in template]
    if not isinstance(template, str):
        return template
    if template in values:
        return values[template]
    filled, rest = "", template
    while rest:
        place = next((one for one in values if rest.startswith(one)), None)
        filled, rest = (filled + values[place], rest[len(place) :]) if place else (filled + rest[0], rest[1:])
    return filled


def _at(found: Any, path: str) -> Any:
    for name in path.split("."):
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


def _word(found: Any) -> str:
    return str(found).lower() if isinstance(found, bool) else str(found)


def offered() -> bool:
    """Whether alerts go by SMS at all."""
    return bool(settings.SMS_GATEWAYS)


def gateways() -> tuple[Gateway, ...]:
    """Those of the file, the first first; empty where there is no file. Raises ImproperlyConfigured."""
    return _read_file(settings.SMS_GATEWAYS) if settings.SMS_GATEWAYS else ()


@cache
def _read_file(path: str) -> tuple[Gateway, ...]:
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        found = tuple(_gateway({key: _kept(value) for key, value in one.items()}) for one in table["gateway"])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"{path}: {type(error).__name__}: {error}") from None
    if not 1 <= len(found) <= 2:
        raise ImproperlyConfigured(f"{path}: say one gateway or two")
    return found


def _gateway(said: dict[str, Any]) -> Gateway:
    return AppriseGateway(**said) if "apprise" in said else HttpGateway(**said)


def _kept(value: Any) -> Any:
    """Lists as tuples."""
    return tuple(value) if isinstance(value, list) else value


def client() -> httpx.Client:
    """A connection pool for one sender; redirects are not followed, the environment's proxies not used."""
    context = ssl.create_default_context(cafile=settings.GATEWAY_CA or None)
    return httpx.Client(verify=context, follow_redirects=False, trust_env=False)
