"""Help: danger first, then complaints, the hotline, the offices, and what each alert means."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bijoli.complaints import reads as complaints
from bijoli.core.utility import Office
from bijoli.metering import reads
from bijoli.web.person import accounts, called, customer_id
from bijoli.web.templatetags.bijoli import language


@dataclass(frozen=True, slots=True)
class Counter:
    """An office in the page's language, and which of the person's accounts are its own."""

    accounts: str
    name: str
    address: str
    phone: str


@login_required
def help_page(request: HttpRequest) -> HttpResponse:
    """The offices are those of the person's own accounts."""
    waiting = complaints.open_count(customer_id(request))
    shown = {"counters": _counters(request), "thresholds": settings.UTILITY.thresholds, "open_complaints": waiting}
    return render(request, "web/help.html", shown)


def _counters(request: HttpRequest) -> list[Counter]:
    offices = {office.division: office for office in settings.UTILITY.offices}
    mine = accounts(request)
    points = reads.points([account.id for account in mine])
    names: dict[str, list[str]] = {}
    for account in mine:
        if (point := points.get(account.id)) and point.division in offices:
            names.setdefault(point.division, []).append(called(account))
    return [_counter(offices[division], ", ".join(each)) for division, each in names.items()]


def _counter(office: Office, of_whom: str) -> Counter:
    speak = language()
    return Counter(of_whom, office.name[speak], office.address.get(speak, ""), office.phone)
