"""Customers and accounts: reached by an exact number, read-only, each look written down."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import display
from django.contrib.admin.utils import label_for_field
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bijoli.alerts.models import Dispute
from bijoli.customers import sessions
from bijoli.customers.access import live
from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery.models import Device, Notification
from bijoli.metering import reads as metering
from bijoli.metering.models import Installation
from bijoli.payments import standing
from bijoli.staff.base import Section, Verb
from bijoli.staff.desks import complaintlists, deeds, say, seen, whole
from bijoli.staff.desks.bynumber import ByNumber
from bijoli.staff.desks.told import outcome, titled
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site
from bijoli.web import asked

LATEST = 30
METER, SIGN_OUT = "metering.view_meter", "customers.change_customer"


class WholeAdmin(ByNumber):
    """Has a page with everything on it, in the extended view."""

    bare = True

    def whole(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Everything on one page."""
        row = self.get_object(request, object_id)
        names = [str(name) for name in self.fields or ()]
        facts = [(str(label_for_field(name, self.model, self)), str(getattr(self, name)(row))) for name in names]
        return self.whole_page(request, row, facts)

    def whole_page(self, request: HttpRequest, row: Any, facts: list[tuple[str, str]]) -> HttpResponse:
        raise NotImplementedError

    def more_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_whole"
        return [path("<uuid:object_id>/whole/", self.guarded(self.whole, "whole", extended=True), name=name)]

    def verbs(self, request: HttpRequest, row: Any) -> list[Verb]:
        url = say.whole(f"{self.opts.app_label}_{self.opts.model_name}", row.public_id)
        return [Verb("whole", _("Everything on one page"), url, "staff/parts/go.html")]


