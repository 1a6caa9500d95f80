"""The run-out forecast: its range, slabs and month's turns, protected hours, and what it refuses to say."""

import tomllib
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bijoli.core.forecast import (
    TUNING,
    Profile,
    ProfileError,
    RunOut,
    Unknown,
    crossing,
    enough_until,
    learn,
    month_total,
    run_out,
)
from bijoli.core.forecast.purse import afford, cost
from bijoli.core.hours import is_protected
from bijoli.core.tariff import energy_cost, read_tariff
from bijoli.core.utility import ProtectedHours

FILE = Path(__file__).resolve().parents[2] / "utilities" / "demo" / "tariff.toml"
BOOK = read_tariff(tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal))
LT_A = BOOK.at("LT-A", date(2026, 1, 1))
DHAKA = ZoneInfo("Asia/Dhaka")
FRIENDLY = ProtectedHours(time(16), time(10), (4, 5), on_holidays=True)
HOLIDAYS = frozenset({date(2026, 12, 16)})
START = date(2026, 8, 1)
DAY = timedelta(days=1)


def days(values, first=START):
    return [(first + DAY * place, value) for place, value in enumerate(values)]


def steady(wh=15_000, count=60):
    return learn(days([wh] * count))


def after(profile, hour=0, minute=0):
    """The moment of the day after the last that the profile knows."""
    return datetime.combine(profile.last_day + DAY, time(hour, minute), DHAKA)


def ask(balance, at, month_wh, profile, protected=FRIENDLY, **rest):
    return run_out(balance, at, month_wh, profile, lambda day: BOOK.at("LT-A", day), protected, HOLIDAYS, **rest)


USES = st.lists(st.one_of(st.none(), st.integers(0, 40_000)), min_size=20, max_size=90)
PAISA = st.integers(0, 5_000_00)
MONTH_WH = st.integers(0, 900_000)
CLOCK = st.tuples(st.integers(0, 23), st.integers(0, 59))


def of(uses, clock):
    profile = learn(days(uses), [1 + hour for hour in range(24)])
    at = datetime.combine(START + DAY * len(uses), time(*clock), DHAKA)
    return (profile, at) if profile else None


@settings(deadline=None)
@given(MONTH_WH, st.integers(0, 400_000))
def test_the_quick_price_is_the_tariffs_price(month_wh, energy_wh):
    price = cost(month_wh, energy_wh, LT_A)
    assert abs(price - energy_cost(month_wh, energy_wh, LT_A)) <= 1.01  # two sums are rounded there
    assert afford(month_wh, price, LT_A) >= energy_wh - 1e-3
    if month_wh > 50_000 or month_wh + energy_wh <= 50_000:  # elsewhere the lost lifeline makes one unit as dear as many
        assert afford(month_wh, price, LT_A) == pytest.approx(energy_wh, abs=1e-3)


@settings(deadline=None)
@given(USES, PAISA, MONTH_WH, CLOCK)
def test_the_range_is_ordered_and_no_cut_lies_in_protected_hours(uses, balance, month_wh, clock):
    if (known := of(uses, clock)) is None:
        return
    found = ask(balance, known[1], month_wh, known[0])
    if isinstance(found, Unknown):
        assert found.reason in ("few_days", "idle", "old_reading")
        return
    far = datetime.max.replace(tzinfo=DHAKA)
    early, likely, late = (end or far for end in (found.early, found.likely, found.late))
    assert known[1] <= early <= likely <= late
    for end, cut in ((found.early, found.cut_early), (found.likely, found.cut), (found.late, found.cut_late)):
        assert (end is None) == (cut is None)
        assert cut is None or (cut >= end and not is_protected(cut, FRIENDLY, HOLIDAYS))


