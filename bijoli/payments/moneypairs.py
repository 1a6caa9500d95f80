"""The first pair of the reconciliation: what gateways say came in and went back on a day, and what orders and the ledger say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from bijoli.core.payment import UNAPPLIED, OrderState, gateway_account
from bijoli.payments.models import Difference, Order, Payment, Posting, Refund, Statement, StatementLine

EDGE = timedelta(hours=1)  # money so near to midnight may stand in the neighbour day's statement
ONE_DAY = timedelta(days=1)


@dataclass
class Day:
    """One local day under comparison. `sums` by gateway and side are (count, paisa); `carried`: of this day, in another day's list."""

    day: date
    now: datetime
    starts: datetime
    ends: datetime
    sums: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    found: list[Difference] = field(default_factory=list)

    def add(self, gateway: str, side: str, paisa: int) -> None:
        both = self.sums.setdefault(gateway, {}).setdefault(side, [0, 0])
        both[0] += 1
        both[1] += paisa

    def differ(self, kind: str, **facts: Any) -> None:
        self.found.append(Difference(kind=kind, **facts))

    def near(self, at: datetime) -> date | None:
        """The neighbour day whose list may hold what happened then."""
        if at - self.starts < EDGE:
            return self.day - ONE_DAY
        return self.day + ONE_DAY if self.ends - at <= EDGE else None


def begin(day: date, now: datetime, zone: Any) -> Day:
    starts, ends = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (day, day + ONE_DAY))
    return Day(day, now, starts, ends)


def compare(work: Day) -> None:
    """Payments and refunds, line by line and to the paisa."""
    payments = list(_came(work).select_related("order"))
    lines = list(StatementLine.objects.filter(day=work.day))
    _payments(work, payments, [line for line in lines if line.kind == "payment"])
    _refunds(work, [line for line in lines if line.kind == "refund"])
    _orders(work, payments)


def statements(day: date) -> list[str]:
    """Gateways whose statement of the day has come."""
    return sorted(Statement.objects.filter(day=day).values_list("gateway", flat=True))


def _came(work: Day) -> Any:
    """Payments of the day, by the gateway's own time where it is known."""
    rows = Payment.objects.annotate(came=Coalesce("at", "seen_at"))
    return rows.filter(came__gte=work.starts, came__lt=work.ends)


def _payments(work: Day, ours: list[Payment], lines: list[StatementLine]) -> None:
    keys = [line.transaction_id for line in lines]
    known = {(one.gateway, one.transaction_id): one for one in Payment.objects.filter(transaction_id__in=keys).select_related("order")}
    ledger = _booked("payment", [*known.values(), *ours])
    numbers = _by_number(line.order_number for line in lines if (line.gateway, line.transaction_id) not in known)
    for line in lines:
        work.add(line.gateway, "statement", line.paisa)
        payment = known.get((line.gateway, line.transaction_id))
        facts = {"gateway": line.gateway, "transaction_id": line.transaction_id, "gateway_paisa": line.paisa}
        if payment is None:
            work.differ("only_gateway", order_id=numbers.get(line.order_number), **facts)
        elif {payment.paisa, ledger.get(payment.pk)} != {line.paisa}:
            work.differ("amount", order_id=payment.order_id, ledger_paisa=ledger.get(payment.pk), **facts)
        elif line.order_number and line.order_number != payment.order.number:
            work.differ("other_order", order_id=payment.order_id, ledger_paisa=payment.paisa, **facts)
    _not_told(work, ours, ledger, {(line.gateway, line.transaction_id) for line in lines})


def _not_told(work: Day, ours: list[Payment], ledger: dict[int, int], told: set[tuple[str, str]]) -> None:
    """Our payments of the day that its statements do not have."""
    elsewhere = _lines_elsewhere("payment", [one.transaction_id for one in ours])
    came = {one: set(statements(one)) for one in (work.day - ONE_DAY, work.day, work.day + ONE_DAY)}
    for payment in ours:
        booked = ledger.get(payment.pk)
        work.add(payment.gateway, "ledger", booked or 0)
        key = (payment.gateway, payment.transaction_id)
        facts = {"gateway": payment.gateway, "transaction_id": payment.transaction_id, "order_id": payment.order_id}
        if key in told:
            continue
        if booked != payment.paisa:
            work.differ("amount", gateway_paisa=payment.paisa, ledger_paisa=booked, **facts)
        elif key in elsewhere:
            work.add(payment.gateway, "carried", payment.paisa)
        elif payment.gateway in came[work.day]:
            neighbour = work.near(payment.at or payment.seen_at)
            if neighbour and payment.gateway not in came[neighbour]:
                work.add(payment.gateway, "carried", payment.paisa)
            else:
                work.differ("only_ledger", ledger_paisa=booked, **facts)


