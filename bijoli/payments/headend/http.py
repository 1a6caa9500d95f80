"""The head-end over HTTP, as docs/head-end.md describes it. What is not understood counts as no answer: nothing is guessed."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import monotonic
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec
from django.conf import settings
from msgspec import Meta

from bijoli.core.payment import VendState
from bijoli.metering.models import Relay
from bijoli.payments.headend.port import (
    CreditLine,
    CreditOrder,
    CreditTold,
    Dues,
    HeadEndAway,
    HeadEndRefused,
    MeterStanding,
    Split,
)

WAITS = httpx.Timeout(10, connect=3)  # seconds, for each step
ASKED_S = 5.0  # how long a person waits for how their meter stands
LONGEST_S = 20.0  # for the whole answer: shorter than the lease of a vend
LARGEST = 1024 * 1024
MOST_PAGES = 10_000
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
Paisa = Annotated[int, Meta(ge=-(10**12), le=10**12)]
Aware = Annotated[datetime, Meta(tz=True)]
Word = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}\Z")]
Token = Annotated[str, Meta(pattern=r"^[0-9]{20}\Z")]
Number = Annotated[str, Meta(pattern=r"^[0-9]{12}\Z")]
T = TypeVar("T")
for noisy in ("httpx", "httpcore"):
    logging.getLogger(noisy).setLevel(logging.WARNING)  # their INFO lines are whole addresses, with meter numbers in them


class Parts(msgspec.Struct, frozen=True):
    gross: Paisa
    vat: Paisa
    demand: Paisa
    rent: Paisa
    arrears: Paisa
    rebate: Paisa
    credited: Paisa


class Credit(msgspec.Struct, frozen=True):
    key: UUID
    state: Literal["accepted", "on_meter", "tokens", "refused"]
    at: Aware
    split: Parts | None = None
    reason: Word = "refused"
    tokens: Annotated[list[Token], Meta(max_length=100)] = []


class No(msgspec.Struct, frozen=True):
    reason: Word
    split: Parts | None = None


class Due(msgspec.Struct, frozen=True):
    meter: Number
    months: Annotated[int, Meta(ge=0, le=1200)]
    arrears_paisa: Annotated[int, Meta(ge=0, le=10**12)]


class Standing(msgspec.Struct, frozen=True):
    meter: Number
    balance_paisa: Paisa | None = None
    balance_at: Aware | None = None
    relay: Literal["closed", "open_credit", "open_overload", "open_other"] | None = None
    relay_at: Aware | None = None


class Line(msgspec.Struct, frozen=True):
    key: UUID | None
    number: Annotated[str, Meta(max_length=80)]
    meter: Number
    amount_paisa: Paisa
    credited_paisa: Paisa
    state: Literal["accepted", "on_meter", "tokens"]
    at: Aware | None = None


class Page(msgspec.Struct, frozen=True):
    credits: Annotated[list[Line], Meta(max_length=5000)]
    next: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class HttpHeadEnd:
    """payments' HeadEnd at an address. One object serves all threads of a process."""

    def __init__(self, url: str, token: str, ca: str = "", waits: httpx.Timeout = WAITS) -> None:
        """Raises HeadEndRefused for an address to which a token must not be sent: plain HTTP to another machine."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        if not secure and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise HeadEndRefused("address")
        self._asked = httpx.Timeout(min(waits.read or ASKED_S, ASKED_S))
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=waits,
            verify=ssl.create_default_context(cafile=ca or None) if secure else False,  # plain HTTP has nothing to verify
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()

    def dues(self, meter: str, at: datetime) -> Dues:
        answer = self._call("GET", f"/meters/{meter}/dues", params={"at": at.astimezone(UTC).isoformat()})
        told = self._about(meter, answer, Due)
        return Dues(told.months, told.arrears_paisa)

    def credit(self, order: CreditOrder) -> CreditTold:
        body = {
            "number": order.number,
            "meter": order.meter,
            "amount_paisa": order.gross,
            "expected_paisa": order.expected,
            "sold_at": order.sold_at.astimezone(UTC).isoformat(),
            "channel": order.channel,
        }
        answer = self._call("PUT", f"/credits/{order.key}", json=body)
        if answer.status in (200, 201):
            told = _told(order.key, answer)
        elif answer.status == 409:
            told = CreditTold(VendState.REFUSED, "conflict")
        elif answer.status == 422:
            no = _read(answer, No)
            told = CreditTold(VendState.REFUSED, no.reason, _split(no.split))
        else:
            raise _away(answer)
        if told.split and told.split.gross != order.gross:
            raise HeadEndAway("the split is of another amount")
        return told

    def confirm(self, key: UUID) -> CreditTold | None:
        answer = self._call("GET", f"/credits/{key}")
        if answer.status == 404 and _read(answer, No).reason == "unknown_key":
            return None
        if answer.status != 200:
            raise _away(answer)
        return _told(key, answer)

    def standing(self, meter: str) -> MeterStanding:
        told = self._about(meter, self._call("GET", f"/meters/{meter}/standing", ASKED_S, timeout=self._asked), Standing)
        relay = Relay[told.relay.upper()] if told.relay else Relay.UNKNOWN
        return MeterStanding(told.balance_paisa, told.balance_at, relay.value, told.relay_at)

    def credits(self, day: date) -> list[CreditLine]:
        lines: list[CreditLine] = []
        after: dict[str, str] = {}
        seen: set[str] = set()
        while len(seen) < MOST_PAGES:
            page = _expect(self._call("GET", "/credits", params={"day": day.isoformat(), **after}), Page)
            lines += [_line(line) for line in page.credits]
            if page.next is None:
                return lines
            if page.next in seen:
                break
            seen.add(page.next)
            after = {"after": page.next}
        raise HeadEndAway("the pages of a day do not end")

    def _about(self, meter: str, answer: Answer, kind: Callable[..., T]) -> T:
        """An answer about one meter. Raises HeadEndRefused where the head-end does not have it."""
        if answer.status in (404, 422):
            reason = _read(answer, No).reason
            if reason == "no_such_address":
                raise _away(answer)
            raise HeadEndRefused(reason)
        told = _expect(answer, kind)
        if getattr(told, "meter", meter) != meter:
            raise HeadEndAway("the answer is about another meter")
        return told

    def _call(self, method: str, path: str, longest: float = LONGEST_S, **given: Any) -> Answer:
        """One request. Raises HeadEndAway for no answer, one that is too long or too slow; HeadEndRefused for refused credentials."""
        end = monotonic() + longest
        try:
            with self._client.stream(method, path, **given) as response:
                body = b""
                for part in response.iter_raw():
                    body += part
                    if len(body) > LARGEST or monotonic() > end:
                        raise HeadEndAway("the answer is too long")
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise HeadEndAway(type(error).__name__) from None
        if response.status_code in (401, 403):
            raise HeadEndRefused("credentials")
        return Answer(response.status_code, body)


def http_head_end() -> HttpHeadEnd:
    """The adapter of this installation's settings."""
    return HttpHeadEnd(settings.HEADEND, settings.HEADEND_TOKEN, settings.GATEWAY_CA)


