"""Payments: every order with its money, its credit and its ledger, and what a person has to decide about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.core.bangla import latin
from bijoli.core.payment import OPEN, RECHARGE, UNPAID, UNPAID_ENDS, OrderState
from bijoli.payments import reviews
from bijoli.payments.gateways import names
from bijoli.payments.health import LATE
from bijoli.payments.models import Order, Vend
from bijoli.staff.base import Cell, Section, StaffAdmin, Verb
from bijoli.staff.desks import deeds, moneysay, paymentparts, paymentverbs, say
from bijoli.staff.forms import OrderForm
from bijoli.staff.gate import staff
from bijoli.staff.looks import Subject, note
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

WAITING = 30  # rows over the list
MOST_WAITING = 1000
HITS = 20
STATES: dict[str, tuple[Any, Q]] = {
    "review": (_("waits for a person"), Q(state=OrderState.REVIEW)),
    "paid": (_("paid, on its way"), Q(state=OrderState.PAID)),
    "open": (_("open"), Q(state__in=OPEN)),
    "done": (_("done"), Q(state=OrderState.DONE)),
    "unpaid": (_("ended without money"), Q(state__in=UNPAID_ENDS)),
    "back": (_("goes back or has gone"), Q(state__in=[OrderState.REFUNDING, OrderState.REFUNDED])),
}


class Narrowing(SimpleListFilter):
    """A filter that says what it leaves open: three of them stand one above the other."""

    anything: Any = ""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for position, choice in enumerate(super().choices(changelist)):
            yield choice if position else {**choice, "display": self.anything}


class StateFilter(Narrowing):
    title = _("State")
    anything = _("all states")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, words) for key, (words, _rows) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = STATES.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class GatewayFilter(Narrowing):
    title = _("Gateway")
    anything = _("all gateways")
    parameter_name = "gateway"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, moneysay.gateway(name)) for name in names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(gateway=self.value()) if self.value() else queryset


class DayFilter(Narrowing):
    """Days by the order's making, in the utility's time; any other day as ?day=2026-11-22."""

    title = _("Day")
    anything = _("all days")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        today = timezone.localdate()
        return [(today.isoformat(), _("today")), ((today - timedelta(days=1)).isoformat(), _("yesterday"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        try:
            day = date.fromisoformat(self.value() or "")
            starts = datetime.combine(day, datetime.min.time(), timezone.get_default_timezone())
            ends = starts + timedelta(days=1)
        except (ValueError, OverflowError):
            return queryset
        return queryset.filter(created_at__gte=starts, created_at__lt=ends)


class OrderDesk(StaffAdmin):
    personal = True
    anonymous_list = True  # numbers of orders, times, sums; whose they are stands on their pages
    handle = "public_id"
    title = _("Order")
    titles = _("Payments")
    about = _("Recharges and bills that customers pay: where the money is, and what waits for a decision.")
    icon = "wallet"
    change_list_template = "staff/payments.html"
    list_display = ("order_number", "told", "amount", "by", "what", "standing")
    list_filter = (StateFilter, GatewayFilter, DayFilter)
    ordering = ("-created_at",)
    fields = ("standing", "waits_for", "amount", "what", "by", "told", "expires", "paid", "ended", "claimed", "asked_next", "division")

    def scoped(self, rows: QuerySet[Order], scope: Scope) -> QuerySet[Order]:
        return rows.filter(scope.account("account__")).select_related("account__usage_point", "customer", "meter", "vend")

    def subject(self, row: Order) -> Subject:
        return Subject(str(row.pk), None if row.other else row.customer_id, row.account_id)

    def heading(self, row: Order) -> str:
        return gettext("%(what)s %(number)s") % {"what": moneysay.purpose(row.purpose), "number": row.number}

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(state=OrderState.REVIEW)[:MOST_WAITING].count()

    @display(description=_("Order"))
    def order_number(self, row: Order) -> str:
        return row.number

    @display(description=_("Begun"))
    def told(self, row: Order) -> str:
        return say.when(row.created_at)

    @display(description=_("Amount"))
    def amount(self, row: Order) -> str:
        return say.taka(row.amount_paisa)

    @display(description=_("Gateway"))
    def by(self, row: Order) -> str:
        return moneysay.gateway(row.gateway)

    @display(description=_("For"))
    def what(self, row: Order) -> str:
        return moneysay.purpose(row.purpose) + (f" ({gettext('somebody else’s meter')})" if row.other else "")

    @display(description=_("State"))
    def standing(self, row: Order) -> str:
        return moneysay.state(row.state)

    @display(description=_("Why"))
    def waits_for(self, row: Order) -> str:
        return moneysay.reason(row.reason)

    @display(description=_("To be paid until"))
    def expires(self, row: Order) -> str:
        return say.when(row.expires_at)

    @display(description=_("Paid"))
    def paid(self, row: Order) -> str:
        return say.when(row.paid_at) if row.paid_at else say.UNKNOWN

    @display(description=_("Ended"))
    def ended(self, row: Order) -> str:
        return say.when(row.ended_at) if row.ended_at else say.UNKNOWN

    @display(description=_("The browser's return claimed"))
    def claimed(self, row: Order) -> str:
        claims = {"success": gettext("success"), "failed": gettext("failed"), "cancelled": gettext("cancelled")}
        return claims.get(row.hint, row.hint) or say.UNKNOWN

    @display(description=_("Gateway asked next"))
    def asked_next(self, row: Order) -> str:
        return say.when(row.ask_at) if row.ask_at and row.state in UNPAID else say.UNKNOWN

    @display(description=_("Division"))
    def division(self, row: Order) -> str:
        return say.office(row.account.usage_point.division) if hasattr(row.account, "usage_point") else say.UNKNOWN

    def sections(self, request: HttpRequest, row: Order, scope: Scope) -> list[Section]:
        vend: Vend | None = getattr(row, "vend", None)
        found = [paymentparts.payments(row)]
        if row.purpose == RECHARGE:
            found += [paymentparts.credit(vend)] if vend else []
            found.append(paymentparts.split(row, vend))
        found += [paymentparts.refunds(row, self.may(request, "payments.view_refund")), paymentparts.deeds(row)]
        if self.may(request, "payments.view_entry"):
            found.append(paymentparts.entries(row))
        found.append(paymentparts.notices(row, self.may(request, "payments.view_notice")))
        return [*found, self._about(request, row, scope)]

    def _about(self, request: HttpRequest, row: Order, scope: Scope) -> Section:
        """Whose it is. The payer of somebody else's meter may be at home elsewhere: seen where the division is theirs too."""
        cells: list[list[Cell]] = []
        payer = row.customer
        if payer and self.may(request, "customers.view_customer") and type(payer).objects.filter(scope.customer(), pk=payer.pk).exists():
            cells.append([Cell(gettext("Who pays")), say.link(say.phone_masked(payer.phone), "customers_customer", payer.public_id)])
        if self.may(request, "customers.view_account"):
            cells.append([Cell(gettext("Account")), say.link(row.account.number, "customers_account", row.account.public_id)])
        if row.meter and self.may(request, "metering.view_meter"):
            cells.append([Cell(gettext("Meter")), say.link(row.meter.number, "metering_meter", row.meter_id)])
        return Section(gettext("Whom it is about"), [], cells, gettext("Your role does not show it."))

    # The list

    def list_verbs(self, request: HttpRequest) -> list[Verb]:
        return [Verb("find", _("Find an order"), reverse("admin:payments_order_find"), "staff/parts/go.html")]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        tables: list[Section] = []
        if self.has_view_permission(request) and not request.GET:
            rows = self.get_queryset(request).order_by("created_at")
            review = list(rows.filter(state=OrderState.REVIEW)[:WAITING])
            late = list(rows.filter(state=OrderState.PAID, paid_at__lt=timezone.now() - LATE)[:WAITING])
            tables += [paymentparts.waiting(gettext("Waits for a decision"), review)] if review else []
            tables += [paymentparts.waiting(gettext("Paid hours ago, and not on the meter"), late)] if late else []
        return super().changelist_view(request, {"tables": tables, **(extra_context or {})})

    def find(self, request: HttpRequest) -> HttpResponse:
        """By POST, so that no number of a customer stands in an address: order, transaction of a gateway, or account."""
        if not self.has_view_permission(request):
            return super().changelist_view(request)  # type: ignore[no-any-return]  # says no
        form = OrderForm(request.POST if request.method == "POST" else None)
        hits: list[Order] = []
        if form.is_valid():
            number = "".join(latin(form.cleaned_data["number"]).split())
            hits = _found(self.get_queryset(request), number)
            note(request, "payments.order/find", [self.subject(one) for one in hits] or [Subject()])
            if len(hits) == 1:
                return HttpResponseRedirect(self.url_of(hits[0]))
            if not hits:
                form.add_error("number", gettext("No payment of your divisions has this number."))
        else:
            note(request, "payments.order/find", [])
        table = paymentparts.waiting(gettext("Found"), hits) if hits else None
        shown = {"form": form, "table": table, "title": gettext("Find an order"), "desk": self}
        return render(request, "staff/orderfind.html", self.admin_site.each_context(request) | shown)

    # What may be done

    def verbs(self, request: HttpRequest, row: Order) -> list[Verb]:
        return paymentverbs.offered(self, request, row)

    def more_urls(self) -> list[URLPattern]:
        own = [path("find/", self.guarded(self.find, "find"), name="payments_order_find")]
        for name in ("accept", "again", "split", "ask"):
            view = self.guarded(partial(self.decide, name=name), name)
            own.append(path(f"<uuid:object_id>/{name}/", view, name=f"payments_order_{name}"))
        refund = path("<uuid:object_id>/refund/<str:payment>/", self.guarded(self.refund, "propose"), name="payments_order_refund")
        return [*own, refund]

    def decide(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """POST: one of the decisions of payments/reviews.py."""
        deeds.allowed(self, request, "payments.ask_order" if name == "ask" else "payments.review_order")
        row, who, now = self.get_object(request, str(object_id)), staff(request).pk, timezone.now()
        key = row.public_id
        acts: dict[str, tuple[Callable[[str], object], str]] = {
            "accept": (lambda why: reviews.accept(key, who, why, now), gettext("Accepted: the order is paid and goes its way.")),
            "again": (lambda why: reviews.try_again(key, who, why, now), gettext("It is sent to the head-end again, with the same key.")),
            "split": (lambda why: reviews.accept_split(key, who, why, now), gettext("It is sent with the head-end's split.")),
            "ask": (lambda _why: reviews.ask_now(key, who, now), gettext("They are being asked. Look again in a few seconds.")),
        }
        act, words = acts[name]
        return deeds.done(self, request, row, name, act, words)

    def refund(self, request: HttpRequest, object_id: str, payment: str) -> HttpResponse:
        """POST: proposes to send one payment of this order back."""
        deeds.allowed(self, request, "payments.propose_refund")
        row = self.get_object(request, str(object_id))
        chosen = next((one.pk for one in row.payments.all() if str(one.pk) == payment), None)
        if chosen is None:
            raise Http404
        who, now = staff(request).pk, timezone.now()
        words = gettext("Proposed. A colleague approves it.")
        return deeds.done(self, request, row, "propose", lambda why: reviews.propose_refund(chosen, who, why, now), words)


def _found(rows: QuerySet[Order], number: str) -> list[Order]:
    """By its own number, a gateway's transaction, or its account: each through an index of its own, as all in one condition have none."""
    ways = [Q(number__in=[number, number.upper()]), Q(payments__transaction_id=number), Q(account__number=number)]
    keys = {key for way in ways for key in rows.filter(way).order_by("-created_at").values_list("pk", flat=True)[:HITS]}
    return list(rows.filter(pk__in=keys).order_by("-created_at")[:HITS])


site.register(Order, OrderDesk)
