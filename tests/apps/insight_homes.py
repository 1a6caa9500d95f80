"""Homes with a past, for tests of what is learnt of them: days by hand, as `record` would have kept them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.insight import learning
from bijoli.metering import localday
from bijoli.metering.models import Day, Installation, Meter, MeterState
from tests import households

DHAKA = ZoneInfo("Asia/Dhaka")
NOW = datetime(2026, 11, 19, 12, 0, tzinfo=DHAKA)
TODAY = date(2026, 11, 19)


def number(day: date) -> int:
    return localday.number(day)


def at(day: date, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=DHAKA).timestamp())


def home(*people: Customer, tariff: str = "LT-A", mode: str = "prepaid") -> Meter:
    made = households.meter(*people)
    point = made.installations.get().usage_point
    point.tariff, point.account.mode = tariff, mode
    point.save()
    point.account.save()
    return made


def account(meter: Meter) -> int:
    return meter.installations.get(removed_at=None).usage_point.account_id


def days(meter: Meter, first: date, use: Sequence[int | None], register: int = 0) -> int:
    """Finished days from `first` on, each with what was used (None: nothing was read); returns the register at the end."""
    rows = []
    for place, wh in enumerate(use):
        day = first + timedelta(days=place)
        if wh is not None:
            begins, ends = at(day, 0, 15), at(day, 23, 45)
            rows.append(
                Day(
                    meter=meter,
                    day=number(day),
                    first_wh=register,
                    first_wh_at=begins,
                    last_wh=register + wh,
                    last_wh_at=ends,
                    max_w=900,
                    max_at=ends,
                )
            )
        register += wh or 0
    Day.objects.bulk_create(rows)
    return register


def now_reads(meter: Meter, moment: datetime, register: int, **values: Any) -> None:
    """The meter's last reading, at `moment`."""
    time = int(moment.timestamp())
    known = {"register_wh": register, "register_at": time, "day": localday.day(time), "day_first_wh": register, "day_first_wh_at": time}
    known |= {"last_at": time, "received_at": moment, "balance_at": time, "balance_paisa": 500_00, "sanctioned_load_w": 5000}
    MeterState.objects.update_or_create(meter=meter, defaults=known | values)


def exchange(old: Meter, moment: datetime) -> Meter:
    """Another meter in its place."""
    was = Installation.objects.get(meter=old, removed_at=None)
    was.removed_at = moment
    was.save()
    new = Meter.objects.create(number=f"7{old.number[1:]}")
    Installation.objects.create(meter=new, usage_point=was.usage_point, installed_at=moment)
    return new


def steady(meter: Meter, daily_wh: int, moment: datetime | None = None, back: int = 70, **values: Any) -> int:
    """A home that used the same each day up to yesterday and half of it until the moment, read then; learnt. Returns its register."""
    now = moment or timezone.now()
    today = now.astimezone(DHAKA).date()
    register = days(meter, today - timedelta(days=back), [daily_wh] * back, 1_000_000)
    now_reads(meter, now, register, **values)
    learning.learn_homes([meter.pk], now)
    return register
