"""Everything about an account, or about a person, on one page. Opened in the extended view alone; each part asks for its own right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.alerts.models import Dispute, Stage
from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery.models import Device, Notification
from bijoli.insight.models import Question
from bijoli.metering import reads as metering
from bijoli.metering.models import Installation
from bijoli.payments.models import Bill, Order
from bijoli.staff.base import Cell, Section, StaffAdmin
from bijoli.staff.desks import complaintlists, moneysay, reasons, say, seen, whypage
from bijoli.staff.desks.told import status, titled
from bijoli.staff.scope import Scope, scope_of

LATEST = 30
READINGS = 24
COMPLAINTS = "complaints.view_complaint"
DAY, MONTH, YEAR = timedelta(days=1), timedelta(days=30), timedelta(days=365)


def account_page(desk: StaffAdmin, request: HttpRequest, row: Account, facts: list[tuple[str, str]]) -> HttpResponse:
    """The caller has found the account within the scope and written the look down."""
    may = desk.may
    found = [Section(gettext("Account"), [], [say.texts(pair) for pair in facts])]
    if may(request, "metering.view_meter"):
        found += [_meters(row), _standing(row), _readings(row)]
    if may(request, "customers.view_customer"):
        found.append(_people(row))
    if may(request, "delivery.view_notification"):
        found.append(_alerts(row))
        found.append(_told(Notification.objects.filter(account=row), by_person=True))
    if may(request, "payments.view_order"):
        found += [_orders(Order.objects.filter(account=row)), _credits(row), _bills(row)]
    found += said(desk, request, row)
    if may(request, COMPLAINTS):
        found.append(complaintlists.latest(scope_of(request), account=row))
    found.append(seen.of(account_id=row.pk))
    return _page(desk, request, row, found)


def customer_page(desk: StaffAdmin, request: HttpRequest, row: Customer, facts: list[tuple[str, str]]) -> HttpResponse:
    """The same for a person: only what lies within the scope."""
    scope = scope_of(request)
    found = [Section(gettext("Customer"), [], [say.texts(pair) for pair in facts]), _accounts(row, scope), _phones(row)]
    if desk.may(request, "delivery.view_notification"):
        found.append(_told(Notification.objects.filter(scope.account("account__"), customer=row)))
    if desk.may(request, "payments.view_order"):
        found.append(_orders(Order.objects.filter(scope.account("account__"), customer=row)))
    if desk.may(request, COMPLAINTS):
        found.append(complaintlists.latest(scope, customer=row))
    found.append(seen.of(customer_id=row.pk))
    return _page(desk, request, row, found)


def _page(desk: StaffAdmin, request: HttpRequest, row: Any, sections: list[Section]) -> HttpResponse:
    shown = {"desk": desk, "title": desk.title, "heading": desk.heading(row), "sections": sections, "back": desk.url_of(row)}
    return render(request, "staff/whole.html", desk.admin_site.each_context(request) | shown)


def _accounts(row: Customer, scope: Scope) -> Section:
    """Every right the person has or had, within the scope."""
    mine = Access.objects.filter(scope.account("account__"), customer=row).select_related("account").order_by("-since")[:LATEST]
    rows = []
    for one in mine:
        url = say.whole("customers_account", one.account.public_id)
        until = say.when(one.until) if one.until else ""
        rows.append([Cell(one.account.number, url), *say.texts([say.role(one.role), one.nickname, say.when(one.since), until])])
    heads = [gettext("Account"), gettext("Right"), gettext("Their own word"), gettext("From"), gettext("Until")]
    return Section(gettext("Accounts"), heads, rows, gettext("None here."))


def _phones(row: Customer) -> Section:
    """Also those that are gone: "it stopped coming" often has its answer here."""
    devices = Device.objects.filter(customer=row).order_by("-seen_at")[:LATEST]
    rows = [
        say.texts([one.label or say.UNKNOWN, say.when(one.created_at), say.when(one.seen_at), say.when(one.gone_at) if one.gone_at else ""])
        for one in devices
    ]
    heads = [gettext("Phone"), gettext("Since"), gettext("Last seen"), gettext("Gone since")]
    return Section(gettext("Phones that get alerts"), heads, rows, gettext("No phone gets alerts."))


def _people(row: Account) -> Section:
    access = Access.objects.filter(account=row).select_related("customer").order_by("-since")[:LATEST]
    live = _live_phones([one.customer_id for one in access])
    rows = []
    for one in access:
        url = say.whole("customers_customer", one.customer.public_id)
        name = " · ".join(part for part in (one.customer.name, say.phone_masked(one.customer.phone)) if part)
        off, until = ", ".join(one.muted_kinds), say.when(one.until) if one.until else ""
        cells = say.texts([say.role(one.role), say.when(one.since), until, say.count(live.get(one.customer_id, 0)), off])
        rows.append([Cell(name, url), *cells])
    heads = [gettext("Person"), gettext("Right"), gettext("From"), gettext("Until"), gettext("Phones"), gettext("Switched off")]
    return Section(gettext("Who sees it, and who did"), heads, rows, gettext("Nobody."))


def _live_phones(customers: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for key in Device.objects.filter(customer__in=customers, gone_at=None).values_list("customer_id", flat=True):
        found[key] = found.get(key, 0) + 1
    return found


def _stays(row: Account) -> QuerySet[Installation]:
    return Installation.objects.filter(usage_point__account=row).select_related("meter").order_by("-installed_at")


def _meters(row: Account) -> Section:
    rows = [
        [
            say.link(one.meter.number, "metering_meter", one.meter_id),
            *say.texts([one.meter.profile, say.when(one.installed_at)]),
            *say.texts([say.when(one.removed_at) if one.removed_at else gettext("stands there now")]),
        ]
        for one in _stays(row)[:LATEST]
    ]
    heads = [gettext("Meter"), gettext("Profile"), gettext("From"), gettext("Until")]
    return Section(gettext("Meters"), heads, rows, gettext("None here."))


def _standing(row: Account) -> Section:
    point = metering.points([row.pk]).get(row.pk)
    if point is None or point.meter_id is None:
        return Section(gettext("How the meter stands"), [], [], gettext("No meter stands there."))
    facts = [
        (gettext("Balance"), f"{say.taka(point.balance_paisa)} · {say.when(point.balance_at)}"),
        (gettext("Load, kW"), f"{say.kw(point.load_w)} · {say.when(point.load_at)}"),
        (gettext("Switch"), reasons.relay(point.relay)),
        (gettext("Last reading"), say.when(point.last_at)),
    ]
    return Section(gettext("How the meter stands"), [], [say.texts(pair) for pair in facts])


def _readings(row: Account) -> Section:
    now = timezone.now()
    latest = metering.readings(row.pk, now - DAY, now + DAY)[-READINGS:]
    rows = [
        say.texts([say.when(one.at), say.taka(one.balance_paisa), say.kw(one.load_w), reasons.relay(one.relay)]) for one in latest[::-1]
    ]
    heads = [gettext("Time of the meter"), gettext("Balance"), gettext("Load, kW"), gettext("Switch")]
    return Section(gettext("Readings of the last day"), heads, rows, gettext("No reading has come for a day."))


def _alerts(row: Account) -> Section:
    """What was decided about this account's meters while they stood here; each leads to its day."""
    mine = Q(pk__in=[])
    for one in _stays(row)[:LATEST]:
        there = Q(episode__meter=one.meter_id, at__gte=one.installed_at)
        mine |= there & Q(at__lt=one.removed_at) if one.removed_at else there
    since = timezone.now() - MONTH
    stages = Stage.objects.filter(mine, episode__opened_at__gte=since - MONTH, decided_at__gte=since).select_related("episode")
    rows = [
        [
            Cell(f"{one.code} · {reasons.kind(one.episode.kind)}", whypage.address(one.episode.meter_id, one.at)),
            *say.texts([say.when(one.at), reasons.decision(one.suppressed), say.taka(one.balance_paisa), say.kw(one.load_w)]),
        ]
        for one in stages.order_by("-decided_at", "-pk")[:LATEST]
    ]
    heads = [gettext("Stage"), gettext("Time of the meter"), gettext("Decision"), gettext("Balance"), gettext("Load, kW")]
    return Section(gettext("Alerts of thirty days"), heads, rows, gettext("None."))


