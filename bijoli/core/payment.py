"""Orders and credits as state machines, and what each step writes into the ledger. Money is integer paisa.

An order is one attempt of one person to pay for one thing. Money that a gateway holds is a payment; an order has none, one, or (where a
gateway took it twice) several. A vend is the order to the head-end to put a recharge on a meter, at most once whatever fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

RECHARGE, BILL = "recharge", "bill"


class OrderState(StrEnum):
    """Where an order stands. `paid`: the gateway has the exact amount; `review`: a person must decide, `reason` says why."""

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REVIEW = "review"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class VendState(StrEnum):
    """Where a credit stands: waiting, handed over (perhaps), taken by the head-end, on the meter, as tokens to be typed in, refused."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    ON_METER = "on_meter"
    TOKENS = "tokens"
    REFUSED = "refused"


_O, _V = OrderState, VendState
UNPAID_ENDS = frozenset({_O.FAILED, _O.CANCELLED, _O.EXPIRED})
OPEN = frozenset({_O.CREATED, _O.PENDING})  # the gateway is asked about them
UNPAID = OPEN | UNPAID_ENDS  # money may still turn up: late money is taken like any other
MOVES: Mapping[OrderState, frozenset[OrderState]] = {
    _O.CREATED: frozenset({_O.PENDING, _O.PAID, _O.REVIEW, *UNPAID_ENDS}),
    _O.PENDING: frozenset({_O.PAID, _O.REVIEW, *UNPAID_ENDS}),
    _O.FAILED: frozenset({_O.PAID, _O.REVIEW}),
    _O.CANCELLED: frozenset({_O.PAID, _O.REVIEW}),
    _O.EXPIRED: frozenset({_O.PAID, _O.REVIEW, _O.FAILED, _O.CANCELLED}),
    _O.PAID: frozenset({_O.DONE, _O.REVIEW}),
    _O.REVIEW: frozenset({_O.PAID, _O.REFUNDING}),
    _O.REFUNDING: frozenset({_O.REFUNDED, _O.REVIEW}),
    _O.DONE: frozenset(),
    _O.REFUNDED: frozenset(),
}
VEND_MOVES: Mapping[VendState, frozenset[VendState]] = {
    _V.QUEUED: frozenset({_V.SENT}),
    _V.SENT: frozenset({_V.ACCEPTED, _V.ON_METER, _V.TOKENS, _V.REFUSED}),
    _V.ACCEPTED: frozenset({_V.ON_METER, _V.TOKENS, _V.REFUSED}),
    _V.TOKENS: frozenset({_V.ON_METER}),
    _V.REFUSED: frozenset({_V.QUEUED}),  # staff try again, with the same key
    _V.ON_METER: frozenset(),
}
UNCONFIRMED = frozenset({_V.QUEUED, _V.SENT, _V.ACCEPTED})  # the head-end is asked about them


class IllegalMove(Exception):
    """A state that cannot follow the one before."""


def check_move(before: str, after: str) -> None:
    """Raises IllegalMove where an order cannot go from `before` to `after`."""
    if OrderState(after) not in MOVES[OrderState(before)]:
        raise IllegalMove(f"an order cannot go from {before} to {after}")


def check_vend_move(before: str, after: str) -> None:
    """Raises IllegalMove where a vend cannot go from `before` to `after`."""
    if VendState(after) not in VEND_MOVES[VendState(before)]:
        raise IllegalMove(f"a vend cannot go from {before} to {after}")


# Ledger. An entry is a set of postings that add up to zero: debit is positive, credit negative.

UNAPPLIED = "unapplied"  # money of customers that has not become a credit or a paid bill yet: what we owe them
ENERGY, VAT, DEMAND, RENT, ARREARS, REBATE = "energy", "vat", "demand", "rent", "arrears", "rebate"
BILLS, LATE, ADVANCE = "bills", "late", "advance"
ELSEWHERE = "elsewhere"  # what banks and counters took for bills, as the billing system tells
Postings = dict[str, int]


def gateway_account(gateway: str) -> str:
    """The ledger account of what a gateway holds for us."""
    return f"gateway:{gateway}"


def received(gateway: str, paisa: int) -> Postings:
    """A gateway holds money of a customer."""
    return {gateway_account(gateway): paisa, UNAPPLIED: -paisa}


def returned(gateway: str, paisa: int) -> Postings:
    """A gateway has paid money back to the customer."""
    return {UNAPPLIED: paisa, gateway_account(gateway): -paisa}


def vended(split: Mapping[str, int]) -> Postings:
    """A recharge became credit: `split` has gross, vat, demand, rent, arrears, rebate and credited, in paisa.

    Raises ValueError where the split does not add up.
    """
    parts = {name: split[name] for name in (VAT, DEMAND, RENT, ARREARS)}
    energy = split["credited"] - split[REBATE]
    if split["gross"] != energy + sum(parts.values()):
        raise ValueError(f"the split of a recharge does not add up: {dict(split)}")
    postings = {UNAPPLIED: split["gross"], ENERGY: -split["credited"], REBATE: split[REBATE]}
    postings |= {name: -paisa for name, paisa in parts.items()}
    return {account: paisa for account, paisa in postings.items() if paisa}


def bill_paid(bill: int, late: int, advance: int) -> Postings:
    """Money became payment of a bill, of its late fee, and what is over stays as the account's advance."""
    postings = {UNAPPLIED: bill + late + advance, BILLS: -bill, LATE: -late, ADVANCE: -advance}
    return {account: paisa for account, paisa in postings.items() if paisa}


def advance_used(bill: int, late: int) -> Postings:
    """An account's advance became payment of a bill and of its late fee."""
    postings = {ADVANCE: bill + late, BILLS: -bill, LATE: -late}
    return {account: paisa for account, paisa in postings.items() if paisa}


def paid_elsewhere(bill: int, late: int, advance: int) -> Postings:
    """The utility's own counters took money for a bill: it never was with a gateway of ours."""
    postings = {ELSEWHERE: bill + late + advance, BILLS: -bill, LATE: -late, ADVANCE: -advance}
    return {account: paisa for account, paisa in postings.items() if paisa}


def bill_withdrawn(bill: int, late: int) -> Postings:
    """A bill was replaced: what had been paid of it is the account's advance again."""
    return {account: -paisa for account, paisa in advance_used(bill, late).items()}
