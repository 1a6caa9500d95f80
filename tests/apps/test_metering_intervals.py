"""Meters that tell no register: their days and months from interval values, whatever the step, the offset, gaps and repeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.metering import localday, numbers, reads
from bijoli.metering.columns import Readings
from bijoli.metering.intervals import KNOWN_SHARE_PERCENT, Counted, Span, energy
from bijoli.metering.record import record
from tests.households import loaded

DHAKA = ZoneInfo("Asia/Dhaka")
METER, NEW = 66_012_345_678, 66_012_345_699
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=DHAKA)
DAY_S, HOUR, HALF, QUARTER = 86400, 3600, 1800, 900
BASE = localday.midnight(20_000)
SPANS = {n: (BASE + n * DAY_S, BASE + (n + 1) * DAY_S) for n in range(3)}


def of(loads: Sequence[tuple[int, int]], spans: dict[int, Span] = SPANS, guessed: Sequence[int] = ()) -> dict[int, Counted]:
    at = np.array([at for at, _ in loads], np.int64)
    return energy(at, np.array([load for _, load in loads], np.int64), np.isin(at, np.array(guessed, np.int64)), spans)


def grid(step: int, watts: int = 1000, offset: int = 0) -> list[tuple[int, int]]:
    """Three days and an interval beside them at either side."""
    return [(BASE + offset + n * step, watts) for n in range(-1, 3 * DAY_S // step + 2)]


@given(
    st.sampled_from([300, 600, QUARTER, HALF, HOUR]),
    st.integers(0, 20_000),
    st.integers(0, HOUR - 1),
    st.randoms(use_true_random=False),
)
def test_a_constant_load_is_that_load_for_24_hours(step: int, watts: int, offset: int, random: Any) -> None:
    """Each stamp some seconds off, the readings in any order, some of them twice."""
    slack = step // 50
    loads = [(at + random.randint(-slack, slack), load) for at, load in grid(step, watts, offset % step)]
    loads += random.sample(loads, 5)
    random.shuffle(loads)
    assert of(loads) == {n: Counted(watts * 24, estimated=False) for n in SPANS}


@given(st.lists(st.integers(0, 10_000), min_size=74, max_size=74), st.integers(0, HOUR - 1))
def test_an_interval_over_midnight_is_split_by_time(watts: list[int], offset: int) -> None:
    ends = [BASE + offset + n * HOUR for n in range(len(watts))]
    found = of(list(zip(ends, watts, strict=True)))
    for day, (since, until) in SPANS.items():
        used = sum(load * max(0, min(end, until) - max(end - HOUR, since)) for end, load in zip(ends, watts, strict=True))
        assert abs(found[day].energy_wh - used / 3600) <= 0.5


def test_the_reading_of_midnight_itself_counts_to_the_day_before() -> None:
    loads = [(at, 5000 if at == SPANS[1][0] else 1000) for at, _ in grid(HALF)]
    assert [found.energy_wh for found in of(loads).values()] == [26_000, 24_000, 24_000]


@pytest.mark.parametrize("step", [QUARTER, HALF, HOUR])
def test_what_is_missing_is_not_filled_in_and_too_much_of_it_leaves_the_day_unknown(step: int) -> None:
    """Of 24 hours 72 minutes may be missing."""
    most = DAY_S * (100 - KNOWN_SHARE_PERCENT) // 100 // step
    noon = SPANS[1][0] + 43_200
    loads = [(at, load) for at, load in grid(step) if not noon < at <= noon + most * step]
    found = of(loads)
    assert found[1] == Counted(24_000 - most * step * 1000 // HOUR, estimated=True)
    assert found[0] == found[2] == Counted(24_000, estimated=False)
    assert sorted(of([(at, load) for at, load in loads if at != noon])) == [0, 2]


def test_the_running_day_and_that_of_an_exchange_count_as_far_as_they_go() -> None:
    noon = SPANS[1][0] + 43_200
    found = of(grid(HALF, offset=7), {0: (SPANS[0][0] + HOUR, SPANS[0][1]), 1: (SPANS[1][0], noon), 2: (noon, noon)})
    assert found == {0: Counted(23_000, estimated=False), 1: Counted(12_000, estimated=False)}


def test_an_estimate_counts_is_said_and_gives_way_to_the_known_value() -> None:
    noon = SPANS[1][0] + 43_200
    loads = [(at, 3000 if at == noon else load) for at, load in grid(HOUR)]
    assert of(loads, guessed=[noon])[1] == Counted(26_000, estimated=True)
    at, watts = (np.array(column, np.int64) for column in zip(*loads, (noon, 2000), strict=True))
    guessed = (at == noon) & (watts == 3000)
    assert energy(at, watts, guessed, SPANS)[1] == Counted(25_000, estimated=False)


def test_a_reading_between_two_is_no_interval_more() -> None:
    """Someone asked the meter in between."""
    assert of([*grid(HOUR), (SPANS[1][0] + 43_200 + 600, 1000)])[1] == Counted(24_000, estimated=False)


@pytest.mark.parametrize("loads", [[], [(BASE + 60, 500)], [(BASE + n * 12 * HOUR, 2000) for n in range(7)], grid(2 * HOUR)])
def test_loads_that_are_no_intervals_tell_no_energy(loads: list[tuple[int, int]]) -> None:
    assert of(loads) == {}


def test_a_day_of_23_hours_or_25_is_as_long_as_it_is() -> None:
    assert of(grid(HALF), {0: (BASE, BASE + 23 * HOUR), 1: (BASE + 23 * HOUR, BASE + 48 * HOUR)}) == {
        0: Counted(23_000, estimated=False),
        1: Counted(25_000, estimated=False),
    }


@pytest.fixture
def account(tmp_path: Path) -> int:
    numbers.forget()
    return loaded(tmp_path, "30000001,prepaid,066012345678,2026-01-01,Gulshan,GUL-07,3\n")


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(2026, month, day, hour, minute, tzinfo=DHAKA).timestamp())


def told(
    first: int, last: int, watts: int = 500, *, step: int = HALF, meter: int = METER, without: Sequence[int] = (), **more: Any
) -> None:
    """Intervals that end after `first` and up to `last`, seven seconds off the grid."""
    ends = [end + 7 for end in range(first + step, last + 1, step) if end not in without]
    record(Readings.of([{"meter": meter, "at": end, "load": watts} | more for end in ends]), NOW)


def days(account: int, first: date, last: date) -> dict[int, tuple[int | None, bool]]:
    return {use.day.day: (use.energy_wh, use.estimated) for use in reads.days([account], first, last)[account]}


def month(account: int, number: int, last: int = 11) -> tuple[int | None, bool]:
    found = {one.month.month: one for one in reads.months(account, date(2026, 6, 1), date(2026, last, 1))}
    return found[number].energy_wh, found[number].whole


@pytest.mark.django_db
def test_days_and_month_of_a_meter_without_a_register(account: int) -> None:
    told(at(10, 31, 12), at(11, 4, 6))
    found = days(account, date(2026, 10, 30), date(2026, 11, 25))
    assert found == {31: (None, False), 1: (12_000, False), 2: (12_000, False), 3: (12_000, False), 4: (3_001, False)}
    assert reads.month_to_date([account], NOW.date())[account].energy_wh == 39_001
    assert month(account, 11) == (39_001, True)
    assert month(account, 10) == (None, False)
    assert reads.recent([account], date(2026, 10, 30), NOW.date()) == (
        reads.days([account], date(2026, 10, 30), NOW.date()),
        reads.month_to_date([account], NOW.date()),
    )


@pytest.mark.django_db
def test_late_and_repeated_intervals_correct_the_day_and_the_month(account: int) -> None:
    gap = [at(11, 2, hour, minute) for hour in range(8, 14) for minute in (0, 30)]
    told(at(10, 31, 23), at(11, 4), without=gap)
    assert days(account, date(2026, 11, 1), date(2026, 11, 3)) == {1: (12_000, False), 2: (None, False), 3: (12_000, False)}
    assert month(account, 11) == (24_001, False)  # and seven seconds of the fourth day
    late = {"step": HALF, "watts": 900}
    told(at(11, 2, 7, 30), at(11, 2, 13), **late)
    assert days(account, date(2026, 11, 2), date(2026, 11, 2)) == {2: (12_000 + 11 * 200 - 250, True)}
    for _ in range(2):
        told(at(11, 2, 7, 30), at(11, 2, 13, 30), **late)
    assert days(account, date(2026, 11, 2), date(2026, 11, 2)) == {2: (12_000 + 12 * 200, False)}
    assert month(account, 11) == (38_401, True)


@pytest.mark.django_db
def test_estimated_intervals_fill_the_day_and_are_marked(account: int) -> None:
    told(at(11, 1), at(11, 2, 12), without=[at(11, 2, hour) for hour in range(2, 10)])
    told(at(11, 2, 1), at(11, 2, 9), 500, step=HOUR, estimated=1)
    assert days(account, date(2026, 11, 2), date(2026, 11, 2)) == {2: (6_001, True)}


@pytest.mark.django_db
def test_where_a_register_is_known_intervals_are_not_asked(account: int, django_assert_num_queries: Any) -> None:
    told(at(10, 31, 23), at(11, 4), register=70_000)
    with django_assert_num_queries(3):
        assert days(account, date(2026, 11, 1), date(2026, 11, 3)) == {1: (0, False), 2: (0, False), 3: (0, False)}
    with django_assert_num_queries(3):
        month(account, 11)
    record(Readings.of([{"meter": METER, "at": at(11, 5, 3), "balance": 5}]), NOW)
    with django_assert_num_queries(3):
        days(account, date(2026, 11, 1), date(2026, 11, 5))


@pytest.mark.django_db
def test_many_days_cost_two_queries(account: int, django_assert_num_queries: Any) -> None:
    told(at(10, 25), at(11, 20))
    with django_assert_num_queries(5):
        assert len(days(account, date(2026, 10, 26), date(2026, 11, 19))) == 25
    with django_assert_num_queries(5):
        assert month(account, 11) == (19 * 12_000 + 1, True)


@pytest.mark.django_db
def test_months_before_the_latest_two_are_not_counted(account: int) -> None:
    told(at(7, 31, 23), at(9, 1), step=HOUR)
    assert month(account, 8, last=9) == (31 * 12_000, True)
    assert month(account, 8, last=10) == (None, False)


@pytest.mark.django_db
def test_a_meter_with_a_register_comes_in_its_place(account: int, tmp_path: Path) -> None:
    told(at(10, 31, 23), at(11, 10, 12))
    loaded(tmp_path, "30000001,prepaid,066012345699,2026-11-10T12:00:00+06:00,Gulshan,GUL-07,3\n")
    for hour, register in ((13, 100), (23, 4_100)):
        record(Readings.of([{"meter": NEW, "at": at(11, 10, hour), "register": register}]), NOW)
    assert days(account, date(2026, 11, 9), date(2026, 11, 10)) == {9: (12_000, False), 10: (10_000, False)}
    assert reads.month_to_date([account], NOW.date())[account].energy_wh == 9 * 12_000 + 10_000
    assert month(account, 11) == (9 * 12_000 + 10_000, True)
