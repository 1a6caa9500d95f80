"""A browser comes back from a gateway's page: a hint, for the one order that the address names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bijoli.payments.gateways import gateway, names
from bijoli.payments.gateways.port import Arrived
from bijoli.payments.models import Order
from bijoli.payments.orders import hurry


def came_back(public_id: UUID, arrived: Arrived, now: datetime) -> bool:
    """Has the gateway asked about the order, whatever the return claims. False where there is no such order."""
    order = Order.objects.filter(public_id=public_id).only("pk", "gateway", "number", "ref").first()
    if order is None:
        return False
    if order.gateway not in names():
        return True  # it was taken out of the settings meanwhile: the order's page says what is known
    hint = gateway(order.gateway).returned(arrived)
    mine = (not hint.number or hint.number == order.number) and (not hint.ref or hint.ref == order.ref)
    hurry(order.pk, now, hint.claims if mine else "")
    return True
