"""Yesterday, with money in it: recharges that went well, what the gateway's statement and the head-end's list say of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from bijoli.core.money import to_taka
from bijoli.core.payment import VendState
from bijoli.payments import statements, vending
from bijoli.payments.gateways.port import Told
from bijoli.payments.headend.port import CreditLine, CreditTold
from bijoli.payments.models import Order, Vend
from bijoli.payments.settling import settle
from tests.apps.payments.outside import SPLIT, ordered, paid

HEAD = "kind,transaction_id,order_number,amount,at\n"


def noon(days_ago: int = 1) -> datetime:
    """Twelve o'clock of an earlier day, the utility's time."""
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def bought(transaction: str, at: datetime | None = None, arrives: bool = True, told: Told | None = None, **fields: Any) -> Order:
    """A recharge of 500 taka that was paid then, and is on its meter where it `arrives`."""
    at = at or noon()
    order = ordered(at, **fields)
    settle(order.pk, told or paid(transaction=transaction, at=at), at)
    if arrives:
        vend = Vend.objects.get(order=order)
        Vend.objects.filter(pk=vend.pk).update(state=VendState.SENT, sent_at=at)
        vending.apply(vend.pk, CreditTold(VendState.ON_METER, "", SPLIT), at)
    order.refresh_from_db()
    return order


def line(order: Order, **fields: Any) -> CreditLine:
    """The head-end's word on a credit."""
    vend = getattr(order, "vend", None)
    given = {"key": vend.key if vend else None, "number": order.number, "meter": "660000000001", "gross": 50000, "credited": SPLIT.credited}
    return CreditLine(**{**given, "state": VendState.ON_METER, "at": noon(), **fields})


def row(transaction: str, order: Order | None = None, paisa: int = 50000, at: datetime | None = None, kind: str = "payment") -> str:
    """One line of the gateway's statement."""
    return f"{kind},{transaction},{order.number if order else ''},{to_taka(paisa)},{(at or noon()).isoformat()}\n"


def stated(*rows: str, gateway: str = "paper", days_ago: int = 1) -> statements.Imported:
    """The statement of a day comes."""
    return statements.load(gateway, (HEAD + "".join(rows)).splitlines(keepends=True), timezone.now(), noon(days_ago).date())
