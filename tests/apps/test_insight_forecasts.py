"""The forecast reaches the rules and the pages: L2 and L3 by it alone, closing at 36 hours, nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.alerts.forecast import plug
from bijoli.alerts.models import Episode, Stage
from bijoli.core.alerts.forecast import Unknown as Nobody
from bijoli.core.alerts.model import Snapshot
from bijoli.core.forecast import RunOut, Unknown
from bijoli.customers.models import Customer
from bijoli.insight import forecasts, lookahead, reads
from bijoli.insight.forecasts import Forecaster, seconds
from bijoli.insight.models import HomeProfile
from bijoli.metering.models import Change, Credit, Meter, MeterState
from tests.apps.alert_changes import balances, stages
from tests.apps.insight_homes import DHAKA, account, days, exchange, home, now_reads, steady

pytestmark = pytest.mark.django_db
LARGE = 48_000  # Wh a day: some 600 taka at its slab


@pytest.fixture(autouse=True)
def _plugged() -> Iterator[None]:
    former = plug(Forecaster())
    yield
    plug(former)


@pytest.fixture
def large(rahima: Customer) -> Meter:
    """A large home in the middle of a month, read a minute ago."""
    return home(rahima)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Now, in the middle of a month and of a day, whatever the day of the test."""
    now = datetime(2026, 11, 18, 12, 0, tzinfo=DHAKA)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


def taka(meter: Meter, amount: float, now: datetime, **values: Any) -> None:
    """The balance that the meter holds now, though no limit was crossed."""
    time = int(now.timestamp())
    MeterState.objects.filter(meter=meter).update(
        balance_paisa=round(amount * 100), balance_at=time, register_at=time, received_at=now, **values
    )


def look(now: datetime) -> list[int]:
    """A round, and what it queued."""
    before = set(Change.objects.values_list("pk", flat=True))
    assert lookahead.look(now, 0, lambda: True) is None
    return [row.meter_id for row in Change.objects.order_by("pk") if row.pk not in before]


def left(meter: Meter, now: datetime) -> int | None:
    state = MeterState.objects.get(meter=meter)
    return seconds({meter.pk: Snapshot(state.balance_paisa, state.balance_at)}, now).get(meter.pk)


def test_l2_at_400_taka_of_a_large_home_and_l1_still_at_99(large: Meter, noon: datetime) -> None:  # (17)
    steady(large, LARGE, noon)
    taka(large, 400, noon)
    hours = (left(large, noon) or 0) / 3600
    assert 12 < hours < 24
    balances(large, 400)
    watch.drain()
    assert stages(large) == ["L2"]
    assert Stage.objects.get().facts["run_out_s"] == left(large, noon)
    taka(large, 99, noon)
    balances(large, 99)
    watch.drain()
    assert stages(large)[:2] == ["L2", "L3"]  # 99 taka of such a home last some hours: the highest is told


def test_a_home_between_two_limits_is_queued_once(large: Meter, noon: datetime) -> None:
    steady(large, LARGE, noon)
    taka(large, 400, noon)
    assert look(noon) == [large.pk]
    assert look(noon) == []  # it waits
    watch.drain()
    assert stages(large) == ["L2"]
    assert Episode.objects.get().memory["by_forecast"]
    assert look(noon + timedelta(minutes=15)) == []  # told, and remembered


def test_what_has_been_used_since_an_older_reading_counts(large: Meter, noon: datetime) -> None:
    steady(large, LARGE, noon)
    taka(large, 800, noon - timedelta(hours=5))
    assert 20 * 3600 < (left(large, noon) or 0) < 24 * 3600
    assert (left(large, noon - timedelta(hours=5)) or 0) > 24 * 3600
    assert look(noon - timedelta(hours=5)) == []
    assert look(noon) == [large.pk]


def test_l3_comes_when_the_hours_are_few(large: Meter, noon: datetime) -> None:
    steady(large, LARGE, noon)
    taka(large, 400, noon)
    look(noon)
    watch.drain()
    taka(large, 150, noon)
    assert look(noon) == [large.pk]
    watch.drain()
    assert stages(large) == ["L2", "L3"]
    assert look(noon) == []


def test_it_closes_over_36_hours_and_not_before(large: Meter, noon: datetime) -> None:
    steady(large, LARGE, noon)
    taka(large, 400, noon)
    look(noon)
    watch.drain()
    taka(large, 900, noon)
    assert 24 * 3600 < (left(large, noon) or 0) < 36 * 3600
    assert look(noon) == []
    taka(large, 1500, noon)
    assert look(noon) == [large.pk]
    watch.drain()
    assert Episode.objects.get().closed_why == "recovered"
    assert look(noon) == []


def test_an_own_limit_keeps_it_open_and_does_not_queue_it_again(large: Meter, noon: datetime) -> None:
    steady(large, LARGE, noon)
    taka(large, 400, noon)
    look(noon)
    watch.drain()
    large.installations.get().usage_point.account.access.update(own_limit_paisa=300_000)
    taka(large, 1500, noon, edges=[1, 5000, 10000, 12000, 300_000, 360_000])
    assert look(noon) == []
    taka(large, 3700, noon)
    assert look(noon) == [large.pk]


def test_a_small_home_with_the_same_balance_is_left_alone(rahima: Customer, noon: datetime) -> None:
    small = home(rahima)
    steady(small, 4000, noon)
    taka(small, 400, noon)
    assert look(noon) == []
    assert (left(small, noon) or 0) > 36 * 3600


