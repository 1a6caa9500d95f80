"""Which decisions an order's page offers, and what each of them does, in words."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from bijoli.core.payment import UNCONFIRMED, UNPAID, OrderState
from bijoli.payments import reviews
from bijoli.payments.models import Order, Payment, Refund
from bijoli.staff.base import StaffAdmin, Verb
from bijoli.staff.desks import deeds, moneysay, say
from bijoli.staff.desks.paymentparts import refund_url


def offered(desk: StaffAdmin, request: HttpRequest, row: Order) -> list[Verb]:
    found = _decisions(row) if desk.may(request, "payments.review_order") else []
    if desk.may(request, "payments.propose_refund"):
        found += [_refund(row, payment) for payment in row.payments.order_by("pk") if _may_go_back(row, payment)]
    if desk.may(request, "payments.ask_order") and _asks(row):
        words = gettext("The timer asks by itself, ever more seldom. This asks within a second.")
        found.append(deeds.verb("ask", gettext("Ask now"), _url("ask", row), words))
    return found


def _decisions(row: Order) -> list[Verb]:
    found: list[Verb] = []
    if Refund.objects.filter(payment__order=row, payment__wrong__in=["", reviews.RISK], state__in=reviews.GOES_BACK).exists():
        return found  # first that is approved or withdrawn
    if reviews.risky(row):
        words = gettext("The gateway has the whole amount and doubts the payer. Accepted, it counts as paid and cannot go back.")
        found.append(deeds.verb("accept", gettext("Accept the payment"), _url("accept", row), words, asks=True))
    if (credited := reviews.changed(row)) is not None:
        words = gettext("Promised were %(promised)s for electricity; by the head-end it is %(credited)s. Ask the customer first.")
        amounts = {"promised": say.taka(row.quote.get("credited")), "credited": say.taka(credited)}
        found.append(deeds.verb("split", gettext("The customer agrees"), _url("split", row), words % amounts, asks=True))
    vend = reviews.refused(row)
    if vend:
        words = gettext("The head-end refused it: %(reason)s. Once that is put right, send it again; it counts once, whatever happens.")
        about = words % {"reason": moneysay.reason(vend.reason)}
        found.append(deeds.verb("again", gettext("Send again"), _url("again", row), about, asks=True))
    return found


def _refund(row: Order, payment: Payment) -> Verb:
    words = gettext("%(amount)s of transaction %(id)s go back to who paid, when a colleague approves it.")
    about = words % {"amount": say.taka(payment.paisa), "id": payment.transaction_id}
    return deeds.verb(f"refund-{payment.pk}", gettext("Propose a refund"), refund_url(row, payment), about, asks=True, danger=True)


def _may_go_back(row: Order, payment: Payment) -> bool:
    """As payments.refunds has it: money of an order in review, or money that pays nothing; once."""
    wanted = row.state == OrderState.REVIEW or bool(payment.wrong)
    return wanted and not payment.refunds.filter(state__in=reviews.GOES_BACK).exists()


def _asks(row: Order) -> bool:
    vend = getattr(row, "vend", None)
    return bool(row.state in UNPAID and row.ref) or bool(vend and vend.state in UNCONFIRMED)


def _url(name: str, row: Order) -> str:
    return reverse(f"admin:payments_order_{name}", args=[row.public_id])
