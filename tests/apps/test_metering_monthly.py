"""Months of an account: across gaps, rollover, meter exchange, late and repeated data, and the turn of the month in the utility's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bijoli.metering import months as packing
from bijoli.metering import numbers, reads
from bijoli.metering.columns import Readings
from bijoli.metering.events import CreditTold, Event, record_events
from bijoli.metering.models import Month
from bijoli.metering.reads import MonthTotal
from bijoli.metering.record import record
from tests.households import loaded

pytestmark = pytest.mark.django_db
DHAKA = ZoneInfo("Asia/Dhaka")
OLD, NEW = 66_012_345_678, 66_012_345_699
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=DHAKA)


@pytest.fixture
def account(tmp_path: Path) -> int:
    numbers.forget()
    return loaded(tmp_path, "30000001,prepaid,066012345678,2026-01-01,Gulshan,GUL-07,3\n")


def at(month: int, day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2026, month, day, hour, minute, tzinfo=DHAKA).timestamp())


def told(when: int, meter: int = OLD, **values: Any) -> None:
    record(Readings.of([{"meter": meter, "at": when} | values]), NOW)


def paid(when: int, credited: int, gross: int | None = None, meter: int = OLD) -> None:
    record_events([Event(meter, when, "prepay", "credit", credit=CreditTold(credited_paisa=credited, gross_paisa=gross))], NOW)


def totals(account: int, first: int = 8, last: int = 11) -> dict[int, MonthTotal]:
    return {one.month.month: one for one in reads.months(account, date(2026, first, 1), date(2026, last, 1))}


def energy(account: int) -> list[int | None]:
    return [one.energy_wh for one in totals(account).values()]


def test_a_month_begins_where_the_one_before_ended(account: int) -> None:
    told(at(9, 30, 23, 50), register=1_000_000, balance=500_00)
    told(at(10, 1, 0, 10), register=1_000_100, balance=499_00)
    told(at(10, 31, 23, 50), register=1_200_000, balance=900_00, load=900)
    paid(at(10, 12, 9), 900_00, gross=1000_00)
    told(at(11, 1, 0, 10), register=1_200_300, balance=898_00)
    found = totals(account)
    assert (found[10].energy_wh, found[11].energy_wh) == (200_000, 300)
    assert (found[10].spent_paisa, found[10].recharged_paisa, found[10].credited_paisa, found[10].recharges) == (500_00, 1000_00, 900_00, 1)
    assert (found[10].opening_paisa, found[10].closing_paisa, found[11].opening_paisa) == (500_00, 900_00, 900_00)
    assert (found[10].max_w, found[10].whole, found[10].days) == (900, True, 2)
    assert (found[8].energy_wh, found[8].days, found[8].whole, found[8].known) == (None, 0, False, False)


def test_the_month_turns_at_the_utility_s_midnight(account: int) -> None:
    """20:00 UTC on 31 October is 2 o'clock on 1 November in Dhaka."""
    told(int(datetime(2026, 10, 31, 17, tzinfo=UTC).timestamp()), register=10_000)
    told(int(datetime(2026, 10, 31, 20, tzinfo=UTC).timestamp()), register=10_700)
    assert energy(account)[2:] == [0, 700]


def test_a_gap_within_a_month_is_no_gap_in_its_sum(account: int) -> None:
    told(at(10, 1, 1), register=5_000)
    told(at(10, 31, 23), register=205_000)
    found = totals(account)
    assert (found[10].energy_wh, found[10].days) == (200_000, 2)


def test_a_gap_over_the_turn_counts_after_it_and_is_said(account: int) -> None:
    told(at(9, 10, 1), register=1_000)
    told(at(9, 20, 1), register=51_000)
    told(at(10, 20, 1), register=151_000)
    told(at(10, 30, 1), register=181_000)
    found = totals(account)
    assert (found[9].energy_wh, found[10].energy_wh, found[10].whole) == (50_000, 130_000, False)


def test_a_register_that_begins_again(account: int) -> None:
    told(at(9, 30, 23, 50), register=99_990_000)
    told(at(10, 1, 1), register=99_999_000)
    told(at(10, 3, 1), register=4_000)
    told(at(10, 31, 23, 55), register=100_000)
    assert energy(account)[2] == 110_000
    days = reads.days([account], date(2026, 10, 1), date(2026, 10, 3))[account]
    assert [day.energy_wh for day in days] == [9_000, 0]
    told(at(11, 1, 1), register=100)  # a correction: nobody knows what was used
    assert energy(account)[3] is None


def test_a_meter_exchange_in_the_middle_of_a_month(account: int, tmp_path: Path) -> None:
    told(at(9, 30, 23, 50), register=700_000, balance=300_00)
    told(at(10, 10, 9), register=750_000, balance=100_00, load=1_000)
    loaded(tmp_path, "30000001,prepaid,066012345699,2026-10-10T12:00:00+06:00,Gulshan,GUL-07,3\n")
    told(at(10, 10, 13), NEW, register=0, balance=100_00)
    told(at(10, 31, 23, 50), NEW, register=80_000, balance=20_00, load=2_500)
    paid(at(10, 12, 9), 200_00, meter=NEW)
    found = totals(account)
    assert (found[10].energy_wh, found[10].spent_paisa, found[10].max_w) == (130_000, 480_00, 2_500)
    assert (found[10].opening_paisa, found[10].closing_paisa) == (300_00, 20_00)


def test_late_and_repeated_data_correct_the_month_packed_or_not(account: int) -> None:
    told(at(8, 31, 23, 50), register=0)
    told(at(9, 10, 1), register=10_000, load=500)
    told(at(10, 1, 1), register=40_000)
    assert energy(account)[1:3] == [10_000, 30_000]
    packing.pack(datetime(2026, 11, 20, tzinfo=DHAKA), 0, lambda: True)
    assert Month.objects.exists()
    assert energy(account)[1:3] == [10_000, 30_000]
    for _ in range(2):
        told(at(9, 30, 23, 50), register=39_500, load=1_800)
    assert (energy(account)[1:3], totals(account)[9].max_w) == ([39_500, 500], 1_800)
    packing.pack(datetime(2026, 11, 21, tzinfo=DHAKA), 0, lambda: True)
    assert (energy(account)[1:3], totals(account)[9].max_w) == ([39_500, 500], 1_800)


def test_an_estimate_counts_and_is_marked(account: int) -> None:
    told(at(10, 1, 1), register=1_000)
    told(at(10, 1, 23), register=9_000, estimated=1)
    told(at(10, 2, 23), register=15_000)
    first, second = reads.days([account], date(2026, 10, 1), date(2026, 10, 2))[account]
    assert (first.energy_wh, first.estimated, second.energy_wh, second.estimated) == (8_000, True, 6_000, True)
    told(at(10, 1, 23, 30), register=9_200)
    first, second = reads.days([account], date(2026, 10, 1), date(2026, 10, 2))[account]
    assert (first.energy_wh, first.estimated, second.energy_wh, second.estimated) == (8_200, False, 5_800, False)


def test_another_account_s_rows_are_not_touched(account: int, django_assert_max_num_queries: Any) -> None:
    told(at(10, 1, 1), register=1_000)
    with django_assert_max_num_queries(5):
        assert not any(one.known for one in reads.months(account + 1, date(2025, 1, 1), date(2026, 11, 1)))
    with django_assert_max_num_queries(5):
        reads.months(account, date(2024, 12, 1), date(2026, 11, 1))
