"""HTTP to payment gateways: time-outs on everything, certificates always verified, no redirects, answers of limited size.

What is no answer that can be understood (no connection, no reply in time, 5xx, no JSON object) becomes GatewayAway. No address is ever
logged or put into an error: some gateways want passwords in it.
"""

from __future__ import annotations

import json
import logging
import ssl
import weakref
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from time import monotonic
from typing import Any

import httpx
from django.conf import settings

from bijoli.core import money
from bijoli.payments.gateways.port import GatewayAway

CONNECT_S, ANSWER_S = 5.0, 12.0  # together less than orders.OPENING
LARGEST = 512 * 1024
MOST_PAISA = 10**15
AGENT = "bijoli-payments"
logging.getLogger("httpx").setLevel(logging.WARNING)  # its INFO lines are whole addresses
logging.getLogger("httpcore").setLevel(logging.WARNING)


class NeverSent(GatewayAway):
    """Not even a connection came about: what was to be asked has certainly not happened."""


class Unauthorized(GatewayAway):
    """Status 401: what was sent with it (a token that is over) was not taken, so the call was not looked at."""


class Empty(GatewayAway):
    """An answer without a body, or null."""


class Wire:
    """One gateway's connection pool, shared by threads. `answer_s`: how long the answer may take to begin, and then to end."""

    def __init__(self, url: str, *, answer_s: float = ANSWER_S, headers: Mapping[str, str] | None = None) -> None:
        self.url, self._answer_s = url.rstrip("/"), answer_s
        self._http = httpx.Client(
            verify=ssl.create_default_context(cafile=settings.GATEWAY_CA or None),
            timeout=httpx.Timeout(answer_s, connect=CONNECT_S, pool=CONNECT_S),
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=20),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": AGENT, **(headers or {})},
        )
        weakref.finalize(self, self._http.close)

    def get(self, path: str, query: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
        """The JSON object that the gateway answers. Raises GatewayAway."""
        return self.call("GET", path, params=query, **more)

    def post_form(self, path: str, fields: Mapping[str, str], **more: Any) -> dict[str, Any]:
        """POSTs a form; the JSON object that the gateway answers. Raises GatewayAway."""
        return self.call("POST", path, data=fields, **more)

    def post_json(self, path: str, body: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """POSTs JSON; the JSON object that the gateway answers. Raises GatewayAway."""
        return self.call("POST", path, json=body, **more)

    def call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """`path` begins with / and is put behind the gateway's address; `more` is httpx's: headers, params, json, data."""
        try:
            status, body = self._answer(method, path, more)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise NeverSent("it cannot be reached") from None
        except httpx.TimeoutException:
            raise GatewayAway("no answer in time") from None
        except httpx.InvalidURL:
            raise GatewayAway("no such address") from None
        except httpx.HTTPError as error:
            raise GatewayAway(type(error).__name__) from None
        return understood(status, body)

    def _answer(self, method: str, path: str, more: Mapping[str, Any]) -> tuple[int, bytes]:
        with self._http.stream(method, self.url + path, **more) as response:
            body, end = bytearray(), monotonic() + self._answer_s
            for piece in response.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise GatewayAway("the answer is too large")
                if monotonic() > end:
                    raise GatewayAway("the answer never ends")
        return response.status_code, bytes(body)


def understood(status: int, body: bytes) -> dict[str, Any]:
    """The JSON object of an answer, its numbers with a point as Decimal. Gateways tell most refusals with status 200, some with 4xx."""
    if status >= 500 or 300 <= status < 400:
        raise GatewayAway(f"status {status}")
    if status == httpx.codes.UNAUTHORIZED:
        raise Unauthorized(f"status {status}")
    if body.strip() in (b"", b"null"):
        raise Empty(f"status {status} with nothing in it")
    try:
        found = json.loads(body, parse_float=Decimal)
    except ValueError:
        raise GatewayAway(f"status {status} without JSON") from None
    if not isinstance(found, dict):
        raise GatewayAway(f"status {status} with {type(found).__name__} instead of an object")
    return found


def paisa(told: object) -> int:
    """Paisa of an amount in taka as a gateway writes it, text or number. Raises GatewayAway for no amount and for parts of a paisa."""
    try:
        if isinstance(told, str | int | Decimal) and not isinstance(told, bool):
            return money.paisa(told)
    except ValueError:
        pass
    raise GatewayAway("an amount that cannot be read")


def floor_paisa(told: object) -> tuple[int, bool]:
    """Whole paisa of an amount in taka, over 0, and whether that is all of it. Raises GatewayAway for what is no such amount."""
    try:
        value = Decimal(str(told)) * money.TAKA if isinstance(told, str | int | Decimal) else Decimal(0)
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or not 1 <= value < MOST_PAISA:
        raise GatewayAway("an amount that cannot be read")
    return int(value), value == int(value)


def taka(amount: int) -> str:
    """Paisa as gateways want them: 500.00."""
    return f"{money.to_taka(amount):.2f}"
