"""One notification of one customer: what it said, and what became of it on each phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from bijoli.customers.models import Account, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.reads import way
from bijoli.delivery.wording import words
from bijoli.staff.base import Cell, Section, StaffAdmin
from bijoli.staff.desks import say
from bijoli.staff.desks.bynumber import ByNumber
from bijoli.staff.looks import Subject
from bijoli.staff.scope import Scope
from bijoli.staff.site import site

BEST_FIRST = ("opened", "displayed", "sent", "queued", "superseded", "expired", "suppressed", "failed")


@dataclass(frozen=True, slots=True)
class Told:
    """What the words need of a notification."""

    kind: str
    code: str
    at: datetime
    meter_number: str
    facts: dict[str, Any]


def titled(row: Notification) -> str:
    """Its title, as the customer saw it, in the page's language."""
    number = row.meter.number if row.meter else ""
    return words(Told(row.kind, row.code, row.at, number, row.facts), get_language() or "en", "").title


def status(key: str) -> str:
    """A delivery's state in words."""
    return {
        "queued": gettext("waits to be sent"),
        "sent": gettext("taken by the push service"),
        "displayed": gettext("shown on the phone"),
        "opened": gettext("opened"),
        "expired": gettext("too old to be sent"),
        "superseded": gettext("replaced by a newer one"),
        "suppressed": gettext("not sent"),
        "failed": gettext("failed"),
    }.get(key, key)


def outcome(row: Notification) -> str:
    """The best that became of it on any phone; read by the person counts for more."""
    if row.read_at:
        return gettext("read")
    states = {one.status for one in row.deliveries.all()}
    best = next((state for state in BEST_FIRST if state in states), "")
    return status(best) if best else gettext("in the app only")


def about(desk: StaffAdmin, request: HttpRequest, person: Customer, account: Account | None) -> list[list[Cell]]:
    """Whom a row is about, as far as the role may go on to their pages. The number stands masked: its page writes the look down."""
    cells = []
    if desk.may(request, "customers.view_customer"):
        number = say.link(say.phone_masked(person.phone), "customers_customer", person.public_id)
        cells.append([Cell(gettext("Customer")), number])
    if account and desk.may(request, "customers.view_account"):
        cells.append([Cell(gettext("Account")), say.link(account.number, "customers_account", account.public_id)])
    return cells


class NotificationDesk(ByNumber):
    personal = True
    title = _("Notification")
    icon = "bell"
    fields = ("said", "stage_code", "made", "meter_time", "received", "read")

    def scoped(self, rows: QuerySet[Notification], scope: Scope) -> QuerySet[Notification]:
        return rows.filter(scope.account("account__")).select_related("meter", "account", "customer")

    def subject(self, row: Notification) -> Subject:
        return Subject(str(row.pk), row.customer_id, row.account_id)

    def heading(self, row: Notification) -> str:
        return titled(row)

    @display(description=_("What it said"))
    def said(self, row: Notification) -> str:
        number = row.meter.number if row.meter else ""
        return words(Told(row.kind, row.code, row.at, number, row.facts), get_language() or "en", "").explanation

    @display(description=_("Stage"))
    def stage_code(self, row: Notification) -> str:
        return row.code

    @display(description=_("Decided"))
    def made(self, row: Notification) -> str:
        return say.when(row.made_at)

    @display(description=_("Time of the meter"))
    def meter_time(self, row: Notification) -> str:
        return say.when(row.at)

    @display(description=_("Received from the gateway"))
    def received(self, row: Notification) -> str:
        return say.when(row.received_at)

    @display(description=_("Read"))
    def read(self, row: Notification) -> str:
        return say.when(row.read_at)

    def sections(self, request: HttpRequest, row: Notification, scope: Scope) -> list[Section]:
        return [self._ways(row), self._about(request, row)]

    def _ways(self, row: Notification) -> Section:
        ways = Delivery.objects.filter(notification=row).select_related("device").order_by("pk")
        found = [
            say.texts(
                [
                    way(one.channel) or (one.device.label if one.device and one.device.label else say.UNKNOWN),
                    f"{status(one.status)}{f' ({one.reason})' if one.reason else ''}",
                    say.seconds(one.queued_at),
                    say.seconds(one.sent_at) if one.sent_at else say.UNKNOWN,
                    say.seconds(one.displayed_at) if one.displayed_at else say.UNKNOWN,
                    say.seconds(one.opened_at) if one.opened_at else say.UNKNOWN,
                    say.count(one.attempts),
                ]
            )
            for one in ways
        ]
        times = [gettext("Queued"), gettext("Taken"), gettext("Shown"), gettext("Opened")]
        heads = [gettext("Phone"), gettext("State"), *times, gettext("Tries")]
        return Section(gettext("What became of it"), heads, found, gettext("No phone: it stands in the app only."))

    def _about(self, request: HttpRequest, row: Notification) -> Section:
        cells = about(self, request, row.customer, row.account)
        if row.meter and self.may(request, "metering.view_meter"):
            cells.append([Cell(gettext("Meter")), say.link(row.meter.number, "metering_meter", row.meter_id)])
        return Section(gettext("Whom it is about"), [], cells)


site.register(Notification, NotificationDesk)
