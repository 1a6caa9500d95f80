"""Who looked: as a table on a person's page."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext

from bijoli.customers.models import Customer
from bijoli.staff.base import Section
from bijoli.staff.desks import say
from bijoli.staff.models import Looked

LATEST = 20


def of(customer_id: int | None = None, account_id: int | None = None) -> Section:
    """The latest looks at this person or account."""
    found = Looked.objects.filter(Q(customer_id=customer_id) if customer_id else Q(account_id=account_id))
    looks = list(found.order_by("-at")[:LATEST])
    names = called({look.staff_id for look in looks})
    rows = [say.texts([say.when(look.at), names.get(look.staff_id, f"#{look.staff_id}"), what(look.page), look.reason]) for look in looks]
    heads = [gettext("When"), gettext("Who"), gettext("What"), gettext("Reason")]
    return Section(gettext("Who looked"), heads, rows, gettext("Nobody."))


def called(keys: set[int]) -> dict[int, str]:
    """Colleagues by name, else by number masked; somebody whose row is gone has no entry."""
    return {one.pk: one.name or say.phone_masked(one.phone) for one in Customer.objects.filter(pk__in=keys)}


def what(page: str) -> str:
    """The page's key in words: "customers.customer/view" -> "Customer: seen"."""
    place, _slash, done = page.partition("/")
    return f"{_places().get(place, place)}: {_doings().get(done, done)}"


def _places() -> dict[str, str]:
    return {
        "customers.customer": gettext("Customer"),
        "customers.account": gettext("Account"),
        "metering.meter": gettext("Meter"),
        "metering.meterevent": gettext("Unmapped event codes"),
        "delivery.notification": gettext("Notification"),
        "alerts.episode": gettext("Signals from meters"),
        "alerts.dispute": gettext("“This is wrong”"),
        "ingest.reject": gettext("Rows not taken"),
        "ingest.gateway": gettext("Gateway"),
        "tariffs.tarifforder": gettext("Tariff order"),
        "payments.order": gettext("Payment"),
        "payments.refund": gettext("Refund"),
        "payments.billreject": gettext("Bills not taken"),
        "payments.billsource": gettext("Billing system"),
        "payments.reconciliation": gettext("Reconciliation"),
        "payments.closure": gettext("Recharge closed"),
        "reports.sheet": gettext("Reports"),
        "notices.notice": gettext("Notice"),
        "complaints.complaint": gettext("Complaint"),
        "elevate": gettext("Extended view"),
        "find": gettext("Find"),
        "door": gettext("The door"),
    }


def _doings() -> dict[str, str]:
    return {
        "view": gettext("seen"),
        "list": gettext("in a list"),
        "whole": gettext("everything on one page"),
        "why": gettext("why an alert came or not"),
        "begin": gettext("begun"),
        "end": gettext("ended"),
        "answer": gettext("answered"),
        "finding": gettext("finding noted"),
        "retry": gettext("taken in again"),
        "revoke": gettext("revoked"),
        "propose": gettext("proposed"),
        "approve": gettext("approved"),
        "withdraw": gettext("withdrawn"),
        "find": gettext("looked for"),
        "accept": gettext("payment accepted"),
        "again": gettext("once more"),
        "split": gettext("changed split accepted"),
        "ask": gettext("asked at once"),
        "name": gettext("number of the refund given"),
        "announce": gettext("announced"),
        "cancel": gettext("cancelled"),
        "edit": gettext("written"),
        "app": gettext("entered with the app's code"),
        "recovery": gettext("entered with a recovery code"),
        "wrong": gettext("wrong code"),
        "enrolled": gettext("second factor set up"),
        "new recovery codes": gettext("new recovery codes"),
        "hit": gettext("found"),
        "miss": gettext("nothing found"),
    }