def _told(rows: QuerySet[Notification], by_person: bool = False) -> Section:
    """The latest notifications; of each, what became of it on every phone."""
    latest = rows.select_related("meter", "customer").prefetch_related("deliveries__device").order_by("-made_at", "-pk")[:LATEST]
    found = []
    for one in latest:
        person = say.texts([say.phone_masked(one.customer.phone)]) if by_person else []
        ways = "\n".join(_way(way) for way in one.deliveries.all()) or gettext("in the app only")
        read = say.when(one.read_at) if one.read_at else ""
        found.append(
            [say.link(titled(one), "delivery_notification", one.public_id), *person, *say.texts([say.when(one.made_at), ways, read])]
        )
    person_head = [gettext("Person")] if by_person else []
    heads = [gettext("Notification"), *person_head, gettext("When"), gettext("What became of it"), gettext("Read")]
    return Section(gettext("Notifications"), heads, found, gettext("None yet."))


def _way(way: Any) -> str:
    """ "Firefox on Android: shown on the phone, 12:00:03 (why)"."""
    at = way.opened_at or way.displayed_at or way.sent_at
    name = way.device.label if way.device and way.device.label else ""
    why = reasons.push(way.reason)
    words = ", ".join(part for part in (status(way.status), say.seconds(at) if at else "") if part)
    return (f"{name}: " if name else "") + words + (f" ({why})" if why else "")


