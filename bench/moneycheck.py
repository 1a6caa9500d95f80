"""After the payment run: what the gateways hold, what the ledger says, and what the head-end put on meters, to the paisa."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

FINAL = {"done", "failed", "cancelled", "expired", "refunded"}
EXPLAINED = {"pending": "the customer has not paid", "created": "the gateway was never reached", "review": "a person must decide"}


@dataclass
class Found:
    """Paisa by which sides differ, orders that are lost or doubled, and notes that name some."""

    mismatch_paisa: int = 0
    lost: int = 0
    doubled: int = 0
    unexplained: int = 0
    tampered: int = 0
    tampered_refused: int = 0
    states: Counter[str] = field(default_factory=Counter)
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def differ(self, what: str, one: int, other: int) -> None:
        self.sums[what] = (one, other)
        self.mismatch_paisa += abs(one - other)


def check(transactions: list[dict[str, Any]], credits: list[dict[str, Any]]) -> Found:
    """`transactions` and `credits` are the outside's own truth; the rest is read from the database."""
    from bijoli.payments.models import Order, Vend

    found = Found()
    orders = {order.number: order for order in Order.objects.all()}
    vends = {str(vend.key): vend for vend in Vend.objects.select_related("order")}
    found.states.update(order.state for order in orders.values())
    _gateways(found, transactions)
    _meters(found, credits, vends)
    _orders(found, transactions, credits, orders, vends)
    return found


def _gateways(found: Found, transactions: list[dict[str, Any]]) -> None:
    """Each gateway's money and the ledger's account of it, and each transaction once."""
    from bijoli.payments import ledger
    from bijoli.payments.models import Payment

    moved = Counter[str]()
    for one in transactions:
        if one["kind"] == "payment":
            moved[one["gateway"]] += one["paisa"]
        elif one["state"] not in ("processing", "cancelled"):
            moved[one["gateway"]] -= one["paisa"]
    for gateway, paisa in sorted(moved.items()):
        found.differ(f"{gateway} / ledger", paisa, ledger.balance(f"gateway:{gateway}"))
    truth = Counter((one["gateway"], one["id"]) for one in transactions if one["kind"] == "payment")
    ours = Counter(Payment.objects.values_list("gateway", "transaction_id"))
    found.lost += (truth - ours).total()
    found.doubled += (ours - truth).total()
    found.notes += [f"money that we do not know: {one}" for one in list(truth - ours)[:3]]


def _meters(found: Found, credits: list[dict[str, Any]], vends: dict[str, Any]) -> None:
    """What the head-end took, and what the ledger says became credit."""
    from bijoli.payments.models import Posting

    delivered = Posting.objects.filter(entry__key__startswith="vend:", account="unapplied")
    found.differ("head-end / ledger, gross", sum(one["gross"] for one in credits), sum(delivered.values_list("paisa", flat=True)))
    energy = Posting.objects.filter(account="energy").values_list("paisa", flat=True)
    found.differ("head-end / ledger, credited", sum(one["split"]["credited"] for one in credits), -sum(energy))
    keys = Counter(one["key"] for one in credits)
    found.doubled += (keys - Counter(keys.keys())).total()
    strange = set(keys) - set(vends)
    found.doubled += len(strange)
    found.notes += [f"a credit that nobody sold: {one}" for one in list(strange)[:3]]


def _orders(
    found: Found, transactions: list[dict[str, Any]], credits: list[dict[str, Any]], orders: dict[str, Any], vends: dict[str, Any]
) -> None:
    """Each order by itself: right money once is one credit; wrong money none; no money none; and its state says which."""
    credited = Counter(one["number"] for one in credits)
    money: dict[str, list[dict[str, Any]]] = {}
    for one in transactions:
        if one["kind"] == "payment":
            money.setdefault(one["number"], []).append(one)
    for number, order in orders.items():
        held = money.get(number, [])
        right = [one for one in held if one["paisa"] == order.amount_paisa]
        if credited[number] > 1 or (credited[number] and not right):
            found.doubled += 1
            found.notes.append(f"order {number}: {credited[number]} credits for {len(right)} payments")
        if held and not right:
            found.tampered += 1
            found.tampered_refused += order.state == "review" and not credited[number]
        if right and not credited[number] and order.state != "review":
            found.lost += 1
            found.notes.append(f"order {number} is {order.state}: paid, and no credit")
        if order.state not in FINAL | EXPLAINED.keys() or (order.state == "pending" and held):
            found.unexplained += 1
            found.notes.append(f"order {number} is {order.state} with {len(held)} payments")
