"""The overload coach: where trips cluster, which sanctioned load would have fitted, and what it costs."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.coach import Hours, Peak, Weekday, fit, pattern
from bijoli.core.tariff import demand_charge
from tests.core.test_tariff import BOOK

DHAKA = ZoneInfo("Asia/Dhaka")
FRIDAY = datetime(2026, 11, 20, 0, 0, tzinfo=DHAKA)
TARIFF = BOOK.at("LT-A", date(2026, 11, 20))


def trips(*hours: float, first: datetime = FRIDAY, apart: int = 1) -> list[datetime]:
    return [first + timedelta(days=apart * place, hours=hour) for place, hour in enumerate(hours)]


def test_trips_of_the_evening_cluster() -> None:
    found = pattern(trips(19.5, 20.1, 18.2, 9, 19), [], 3000)
    assert found.hours == Hours(18, 21, 4)
    assert found.weekday is None


def test_the_shortest_window_is_named_and_it_may_run_over_midnight() -> None:
    assert pattern(trips(19.1, 19.5, 19.9), [], 3000).hours == Hours(19, 20, 3)
    assert pattern(trips(23.5, 0.5, 23.2), [], 3000).hours == Hours(23, 1, 3)


def test_fridays() -> None:
    assert pattern(trips(9, 14, 20, apart=7), [], 3000).weekday == Weekday(4, 3)


def test_of_two_trips_and_of_scattered_ones_nothing_is_said() -> None:
    assert pattern(trips(19, 19), [], 3000).hours is None
    scattered = pattern(trips(1, 5, 9, 13, 17, 21, 0, 4), [], 3000)
    assert (scattered.trips, scattered.hours, scattered.weekday) == (8, None, None)


def test_days_over_the_load_and_the_first_of_equal_peaks() -> None:
    peaks = [Peak(at, load) for at, load in zip(trips(1, 2, 3, 4), (3000, 3001, 5200, 5200), strict=True)]
    found = pattern([], [*peaks, Peak(peaks[2].at + timedelta(hours=1), 4000)], 3000)
    assert found.over_days == 3
    assert found.peak == peaks[2]
    assert pattern([], [], 3000).peak is None


def test_the_next_load_and_its_price_with_vat() -> None:
    found = fit(5200, 3000, 1000, TARIFF)
    assert found is not None
    assert (found.load_w, found.month_paisa, found.tariff_since) == (6000, 132_30, TARIFF.since)  # 3 kW x 42 + 5 %
    assert fit(3000, 3000, 1000, TARIFF) is None


@given(peak=st.integers(1, 60_000), sanctioned=st.integers(500, 50_000), step=st.sampled_from([500, 1000]))
def test_it_fits_and_no_smaller_one_would(peak: int, sanctioned: int, step: int) -> None:
    found = fit(peak, sanctioned, step, TARIFF)
    if found is None:
        assert peak <= sanctioned
        return
    assert found.load_w - step < peak <= found.load_w
    assert found.load_w % step == 0
    assert found.month_paisa >= demand_charge(TARIFF, found.load_w) - demand_charge(TARIFF, sanctioned) > 0
