"""Home: every account of the number as a card, and what happened last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from bijoli.alerts import reads as alerts
from bijoli.customers.invitations import invitations
from bijoli.customers.reads import AccountView
from bijoli.delivery import reads as delivery
from bijoli.insight import reads as insight
from bijoli.metering import reads as metering
from bijoli.metering.reads import MonthUse, PointView
from bijoli.payments import bills
from bijoli.payments import reads as payments
from bijoli.payments.bills import BillView
from bijoli.web import paying
from bijoli.web.announced import announced
from bijoli.web.bars import PREPAID
from bijoli.web.figures.period import WEEK, every_day
from bijoli.web.figures.week import Chart, week_chart
from bijoli.web.listing import entry
from bijoli.web.openalerts import OpenAlert, open_alerts
from bijoli.web.person import accounts, called, customer_id
from bijoli.web.standing import Standing, is_old, standing
from bijoli.web.templatetags.bijoli import language
from bijoli.web.until import Lasts, lasts

LATEST = 4
ON_THE_WAY = timedelta(days=3)  # a recharge waits for a silent meter for so long


@dataclass(frozen=True, slots=True)
class Card:
    """What Home shows of one account."""

    account: AccountView
    name: str
    point: PointView | None
    standing: Standing
    old: bool
    week: Chart
    month: MonthUse | None
    alerts: Sequence[OpenAlert]
    lasts: Lasts | None
    due: Sequence[BillView] = ()
    coming: int | None = None  # paisa on their way to the meter

    @property
    def payable(self) -> bool:
        """Whether the person may pay here."""
        return self.account.pays and paying.open_for_pay()

    @property
    def to_pay(self) -> int:
        """Paisa that are open of all bills."""
        return sum(bill.open for bill in self.due)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The cards, then the latest notifications of all accounts."""
    latest = [entry(view) for view in delivery.listing(customer_id(request), limit=LATEST)]
    me, mine, now = customer_id(request), accounts(request), timezone.now()
    shown = {"cards": _cards(me, mine, now), "latest": latest, "notices": announced(mine, now), "invitations": invitations(me, now)}
    return render(request, "web/home.html", shown)


def _cards(person: int, mine: list[AccountView], now: datetime) -> list[Card]:
    today = timezone.localdate(now)
    ids = [account.id for account in mine]
    points = metering.points(ids)
    first = today - timedelta(days=WEEK - 1)
    days, months = metering.recent(ids, first, today)
    ends = insight.forecast_of([account.id for account in mine if account.mode == PREPAID], now)
    due = bills.due([account.id for account in mine if account.mode != PREPAID], now)
    meters = [point.meter_id for point in points.values() if point.meter_id is not None]
    open_ones, coming = alerts.open_episodes(meters), payments.on_the_way(meters, now - ON_THE_WAY)
    return [
        Card(
            account=account,
            name=called(account),
            point=(point := points.get(account.id)),
            standing=standing(account, point, now, due.get(account.id, ())),
            old=is_old(point.balance_at if point else None, now),
            week=week_chart(every_day(days.get(account.id, []), first, today), today),
            month=months.get(account.id),
            due=due.get(account.id, ()),
            lasts=lasts(ends.get(account.id), timezone.localtime(now), language()),
            coming=coming.get(point.meter_id) if point and point.meter_id is not None else None,
            alerts=open_alerts(person, account, open_ones.get(point.meter_id, []) if point and point.meter_id is not None else []),
        )
        for account in mine
    ]
