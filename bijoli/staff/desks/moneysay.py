"""How the desks say what happens to money: states, reasons, accounts of the ledger, deeds, kinds of differences."""

from __future__ import annotations

from django.utils.translation import gettext

from bijoli.core.payment import BILL
from bijoli.payments.calls import HEAD_END
from bijoli.staff.desks import say


def gateway(name: str) -> str:
    """A gateway's own name; of the head-end ours."""
    known = {"bkash": gettext("bKash"), "nagad": gettext("Nagad"), "sslcommerz": "SSLCOMMERZ", HEAD_END: gettext("Head-end")}
    return known.get(name, name)


def purpose(key: str) -> str:
    return gettext("Bill") if key == BILL else gettext("Recharge")


def state(key: str) -> str:
    """An order's state."""
    return {
        "created": gettext("not begun"),
        "pending": gettext("open at the gateway"),
        "paid": gettext("paid, on its way"),
        "done": gettext("done"),
        "failed": gettext("failed"),
        "cancelled": gettext("cancelled"),
        "expired": gettext("not paid in time"),
        "review": gettext("waits for a person"),
        "refunding": gettext("goes back"),
        "refunded": gettext("has gone back"),
    }.get(key, key)


def reason(key: str) -> str:
    """Why an order waits or a credit was refused; a gateway's own word stays as it is."""
    first, _space, rest = key.partition(" ")
    if first == "headend":
        return gettext("refused by the head-end: %(reason)s") % {"reason": reason(rest)}
    return {
        "": say.UNKNOWN,
        "risk": gettext("the gateway doubts the payment"),
        "amount": gettext("another amount than ordered"),
        "currency": gettext("another currency"),
        "order": gettext("it names another order"),
        "surplus": gettext("paid once more"),
        "changed": gettext("the charges have changed since the quote"),
        "unknown_meter": gettext("the meter is not known there"),
        "blocked": gettext("the meter is blocked there"),
        "closed": gettext("recharge is closed there"),
        "refund refused": gettext("the gateway refused the refund"),
    }.get(key, key)


def credit(key: str) -> str:
    """A vend's state."""
    return {
        "queued": gettext("waits to be sent"),
        "sent": gettext("sent, no answer yet"),
        "accepted": gettext("taken by the head-end"),
        "on_meter": gettext("on the meter"),
        "tokens": gettext("as tokens to type in"),
        "refused": gettext("refused"),
    }.get(key, key)


def refund(key: str) -> str:
    return {
        "proposed": gettext("waits for approval"),
        "withdrawn": gettext("withdrawn"),
        "approved": gettext("approved, goes to the gateway"),
        "sent": gettext("the gateway is at it"),
        "refunded": gettext("has gone back"),
        "refused": gettext("refused by the gateway"),
    }.get(key, key)


def why(text: str) -> str:
    """Why a refund was proposed: a person's words, or ours for money that pays nothing."""
    first, _colon, rest = text.partition(": ")
    return gettext("pays nothing: %(reason)s") % {"reason": reason(rest)} if first == "surplus" else text


def part(key: str) -> str:
    """A part of a recharge's split."""
    return {
        "gross": gettext("Paid"),
        "vat": gettext("VAT"),
        "demand": gettext("Demand charge"),
        "rent": gettext("Meter rent"),
        "arrears": gettext("Arrears"),
        "rebate": gettext("Rebate"),
        "credited": gettext("For electricity"),
    }[key]


def account(key: str) -> str:
    """An account of the ledger."""
    if key.startswith("gateway:"):
        return gettext("Held by %(gateway)s") % {"gateway": gateway(key.partition(":")[2])}
    return {
        "unapplied": gettext("Customers' money, not used yet"),
        "energy": gettext("Energy credited"),
        "vat": gettext("VAT"),
        "demand": gettext("Demand charge"),
        "rent": gettext("Meter rent"),
        "arrears": gettext("Arrears"),
        "rebate": gettext("Rebate"),
        "bills": gettext("Bills"),
        "late": gettext("Late payment surcharge"),
        "advance": gettext("Customers' advances"),
    }.get(key, key)


def event(key: str) -> str:
    """What an entry of the ledger is about, by its key."""
    kind = key.partition(":")[0]
    names = {
        "payment": gettext("Money came"),
        "vend": gettext("Became a credit"),
        "refund": gettext("Money went back"),
        "bill": gettext("Paid a bill"),
        "withdrawn": gettext("A bill was withdrawn"),
        "advance": gettext("Advance used for a bill"),
    }
    return names.get(kind, key)


def deed(key: str) -> str:
    return {
        "accept": gettext("payment accepted"),
        "again": gettext("sent to the head-end again"),
        "split": gettext("changed split accepted"),
        "ask": gettext("asked at once"),
        "propose": gettext("refund proposed"),
        "approve": gettext("refund approved"),
        "withdraw": gettext("refund withdrawn"),
        "name": gettext("number of the refund given"),
    }.get(key, key)


def difference(key: str) -> str:
    return {
        "only_gateway": gettext("Only the gateway has it"),
        "only_ledger": gettext("The gateway's statement does not have it"),
        "amount": gettext("Another amount"),
        "other_order": gettext("The statement names another order"),
        "unbalanced": gettext("Order and ledger do not agree"),
        "not_on_meter": gettext("Paid, and no credit on the meter"),
        "only_headend": gettext("A credit that we do not know of"),
        "double_credit": gettext("Credited more than once"),
        "review": gettext("Waits for a person"),
    }.get(key, key)