class CustomerDesk(WholeAdmin):
    personal = True
    title = _("Customer")
    fields = ("phone_number", "full_name", "speaks", "first_signed_in", "known_since")

    def scoped(self, rows: QuerySet[Customer], scope: Scope) -> QuerySet[Customer]:
        return rows.filter(scope.customer())

    def subject(self, row: Customer) -> Subject:
        return Subject(str(row.pk), customer_id=row.pk)

    def whole_page(self, request: HttpRequest, row: Any, facts: list[tuple[str, str]]) -> HttpResponse:
        return whole.customer_page(self, request, row, facts)

    def heading(self, row: Customer) -> str:
        return row.name or say.phone(row.phone)

    @display(description=_("Mobile number"))
    def phone_number(self, row: Customer) -> str:
        return say.phone(row.phone)

    @display(description=_("Name"))
    def full_name(self, row: Customer) -> str:
        return row.name or say.UNKNOWN

    @display(description=_("Language"))
    def speaks(self, row: Customer) -> str:
        return {"bn": "বাংলা", "en": "English"}.get(row.language, row.language)

    @display(description=_("First signed in"))
    def first_signed_in(self, row: Customer) -> str:
        return say.when(row.phone_verified_at)

    @display(description=_("Known since"))
    def known_since(self, row: Customer) -> str:
        return say.when(row.created_at)

    def sections(self, request: HttpRequest, row: Customer, scope: Scope) -> list[Section]:
        found = [self._accounts(row, scope), self._phones(row)]
        if self.may(request, "delivery.view_notification"):
            found += [told_to(row, scope), said_by(row, scope)]
        if self.may(request, "complaints.view_complaint"):
            found.append(complaintlists.latest(scope, customer=row))
        if self.may(request, "staff.view_looked"):
            found.append(seen.of(customer_id=row.pk))
        return found

    def verbs(self, request: HttpRequest, row: Customer) -> list[Verb]:
        found = super().verbs(request, row)
        if self.may(request, SIGN_OUT):
            words = gettext(
                "For a lost or stolen phone: every device with this number is out at once and gets no more alerts. "
                "Whoever holds the SIM card can sign in again, so it must be blocked by its operator first."
            )
            url = reverse("admin:customers_customer_signout", args=[row.public_id])
            found.append(deeds.verb("signout", gettext("Sign out everywhere"), url, words, danger=True))
        return found

    def more_urls(self) -> list[URLPattern]:
        url = path("<uuid:object_id>/signout/", self.guarded(self.signout, "signout"), name="customers_customer_signout")
        return [*super().more_urls(), url]

    def signout(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: ends all sessions of the customer, who reads of it in their own list."""
        deeds.allowed(self, request, SIGN_OUT)
        row = self.get_object(request, str(object_id))
        sessions.end_all(row.pk, by_utility=timezone.now())
        messages.success(request, gettext("Every device of this customer is signed out."))
        return HttpResponseRedirect(self.url_of(row))

    def _accounts(self, row: Customer, scope: Scope) -> Section:
        mine = Access.objects.filter(live(timezone.now()), scope.account("account__"), customer=row)
        found = [
            [say.link(one.account.number, "customers_account", one.account.public_id), *say.texts([say.role(one.role), one.nickname])]
            for one in mine.select_related("account").order_by("position", "account__number")[:LATEST]
        ]
        return Section(gettext("Accounts"), [gettext("Account"), gettext("Right"), gettext("Their own word")], found, gettext("None here."))

    def _phones(self, row: Customer) -> Section:
        live_ones = Device.objects.filter(customer=row, gone_at=None).order_by("-seen_at")[:LATEST]
        found = [say.texts([one.label or say.UNKNOWN, say.when(one.created_at), say.when(one.seen_at)]) for one in live_ones]
        heads = [gettext("Phone"), gettext("Since"), gettext("Last seen")]
        return Section(gettext("Phones that get alerts"), heads, found, gettext("No phone gets alerts."))


class AccountDesk(WholeAdmin):
    personal = True
    title = _("Account")
    icon = "home"
    fields = ("account_number", "paid", "division", "feeder", "load", "tariff")
    list_select_related = ("usage_point",)

    def scoped(self, rows: QuerySet[Account], scope: Scope) -> QuerySet[Account]:
        return rows.filter(scope.account()).select_related("usage_point")

    def subject(self, row: Account) -> Subject:
        return Subject(str(row.pk), account_id=row.pk)

    def whole_page(self, request: HttpRequest, row: Any, facts: list[tuple[str, str]]) -> HttpResponse:
        return whole.account_page(self, request, row, facts)

    def heading(self, row: Account) -> str:
        return gettext("Account %(number)s") % {"number": row.number}

    @display(description=_("Number"))
    def account_number(self, row: Account) -> str:
        return row.number

    @display(description=_("Kind"))
    def paid(self, row: Account) -> str:
        return gettext("Prepaid") if row.mode == Account.Mode.PREPAID else gettext("Postpaid")

    @display(description=_("Division"))
    def division(self, row: Account) -> str:
        return say.office(row.usage_point.division) if hasattr(row, "usage_point") else say.UNKNOWN

    @display(description=_("Feeder"))
    def feeder(self, row: Account) -> str:
        return row.usage_point.feeder if hasattr(row, "usage_point") else say.UNKNOWN

    @display(description=_("Sanctioned load"))
    def load(self, row: Account) -> str:
        known = getattr(row, "usage_point", None)
        return gettext("%(load)s kW") % {"load": say.kw(known.sanctioned_load_w)} if known else say.UNKNOWN

    @display(description=_("Tariff"))
    def tariff(self, row: Account) -> str:
        return row.usage_point.tariff if hasattr(row, "usage_point") else say.UNKNOWN

    def verbs(self, request: HttpRequest, row: Account) -> list[Verb]:
        found = super().verbs(request, row)
        if standing.offered() and self.may(request, METER):
            words = gettext("The head-end says balance and switch as it knows them now. It is shown once and kept nowhere.")
            found.append(
                deeds.verb("ask", gettext("Ask the meter now"), reverse("admin:customers_account_ask", args=[row.public_id]), words)
            )
        return found

    def more_urls(self) -> list[URLPattern]:
        return [*super().more_urls(), path("<uuid:object_id>/ask/", self.guarded(self.ask, "ask"), name="customers_account_ask")]

    def ask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: what the head-end says of the account's meter now."""
        deeds.allowed(self, request, METER)
        row, now = self.get_object(request, str(object_id)), timezone.now()
        point = metering.points([row.pk]).get(row.pk)
        if point is None or point.meter_number is None or not standing.offered():
            return HttpResponseRedirect(self.url_of(row))
        told = asked.ask(point.meter_number, f"staff {row.pk}", now, prepaid=row.mode == Account.Mode.PREPAID)
        section = Section(gettext("What the meter system says"), [], [say.texts(pair) for pair in told.rows], told.words)
        shown = {"sections": [section], "words": told.words if told.rows else "", "heading": self.heading(row), "back": self.url_of(row)}
        return render(request, "staff/asked.html", self.admin_site.each_context(request) | shown | {"desk": self, "title": self.title})

    def sections(self, request: HttpRequest, row: Account, scope: Scope) -> list[Section]:
        found = [self._meters(request, row)]
        if self.may(request, "customers.view_customer"):
            found.append(self._people(row))
        if self.may(request, "complaints.view_complaint"):
            found.append(complaintlists.latest(scope, account=row))
        if self.may(request, "staff.view_looked"):
            found.append(seen.of(account_id=row.pk))
        return found

    def _meters(self, request: HttpRequest, row: Account) -> Section:
        stood = Installation.objects.filter(usage_point__account=row).select_related("meter").order_by("-installed_at")
        link = say.link if self.may(request, "metering.view_meter") else None
        found = [
            [
                link(one.meter.number, "metering_meter", one.meter_id) if link else say.texts([one.meter.number])[0],
                *say.texts([say.when(one.installed_at), say.when(one.removed_at) if one.removed_at else gettext("stands there now")]),
            ]
            for one in stood[:LATEST]
        ]
        return Section(gettext("Meters"), [gettext("Meter"), gettext("From"), gettext("Until")], found, gettext("None here."))

    def _people(self, row: Account) -> Section:
        """Masked: a customer's own page shows the whole number, and writes that look down too."""
        theirs = Access.objects.filter(live(timezone.now()), account=row).select_related("customer").order_by("since")
        found = [
            [say.link(say.phone_masked(one.customer.phone), "customers_customer", one.customer.public_id), *say.texts([say.role(one.role)])]
            for one in theirs[:LATEST]
        ]
        return Section(gettext("Who sees it"), [gettext("Person"), gettext("Right")], found, gettext("Nobody."))


def told_to(row: Customer, scope: Scope) -> Section:
    """The latest notifications, and what became of each."""
    found = Notification.objects.filter(scope.account("account__"), customer=row).select_related("meter").prefetch_related("deliveries")
    rows = [
        [say.link(titled(one), "delivery_notification", one.public_id), *say.texts([say.when(one.made_at), outcome(one)])]
        for one in found.order_by("-made_at", "-pk")[:LATEST]
    ]
    heads = [gettext("Notification"), gettext("When"), gettext("What became of it")]
    return Section(gettext("Notifications"), heads, rows, gettext("None yet."))


def said_by(row: Customer, scope: Scope) -> Section:
    """What the person said is wrong."""
    found = Dispute.objects.filter(scope.account("account__"), customer=row).order_by("-created_at")[:LATEST]
    rows = [
        [
            say.link(say.when(one.created_at), "alerts_dispute", one.public_id),
            *say.texts([gettext("answered") if one.closed_at else gettext("waits for an answer")]),
        ]
        for one in found
    ]
    return Section(gettext("“This is wrong”"), [gettext("When"), gettext("State")], rows, gettext("Nothing."))


site.register(Customer, CustomerDesk)
site.register(Account, AccountDesk)
