"""The overload coach from what is stored: trips by rule and by event, each once; days' maxima; and what the page says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.alerts.models import Episode, Stage
from bijoli.core.coach import Hours
from bijoli.customers.models import Customer
from bijoli.delivery.models import Notification
from bijoli.delivery.tell import tell
from bijoli.insight import reads
from bijoli.metering.models import Day, Meter, MeterEvent
from bijoli.web.coachcard import card
from tests import households
from tests.apps.insight_homes import DHAKA, account, exchange, home, number

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=DHAKA)
EVENING = datetime(2026, 11, 20, 19, 0, tzinfo=DHAKA)


@pytest.fixture
def house(rahima: Customer) -> Meter:
    return home(rahima)  # 5 kW


def tripped(meter: Meter, at: datetime, load: int | None = None, *, suppressed: str = "") -> None:
    episode, _ = Episode.objects.get_or_create(meter=meter, kind="overload", closed_at=None, defaults={"opened_at": at})
    times = Stage.objects.filter(episode=episode).count() + 1
    facts = {"trip": True}
    Stage.objects.create(episode=episode, code="O2", times=times, at=at, received_at=at, load_w=load, facts=facts, suppressed=suppressed)


def event(meter: Meter, kind: str, at: datetime, begins: bool | None = True) -> None:
    MeterEvent.objects.create(meter=meter, at=at, profile="is15959", code=f"{kind}", kind=kind, begins=begins)


def maximum(meter: Meter, at: datetime, load: int) -> None:
    Day.objects.create(meter=meter, day=number(at.date()), max_w=load, max_at=int(at.timestamp()))


def test_an_evening_home(house: Meter) -> None:
    for week in range(4):
        tripped(house, EVENING - timedelta(days=week * 3, minutes=20 * week), 5600)
    maximum(house, EVENING, 6300)
    found = reads.coach(account(house), NOW)
    assert found is not None
    assert found.pattern.trips == 4
    assert found.pattern.hours == Hours(18, 20, 4)
    assert found.pattern.peak is not None
    assert found.pattern.peak.load_w == 6300
    assert found.fit is not None
    assert (found.fit.load_w, found.fit.month_paisa) == (7000, 88_20)


def test_a_trip_told_twice_counts_once_and_one_that_no_rule_saw_counts_too(house: Meter) -> None:
    tripped(house, EVENING)
    tripped(house, EVENING + timedelta(minutes=5), suppressed="gap")  # another one: recorded, though not told
    event(house, "overload", EVENING - timedelta(minutes=10, seconds=30))
    event(house, "supply_off", EVENING - timedelta(minutes=10))  # the meter's own word of the first
    event(house, "supply_off", EVENING - timedelta(days=1))  # for another reason
    event(house, "overload", EVENING - timedelta(days=2))
    event(house, "supply_off", EVENING - timedelta(days=2) + timedelta(seconds=40))
    found = reads.coach(account(house), NOW)
    assert found is not None
    assert found.pattern.trips == 3
    assert found.fit is None  # no load is known


def test_only_this_homes_last_90_days(house: Meter, rahima: Customer) -> None:
    tripped(house, NOW - timedelta(days=91))
    maximum(house, NOW - timedelta(days=91), 9000)
    tripped(home(rahima), EVENING)
    assert reads.coach(account(house), NOW) is None
    maximum(house, NOW - timedelta(days=2), 5000)
    assert reads.coach(account(house), NOW) is None  # at the sanctioned load is not over it


def test_the_former_meters_trips_belong_to_the_home_and_what_it_does_elsewhere_does_not(house: Meter) -> None:
    tripped(house, EVENING)
    new = exchange(house, EVENING + timedelta(days=1))
    tripped(house, EVENING + timedelta(days=2))
    tripped(new, EVENING + timedelta(days=3))
    found = reads.coach(account(new), NOW)
    assert found is not None
    assert found.pattern.trips == 2


def test_a_few_queries_and_two_where_the_caller_has_the_days(house: Meter) -> None:
    tripped(house, EVENING, 5600)
    home_account = account(house)
    with CaptureQueriesContext(connection) as seen:
        reads.coach(home_account, NOW)
    assert len(seen) <= 7
    with CaptureQueriesContext(connection) as seen:
        reads.coach(home_account, NOW, [])
    assert len(seen) == 2


@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_overloads_page_says_it(client: Any, rahima: Customer, house: Meter, language: str) -> None:
    rahima.language = language
    rahima.save()
    now = timezone.now()
    for day in range(3):
        tripped(house, now - timedelta(days=day + 1), 5600)
    tell([households.telling(house, "O2", at=now, facts={"load_w": 5600, "limit": 5000})], now)
    client.force_login(rahima)
    page = client.get(f"/n/{Notification.objects.get().public_id}/").content.decode()
    wanted = {
        "en": ("So that it holds", "tripped 3 times", "A sanctioned load of 6 kW", "৳ 44.10 more a month with VAT", "1 February 2024"),
        "bn": ("যাতে বিদ্যুৎ বন্ধ না হয়", "৩ বার", "৬ কিলোওয়াট", "৳ ৪৪.১০", "১ ফেব্রুয়ারি ২০২৪"),
    }[language]
    for words in wanted:
        assert words in page


def test_no_overload_no_card(client: Any, rahima: Customer, house: Meter) -> None:
    rahima.language = "en"
    rahima.save()
    tell([households.telling(house, "L1")], timezone.now())
    client.force_login(rahima)
    assert "So that it holds" not in client.get(f"/n/{Notification.objects.get().public_id}/").content.decode()
    assert card(None) is None
