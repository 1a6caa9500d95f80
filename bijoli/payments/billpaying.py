"""How money becomes payment of bills: what may be paid, and what settling an order does with it.

1. money for a bill pays that bill, money for an account its oldest bill first; within a bill the bill comes before its late fee
2. what is over pays the account's other open bills, the oldest first, and the rest stays as the account's advance, where the utility
   allows that; else the order waits for a refund, whole
3. an advance is taken off the next bill when that comes
4. what banks and counters took, as the billing system tells, pays its bill too

All of it under the account's row lock, in the transaction that settles the order. The day that counts for late fees is the one on which
the payer began to pay: how long a gateway takes is not the payer's doing.
"""

from __future__ import annotations

from datetime import date, datetime, time

from django.conf import settings
from django.utils import timezone

from bijoli.core.payment import advance_used, bill_paid, bill_withdrawn
from bijoli.core.payment import paid_elsewhere as paid_elsewhere_postings
from bijoli.customers.models import Account
from bijoli.payments import bills, ledger
from bijoli.payments.bills import BillView
from bijoli.payments.billtelling import close
from bijoli.payments.models import Bill, BillPayment, Entry, Order

PAID_ALREADY = "paid already"


class NotAllowed(ValueError):
    """An amount that may not be paid. `why`: nothing (is open), partial, least_part, least, most, rest (too little would be left), over."""

    def __init__(self, why: str, limit: int = 0) -> None:
        super().__init__(why)
        self.why, self.limit = why, limit


def check(open_paisa: int, amount: int) -> None:
    """Whether `amount` may be paid where so much is open (of a bill, or of an account). Raises NotAllowed, its limit in paisa."""
    rules = settings.UTILITY.paying
    if open_paisa <= 0:
        raise NotAllowed("nothing")
    if amount < rules.least:
        raise NotAllowed("least", rules.least)
    if amount > max(rules.most, open_paisa):  # a large bill may be paid as a whole
        raise NotAllowed("most", rules.most)
    if amount > open_paisa and not rules.over:
        raise NotAllowed("over", open_paisa)
    if amount < open_paisa:
        if not rules.partial:
            raise NotAllowed("partial", open_paisa)
        if amount < rules.least_part:
            raise NotAllowed("least_part", rules.least_part)
        if open_paisa - amount < rules.least:
            raise NotAllowed("rest", open_paisa - rules.least)


def lock(account_id: int) -> None:
    """Nobody else changes what is open of the account until the transaction ends."""
    Account.objects.select_for_update(no_key=True).only("pk").get(pk=account_id)


def pay(order: Order, now: datetime) -> str:
    """The locked, paid order becomes payment of bills. Again it changes nothing. Returns why it cannot be, else ""."""
    lock(order.account_id)
    key = f"bill:{order.pk}"
    if Entry.objects.filter(key=key).exists():
        return ""
    day = timezone.localdate(order.created_at)
    parts, over = shared_out(_targets(order, day), order.amount_paisa)
    if over and (order.other or not settings.UTILITY.paying.over):
        return PAID_ALREADY
    for bill, paisa, late in parts:
        BillPayment.objects.create(bill_id=bill.id, order=order, paisa=paisa, late_paisa=late, at=order.created_at)
        if paisa + late == bill.open:
            close(bill, now)
    postings = bill_paid(sum(part[1] for part in parts), sum(part[2] for part in parts), over)
    ledger.post(key, postings, now, order_id=order.pk, party_id=None if order.other else order.account_id)
    return ""


def shared_out(targets: list[BillView], amount: int) -> tuple[list[tuple[BillView, int, int]], int]:
    """(bill, paisa of it, paisa of its late fee) for each bill that gets something, and what is over."""
    parts = []
    for bill in targets:
        paisa = min(bill.rest, amount)
        late = min(bill.late_rest, amount - paisa)
        if paisa or late:
            parts.append((bill, paisa, late))
        amount -= paisa + late
    return parts, amount


def _targets(order: Order, day: date) -> list[BillView]:
    """The order's own bill first, or what replaced it meanwhile; then the others where more may be paid."""
    found = bills.open_bills(order.account_id, day)
    if order.bill_id is None:
        return found
    own = newest(order.bill_id)
    others = [bill for bill in found if bill.id != own] if settings.UTILITY.paying.over and not order.other else []
    return [bill for bill in found if bill.id == own] + others


def newest(bill_id: int) -> int:
    """The bill that stands for this one now."""
    while after := Bill.objects.filter(replaces=bill_id).values_list("pk", flat=True).first():
        bill_id = after
    return bill_id


def paid_elsewhere(bill: Bill, paisa: int, paid_on: date, now: datetime) -> None:
    """Banks and counters have taken `paisa` for this bill by now, the last of it on `paid_on`. What is over is the account's advance: the
    utility has it. The account is locked."""
    more = paisa - bill.elsewhere_paisa
    own = newest(bill.pk)
    targets = [one for one in bills.open_bills(bill.account_id, paid_on) if one.id == own]
    parts, over = shared_out(targets, more)
    for one, part, late in parts:
        at = min(now, _noon(paid_on))
        BillPayment.objects.create(bill_id=one.id, way=BillPayment.Way.ELSEWHERE, paisa=part, late_paisa=late, at=at)
        if part + late == one.open:
            close(one, now)
    postings = paid_elsewhere_postings(sum(part[1] for part in parts), sum(part[2] for part in parts), over)
    ledger.post(f"elsewhere:{bill.pk}:{paisa}", postings, now, party_id=bill.account_id)
    bill.elsewhere_paisa = paisa
    bill.save(update_fields=["elsewhere_paisa"])


def _noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def withdraw(bill: Bill, now: datetime) -> None:
    """A replaced bill owes nothing; what was paid of it is the account's advance again. The account is locked."""
    close(bill, now)
    parts = BillPayment.objects.filter(bill=bill).values_list("paisa", "late_paisa")
    paisa, late = sum(part[0] for part in parts), sum(part[1] for part in parts)
    if paisa or late:
        ledger.post(f"withdrawn:{bill.pk}", bill_withdrawn(paisa, late), now, party_id=bill.account_id)


def use_advance(account_id: int, new: frozenset[int], now: datetime) -> None:
    """Takes the account's advance off what is open, the oldest bill first. The account is locked.

    The `new` bills have just come: the money for them was here before their due day, however late they come themselves.
    """
    advance = bills.advance(account_id)
    for bill in bills.open_bills(account_id, timezone.localdate(now)) if advance > 0 else []:
        paisa = min(bill.rest, advance)
        late = 0 if bill.id in new else min(bill.late_rest, advance - paisa)
        if not paisa + late:
            break
        advance -= paisa + late
        at = min(now, _noon(bill.due_on)) if bill.id in new else now
        part = BillPayment.objects.create(bill_id=bill.id, way=BillPayment.Way.ADVANCE, paisa=paisa, late_paisa=late, at=at)
        if paisa == bill.rest and late == (0 if bill.id in new else bill.late_rest):
            close(bill, now)
        ledger.post(f"advance:{part.pk}", advance_used(paisa, late), now, party_id=account_id)
