"""Refunds: what one colleague proposes, or we for money that came twice, another one approves."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.payments import reviews
from bijoli.payments.models import Refund
from bijoli.staff.base import Cell, Section, StaffAdmin, Verb
from bijoli.staff.desks import deeds, moneysay, say, seen
from bijoli.staff.forms import RefForm
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

MOST_WAITING = 1000


class StateFilter(SimpleListFilter):
    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, moneysay.refund(key)) for key in Refund.State.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() in Refund.State.values else queryset


class RefundDesk(StaffAdmin):
    personal = True
    anonymous_list = True
    handle = "public_id"
    title = _("Refund")
    titles = _("Refunds")
    about = _("Money that goes back to its payer. One colleague proposes it, another approves it.")
    icon = "back"
    list_display = ("order_number", "amount", "by", "standing", "because", "proposed")
    list_filter = (StateFilter,)
    ordering = ("-proposed_at",)
    fields = ("standing", "amount", "by", "because", "proposed", "approved", "sent", "ended", "theirs", "refused_for")

    def scoped(self, rows: QuerySet[Refund], scope: Scope) -> QuerySet[Refund]:
        return rows.filter(scope.account("payment__order__account__")).select_related("payment__order")

    def subject(self, row: Refund) -> Subject:
        order = row.payment.order
        return Subject(str(row.pk), None if order.other else order.customer_id, order.account_id)

    def heading(self, row: Refund) -> str:
        return gettext("Refund of %(amount)s") % {"amount": say.taka(row.paisa)}

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(state=Refund.State.PROPOSED)[:MOST_WAITING].count()

    @display(description=_("Order"))
    def order_number(self, row: Refund) -> str:
        return row.payment.order.number

    @display(description=_("Amount"))
    def amount(self, row: Refund) -> str:
        return say.taka(row.paisa)

    @display(description=_("Gateway"))
    def by(self, row: Refund) -> str:
        return moneysay.gateway(row.payment.gateway)

    @display(description=_("State"))
    def standing(self, row: Refund) -> str:
        return moneysay.refund(row.state)

    @display(description=_("Reason"))
    def because(self, row: Refund) -> str:
        return moneysay.why(row.why)

    @display(description=_("Proposed"))
    def proposed(self, row: Refund) -> str:
        who = gettext("Bijoli itself") if row.proposed_by_id is None else _called(row.proposed_by_id)
        return f"{who}, {say.when(row.proposed_at)}"

    @display(description=_("Approved"))
    def approved(self, row: Refund) -> str:
        return f"{_called(row.approved_by_id)}, {say.when(row.approved_at)}" if row.approved_by_id else say.UNKNOWN

    @display(description=_("Told to the gateway"))
    def sent(self, row: Refund) -> str:
        return say.when(row.sent_at) if row.sent_at else say.UNKNOWN

    @display(description=_("Ended"))
    def ended(self, row: Refund) -> str:
        return say.when(row.ended_at) if row.ended_at else say.UNKNOWN

    @display(description=_("The gateway's number of it"))
    def theirs(self, row: Refund) -> str:
        return row.ref or say.UNKNOWN

    @display(description=_("Why the gateway refused"))
    def refused_for(self, row: Refund) -> str:
        return row.reason or say.UNKNOWN

    def sections(self, request: HttpRequest, row: Refund, scope: Scope) -> list[Section]:
        order, payment = row.payment.order, row.payment
        link = self.may(request, "payments.view_order")
        facts = [
            [Cell(gettext("Order")), say.link(order.number, "payments_order", order.public_id) if link else Cell(order.number)],
            say.texts([gettext("State of the order"), moneysay.state(order.state)]),
            say.texts([gettext("Ordered"), say.taka(order.amount_paisa)]),
            say.texts([gettext("Transaction"), payment.transaction_id]),
            say.texts([gettext("What it is"), moneysay.reason(payment.wrong) if payment.wrong else gettext("pays the order")]),
        ]
        return [Section(gettext("The money"), [], facts)]

    def verbs(self, request: HttpRequest, row: Refund) -> list[Verb]:
        found: list[Verb] = []
        if row.state == Refund.State.SENT and not row.ref and self.may(request, "payments.approve_refund"):
            words = gettext("The gateway's answer was lost. Look in its panel; with the number of the refund there it is asked about.")
            found.append(deeds.verb("name", gettext("Give its number"), _url("name", row), words, form=RefForm(auto_id="name-%s")))
        if row.state != Refund.State.PROPOSED:
            return found
        if self.may(request, "payments.approve_refund"):
            words = gettext("The gateway is told at once. It cannot be taken back.")
            own = row.proposed_by_id == staff(request).pk
            found.append(deeds.verb("approve", gettext("Approve"), _url("approve", row), words, own=own))
        if self.may(request, "payments.approve_refund") or self.may(request, "payments.propose_refund"):
            words = gettext("The money stays where it is. The proposal stays in the list, with your name.")
            found.append(deeds.verb("withdraw", gettext("Withdraw"), _url("withdraw", row), words, danger=True))
        return found

    def more_urls(self) -> list[URLPattern]:
        return [
            path(f"<uuid:object_id>/{name}/", self.guarded(partial(self.decide, name=name), name), name=f"payments_refund_{name}")
            for name in ("approve", "withdraw", "name")
        ]

    def decide(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """POST: a second person lets it go; it is taken back before that; a lost answer's number is given."""
        right = (
            "payments.propose_refund" if name == "withdraw" and self.may(request, "payments.propose_refund") else "payments.approve_refund"
        )
        deeds.allowed(self, request, right)
        row, who, now = self.get_object(request, str(object_id)), staff(request).pk, timezone.now()
        if name == "approve":
            words = gettext("Approved. The gateway is being told.")
            return deeds.done(self, request, row, name, lambda _why: reviews.approve_refund(row.public_id, who, now), words)
        if name == "name":
            words = gettext("Kept. The gateway is asked about it.")
            return deeds.done(self, request, row, name, lambda ref: reviews.name_refund(row.public_id, who, ref, now), words)
        words = gettext("Withdrawn. It stays to be seen.")
        return deeds.done(self, request, row, name, lambda _why: reviews.withdraw_refund(row.public_id, who, now), words)


def _called(person: int) -> str:
    return seen.called({person}).get(person, f"#{person}")


def _url(name: str, row: Refund) -> str:
    return reverse(f"admin:payments_refund_{name}", args=[row.public_id])


site.register(Refund, RefundDesk)
