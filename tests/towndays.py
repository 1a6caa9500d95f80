"""Some weeks of the simulated town as they stand in the database: homes, finished days, recharges. The simulator's own arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

import numpy as np
from django.conf import settings

from bijoli.core.tariff import TariffBook
from bijoli.customers.models import Access, Account, Customer
from bijoli.insight.explanations import Told, explained
from bijoli.metering import localday, reads
from bijoli.metering.models import Credit, Day, Installation, Meter, UsagePoint
from bijoli.metering.reads import PointView
from bijoli.simulator.calendar import Calendar
from bijoli.simulator.household import Households, settle
from bijoli.simulator.loads import Loads
from bijoli.simulator.meters import Meters, Recharge
from bijoli.simulator.shape import shipped
from bijoli.simulator.town import tariff_book
from bijoli.tariffs.reads import book
from tests import households

FIRST, DAYS = date(2026, 9, 28), 44  # to 10 November: the whole of October
HOMES = 24


@dataclass(frozen=True, slots=True)
class History:
    """Readings of each meter's days as (day, first at, first balance, first register, last at, ...), and all recharges."""

    homes: Households
    days: list[list[tuple[int, ...]]]
    recharges: list[Recharge]


@lru_cache(1)
def history() -> History:
    """Made once a run: it is the same each time."""
    calendar, start = Calendar(settings.UTILITY), localday.midnight(localday.number(FIRST))
    homes = settle(HOMES, 7, ["Uttara East", "Uttara West"])
    state = Meters.fresh(homes, calendar, np.full(HOMES, start) + homes.stagger)
    meters = Meters(homes, Loads(homes, shipped(), calendar), tariff_book(), calendar, state)
    rows = np.arange(HOMES)
    told = [meters.advance(rows, start + 900 * step + homes.stagger) for step in range(1, DAYS * 96)]
    at, balance, register = (np.array([getattr(readings, name) for readings, _ in told]).T for name in ("at", "balance", "register_wh"))
    days = [_ends(*columns) for columns in zip(at, balance, register, strict=True)]
    return History(homes, days, [recharge for _, recharges in told for recharge in recharges])


def _ends(at: np.ndarray, balance: np.ndarray, register: np.ndarray) -> list[tuple[int, ...]]:
    day = localday.days(at)
    firsts = np.flatnonzero(np.diff(day, prepend=0))
    lasts = [*(firsts[1:] - 1), len(day) - 1]
    columns = (day[firsts], at[firsts], balance[firsts], register[firsts], at[lasts], balance[lasts], register[lasts])
    return list(zip(*(column.tolist() for column in columns), strict=True))


class Town:
    """The town in the database; `points` are its prepaid accounts as the pages know them."""

    def __init__(self) -> None:
        self.past = history()
        self.meters = [self._home(row) for row in range(HOMES)]
        for row, meter in enumerate(self.meters):
            Day.objects.bulk_create(self._day(meter, row, *values) for values in self.past.days[row])
        Credit.objects.bulk_create(self._credit(recharge) for recharge in self.past.recharges)
        self.prepaid = [row for row in range(HOMES) if self.past.homes.prepaid[row]]

    def _home(self, row: int) -> Meter:
        homes = self.past.homes
        mode = "prepaid" if homes.prepaid[row] else "postpaid"
        account = Account.objects.create(number=homes.account[row], mode=mode)
        place = {"division": homes.division[row], "feeder": homes.feeder[row], "tariff": homes.tariff[row]}
        load, phases = int(homes.sanctioned_w[row]), int(homes.phases[row])
        point = UsagePoint.objects.create(account=account, sanctioned_load_w=load, phases=phases, **place)
        meter = Meter.objects.create(number=homes.number[row])
        Installation.objects.create(meter=meter, usage_point=point, installed_at=households.LONG_AGO)
        return meter

    def _day(self, meter: Meter, row: int, day: int, *values: int) -> Day:
        first_at, first_paisa, first_wh, last_at, last_paisa, last_wh = values
        balances = {"first_paisa": first_paisa, "first_paisa_at": first_at, "last_paisa": last_paisa, "last_paisa_at": last_at}
        registers = {"first_wh": first_wh, "first_wh_at": first_at, "last_wh": last_wh, "last_wh_at": last_at}
        return Day(meter=meter, day=day, **registers, **(balances if self.past.homes.prepaid[row] else {}))

    def _credit(self, paid: Recharge) -> Credit:
        split = paid.split
        charges = [{"name": name, "paisa": paisa} for name, paisa in (("demand", split.demand), ("rent", split.rent)) if paisa]
        amounts = {"credited_paisa": split.credited, "gross_paisa": split.gross, "vat_paisa": split.vat, "rebate_paisa": split.rebate}
        at = datetime.fromtimestamp(paid.at, UTC)
        return Credit(meter=self.meters[paid.row], at=at, order=paid.order, channel=paid.channel, charges=charges, **amounts)

    def account(self, row: int) -> Account:
        return Account.objects.get(number=self.past.homes.account[row])

    def point(self, row: int) -> PointView:
        account = self.account(row)
        return reads.points([account.pk])[account.pk]

    def told(self, row: int, first: date = date(2026, 10, 1), last: date = date(2026, 10, 31), rates: TariffBook | None = None) -> Told:
        """The account's days explained; October where nothing else is said."""
        return explained(self.point(row), first, last, rates or book())

    def home_of(self, code: str) -> int:
        """The first prepaid home with this tariff."""
        return next(row for row in self.prepaid if self.past.homes.tariff[row] == code)

    def person(self, row: int, **fields: object) -> Customer:
        """Somebody who sees that account."""
        somebody = households.person(**fields)
        Access.objects.create(customer=somebody, account=self.account(row), since=households.LONG_AGO)
        return somebody

    def take(self, row: int, paisa: int, since: date) -> None:
        """Balances are lower by so much from the evening of that day on, and nobody says why."""
        day = localday.number(since)
        for one in Day.objects.filter(meter=self.meters[row], day__gte=day):
            if one.day > day:
                one.first_paisa -= paisa
            one.last_paisa -= paisa
            one.save(update_fields=["first_paisa", "last_paisa"])

    def exchange(self, row: int, on: date) -> Meter:
        """At midnight another meter comes, with 300 taka; on its first day it counts one unit at the lifeline rate."""
        old, turn = self.meters[row], localday.number(on)
        begins = localday.midnight(turn)
        at = datetime.fromtimestamp(begins, UTC)
        new = Meter.objects.create(number="077000000001")
        there = Installation.objects.get(meter=old)
        Installation.objects.filter(pk=there.pk).update(removed_at=at)
        Installation.objects.create(meter=new, usage_point_id=there.usage_point_id, installed_at=at)
        Day.objects.filter(meter=old, day__gte=turn).delete()
        values = {"first_paisa": 300_00, "first_paisa_at": begins + 600, "first_wh": 0, "first_wh_at": begins + 600}
        ends = {"last_paisa": 300_00 - 4_63, "last_paisa_at": begins + 80_000, "last_wh": 1_000, "last_wh_at": begins + 80_000}
        Day.objects.create(meter=new, day=turn, **values, **ends)
        return new
