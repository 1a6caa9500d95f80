"""Which view of the Usage place an address asks for, and what is read for it: a few queries, of this account's rows alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.customers.reads import AccountView
from bijoli.customers.rights import Right
from bijoli.insight import costs
from bijoli.metering import reads
from bijoli.metering.reads import DayUse, PointView
from bijoli.web import person
from bijoli.web.bars import PREPAID
from bijoli.web.figures import load as loads
from bijoli.web.figures.daily import daily
from bijoli.web.figures.monthly import YEAR, monthly
from bijoli.web.figures.period import Period, every_day, months_back, period
from bijoli.web.figures.recharges import recharges
from bijoli.web.figures.view import View
from bijoli.web.templatetags.bijoli import fulldate, language

POSTPAID_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """An account, and what of it the address asks for."""

    request: HttpRequest
    account: AccountView
    point: PointView | None
    today: date
    now: datetime
    chosen: Period

    @property
    def money(self) -> bool:
        return self.request.GET.get("show") == "taka"


def ask(request: HttpRequest, public_id: UUID) -> Asked:
    """Http404 where the account is not this person's, or their role does not show its use."""
    mine = person.account(request, public_id, Right.USE)
    now = timezone.now()
    today = timezone.localdate(now)
    return Asked(request, mine, reads.points([mine.id]).get(mine.id), today, now, period(request.GET, today, language(), mine.sees_from))


def _daily(asked: Asked) -> View:
    return daily(_days(asked), asked.today, asked.chosen.title, language(), money=asked.money)


def _monthly(asked: Asked) -> View:
    prepaid = asked.account.mode == PREPAID
    count = YEAR if prepaid else POSTPAID_MONTHS
    first = months_back(asked.today, count + YEAR - 1)
    if prepaid or asked.point is None:
        found = reads.months(asked.account.id, first, asked.today)
    else:
        found = costs.months(asked.account.id, asked.point, first, asked.today)
    return monthly(found, count, asked.today, language(), money=asked.money)


def _load(asked: Asked) -> View:
    sanctioned = asked.point.sanctioned_load_w if asked.point else None
    if asked.chosen.month:
        return loads.by_day(_days(asked), sanctioned, asked.today, asked.chosen.title, language())
    found = reads.months(asked.account.id, months_back(asked.today, YEAR - 1), asked.today)
    return loads.by_month(found, sanctioned, asked.today, language())


def _recharges(asked: Asked) -> View:
    return recharges(reads.months(asked.account.id, months_back(asked.today, YEAR - 1), asked.today), asked.today, language())


VIEWS: dict[str, Callable[[Asked], View]] = {
    "usage": _daily,
    "usage_months": _monthly,
    "usage_load": _load,
    "usage_recharges": _recharges,
}


def shown(asked: Asked, page: str) -> View:
    """The view; where the person sees the home only from a day on, it says so, and that the month of that day is a part month."""
    view, since = VIEWS[page](asked), asked.account.sees_from
    if since is None:
        return view
    known = {"day": fulldate(since), "month": bangla.month(since, language())}
    part = page != "usage" and since.day > 1 and not asked.chosen.month
    words = (
        gettext("You see this home from %(day)s on: %(month)s is a part month.") if part else gettext("You see this home from %(day)s on.")
    )
    return replace(view, notes=[*view.notes, words % known])


def _days(asked: Asked) -> list[DayUse]:
    """Every day of the chosen stretch."""
    mine, begin, end = asked.account, asked.chosen.first, asked.chosen.last
    if mine.mode == PREPAID or asked.point is None:
        return every_day(reads.days([mine.id], begin, end)[mine.id], begin, end)
    return every_day(costs.days(mine.id, asked.point, begin, end), begin, end)
