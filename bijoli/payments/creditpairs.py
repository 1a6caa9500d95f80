"""The second pair of the reconciliation: recharges that were paid, and the credits that the head-end has of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from bijoli.core.payment import RECHARGE, OrderState, VendState
from bijoli.payments import calls
from bijoli.payments.headend import head_end
from bijoli.payments.headend.port import CreditLine, HeadEndAway, HeadEndRefused
from bijoli.payments.models import Order, Vend
from bijoli.payments.moneypairs import ONE_DAY, Day

ARRIVED = (VendState.ON_METER, VendState.TOKENS)
CREDITED = {*ARRIVED, VendState.ACCEPTED}
PATIENCE = timedelta(minutes=10)  # a recharge that was paid just now is on its way
MOST_DAYS = 8  # lists that are asked for to find one credit that took long
HEARD, AWAY, NONE = "heard", "away", "none"
ELSEWHERE = ""  # in place of a gateway: credits that were not bought from us
Lists = Callable[[date], list[CreditLine]]


def compare(work: Day) -> str:
    """Returns whether the head-end was heard, is away, or refuses to speak to us (or none is set)."""
    _late(work)
    vends = _arrived(work)
    lists = _cached()
    try:
        _theirs(work, lists)
        for vend in vends:
            _ours(work, vend, lists)
    except HeadEndAway:
        return AWAY
    except HeadEndRefused:
        return NONE
    return HEARD


def _cached() -> Lists:
    kept: dict[date, list[CreditLine]] = {}

    def lists(day: date) -> list[CreditLine]:
        if day not in kept:
            with calls.noted(calls.HEAD_END, "credits"):
                kept[day] = [line for line in head_end().credits(day) if line.state in CREDITED]
        return kept[day]

    return lists


def _late(work: Day) -> None:
    """Paid on the day, and no credit yet; what waits for a person is told as that."""
    rows = Order.objects.filter(paid_at__gte=work.starts, paid_at__lt=work.ends, purpose=RECHARGE, state=OrderState.PAID)
    on_the_way = Q(paid_at__gt=work.now - PATIENCE) | Q(vend__not_before__gt=work.now)
    for order in rows.exclude(on_the_way):
        work.differ("not_on_meter", gateway=order.gateway, order_id=order.pk, ledger_paisa=order.amount_paisa)


def _arrived(work: Day) -> list[Vend]:
    """The credits of the day, as we know them."""
    rows = Vend.objects.annotate(done=Coalesce("accepted_at", "ended_at")).filter(done__gte=work.starts, done__lt=work.ends)
    found: list[Any] = list(rows.filter(state__in=ARRIVED).select_related("order"))
    for vend in found:
        work.add(vend.order.gateway, "vended", vend.gross_paisa)
    return found


def _theirs(work: Day, lists: Lists) -> None:
    """Each credit of the head-end: ours and known, ours and not known, or bought elsewhere."""
    lines = lists(work.day)
    mine = Q(number__in=[line.number for line in lines]) | Q(vend__key__in=[line.key for line in lines if line.key])
    orders: dict[Any, Order] = {}
    for order in Order.objects.filter(mine).select_related("vend"):
        orders[order.number] = order
        if vend := getattr(order, "vend", None):
            orders[vend.key] = order
    groups: dict[int, tuple[Order, list[CreditLine]]] = {}
    for line in lines:
        bought = orders.get(line.key) or orders.get(line.number)
        work.add(bought.gateway if bought else ELSEWHERE, "credited", line.gross)
        if bought:
            groups.setdefault(bought.pk, (bought, []))[1].append(line)
    for order, group in groups.values():
        _credit(work, order, group, lists)


def _credit(work: Day, order: Order, group: list[CreditLine], lists: Lists) -> None:
    vend: Vend | None = getattr(order, "vend", None)
    facts = {"gateway": order.gateway, "order_id": order.pk, "headend_paisa": sum(line.gross for line in group)}
    if len(group) > 1:
        work.differ("double_credit", ledger_paisa=order.amount_paisa, **facts)
        return
    line = group[0]
    waits = vend is not None and vend.state == line.state == VendState.ACCEPTED
    if vend is None or line.key not in (None, vend.key) or (vend.state not in ARRIVED and not waits):
        work.differ("only_headend", **facts)
    elif line.gross != vend.gross_paisa or (vend.split and line.credited != vend.split["credited"]):
        work.differ("amount", ledger_paisa=vend.gross_paisa, **facts)
    elif vend.state in ARRIVED and any(_has(lists(day), vend) for day in _span(vend) if day != work.day):
        work.differ("double_credit", ledger_paisa=vend.gross_paisa, **facts)


def _ours(work: Day, vend: Vend, lists: Lists) -> None:
    """A credit that we know of must stand in the head-end's lists. It may have been taken on an earlier day than we heard of it."""
    near = work.near(vend.accepted_at or vend.ended_at or work.starts)
    days = {*_span(vend), *([near] if near and near <= timezone.localdate(work.now) else [])} - {work.day}
    if _has(lists(work.day), vend):
        return
    if any(_has(lists(day), vend) for day in sorted(days)):
        work.add(vend.order.gateway, "credited_carried", vend.gross_paisa)
    else:
        work.differ("not_on_meter", gateway=vend.order.gateway, order_id=vend.order_id, ledger_paisa=vend.gross_paisa)


def _has(lines: list[CreditLine], vend: Vend) -> bool:
    return any(line.key == vend.key or (line.key is None and line.number == vend.order.number) for line in lines)


def _span(vend: Vend) -> list[date]:
    """The days on which the head-end may have taken it: from the first attempt to what we heard last."""
    first = timezone.localdate(vend.sent_at or vend.queued_at)
    last = timezone.localdate(vend.ended_at) if vend.ended_at else first
    return [first + ONE_DAY * step for step in range(min((last - first).days + 1, MOST_DAYS))]