def test_what_is_on_its_way_counts(large: Meter, noon: datetime) -> None:
    steady(large, LARGE, noon)
    taka(large, 400, noon - timedelta(minutes=10))
    Credit.objects.create(meter=large, at=noon - timedelta(hours=1), credited_paisa=1000_00)  # the balance holds it already
    assert look(noon) == [large.pk]
    Change.objects.all().delete()
    Credit.objects.create(meter=large, at=noon, credited_paisa=1000_00)
    assert (left(large, noon) or 0) > 36 * 3600
    assert look(noon) == []


@pytest.mark.parametrize(
    "why", ["postpaid", "no profile", "other version", "old balance", "few days", "month unknown", "no balance", "finished"]
)
def test_unknown_is_quiet(large: Meter, noon: datetime, why: str) -> None:
    steady(large, LARGE, noon, back=8 if why == "few days" else 70)
    taka(large, 400, noon - timedelta(hours=40) if why == "old balance" else noon)
    point, state, profile = (
        large.installations.get().usage_point,
        MeterState.objects.filter(meter=large),
        HomeProfile.objects.filter(meter=large),
    )
    if why == "postpaid":
        point.account.mode = "postpaid"
        point.account.save()
    elif why == "no profile":
        profile.delete()
    elif why == "other version":
        profile.update(body=[99])
    elif why == "month unknown":
        profile.update(month_wh=None)
    elif why == "no balance":
        state.update(balance_paisa=None, balance_at=None)
    elif why == "finished":
        state.update(balance_paisa=0)
    assert look(noon) == []
    if why != "finished":
        assert left(large, noon) is None
        found = reads.forecast_of([account(large)], noon)
        assert all(isinstance(one, RunOut if why == "no profile" else Unknown) for one in found.values())  # a page learns the unlearnt


def test_a_forecast_that_fails_is_unknown_and_spoils_nothing(
    large: Meter, noon: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steady(large, LARGE, noon)
    taka(large, 40, noon)

    def broken(*_: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0 FROM metering_meter")

    monkeypatch.setattr(forecasts.homes, "by_meter", broken)
    balances(large, 40)
    watch.drain()
    assert stages(large) == ["L2"]  # by the balance
    assert "no forecast for 1 meters" in caplog.text
    assert large.number not in caplog.text


def test_a_storm_is_queued_a_slice_at_a_time_and_waits_for_what_meters_report(
    rahima: Customer, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookahead, "SLICE", 1)
    monkeypatch.setattr(lookahead, "WAITING_MOST", 1)
    homes = [home(rahima) for _ in range(4)]
    for meter in homes:
        steady(meter, LARGE, noon)
        taka(meter, 400, noon)
    reached = lookahead.look(noon, homes[0].pk - 1, lambda: True)
    assert reached == homes[1].pk
    assert Change.objects.count() == 2
    watch.drain()
    assert lookahead.look(noon, reached, lambda: True) is None
    watch.drain()
    assert [stages(meter) for meter in homes] == [["L2"]] * 4


def test_the_shortcut_for_full_balances_never_says_more_than_the_forecast(rahima: Customer, noon: datetime) -> None:
    for daily in (800, 2500, 9000, LARGE):
        meter = home(rahima)
        steady(meter, daily, noon)
        for amount in range(5, 2000, 45):
            taka(meter, amount, noon)
            found = reads.forecast_of([account(meter)], noon)[account(meter)]
            assert isinstance(found, RunOut)
            exact = None if found.likely is None else (found.likely - noon).total_seconds()
            told = left(meter, noon)
            assert told is not None
            if exact is None or exact > forecasts.RULES_S:
                assert told >= forecasts.RULES_S
                assert exact is None or told <= exact + 1
            else:
                assert abs(told - exact) <= 1


def test_all_accounts_of_a_person_are_one_query(rahima: Customer, noon: datetime) -> None:
    meters = [home(rahima) for _ in range(4)]
    for meter in meters:
        steady(meter, 6000, noon)
    accounts = [account(meter) for meter in meters]
    with CaptureQueriesContext(connection) as seen:
        found = reads.forecast_of(accounts, noon)
    assert len(seen) == 1
    assert all(isinstance(one, RunOut) for one in found.values())


def test_a_meter_that_took_anothers_place_is_not_known_until_the_night(large: Meter, noon: datetime) -> None:
    steady(large, LARGE, noon)
    new = exchange(large, noon)
    taka(new, 400, noon)
    assert look(noon) == []
    assert isinstance(reads.forecast_of([account(new)], noon)[account(new)], Unknown)


def test_the_app_plugs_it_in() -> None:
    at_start = plug(Nobody())
    plug(at_start)
    assert isinstance(at_start, Forecaster)


def test_money_until_a_day(large: Meter, noon: datetime) -> None:
    steady(large, 5000, noon)
    taka(large, 400, noon)
    month_end = noon.date().replace(day=30)
    found = reads.enough_until(account(large), month_end, noon)
    assert not isinstance(found, Unknown)
    assert 12 * 5 * 526 < found.need_paisa < 2 * 13 * 5 * 720
    assert found.short_paisa == max(0, found.need_paisa - 400_00)
    nearer = reads.enough_until(account(large), noon.date(), noon)
    assert not isinstance(nearer, Unknown)
    assert nearer.need_paisa < found.need_paisa


def test_the_month_after_its_turn_and_before_the_night(large: Meter) -> None:
    evening = datetime(2026, 11, 30, 23, 30, tzinfo=DHAKA)
    register = steady(large, 5000, evening)
    turned = datetime(2026, 12, 1, 1, 0, tzinfo=DHAKA)
    days(large, evening.date(), [5000], register)
    now_reads(large, turned, register + 5000 + 200)
    found = reads.outlook(account(large), turned)
    assert found is not None
    assert found.month_wh == 200
    assert found.position.upto_wh == 50_000
    assert isinstance(reads.forecast_of([account(large)], turned)[account(large)], RunOut)
