"""What an account's days and months cost by the tariff: for postpaid accounts, whose meter keeps no balance, before their bill is made.

A day costs its energy from where its month then stands; a month costs its energy, demand charge and VAT. Source: core.tariff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from bijoli.core.tariff import Line, Tariff, TariffBook, TariffError, charge, day_costs, month_lines
from bijoli.customers.seen import first_day
from bijoli.metering import reads as metering
from bijoli.metering.reads import DayUse, MonthTotal, PointView
from bijoli.tariffs.reads import book


@dataclass(frozen=True, slots=True)
class AsOf:
    """Since when a class's rates hold, and by which order."""

    code: str
    since: date
    source: str


def as_of(code: str, day: date) -> AsOf | None:
    """The tariff that a screen's rates are of; None where the book has none for that class and day."""
    try:
        tariff = book().at(code, day)
    except TariffError:
        return None
    return AsOf(tariff.code, tariff.since, tariff.source)


def days(account_id: int, point: PointView, first: date, last: date) -> list[DayUse]:
    """`metering.reads.days` with the cost by the tariff instead of the fall of a balance. A day that is not known has none.

    Nor has a day of a month whose begin the asker does not see: its slab is not known.
    """
    known = metering.days([account_id], first.replace(day=1), last)[account_id]
    since, priced = first_day(account_id), list[DayUse]()
    for month, found in groupby(known, key=lambda one: one.day.replace(day=1)):
        own = list(found)
        part = since is not None and since > month
        priced += [replace(one, spent_paisa=None) for one in own] if part else _priced(own, book(), point.tariff)
    return [one for one in priced if one.day >= first]


def _priced(month: list[DayUse], tariffs: TariffBook, code: str) -> list[DayUse]:
    used = [(one.day, one.energy_wh) for one in month if one.energy_wh is not None]
    try:
        costs = dict(zip((day for day, _ in used), day_costs(used, tariffs, code), strict=True))
    except TariffError:
        costs = {}
    return [replace(one, spent_paisa=costs.get(one.day)) for one in month]


def months(account_id: int, point: PointView, first: date, last: date) -> list[MonthTotal]:
    """`metering.reads.months` with each month's cost by the tariff."""
    found = metering.months(account_id, first, last)
    return [replace(one, spent_paisa=total(bill(account_id, point, one))) for one in found]


def total(lines: Sequence[Line]) -> int | None:
    """Paisa; None for no lines."""
    return sum(line.paisa for line in lines) if lines else None


def bill(account_id: int, point: PointView, month: MonthTotal) -> tuple[Line, ...]:
    """The lines that a postpaid month comes to by now; none of a part month, or where its energy or the tariff of that time is not known.

    Where a new tariff begins within the month, its days are charged by date; then only the days that are known count.
    """
    if month.energy_wh is None or month.begins is not None:
        return ()
    tariffs, first = book(), month.month
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    try:
        begins, ends = tariffs.at(point.tariff, first), tariffs.at(point.tariff, last)
    except TariffError:
        return ()
    if begins.since == ends.since:
        return _whole(month.energy_wh, begins, point)
    used = [(one.day, one.energy_wh) for one in metering.days([account_id], first, last)[account_id] if one.energy_wh is not None]
    return month_lines(used, tariffs, point.tariff, sanctioned_w=point.sanctioned_load_w, phases=point.phases) if used else ()


def _whole(energy_wh: int, tariff: Tariff, point: PointView) -> tuple[Line, ...]:
    return charge(energy_wh, tariff, sanctioned_w=point.sanctioned_load_w, phases=point.phases)
