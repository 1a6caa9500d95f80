"""Credits that meters themselves report: the surest word that a recharge is where it should be, and often the quickest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils import timezone

from bijoli.core.payment import UNCONFIRMED, VendState
from bijoli.metering import reads
from bijoli.payments.models import Vend
from bijoli.payments.wake import wake

OURS = re.compile(r"R[0-9]{6}[0-9A-Z]{9}")  # as orders.new_number makes them
WAITING = frozenset({*UNCONFIRMED, VendState.TOKENS})


def arrived(told: Sequence[tuple[int, str]]) -> None:
    """Meters (their ids) reported credits of these order numbers: what waits for one of them is looked at as soon as this is committed."""
    ours = {(meter_id, order) for meter_id, order in told if OURS.fullmatch(order)}
    if not ours:
        return
    meters, orders = {meter_id for meter_id, _ in ours}, {order for _, order in ours}
    if Vend.objects.filter(meter_id__in=meters, order__number__in=orders, state__in=WAITING).update(ask_at=timezone.now()):
        wake()


def on_the_meter(vend: Vend, number: str) -> bool:
    """Whether the meter has reported this credit, to the paisa. Only of a vend that the head-end has taken, so that its split is known."""
    if vend.state not in {VendState.ACCEPTED, VendState.TOKENS} or not vend.split:
        return False
    credited: int = vend.split["credited"]
    return reads.credited(vend.meter_id, number) == credited
