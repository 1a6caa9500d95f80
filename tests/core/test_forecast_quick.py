"""The quick way says what the whole forecast says, as far as it looks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.forecast import RunOut, learn, run_out
from bijoli.core.forecast.quick import HORIZON_DAYS, likely_end
from bijoli.core.utility import ProtectedHours
from tests.core.test_tariff import BOOK

DHAKA = ZoneInfo("Asia/Dhaka")


@given(
    use=st.lists(st.integers(200, 60_000), min_size=20, max_size=40),
    hours=st.none() | st.lists(st.integers(0, 5), min_size=24, max_size=24).filter(any),
    paisa=st.integers(1, 300_000),
    month_wh=st.integers(0, 700_000),
    minute=st.integers(0, 60 * 24 * 31 - 1),
    charge=st.sampled_from([0, 0, 12_400]),
)
def test_as_the_whole_forecast(use: list[int], hours: list[int] | None, paisa: int, month_wh: int, minute: int, charge: int) -> None:
    at = datetime(2026, 11, 1, tzinfo=DHAKA) + timedelta(minutes=minute)
    first = at.date() - timedelta(days=len(use))
    profile = learn([(first + timedelta(days=place), wh) for place, wh in enumerate(use)], hours)
    assert profile is not None

    def tariffs(day: date):
        return BOOK.at("LT-A", day)

    def charges(day: date) -> int:
        return charge

    whole = run_out(paisa, at, month_wh, profile, tariffs, ProtectedHours(), (), monthly_charges=charges, horizon_days=HORIZON_DAYS)
    quick = likely_end(paisa, at, month_wh, profile, tariffs, charges)
    assert isinstance(whole, RunOut)
    assert (quick is None) == (whole.likely is None)
    assert quick is None or whole.likely is None or abs((quick - whole.likely).total_seconds()) <= 2
