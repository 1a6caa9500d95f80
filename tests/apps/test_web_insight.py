"""What the pages say ahead: until when the balance lasts, how the slab stands, what the coach sees, what a postpaid month comes to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.insight import learning
from bijoli.insight.models import HomeProfile
from bijoli.metering import numbers
from bijoli.metering.columns import Readings
from bijoli.metering.models import Meter, MeterState
from bijoli.metering.record import record
from tests.apps.test_web_usage import text, usage
from tests.households import meter, person

pytestmark = pytest.mark.django_db
DHAKA = ZoneInfo("Asia/Dhaka")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=DHAKA)
A_DAY_WH = 8000


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers.forget()
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def home() -> Meter:
    """Sixty days of 8 kWh and 57.60 taka; 300 taka left; a month of 156 kWh so far."""
    made = meter(person(language="en", name="Rahima"), nickname="Home")
    made.installations.update(installed_at=datetime(2024, 1, 1, tzinfo=DHAKA))
    MeterState.objects.create(meter=made, sanctioned_load_w=5000)
    evening = datetime(2026, 11, 19, 23, 45, tzinfo=DHAKA)
    for ago in range(60, -1, -1):
        told(made, evening - timedelta(days=ago), register=2_000_000 - ago * A_DAY_WH, balance=300_00 + ago * 57_60, load=2000)
    told(made, NOW - timedelta(minutes=10), register=2_000_000 + 4000, balance=271_20, load=2000)
    return made


@pytest.fixture
def page(client: Client, home: Meter) -> Client:
    client.force_login(Customer.objects.get())
    return client


def told(at: Meter, when: datetime, **values: Any) -> None:
    record(Readings.of([{"meter": int(at.number), "at": int(when.timestamp()), **values}]), NOW)


def test_a_meter_that_was_not_learnt_at_night_yet_is_learnt_when_its_page_is_asked_for(page: Client, home: Meter) -> None:
    assert not HomeProfile.objects.exists()
    assert "Lasts until about" in text(page.get("/"))
    assert HomeProfile.objects.get().meter_id == home.pk
    made = HomeProfile.objects.values_list("month_wh", "body").get()
    learning.learn_homes([home.pk], NOW)
    assert HomeProfile.objects.values_list("month_wh", "body").get() == made


def test_home_and_recharge_say_until_when_the_balance_lasts(page: Client, home: Meter) -> None:
    """271 taka at 57.60 a day are four and a half days: Tuesday or Wednesday."""
    for path in ("/", f"/recharge/{usage(home).split('/')[2]}/"):
        said = text(page.get(path))
        assert any(f"Lasts until about {day}" in said for day in ("Tuesday", "Wednesday")), said
        assert "as you have used lately" in said


def test_recharge_says_what_is_missing_until_the_month_s_end(page: Client, home: Meter) -> None:
    said = text(page.get(f"/recharge/{usage(home).split('/')[2]}/"))
    assert "To be enough until the end of 30 November, about ৳" in said
    told(home, NOW - timedelta(minutes=5), register=2_000_000 + 4100, balance=5000_00)
    assert "Enough until the end of 30 November" in text(page.get(f"/recharge/{usage(home).split('/')[2]}/"))


def test_usage_says_which_slab_the_month_has_reached_and_as_of_which_tariff(page: Client, home: Meter) -> None:
    said = text(page.get(usage(home)))
    assert "156.0 units so far" in said
    assert "Each unit costs ৳ 7.20 now; after 44.0 more units ৳ 7.59." in said
    assert "Tariff LT-A as of 1 February 2024" in said
    assert any(f"that is about {day} November" in said for day in (25, 26))


def test_nothing_is_said_ahead_of_a_meter_that_is_silent(page: Client, home: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(days=3))
    assert "The last reading is too old to say how long it lasts." in text(page.get("/"))


def test_the_coach_stands_beside_loads_that_were_too_high_and_no_others(page: Client, home: Meter) -> None:
    assert "So that it holds" not in text(page.get(usage(home) + "load/"))
    told(home, NOW - timedelta(minutes=5), load=6400)
    said = text(page.get(usage(home) + "load/"))
    assert "So that it holds" in said
    assert "6.4 kW" in said


def test_a_postpaid_month_comes_to_its_lines(page: Client, home: Meter) -> None:
    account = home.installations.get().usage_point.account
    account.mode = "postpaid"
    account.save()
    said = text(page.get(f"/bills/{account.public_id}/"))
    lines = (
        "75 units at ৳ 5.26 ৳ 394.50",
        "81 units at ৳ 7.20 ৳ 583.20",
        "Demand charge ৳ 210.00",
        "VAT ৳ 59.39",
        "By the tariff ৳ 1,247.09",
    )
    for words in lines:
        assert words in said, words
    assert "Last 6 months" in said
    assert "Costs by tariff LT-A as of 1 February 2024" in text(page.get(usage(home) + "months/"))
