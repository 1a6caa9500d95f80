"""What is learnt of homes at night: their days and where their month began, across gaps, exchanges, rollovers and packed months."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bijoli.core.forecast import Profile
from bijoli.insight import learning
from bijoli.insight.history import registers
from bijoli.insight.models import HomeProfile
from bijoli.metering import localday, months, numbers, reads
from bijoli.metering.columns import MISSING, Readings
from bijoli.metering.models import Day, Meter, MeterState
from bijoli.metering.record import record
from bijoli.metering.rolled import meter_days
from tests.apps.insight_homes import DHAKA, NOW, TODAY, account, at, days, exchange, home, now_reads, number, steady

pytestmark = pytest.mark.django_db
SEPTEMBER = localday.number(date(2026, 9, 1))
IDS = (11, 12, 13)
FIRST = 67_000_000_000


def learnt(meter: Meter, now: datetime = NOW) -> HomeProfile:
    learning.learn_homes([meter.pk], now)
    return HomeProfile.objects.get(meter=meter)


def some(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | values


reading = st.fixed_dictionaries(
    {"meter": st.sampled_from(IDS).map(lambda pk: FIRST + pk)}
    | {"at": st.builds(lambda day, hour: localday.midnight(SEPTEMBER + day) + hour * 7200, st.integers(0, 70), st.integers(0, 11))}
    | {"register": some(st.integers(0, 10**9)), "load": some(st.integers(0, 9_000))}
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(reading, min_size=1, max_size=20), min_size=1, max_size=5), packed=st.integers(0, 60))
def test_the_tables_say_what_the_days_say(batches: list[list[dict[str, Any]]], packed: int) -> None:
    now = datetime(2026, 11, 20, tzinfo=DHAKA)
    with transaction.atomic():
        numbers.forget()
        made = Meter.objects.bulk_create(Meter(pk=pk, number=f"{FIRST + pk:012d}") for pk in IDS)
        MeterState.objects.bulk_create(MeterState(meter=meter, sanctioned_load_w=5000) for meter in made)
        for place, batch in enumerate(batches):
            record(Readings.of(batch), now)
            if place % 2 == 0:
                months.pack_slice(1, 100, SEPTEMBER + packed)
        found, expected = registers(IDS, SEPTEMBER + 3, SEPTEMBER + 66), meter_days(IDS, SEPTEMBER + 3, SEPTEMBER + 66)
        told = {
            (meter, found.since + day): int(found.lasts[row, day])
            for row, meter in enumerate(found.meters.tolist())
            for day in range(found.lasts.shape[1])
            if found.lasts[row, day] != MISSING
        }
        wanted = {(m, day): ends.last_wh for m, rows in expected.items() for day, ends in rows.items() if ends.last_wh is not None}
        transaction.set_rollback(True)
    numbers.forget()
    assert told == wanted


def test_a_home_is_learnt_from_its_whole_days() -> None:
    meter = home()
    register = days(meter, TODAY - timedelta(days=30), [5000, 6000, None, 5000, *[5500] * 26])
    now_reads(meter, NOW, register + 1000)
    found = learnt(meter)
    assert found.body is not None
    profile = Profile.unpack(found.body)
    assert profile.last_day == TODAY - timedelta(days=1)
    assert profile.known_days == 30 - 1 - 2  # the first has no day before, the gap and the day after it are not whole
    assert 5200 < profile.usual_wh < 5800
    assert found.made_day == number(TODAY)
    assert found.day_paisa is not None
    assert found.day_paisa > 5.5 * 526


def test_too_few_days_are_not_enough_and_the_month_is_known_all_the_same() -> None:
    meter = home()
    register = days(meter, TODAY - timedelta(days=5), [5000] * 5)
    now_reads(meter, NOW, register)
    found = learnt(meter)
    assert (found.body, found.day_paisa) == (None, None)


def test_the_month_is_counted_as_the_usage_page_counts_it() -> None:
    meter = home()
    register = days(meter, date(2026, 10, 20), [4000] * 30, 70_000)
    now_reads(meter, NOW, register + 1500)
    assert reads.month_to_date([account(meter)], TODAY)[account(meter)].energy_wh == 18 * 4000 + 1500
    assert register + 1500 - (learnt(meter).month_wh or 0) == 18 * 4000 + 1500


def test_a_month_that_nobody_knows_the_beginning_of_is_not_known() -> None:
    meter = home()
    register = days(meter, date(2026, 11, 5), [4000] * 14)
    now_reads(meter, NOW, register)
    assert learnt(meter).month_wh is None


def test_the_month_goes_on_through_an_exchange() -> None:
    old = home()
    register = days(old, date(2026, 10, 1), [4000] * 41, 500_000)  # until 10 November
    new = exchange(old, datetime(2026, 11, 11, 10, tzinfo=DHAKA))
    Day.objects.create(
        meter=old,
        day=number(date(2026, 11, 11)),
        first_wh=register,
        first_wh_at=at(date(2026, 11, 11)),
        last_wh=register + 1000,
        last_wh_at=at(date(2026, 11, 11), 9),
    )
    after = days(new, date(2026, 11, 11), [2000, *[3000] * 7], 0)
    now_reads(new, NOW, after + 500)
    found = learnt(new)
    used = 10 * 4000 + 1000 + 2000 + 7 * 3000 + 500
    assert after + 500 - (found.month_wh or 0) == used
    assert reads.month_to_date([account(new)], TODAY)[account(new)].energy_wh == used
    assert found.body is not None
    assert Profile.unpack(found.body).known_days == 40 + 1 + 7  # the day of the exchange too: both meters know their part
    learning.learn_homes([old.pk], NOW)
    assert not HomeProfile.objects.filter(meter=old).exists()


def test_a_former_meter_that_is_not_known_leaves_the_month_unknown() -> None:
    old = home()
    new = exchange(old, datetime(2026, 11, 11, 10, tzinfo=DHAKA))
    now_reads(new, NOW, days(new, date(2026, 11, 11), [3000] * 8))
    assert learnt(new).month_wh is None


def test_a_register_that_passed_its_top_goes_on_counting() -> None:
    meter = home()
    days(meter, date(2026, 10, 1), [5000] * 35, 10**9 - 35 * 5000 - 500)
    register = days(meter, date(2026, 11, 5), [4500, *[5000] * 13])
    now_reads(meter, NOW, register)
    found = learnt(meter)
    assert found.body is not None
    assert Profile.unpack(found.body).usual_wh == 5000
    assert register - (found.month_wh or 0) == 18 * 5000


def test_a_register_that_fell_for_another_reason_leaves_the_month_unknown() -> None:
    meter = home()
    days(meter, date(2026, 10, 1), [5000] * 35, 10**7)
    now_reads(meter, NOW, days(meter, date(2026, 11, 5), [5000] * 14))
    found = learnt(meter)
    assert found.month_wh is None
    assert found.day_paisa is None
    assert found.body is not None


def test_the_round_stops_anywhere_and_goes_on_and_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "SLICE", 1)
    meters = [home() for _ in range(3)]
    for meter in meters:
        steady(meter, 5000, NOW)
    HomeProfile.objects.all().delete()
    first = meters[0].pk - 1
    turns = iter([True, False])
    assert learning.round_of_homes(NOW, first, lambda: next(turns)) == first + learning.SLICE
    assert learning.round_of_homes(NOW, first + learning.SLICE, lambda: True) is None
    before = list(HomeProfile.objects.order_by("pk").values())
    assert len(before) == 3
    assert learning.round_of_homes(NOW, first, lambda: True) is None
    assert list(HomeProfile.objects.order_by("pk").values()) == before


def test_a_slice_takes_the_same_few_statements_however_many_homes() -> None:
    def statements(count: int) -> int:
        meters = [home() for _ in range(count)]
        for meter in meters:
            steady(meter, 5000, NOW)
        with CaptureQueriesContext(connection) as seen:
            learning.learn_homes([meter.pk for meter in meters], NOW)
        return len(seen)

    assert statements(1) == statements(5) <= 11


def test_the_last_years_season_is_learnt_where_it_is_known() -> None:
    meter, other = home(), home()
    last_year = TODAY - timedelta(days=364)
    for one in (meter, other):
        use = [*[8000] * 32, *[4000] * 32] if one is meter else [6000] * 64  # the cool season halves it
        register = days(one, last_year - timedelta(days=32), use)
        register = days(one, TODAY - timedelta(days=70), [8000] * 70, register + 10**6)
        now_reads(one, NOW, register)
    months.pack(NOW, 0, lambda: True)
    trends = [Profile.unpack(learnt(one).body or []).trend_permille for one in (meter, other)]
    assert trends[0] < -20
    assert trends[1] == 0
    for ahead in range(1, 8):  # kept, and learnt anew at the week's turn
        body = learnt(meter, NOW + timedelta(days=ahead)).body
        assert body is not None
        assert Profile.unpack(body).trend_permille < -20
