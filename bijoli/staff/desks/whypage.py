""" "Why did this customer get, or not get, this alert": the page of one meter and one day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.delivery.models import Device
from bijoli.metering.models import Meter
from bijoli.staff.base import Cell, Section, StaffAdmin
from bijoli.staff.desks import say, whyday
from bijoli.staff.scope import scope_of

RIGHT = "delivery.view_notification"
OLDEST = date(2000, 1, 1)


def address(meter_id: int, at: datetime) -> str:
    """The page of the day on which something happened."""
    return f"{reverse('admin:metering_meter_why', args=[meter_id])}?day={timezone.localdate(at).isoformat()}"


def page(desk: StaffAdmin, request: HttpRequest, meter: Meter) -> HttpResponse:
    """The caller has found the meter within the scope and written the look down."""
    today = timezone.localdate()
    on = _day(request.GET.get("day", ""), today)
    day = whyday.read(meter, on, scope_of(request))
    shown: dict[str, Any] = {
        "desk": desk,
        "meter": meter,
        "title": gettext("Why an alert came or not"),
        "back": desk.url_of(meter),
        "day": on.isoformat(),
        "dayname": say.day(day.begin),
        "before": (on - timedelta(days=1)).isoformat() if on > OLDEST else "",
        "after": (on + timedelta(days=1)).isoformat() if on < today else "",
        "stages": _stages(day),
        "people": _people(desk, request, day),
        "silence": [] if day.stages else whyday.silence(day, _limits(), _sanctioned(day)),
        "lines": [(line, say.seconds(line.at), _names()[line.what]) for line in whyday.lines(day)],
        "has_readings": bool(day.readings),
    }
    return render(request, "staff/why.html", desk.admin_site.each_context(request) | shown)


def _day(given: str, today: date) -> date:
    """The day that is asked for; today for none, for one that cannot be read, and for one to come."""
    try:
        return max(OLDEST, min(date.fromisoformat(given), today))
    except ValueError:
        return today


def _names() -> dict[str, str]:
    return {
        "reading": gettext("Reading"),
        "signal": gettext("Signal"),
        "recharge": gettext("Recharge"),
        "decision": gettext("Decision"),
        "told": gettext("Notification"),
        "push": gettext("Push"),
        "waits": gettext("Waits"),
    }


def _limits() -> list[tuple[str, int]]:
    low = settings.UTILITY.thresholds.low_paisa
    return [(f"{gettext('Balance is low')} ({say.taka(low)})", low)]


def _sanctioned(day: whyday.Day) -> int | None:
    return day.stays[-1].usage_point.sanctioned_load_w if day.stays else None


def _stages(day: whyday.Day) -> Section:
    heads = [gettext("Stage"), gettext("Time of the meter"), gettext("Decision"), gettext("People told"), gettext("Phones that showed it")]
    rows = [say.texts(row) for row in whyday.verdicts(day)]
    return Section(gettext("What was decided"), heads, rows, gettext("No alert rule had anything to say on this day."))


def _people(desk: StaffAdmin, request: HttpRequest, day: whyday.Day) -> Section:
    """Everybody who could see the account on that day, and what stands between them and a push. Numbers are masked."""
    phones = _phones({one.customer_id for one in day.access})
    told = {key: sum(1 for one in day.notifications if one.customer_id == key) for key in phones}
    may = desk.may(request, "customers.view_customer")
    rows = []
    for one in day.access:
        number = say.phone_masked(one.customer.phone)
        name = say.link(number, "customers_customer", one.customer.public_id) if may else Cell(number)
        span = f"{say.when(one.since)} – {say.when(one.until) if one.until else ''}"
        left_out = ", ".join(one.muted_kinds) or say.UNKNOWN
        counts = [say.count(phones.get(one.customer_id, 0)), say.count(told.get(one.customer_id, 0))]
        rows.append([name, *say.texts([say.role(one.role), span, counts[0], left_out, counts[1]])])
    heads = [gettext("Person"), gettext("Right"), gettext("From, until"), gettext("Phones now"), gettext("Switched off"), gettext("Told")]
    return Section(gettext("Who could be told"), heads, rows, gettext("Nobody had this account in the app on that day."))


def _phones(customers: set[int]) -> dict[int, int]:
    found = dict.fromkeys(customers, 0)
    for key in Device.objects.filter(customer__in=customers, gone_at=None).values_list("customer_id", flat=True):
        found[key] += 1
    return found