@settings(deadline=None)
@given(USES, PAISA, st.integers(0, 1_000_00), MONTH_WH, CLOCK)
def test_more_balance_never_ends_earlier_and_a_credit_under_way_is_balance(uses, balance, more, month_wh, clock):
    if (known := of(uses, clock)) is None:
        return
    less, much = (ask(paisa, known[1], month_wh, known[0]) for paisa in (balance, balance + more))
    if isinstance(less, Unknown):
        return
    for one, other in ((less.early, much.early), (less.likely, much.likely), (less.late, much.late)):
        assert other is None or one <= other
    assert ask(balance, known[1], month_wh, known[0], credits_under_way=more) == much


@settings(deadline=None)
@given(USES, st.integers(0, 40), MONTH_WH, CLOCK)
def test_what_is_enough_until_a_day_lasts_until_its_end_and_a_little_less_does_not(uses, ahead, month_wh, clock):
    if (known := of(uses, clock)) is None:
        return
    profile, at = known
    day = at.date() + DAY * ahead
    need = enough_until(day, at, month_wh, profile, lambda _: LT_A, monthly_charges=lambda _: 124_00)
    end = datetime.combine(day + DAY, time(0), DHAKA)
    found = ask(need + 1, at, month_wh, profile, monthly_charges=lambda _: 124_00)
    if isinstance(found, RunOut):
        assert found.early is None or found.early >= end
        short = ask(need - 200, at, month_wh, profile, monthly_charges=lambda _: 124_00)
        assert need <= 200 or short.early < end


def test_slabs_matter():
    """360 kWh used this month, 15 kWh a day, Tk 500 left: about three and a half days by slab, over four by the average."""
    profile = replace(steady(count=40), last_day=date(2026, 9, 9))
    found = ask(500_00, after(profile), 360_000, profile)
    by_slab, by_average = (40 + (500 - 40 * 8.02) / 12.67) / 15, 500 / 8.02 / 15
    assert (found.likely - after(profile)) / DAY == pytest.approx(by_slab, abs=0.01)
    assert 3.5 < by_slab < 3.7 < 4.1 < by_average


def test_at_the_months_turn_slabs_restart_and_charges_are_taken():
    profile = replace(steady(), last_day=date(2026, 9, 29))
    at = after(profile)  # the 30th
    found = ask(500_00, at, 600_000, profile)
    first_day = 15 * 14.61
    assert (found.likely - at) / DAY == pytest.approx(1 + (500 - first_day) / 5.26 / 15, abs=0.01)
    charged = ask(500_00, at, 600_000, profile, monthly_charges=lambda day: 124_00 if day == date(2026, 10, 1) else 10_000_00)
    assert (charged.likely - at) / DAY == pytest.approx(1 + (500 - first_day - 124) / 4.63 / 15, abs=0.01)  # within the lifeline
    assert ask(300_00, at, 600_000, profile, monthly_charges=lambda _: 124_00).likely == datetime(2026, 10, 1, tzinfo=DHAKA)


def test_a_tariff_change_holds_from_its_day_on():
    profile = replace(steady(), last_day=date(2026, 9, 9))
    dearer = replace(LT_A, slabs=tuple(replace(slab, rate=2 * slab.rate) for slab in LT_A.slabs), since=date(2026, 9, 12))
    found = run_out(1_000_00, after(profile), 610_000, profile, lambda day: dearer if day >= dearer.since else LT_A, FRIENDLY, ())
    assert (found.likely - after(profile)) / DAY == pytest.approx(2 + (1000 - 30 * 14.61) / 29.22 / 15, abs=0.01)


def test_an_end_in_protected_hours_is_cut_when_they_are_over():
    profile = replace(steady(24_000), last_day=date(2026, 9, 9))  # a Wednesday; 1 kWh an hour
    found = ask(round(20 * 14.61 * 100), after(profile), 610_000, profile)
    assert found.likely == datetime(2026, 9, 10, 20, tzinfo=DHAKA)  # Thursday evening, then Friday and Saturday
    assert found.cut == datetime(2026, 9, 13, 10, tzinfo=DHAKA)
    assert ask(0, after(profile), 610_000, profile, ProtectedHours()).cut == after(profile)


