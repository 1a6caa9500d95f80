"""What Bijoli asks of a head-end (the vending side of the meters). The HTTP protocol of it: docs/head-end.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from bijoli.core.payment import VendState


class HeadEndAway(Exception):
    """No answer, or none that can be understood: what was asked may or may not have happened."""


class HeadEndRefused(Exception):
    """The head-end has understood and says no; `reason` is one of its words: unknown_meter, blocked, credentials …"""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Dues:
    """What the next recharge of a meter has to pay beside energy. `months` of demand charge and rent; `arrears` paisa."""

    months: int
    arrears: int


@dataclass(frozen=True, slots=True)
class Split:
    """How a recharge was split, paisa: credited = gross - vat - demand - rent - arrears + rebate."""

    gross: int
    vat: int
    demand: int
    rent: int
    arrears: int
    rebate: int
    credited: int


@dataclass(frozen=True, slots=True)
class CreditOrder:
    """A recharge for a meter. `key` makes it count once however often it arrives; `expected` is the credit that was quoted: the head-end
    takes no other, so that what was shown is what is got. `sold_at` is the instant for which the charges due are counted. `channel` is how
    it was paid (a gateway's name), for the meter's own receipt."""

    key: UUID
    number: str
    meter: str
    gross: int
    expected: int
    sold_at: datetime
    channel: str = ""


@dataclass(frozen=True, slots=True)
class CreditTold:
    """What became of a credit. `state` is accepted, on_meter, tokens or refused; of refused `reason` says why: changed (the split is
    not the quoted one any more; `split` has the new one), too_little, unknown_meter, blocked, closed, conflict (the key was used for
    something else)."""

    state: VendState
    reason: str = ""
    split: Split | None = None
    tokens: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeterStanding:
    """Balance (paisa) and relay of a meter as the head-end knows them; None is not known."""

    balance: int | None = None
    balance_at: datetime | None = None
    relay: int = 0  # as in metering.models.Relay
    relay_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One credit of a day, for the reconciliation."""

    key: UUID | None
    number: str
    meter: str
    gross: int
    credited: int
    state: VendState
    at: datetime | None = field(default=None)


class HeadEnd(Protocol):
    """All may raise HeadEndAway and HeadEndRefused. Meters go by their number of 12 digits."""

    def dues(self, meter: str, at: datetime) -> Dues:
        """What a recharge sold at that instant would have to pay."""

    def credit(self, order: CreditOrder) -> CreditTold:
        """Puts a credit on a meter. The same key again changes nothing and answers what became of it."""

    def confirm(self, key: UUID) -> CreditTold | None:
        """What became of a credit; None where the head-end has never heard of it."""

    def standing(self, meter: str) -> MeterStanding:
        """Balance and relay."""

    def credits(self, day: date) -> list[CreditLine]:
        """All credits that it took on a local day, whoever sold them."""