def _refunds(work: Day, lines: list[StatementLine]) -> None:
    """A gateway names a refund by its own number of it, or by the payment that it sends back."""
    keys = [line.transaction_id for line in lines]
    rows = Refund.objects.filter(state=Refund.State.REFUNDED).select_related("payment__order")
    today = Q(ended_at__gte=work.starts, ended_at__lt=work.ends)
    found = list(rows.filter(today | Q(ref__in=keys) | Q(payment__transaction_id__in=keys)))
    ledger = _booked("refund", found)
    named: dict[tuple[str, str], Refund] = {}
    for refund in found:
        named |= {(refund.payment.gateway, name): refund for name in (refund.ref, refund.payment.transaction_id) if name}
    for line in lines:
        work.add(line.gateway, "statement_refunds", line.paisa)
        known = named.get((line.gateway, line.transaction_id))
        facts = {"gateway": line.gateway, "transaction_id": line.transaction_id, "gateway_paisa": -line.paisa}
        if known is None:
            work.differ("only_gateway", order_id=_by_number([line.order_number]).get(line.order_number), **facts)
        elif {known.paisa, -ledger.get(known.pk, 0)} != {line.paisa}:
            work.differ("amount", order_id=known.payment.order_id, ledger_paisa=ledger.get(known.pk), **facts)
    names = [name for refund in found for name in (refund.ref, refund.payment.transaction_id) if name]
    told = _lines_elsewhere("refund", names)
    came = set(statements(work.day))
    for refund in found:
        if refund.ended_at is None or not work.starts <= refund.ended_at < work.ends:
            continue
        gateway = refund.payment.gateway
        work.add(gateway, "ledger_refunds", -ledger.get(refund.pk, 0))
        here = {(gateway, refund.ref), (gateway, refund.payment.transaction_id)}
        if not here & told and gateway in came and not work.near(refund.ended_at):
            facts = {"gateway": gateway, "transaction_id": refund.ref or refund.payment.transaction_id}
            work.differ("only_ledger", order_id=refund.payment.order_id, ledger_paisa=ledger.get(refund.pk), **facts)


def _orders(work: Day, payments: list[Payment]) -> None:
    """Money that waits for a person, and orders whose ledger does not say what their state says."""
    keys = {payment.order_id for payment in payments}
    orders = Order.objects.filter(pk__in=keys).in_bulk()
    came = _sums(Payment.objects.filter(order__in=keys), "order_id")
    back = _sums(Refund.objects.filter(payment__order__in=keys, state=Refund.State.REFUNDED), "payment__order_id")
    owed = _sums(Posting.objects.filter(entry__order__in=keys, account=UNAPPLIED), "entry__order_id")
    wait = _sums(Refund.objects.filter(payment__order__in=keys, state=Refund.State.PROPOSED), "payment__order_id")
    for key, order in orders.items():
        if order.state == OrderState.REVIEW:
            work.differ("review", gateway=order.gateway, order_id=key, ledger_paisa=-owed.get(key, 0))
            continue
        if key in wait:
            work.differ("review", gateway=order.gateway, order_id=key, ledger_paisa=wait[key])
        left = came.get(key, 0) - back.get(key, 0) - (order.amount_paisa if order.state == OrderState.DONE else 0)
        if order.state in {OrderState.DONE, OrderState.REFUNDED} and -owed.get(key, 0) != left:
            work.differ("unbalanced", gateway=order.gateway, order_id=key, gateway_paisa=left, ledger_paisa=-owed.get(key, 0))


def _sums(rows: Any, by: str) -> dict[int, int]:
    return dict(rows.values_list(by).annotate(sum=Sum("paisa")))


def _booked(kind: str, rows: Iterable[Payment | Refund]) -> dict[int, int]:
    """What the ledger has for each, on its gateway's account."""
    accounts = {f"{kind}:{row.pk}": gateway_account(row.gateway if isinstance(row, Payment) else row.payment.gateway) for row in rows}
    postings = Posting.objects.filter(entry__key__in=accounts).values_list("entry__key", "account", "paisa")
    return {int(key.partition(":")[2]): paisa for key, account, paisa in postings if account == accounts[key]}


def _lines_elsewhere(kind: str, keys: Iterable[str]) -> set[tuple[str, str]]:
    rows = StatementLine.objects.filter(kind=kind, transaction_id__in=list(keys))
    return set(rows.values_list("gateway", "transaction_id"))


def _by_number(numbers: Iterable[str]) -> dict[str, int]:
    return dict(Order.objects.filter(number__in=[number for number in numbers if number]).values_list("number", "pk"))
