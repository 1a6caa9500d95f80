"""What Bijoli asks of a payment gateway. One adapter a gateway, on httpx; the rules of money are not theirs (settle.py).

What a browser or a notice says is a hint. `ask` is the truth: it is what settles an order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class GatewayAway(Exception):
    """No answer, or none that can be understood: what was asked may or may not have happened. The message holds no secret."""


class GatewayRefused(Exception):
    """The gateway has understood and says no. `reason` is a word for us ("credentials", its own code), the message its own text."""

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(words or reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Payable:
    """What an adapter may know of an order. `ref` and `facts` are what it gave back from `begin` and later answers."""

    number: str
    amount_paisa: int
    created_at: datetime
    expires_at: datetime
    ref: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    back_url: str = ""  # where the browser returns to: ours, one for each order
    notice_url: str = ""  # where the gateway may tell us, server to server
    purpose: str = "recharge"
    phone: str = ""  # the payer's, E.164; only for gateways that insist
    language: str = "bn"
    hint: str = ""  # what the browser's return claimed: success, failed, cancelled; to be believed only where nothing depends on it


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what the gateway will know the attempt by."""

    url: str
    ref: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Attempt(StrEnum):
    """How the gateway sees the attempt. `ready`: the person has agreed, and `execute` would take the money now."""

    OPEN = "open"
    READY = "ready"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that the gateway holds, as it says: not yet compared with the order. `wrong` is what the adapter itself sees to be amiss:
    "risk", "currency", "order" (it names another order number)."""

    transaction_id: str
    paisa: int
    at: datetime | None = None
    wrong: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """The gateway's word on an order. `paid` holds every transaction of it that took money, also where there are two."""

    attempt: Attempt
    paid: tuple[Paid, ...] = ()
    reason: str = ""  # its code for a failure
    facts: Mapping[str, Any] = field(default_factory=dict)  # to be kept with the order


@dataclass(frozen=True, slots=True)
class Hint:
    """What a browser's return or a notice claims. `number` or `ref` says of which order; `genuine` None: it has no signature."""

    claims: str = ""  # success, failed, cancelled or empty
    number: str = ""
    ref: str = ""
    genuine: bool | None = None
    reason: str = ""  # why it is not genuine
    then: Callable[[], None] | None = None  # what a genuine notice asks us to do once it is kept; may raise GatewayAway


@dataclass(frozen=True, slots=True)
class Arrived:
    """A return or a notice as it came."""

    method: str
    query: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """A refund to be made or asked about. `id` is ours, the same in every attempt."""

    id: UUID
    paisa: int
    why: str
    payable: Payable
    transaction_id: str
    payment_facts: Mapping[str, Any]
    ref: str = ""


@dataclass(frozen=True, slots=True)
class RefundTold:
    """`state` is processing, refunded or refused."""

    state: str
    ref: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line of the gateway's statement of a day. `kind` is payment or refund."""

    kind: str
    transaction_id: str
    order_number: str
    paisa: int
    at: datetime | None


class Gateway(Protocol):
    """All may raise GatewayAway and GatewayRefused. None keeps a connection or a lock of the database while it waits for the network."""

    name: str
    executes: bool  # whether the money is taken by a call of ours (`execute`) and not by the gateway's own page

    def begin(self, payable: Payable) -> Begun:
        """Opens a session for the order."""

    def execute(self, payable: Payable) -> Told:
        """Takes the money, where `executes`. The caller has noted that it is tried; it is never called a second time for an order
        unless the answer was Attempt.OPEN (nothing taken, the person has not agreed yet)."""

    def ask(self, payable: Payable) -> Told:
        """The truth about the order now."""

    def returned(self, arrived: Arrived) -> Hint:
        """What a browser's return claims."""

    def noticed(self, arrived: Arrived) -> Hint:
        """What a notice claims, its signature looked at."""

    def refund(self, asked: RefundAsked) -> RefundTold:
        """Sends money back. After GatewayAway it is asked about, never sent again."""

    def refund_state(self, asked: RefundAsked) -> RefundTold | None:
        """What became of a refund; None where the gateway knows of none."""