def _told(key: UUID, answer: Answer) -> CreditTold:
    told = _read(answer, Credit)
    if told.key != key:
        raise HeadEndAway("the answer is about another credit")
    if told.state == "refused":
        return CreditTold(VendState.REFUSED, told.reason, _split(told.split), at=told.at)
    if told.split is None or bool(told.tokens) < (told.state == "tokens"):
        raise HeadEndAway("a credit without its split or its tokens")
    return CreditTold(VendState(told.state), "", _split(told.split), tuple(told.tokens), told.at)


def _split(parts: Parts | None) -> Split | None:
    if parts is None:
        return None
    if parts.credited != parts.gross - parts.vat - parts.demand - parts.rent - parts.arrears + parts.rebate:
        raise HeadEndAway("a split that does not add up")
    return Split(**msgspec.structs.asdict(parts))


def _line(line: Line) -> CreditLine:
    return CreditLine(line.key, line.number, line.meter, line.amount_paisa, line.credited_paisa, VendState(line.state), line.at)


def _expect(answer: Answer, kind: Callable[..., T]) -> T:
    if answer.status != 200:
        raise _away(answer)
    return _read(answer, kind)


def _read(answer: Answer, kind: Callable[..., T]) -> T:
    """The body as what it should be. Raises HeadEndAway for anything else."""
    try:
        told: T = msgspec.json.decode(answer.body, type=kind)
        return told
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError):
        raise HeadEndAway(f"HTTP {answer.status}, not understood") from None


def _away(answer: Answer) -> HeadEndAway:
    return HeadEndAway(f"HTTP {answer.status}")
