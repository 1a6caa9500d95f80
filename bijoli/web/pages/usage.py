"""Use of one account: the last thirty days and their highest loads."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from bijoli.metering import reads
from bijoli.metering.reads import DayUse
from bijoli.web import person
from bijoli.web.standing import is_old
from bijoli.web.usage import MONTH, average, energy_chart, full, load_chart


@login_required
def first(request: HttpRequest) -> HttpResponse:
    """Without an account in the address (the app's shortcut): the first one."""
    mine = person.current(request)
    return redirect("web:usage", mine.public_id) if mine else render(request, "web/no_account.html")


@login_required
def usage(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Bars of thirty days, their highest loads, and the table of both."""
    mine = person.account(request, public_id)
    now = timezone.now()
    today = timezone.localdate(now)
    point = reads.points([mine.id]).get(mine.id)
    days = full(reads.days([mine.id], today - timedelta(days=MONTH - 1), today).get(mine.id, []), today, MONTH)
    context = {
        "account": mine,
        "name": person.called(mine),
        "accounts": [(each, person.called(each)) for each in person.accounts(request)],
        "page": "web:usage",
        "point": point,
        "old": is_old(point.last_at if point else None, now),
        "days": days,
        "energy": energy_chart(days, today),
        "load": load_chart(days, today, point.sanctioned_load_w) if point else None,
        "highest": _highest(days),
        "total_wh": _sum([day.energy_wh for day in days]),
        "average_wh": average(days, today),
        "spent_paisa": _sum([day.spent_paisa for day in days]),
    }
    return render(request, "web/usage.html", context)


def _sum(values: list[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _highest(days: list[DayUse]) -> DayUse | None:
    """The day of the highest load."""
    return max((day for day in days if day.max_w is not None), key=lambda day: day.max_w or 0, default=None)
