"""What pages may know of orders. Each question is bounded to the person who paid, in the query itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from bijoli.core.payment import OPEN, UNCONFIRMED, OrderState
from bijoli.customers.prepared import among, fetch
from bijoli.payments.models import Order, Payment, Vend


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order as its payer sees it. `account_id` and `meter_number` are for the server; a page of an `other` meter masks them.

    `quote` and `split` have gross, vat, demand, rent, arrears, rebate and credited in paisa (empty where there is none); `vend` is the
    credit's state (core.payment.VendState), empty where nothing is to be sent.
    """

    id: int
    public_id: UUID
    number: str
    purpose: str
    account_id: int
    meter_number: str
    bill_id: int | None
    other: bool
    amount_paisa: int
    gateway: str
    state: str
    reason: str
    quote: dict[str, Any]
    created_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None
    vend: str = ""
    split: dict[str, Any] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    typed: frozenset[int] = frozenset()
    sent_at: datetime | None = None
    on_meter_at: datetime | None = None
    held_until: datetime | None = None
    transaction_id: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be expected of it soon."""
        return self.state not in {OrderState.CREATED, OrderState.PENDING, OrderState.PAID}


def order(customer_id: int, public_id: UUID) -> OrderView | None:
    """One order of this payer; None for an unknown one and for somebody else's alike."""
    found = _views(Order.objects.filter(customer_id=customer_id, public_id=public_id))
    return found[0] if found else None


def gate(customer_id: int, public_id: UUID) -> str:
    """Where the payer of an order that waits for its payment goes; empty where the gateway has not opened it, or all is said."""
    row = Order.objects.filter(customer_id=customer_id, public_id=public_id, state__in=OPEN).values_list("facts", flat=True).first()
    return str((row or {}).get("url", ""))


def orders(customer_id: int, account_id: int | None = None, most: int = 50) -> list[OrderView]:
    """The payer's orders, newest first; of one account where it is named."""
    rows = Order.objects.filter(customer_id=customer_id)
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    return _views(rows.order_by("-created_at")[:most])


def under_way(meter_ids: Sequence[int], since: datetime) -> dict[int, datetime]:
    """Meters for which a recharge was paid since then that has not arrived yet: when it was paid, the newest."""
    rows = Vend.objects.filter(meter_id__in=meter_ids, state__in=UNCONFIRMED, queued_at__gte=since).order_by("queued_at")
    return dict(rows.values_list("meter_id", "queued_at"))


# The states stand in the words, as the partial index vend_under_way has them
_COMING = f"""SELECT meter_id, sum(gross_paisa)::bigint FROM payments_vend WHERE meter_id = {among()}
 AND state IN ({", ".join(f"'{state}'" for state in sorted(UNCONFIRMED))}) AND queued_at >= %s GROUP BY meter_id"""


def on_the_way(meter_ids: Sequence[int], since: datetime) -> dict[int, int]:
    """Paisa that were paid for each of these meters since then and have not arrived yet, whoever paid."""
    return dict(fetch(_COMING, [list(meter_ids), since])) if meter_ids else {}


def _views(rows: Any) -> list[OrderView]:
    paid = Payment.objects.filter(order=OuterRef("pk"), wrong="").values("transaction_id")[:1]
    return [_view(one) for one in rows.select_related("meter", "vend").annotate(transaction=Subquery(paid))]


def _view(order: Order) -> OrderView:
    vend: Vend | None = getattr(order, "vend", None)
    credit: dict[str, Any] = {}
    if vend:
        credit = {
            "vend": vend.state,
            "split": vend.split,
            "tokens": tuple(vend.tokens),
            "typed": frozenset(vend.typed),
            "sent_at": vend.sent_at,
            "on_meter_at": vend.ended_at if vend.state == "on_meter" else None,
            "held_until": vend.not_before,
        }
    return OrderView(
        id=order.pk,
        public_id=order.public_id,
        number=order.number,
        purpose=order.purpose,
        account_id=order.account_id,
        meter_number=order.meter.number if order.meter else "",
        bill_id=order.bill_id,
        other=order.other,
        amount_paisa=order.amount_paisa,
        gateway=order.gateway,
        state=order.state,
        reason=order.reason,
        quote=order.quote,
        created_at=order.created_at,
        paid_at=order.paid_at,
        ended_at=order.ended_at,
        transaction_id=getattr(order, "transaction", None) or "",
        **credit,
    )
