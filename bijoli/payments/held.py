"""What is held here about one person: what they ordered and paid. The law has it kept, also of a deleted account."""

from __future__ import annotations

from bijoli.customers import holdings
from bijoli.payments.models import Order

NAMES = ("number", "purpose", "amount_paisa", "gateway", "state", "reason", "other", "quote", "created_at", "paid_at", "ended_at")


def speak() -> None:
    holdings.add("orders", _orders, ["payments.Order", "payments.Payment", "payments.Vend"])


def _orders(customer_id: int) -> object:
    """The number of somebody else's account or meter is not this person's data: it stays out."""
    mine = Order.objects.filter(customer_id=customer_id).order_by("created_at")
    paid: dict[str, list[dict[str, object]]] = {}
    for row in holdings.rows(
        mine.exclude(payments=None), "number", "payments__transaction_id", "payments__paisa", "payments__at", "payments__wrong"
    ):
        paid.setdefault(str(row.pop("number")), []).append({name.removeprefix("payments__"): value for name, value in row.items()})
    found = holdings.rows(mine, *NAMES, "account__number", "vend__state", "vend__split", "vend__tokens")
    return [
        {**row, "account__number": None if row["other"] else row["account__number"], "payments": paid.get(row["number"], [])}
        for row in found
    ]
