"""What the pages ask: where an account stands, what it used, what was recharged; across meter exchanges, and honest about the unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bijoli.customers.models import Access, Account, Customer
from bijoli.metering import numbers, reads
from bijoli.metering.columns import Readings
from bijoli.metering.events import CreditTold, Event, record_events
from bijoli.metering.limits import LOOK_AGAIN, set_edges
from bijoli.metering.models import MeterState
from bijoli.metering.record import record
from tests.households import loaded

pytestmark = pytest.mark.django_db
DHAKA = ZoneInfo("Asia/Dhaka")
OLD, NEW = 66_012_345_678, 66_012_345_699
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=DHAKA)
TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def _fresh_numbers() -> None:
    numbers.forget()


@pytest.fixture
def account(tmp_path: Path) -> int:
    return loaded(tmp_path, "30000001,prepaid,066012345678,2026-01-01,Gulshan,GUL-07,3\n")


def at(day: int, hour: int, minute: int = 0) -> int:
    """A time of November 2026; day 0 is the last of October."""
    return int((datetime(2026, 11, 1, hour, minute, tzinfo=DHAKA) + timedelta(days=day - 1)).timestamp())


def told(day: int, hour: int, meter: int = OLD, **values: Any) -> None:
    record(Readings.of([{"meter": meter, "at": at(day, hour)} | values]), NOW)


def paid(day: int, hour: int, credited: int, meter: int = OLD, gross: int | None = None) -> None:
    credit = CreditTold(credited_paisa=credited, gross_paisa=gross)
    record_events([Event(meter, at(day, hour), "prepay", "credit", credit=credit)], NOW)


def days(account: int, first: int, last: int) -> list[tuple[int, int | None, int | None]]:
    """Day of the month, Wh, paisa."""
    found = reads.days([account], date(2026, 11, first), date(2026, 11, last))[account]
    return [(use.day.day, use.energy_wh, use.spent_paisa) for use in found]


def test_a_point_without_readings_says_so(account: int) -> None:
    point = reads.points([account])[account]
    assert (point.meter_number, point.feeder, point.sanctioned_load_w, point.relay) == ("066012345678", "GUL-07", 3000, 0)
    assert (point.last_at, point.balance_paisa, point.balance_at, point.load_w, point.register_wh) == (None, None, None, None, None)
    assert reads.points([]) == {}
    assert reads.points([account + 1]) == {}


def test_a_point_shows_each_latest_value_with_its_own_time(account: int) -> None:
    told(24, 10, balance=84_50, register=1000)
    told(24, 11, load=1500, relay=1)
    point = reads.points([account])[account]
    assert (point.balance_paisa, point.balance_at) == (84_50, datetime(2026, 11, 24, 4, tzinfo=UTC))
    assert (point.load_w, point.load_at, point.last_at) == (
        1500,
        datetime(2026, 11, 24, 5, tzinfo=UTC),
        datetime(2026, 11, 24, 5, tzinfo=UTC),
    )


def test_a_day_counts_from_the_evening_before(account: int) -> None:
    told(22, 0, register=1000, balance=500_00)
    told(22, 23, register=1800, balance=440_00)
    told(23, 1, register=2000, balance=425_00)
    told(23, 23, register=3000, balance=350_00)
    told(25, 11, register=4500, balance=240_00)
    assert days(account, 22, 25) == [(22, 800, 60_00), (23, 1200, 90_00), (25, 0, 0)]
    assert days(account, 23, 23) == [(23, 1200, 90_00)]


def test_a_recharge_is_no_negative_spending(account: int) -> None:
    told(23, 23, balance=100_00)
    paid(24, 9, 500_00)
    told(24, 8, balance=90_00)
    told(24, 20, balance=550_00)
    paid(24, 21, 200_00)
    assert days(account, 24, 24) == [(24, None, 50_00)]
    told(25, 8, balance=740_00)
    assert days(account, 25, 25) == [(25, None, 10_00)]


def test_what_cannot_be_is_unknown(account: int) -> None:
    told(23, 1, register=9_000_000, balance=100_00)
    told(23, 23, register=5, balance=900_00)
    told(24, 5, load=10)
    assert days(account, 22, 24) == [(23, None, None), (24, None, None)]
    month = reads.month_to_date([account], TODAY)[account]
    assert (month.energy_wh, month.spent_paisa, month.recharged_paisa, month.recharges) == (None, None, 0, 0)


def test_the_highest_load_of_a_day_comes_with_its_time(account: int) -> None:
    for hour, load in ((8, 900), (19, 2600), (22, 1200)):
        told(24, hour, load=load)
    use = reads.days([account], TODAY - timedelta(days=1), TODAY)[account][0]
    assert (use.max_w, use.max_at) == (2600, datetime.fromtimestamp(at(24, 19), UTC))


def test_a_month_counts_across_gaps_and_from_the_last_reading_before_it(account: int) -> None:
    record(
        Readings.of([{"meter": OLD, "at": int(datetime(2026, 10, 30, 20, tzinfo=DHAKA).timestamp()), "register": 500, "balance": 100_00}]),
        NOW,
    )
    told(10, 12, register=5_500, balance=60_00)
    paid(12, 9, 350_00, gross=500_00)
    paid(13, 9, 10_00)
    told(25, 11, register=9_500, balance=90_00)
    month = reads.month_to_date([account], TODAY)[account]
    assert (month.energy_wh, month.spent_paisa, month.recharged_paisa, month.recharges) == (9000, 370_00, 510_00, 2)


@pytest.mark.parametrize("first", [date(2026, 10, 28), date(2026, 11, 1), date(2026, 11, 19)])
def test_what_home_reads_at_once_is_what_is_read_one_by_one(account: int, tmp_path: Path, first: date) -> None:
    """Whether the week begins before its month, with it or after."""
    for day in range(-3, 26):
        told(day, 3, register=50_000 + day * 100, balance=900_00 - day * 7_00, load=day % 7 * 100)
    paid(2, 9, 40_00)
    paid(20, 9, 50_00)
    loaded(tmp_path, "30000001,prepaid,066012345699,2026-11-23T12:00:00+06:00,Gulshan,GUL-07,3\n")
    told(24, 20, NEW, register=710, balance=85_00)
    both = reads.recent([account], first, TODAY)
    assert both == (reads.days([account], first, TODAY), reads.month_to_date([account], TODAY))
    assert len(both[0][account]) > 5


def test_a_month_without_a_reading_yet_is_unknown_though_home_reads_the_days_before_it(account: int) -> None:
    for day in (-2, -1, 0):
        told(day, 3, register=50_000 + day * 100, balance=900_00 - day * 7_00)
    _, months = reads.recent([account], date(2026, 10, 27), date(2026, 11, 2))
    assert (months[account].energy_wh, months[account].spent_paisa) == (None, None)


def test_a_meter_exchange_is_bridged(account: int, tmp_path: Path) -> None:
    told(22, 23, register=1000, balance=50_00)
    told(23, 10, register=1400, balance=30_00)
    paid(23, 9, 5_00)
    loaded(tmp_path, "30000001,prepaid,066012345699,2026-11-23T12:00:00+06:00,Gulshan,GUL-07,3\n")
    told(23, 13, NEW, register=10, balance=30_00)
    told(23, 23, NEW, register=310, balance=10_00)
    paid(24, 9, 100_00, NEW)
    told(24, 20, NEW, register=710, balance=85_00)
    assert days(account, 23, 24) == [(23, 700, 45_00), (24, 400, 25_00)]
    assert reads.points([account])[account].meter_number == "066012345699"
    assert [credit.credited_paisa for credit in reads.credits(account, NOW - timedelta(days=30), NOW)] == [100_00, 5_00]
    assert reads.month_to_date([account], TODAY)[account].energy_wh == 1100


def test_what_a_meter_counted_elsewhere_before_is_not_told(account: int, tmp_path: Path) -> None:
    told(20, 10, register=100, balance=70_00)
    paid(20, 11, 20_00)
    loaded(tmp_path, "30000001,prepaid,066012345699,2026-11-21,Gulshan,GUL-07,3\n")
    loaded(tmp_path, "30000002,prepaid,066012345678,2026-11-24,Gulshan,GUL-07,3\n")
    told(24, 10, register=900, balance=60_00)
    told(24, 12, register=950, balance=55_00)
    other = Account.objects.get(number="30000002").pk
    assert days(other, 1, 25) == [(24, 50, 5_00)]
    assert reads.credits(other, NOW - timedelta(days=30), NOW) == []
    assert days(account, 1, 25) == [(20, 0, 0)]


def test_loads_come_in_the_order_of_time_and_known_before_estimated(account: int) -> None:
    told(24, 12, load=700)
    told(24, 10, load=500)
    told(24, 11, load=9999, estimated=1)
    told(24, 11, load=600)
    told(24, 11, load=601)
    told(24, 13, balance=5)
    meter = reads.find("66012345678")
    assert meter is not None
    since, until = datetime.fromtimestamp(at(24, 10), UTC), datetime.fromtimestamp(at(24, 12), UTC)
    assert [(int(time.timestamp()), load) for time, load in reads.loads(meter, since, until)] == [
        (at(24, 10), 500),
        (at(24, 11), 600),
        (at(24, 12), 700),
    ]
    assert reads.loads(meter, until + timedelta(seconds=1), NOW) == []


def test_a_meter_is_found_by_11_or_12_digits(account: int) -> None:
    assert reads.find("66012345678") == reads.find("066012345678") == MeterState.objects.get().pk
    assert reads.find("066012345000") is None
    assert reads.find("hello") is None


def test_own_limits_of_all_who_are_linked_become_edges_of_their_meter(account: int) -> None:
    meter = MeterState.objects.get().pk
    for phone, limit in (("+8801712345678", 300_00), ("+8801712345679", 500_01), ("+8801712345670", None)):
        customer = Customer.objects.create_user(phone=phone)
        Access.objects.create(customer=customer, account_id=account, own_limit_paisa=limit)
    assert set_edges([meter]) == 1
    assert MeterState.objects.get().edges == [1, 50_00, 100_00, 120_00, 300_00, 360_00, 500_01, 600_02]
    assert MeterState.objects.get().balance_band == LOOK_AGAIN
    assert set_edges([meter]) == 0
    Access.objects.update(until=NOW - timedelta(days=100))
    assert set_edges([meter]) == 1
    assert MeterState.objects.get().edges is None