def test_a_balance_that_is_over_ends_now_and_one_that_lasts_has_no_end():
    profile = steady()
    assert ask(-10_00, after(profile, 12), 0, profile).likely == after(profile, 12)
    far = ask(1_000_000_00, after(profile), 0, profile)
    assert (far.early, far.likely, far.late, far.cut) == (None, None, None, None)


def test_a_gap_is_no_zero():
    whole, torn = learn(days([10_000] * 60)), learn(days(([10_000] * 4 + [None]) * 12))
    assert torn.usual_wh == torn.recent_wh == whole.usual_wh
    assert torn.known_days == 48
    assert torn == learn([day for day in days(([10_000] * 4 + [None]) * 12) if day[1] is not None])


def test_it_says_so_when_it_does_not_know_enough():
    at = datetime(2026, 9, 30, 12, tzinfo=DHAKA)
    assert learn(days([9_000] * (TUNING.min_days - 1))) is None
    assert learn([]) is None
    profile = steady()
    assert ask(100_00, at, 0, None) == Unknown("few_days")
    assert ask(None, at, 0, profile) == Unknown("no_balance")
    assert ask(100_00, at + 30 * DAY, 0, profile) == Unknown("old_reading")
    assert ask(100_00, after(profile), 0, learn(days([5] * 60))) == Unknown("idle")


def test_the_range_is_this_homes_own():
    even, restless = learn(days([10_000, 10_400] * 45)), learn(days([4_000, 5_000, 16_000, 15_000, 9_000, 2_000] * 15))
    assert all(one < other for one, other in zip(even.spread, restless.spread, strict=True))
    widths = [(found.late - found.early) for found in (ask(300_00, after(one), 100_000, one) for one in (even, restless))]
    assert widths[0] < widths[1]


def test_weekdays_and_the_hours_of_the_day_are_learnt():
    uses = [20_000 if (START + DAY * place).weekday() == 4 else 10_000 for place in range(84)]
    profile = learn(days(uses), [0] * 18 + [100] * 6)
    assert profile.weekdays[4] > 1.5 * profile.weekdays[0]
    at = after(profile)
    found = ask(round(1_000 * 14.61 / 10), at, 700_000, profile)  # a kWh of some ten: the first after 18:00
    assert timedelta(hours=18) < found.likely - at < timedelta(hours=19)


def test_the_season_of_the_last_year_is_expected_again():
    rising = [10_000] * 28 + [14_000] * 28
    assert learn(days([*rising, *[10_000] * (364 - 28)])).trend_permille > 0
    assert learn(days([*reversed(rising), *[10_000] * (364 - 28)])).trend_permille < 0
    assert learn(days([10_000] * 200)).trend_permille == 0


@settings(deadline=None)
@given(USES.filter(lambda uses: sum(use is not None for use in uses) >= TUNING.min_days), st.booleans())
def test_a_profile_packs_into_few_numbers_and_comes_back(uses, hours):
    profile = learn(days(uses), range(1, 25) if hours else None)
    packed = profile.pack()
    assert len(packed) <= 64
    assert all(isinstance(number, int) and abs(number) < 2**31 for number in packed)
    assert Profile.unpack(packed) == profile


@pytest.mark.parametrize("packed", [[], [99] * 30, [1, 2, 3]])
def test_other_numbers_are_no_profile(packed):
    with pytest.raises(ProfileError, match="no profile of version"):
        Profile.unpack(packed)


def test_a_months_total_and_the_crossing_of_an_edge():
    profile = replace(steady(10_000), last_day=date(2026, 9, 9))
    at = after(profile)  # 21 days of the month are left
    low, likely, high = month_total(profile, at, 100_000)
    assert low < likely < high
    assert likely == 100_000 + 21 * 10_000
    found = crossing(profile, at, 100_000, 200_000)
    assert found.likely == datetime(2026, 9, 20, tzinfo=DHAKA)
    assert found.early < found.likely < found.late
    assert crossing(profile, at, 100_000, high + 1) is None
    between = crossing(profile, at, 100_000, likely + 1)
    assert between.early
    assert between.likely is None
    assert crossing(profile, at, 100_000, 100_000).late == at
