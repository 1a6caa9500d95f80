"""The tables of an order's page: its money, its credit, its ledger, what gateways told, what colleagues did."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext

from bijoli.payments.models import Deed, Entry, Notice, Order, Payment, Refund, Vend
from bijoli.staff.base import Cell, Section
from bijoli.staff.desks import moneysay, say, seen

PARTS = ("gross", "vat", "demand", "rent", "arrears", "rebate", "credited")
MOST = 50


def payments(order: Order) -> Section:
    rows = [
        say.texts(
            [
                say.when(one.at) if one.at else say.UNKNOWN,
                say.when(one.seen_at),
                one.transaction_id,
                say.taka(one.paisa),
                moneysay.reason(one.wrong) if one.wrong else gettext("pays the order"),
            ]
        )
        for one in Payment.objects.filter(order=order).order_by("pk")
    ]
    heads = [gettext("Time of the gateway"), gettext("Seen by us"), gettext("Transaction"), gettext("Amount"), gettext("What it is")]
    return Section(gettext("Money that came"), heads, rows, gettext("None has come."))


def credit(vend: Vend) -> Section:
    """Where the credit stands, and what the head-end answered."""
    facts = [
        (gettext("State"), moneysay.credit(vend.state)),
        (gettext("Answer of the head-end"), moneysay.reason(vend.reason)),
        (gettext("Key"), str(vend.key)),
        (gettext("Queued"), say.when(vend.queued_at)),
        (gettext("Held until"), say.when(vend.not_before) if vend.not_before else say.UNKNOWN),
        (gettext("First sent"), say.when(vend.sent_at) if vend.sent_at else say.UNKNOWN),
        (gettext("Taken"), say.when(vend.accepted_at) if vend.accepted_at else say.UNKNOWN),
        (gettext("Ended"), say.when(vend.ended_at) if vend.ended_at else say.UNKNOWN),
        (gettext("Tries"), say.count(vend.asked)),
        (gettext("Asked next"), say.when(vend.ask_at) if vend.ask_at else say.UNKNOWN),
        (gettext("Tokens"), say.count(len(vend.tokens)) if vend.tokens else gettext("none needed")),
    ]
    return Section(gettext("Way to the meter"), [], [say.texts(pair) for pair in facts])


def split(order: Order, vend: Vend | None) -> Section:
    """The quote that the customer saw beside the head-end's own split."""
    theirs = vend.split if vend else {}
    rows = [
        say.texts([moneysay.part(name), say.taka(order.quote.get(name)), say.taka(theirs.get(name)) if theirs else say.UNKNOWN])
        for name in PARTS
    ]
    return Section(gettext("Split"), [gettext("Part"), gettext("By our quote"), gettext("By the head-end")], rows, slim=True)


def entries(order: Order) -> Section:
    rows: list[list[Cell]] = []
    for entry in Entry.objects.filter(order=order).prefetch_related("postings").order_by("pk")[:MOST]:
        for posting in sorted(entry.postings.all(), key=lambda one: one.pk):
            debit, credited = (say.taka(posting.paisa), "") if posting.paisa > 0 else ("", say.taka(-posting.paisa))
            rows.append(say.texts([say.when(entry.at), moneysay.event(entry.key), moneysay.account(posting.account), debit, credited]))
    heads = [gettext("When"), gettext("Event"), gettext("Ledger account"), gettext("Debit"), gettext("Credit")]
    return Section(gettext("Ledger"), heads, rows, gettext("Nothing is written yet."))


def refunds(order: Order, link: bool) -> Section:
    """`link`: whether the reader may open a refund's page."""
    rows = []
    for one in Refund.objects.filter(payment__order=order).order_by("-pk"):
        first = say.link(say.when(one.proposed_at), "payments_refund", one.public_id) if link else Cell(say.when(one.proposed_at))
        rows.append([first, *say.texts([say.taka(one.paisa), moneysay.refund(one.state), moneysay.why(one.why)])])
    heads = [gettext("Proposed"), gettext("Amount"), gettext("State"), gettext("Reason")]
    return Section(gettext("Refunds"), heads, rows, gettext("None."))


def notices(order: Order, body: bool) -> Section:
    """`body`: whether the reader may see what the gateway wrote, which may hold a phone number."""
    genuine = {True: gettext("genuine"), False: gettext("not genuine"), None: gettext("bears no signature")}
    rows = [
        say.texts(
            [
                say.when(one.received_at),
                genuine[one.genuine] + (f" ({one.reason})" if one.reason else ""),
                *([one.body] if body else []),
            ]
        )
        for one in Notice.objects.filter(order=order).order_by("-pk")[:MOST]
    ]
    heads = [gettext("Received"), gettext("Signature"), *([gettext("As it came")] if body else [])]
    return Section(gettext("Notices of the gateway"), heads, rows, gettext("None."))


def deeds(order: Order) -> Section:
    found = list(Deed.objects.filter(order=order).order_by("-pk")[:MOST])
    names = seen.called({one.staff_id for one in found})
    rows = [say.texts([say.when(one.at), names.get(one.staff_id, f"#{one.staff_id}"), moneysay.deed(one.what), one.why]) for one in found]
    return Section(
        gettext("What colleagues decided"), [gettext("When"), gettext("Who"), gettext("What"), gettext("Reason")], rows, gettext("Nothing.")
    )


def waiting(title: str, orders: list[Order]) -> Section:
    """Orders that wait, over the list."""
    rows = [
        [
            say.link(one.number, "payments_order", one.public_id),
            *say.texts([say.when(one.created_at), say.taka(one.amount_paisa), moneysay.gateway(one.gateway), moneysay.reason(one.reason)]),
        ]
        for one in orders
    ]
    heads = [gettext("Order"), gettext("When"), gettext("Amount"), gettext("Gateway"), gettext("Why")]
    return Section(title, heads, rows)


def refund_url(order: Order, payment: Payment) -> str:
    return reverse("admin:payments_order_refund", args=[order.public_id, payment.pk])
