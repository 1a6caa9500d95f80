"""Many payments through a simulated SSLCOMMERZ that misbehaves by chance: afterwards its money is the ledger's, to the paisa."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from bijoli.payments import ledger, orders, worker
from bijoli.payments.gateways.port import GatewayAway
from bijoli.payments.models import Order, Payment, Refund
from tests.apps.payments.outside import Meters, due, ordered
from tests.paygates import Gates

NAME = "sslcommerz"
CHOICES = ("pay", "pay", "pay", "fail", "cancel", "leave")
CHANCES = {
    **{"http_500": 0.1, "cut": 0.1, "lost_answer": 0.1, "garbage": 0.05, "null_body": 0.05},
    **{"lost_return": 0.3, "no_notice": 0.3, "duplicate_notice": 0.2, "notice_tampered": 0.1},
    **{"amount_tampered": 0.15, "risk": 0.1, "paid_twice": 0.15, "invalid_transaction": 0.1},
}
pytestmark = pytest.mark.django_db(transaction=True)


def begun() -> Order:
    """Opened as a person would, who taps again where the gateway did not answer."""
    order = ordered(timezone.now(), gateway=NAME)
    while not order.ref:
        Order.objects.filter(pk=order.pk).update(leased_until=None)
        order.refresh_from_db()
        try:
            orders.begin(order, timezone.now())
        except GatewayAway:
            continue
        order.refresh_from_db()
    return order


def settle(made: list[Order]) -> None:
    """What `settle` does, with all waiting times over."""
    due(made[0])
    worker.drain(5 * len(made))


def right(moved: list[dict[str, Any]]) -> bool:
    """Whether one of the transactions is exactly what was ordered."""
    return any(one["paisa"] == 50000 and one["data"]["risk_level"] == "0" for one in moved)


@pytest.mark.parametrize("seed", [1, 2])
def test_no_money_is_lost_and_none_counts_twice(gates: Gates, meters: Meters, site: str, seed: int) -> None:
    gates.chances(seed, **CHANCES)
    made = [begun() for _ in range(12)]
    for n, order in enumerate(made):
        if (choice := CHOICES[n % len(CHOICES)]) != "leave":
            gates.press(NAME, order.number, choice)
    settle(made)
    gates.calm()
    for _ in range(3):
        settle(made)
    numbers = [order.number for order in made]
    truth = [one for one in gates.money(NAME) if one["number"] in numbers]
    assert {one["id"]: one["paisa"] for one in truth} == dict(Payment.objects.values_list("transaction_id", "paisa"))
    assert ledger.balance(f"gateway:{NAME}") == sum(one["paisa"] for one in truth)
    for order in made:
        order.refresh_from_db()
        moved = [one for one in truth if one["number"] == order.number]
        assert order.state in ({"done"} if right(moved) else {"review"} if moved else {"failed", "cancelled", "pending"}), order.number
    paid = [order for order in made if order.state == "done"]
    assert sorted(one.number for one in meters.taken.values()) == sorted(order.number for order in paid)
    assert ledger.balance("unapplied") == 50000 * len(paid) - sum(one["paisa"] for one in truth)
    assert Refund.objects.count() == Payment.objects.filter(order__in=paid).exclude(wrong="").count()