def _orders(rows: QuerySet[Order]) -> Section:
    found = [
        [
            say.link(one.number, "payments_order", one.public_id),
            *say.texts([say.when(one.created_at), moneysay.purpose(one.purpose), say.taka(one.amount_paisa)]),
            *say.texts([moneysay.gateway(one.gateway), moneysay.state(one.state)]),
        ]
        for one in rows.order_by("-created_at")[:LATEST]
    ]
    heads = [gettext("Payment"), gettext("When"), gettext("For"), gettext("Amount"), gettext("Gateway"), gettext("State")]
    return Section(gettext("Payments"), heads, found, gettext("None yet."))


def _credits(row: Account) -> Section:
    now = timezone.now()
    found = metering.credits(row.pk, now - YEAR, now + DAY)[:LATEST]
    rows = [say.texts([say.when(one.at), say.taka(one.credited_paisa), say.taka(one.gross_paisa), one.channel, one.order]) for one in found]
    heads = [gettext("When"), gettext("Credited"), gettext("Paid"), gettext("Channel"), gettext("Order")]
    return Section(gettext("Recharges that reached the meter"), heads, rows, gettext("None."))


def _bills(row: Account) -> Section:
    found = Bill.objects.filter(account=row).order_by("-month")[:LATEST]
    rows = [
        say.texts(
            [
                one.number,
                one.month.strftime("%Y-%m"),
                say.taka(one.total_paisa),
                one.due_on.isoformat(),
                gettext("settled") if one.closed_at else gettext("open"),
            ]
        )
        for one in found
    ]
    heads = [gettext("Bill"), gettext("Month"), gettext("Amount"), gettext("Due"), gettext("State")]
    return Section(gettext("Bills"), heads, rows, gettext("None."))


def said(desk: StaffAdmin, request: HttpRequest, row: Account) -> list[Section]:
    """What people said of it: wrong alerts, and charges that nothing explains."""
    wanted: list[tuple[str, str, Any, str]] = [
        ("alerts.view_dispute", gettext("“This is wrong”"), Dispute, "alerts_dispute"),
        ("insight.view_question", gettext("“Why this charge”"), Question, "insight_question"),
    ]
    found = []
    for right, title, model, name in wanted:
        if desk.may(request, right):
            states = {True: gettext("answered"), False: gettext("waits for an answer")}
            rows = [
                [say.link(say.when(one.created_at), name, one.public_id), *say.texts([states[one.closed_at is not None]])]
                for one in model.objects.filter(account=row).order_by("-created_at")[:LATEST]
            ]
            found.append(Section(title, [gettext("When"), gettext("State")], rows, gettext("Nothing.")))
    return found
