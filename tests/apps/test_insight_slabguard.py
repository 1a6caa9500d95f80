"""The slab guard: told once a month and edge, with cost and date, before the edge; to prepaid and postpaid, and to nobody who declined."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.tariff import month_cost, slab_position
from bijoli.customers.models import Access, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.reads import listing, unread
from bijoli.insight import learning, slabguard
from bijoli.insight.models import HomeProfile, SlabNotice
from bijoli.insight.slabguard import edges
from bijoli.metering.models import Meter, MeterState
from tests import households
from tests.apps.insight_homes import DHAKA, exchange, home, now_reads, steady
from tests.core.test_tariff import BOOK

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=DHAKA)
LT_A = "LT-A"


def used(meter: Meter, kwh: float, now: datetime = NOW, register: int | None = None) -> None:
    """The month stands at so many units now."""
    profile = HomeProfile.objects.get(meter=meter)
    begin = profile.month_wh if register is None else register
    assert begin is not None
    time = int(now.timestamp())
    MeterState.objects.filter(meter=meter).update(register_wh=begin + round(kwh * 1000), register_at=time, balance_at=time)


def guard(now: datetime = NOW) -> list[Notification]:
    """A round, and what it told, in order."""
    before = set(Notification.objects.values_list("pk", flat=True))
    assert slabguard.guard_slabs(now, 0, lambda: True) is None
    return [row for row in Notification.objects.order_by("pk") if row.pk not in before]


def told(now: datetime = NOW) -> list[tuple[str, int]]:
    return [(row.code, row.facts["edge_wh"] // 1000) for row in guard(now)]


@pytest.fixture
def small(rahima: Customer) -> Meter:
    meter = home(rahima)
    steady(meter, 2700, NOW)
    return meter


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kwh", "edge"),
    [(46.9, None), (47, 50), (49.9, 50), (50, 50), (50.1, None), (67.4, None), (67.5, 75), (75, 75), (75.1, None), (179, None), (180, 200)],
)
def test_told_between_the_line_and_the_edge(small: Meter, kwh: float, edge: int | None) -> None:
    used(small, kwh)
    assert told() == ([] if edge is None else [("S1", edge)])


@pytest.mark.django_db
def test_the_lifeline_notice_says_what_its_loss_costs(small: Meter) -> None:
    used(small, 48)
    facts = guard()[0].facts
    tariff = BOOK.at(LT_A, NOW.date())
    assert facts["cliff_paisa"] == month_cost(50_000, tariff) * -1 + 50 * tariff.slabs[0].rate
    assert (facts["used_wh"], facts["rate"], facts["next_rate"]) == (48_000, 463, 526)
    assert facts["tariff_since"] == tariff.since.isoformat()
    assert facts["crosses_on"] == "2026-11-19"  # two units at 2.7 a day, from noon


@pytest.mark.django_db
def test_the_date_is_left_out_where_nobody_knows_and_said_where_the_month_ends_before(small: Meter) -> None:
    HomeProfile.objects.update(body=None)
    used(small, 70)
    facts = guard()[0].facts
    assert {"crosses_on", "stays", "cliff_paisa"}.isdisjoint(facts)
    other = home(*Customer.objects.all())
    steady(other, 300, NOW)
    used(other, 68)
    assert guard()[0].facts["stays"] is True


@pytest.mark.django_db
def test_told_once_and_a_later_notice_replaces_the_unread_one(small: Meter, rahima: Customer) -> None:
    used(small, 48)
    assert told() == [("S1", 50)]
    assert told() == []
    used(small, 49)
    assert told() == []
    used(small, 70)
    assert told() == [("S1", 75)]
    assert unread(rahima.pk) == 1
    assert [one.superseded_at is None for one in listing(rahima.pk)] == [True, False]


@pytest.mark.django_db
def test_it_comes_without_a_push_unless_asked_for(small: Meter, rahima: Customer) -> None:
    used(small, 48)
    guard()
    assert [(one.status, one.reason) for one in Delivery.objects.all()] == [("suppressed", "not asked for")]
    Access.objects.update(asked_kinds=["S1"])
    used(small, 70)
    guard()
    pushed = Delivery.objects.latest("pk")
    assert (pushed.status, pushed.urgency, pushed.expires_at - pushed.queued_at) == ("queued", "normal", timedelta(days=1))


@pytest.mark.django_db
def test_who_declined_is_not_told_and_others_of_the_account_are(small: Meter, rahima: Customer) -> None:
    other = households.person()
    Access.objects.update(muted_kinds=["S1"])
    Access.objects.create(customer=other, account=small.installations.get().usage_point.account, since=households.LONG_AGO)
    used(small, 48)
    assert [row.customer_id for row in guard()] == [other.pk]


@pytest.mark.django_db
def test_a_postpaid_home_is_told_and_one_without_people_costs_nothing(rahima: Customer) -> None:
    post, lonely = home(rahima, mode="postpaid"), home()
    for meter in (post, lonely):
        steady(meter, 2700, NOW)
        used(meter, 48)
    assert [row.meter_id for row in guard()] == [post.pk]
    assert SlabNotice.objects.count() == 1


@pytest.mark.django_db
def test_two_homes_of_one_person_are_both_told(rahima: Customer) -> None:
    for _ in range(2):
        meter = home(rahima)
        steady(meter, 2700, NOW)
        used(meter, 48)
    assert told() == [("S1", 50)] * 2
    assert unread(rahima.pk) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["month unknown", "former month", "no register", "flat tariff", "register of last month"])
def test_unknown_is_quiet(small: Meter, why: str) -> None:
    used(small, 48)
    if why == "month unknown":
        HomeProfile.objects.update(month_wh=None)
    elif why == "former month":
        HomeProfile.objects.update(month=HomeProfile.objects.get().month - 1)
    elif why == "no register":
        MeterState.objects.update(register_wh=None, register_at=None)
    elif why == "flat tariff":
        point = small.installations.get().usage_point
        point.tariff = "LT-E"
        point.save()
    else:
        MeterState.objects.update(register_at=int((NOW - timedelta(days=30)).timestamp()))
    assert told() == []


@pytest.mark.django_db
def test_an_exchange_tells_nothing_twice(small: Meter) -> None:
    used(small, 48)
    assert told() == [("S1", 50)]
    new = exchange(small, NOW)
    later = NOW + timedelta(hours=20)
    state = MeterState.objects.get(meter=small)
    assert state.register_wh is not None
    now_reads(new, later, 300)
    learning.learn_homes([new.pk], later)
    begin = HomeProfile.objects.get(meter=new).month_wh
    assert begin is not None
    assert 47_000 < 300 - begin < 50_000
    assert told(later) == []


@pytest.mark.django_db
def test_the_month_ends_and_takes_its_notices_off_the_bell(small: Meter, rahima: Customer) -> None:
    used(small, 48)
    guard()
    assert slabguard.end_month(NOW, lambda: True)
    assert unread(rahima.pk) == 1
    december = datetime(2026, 12, 1, 3, tzinfo=DHAKA)
    Notification.objects.update(made_at=NOW)
    assert slabguard.end_month(december, lambda: True)
    assert unread(rahima.pk) == 0
    assert not SlabNotice.objects.exists()
    assert len(listing(rahima.pk)) == 1  # it stays to be read


@pytest.mark.django_db
def test_the_round_stops_and_goes_on(rahima: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slabguard, "SLICE", 1)
    meters = [home(rahima) for _ in range(3)]
    for meter in meters:
        steady(meter, 2700, NOW)
        used(meter, 48)
    turns = iter([True, False])
    reached = slabguard.guard_slabs(NOW, meters[0].pk - 1, lambda: next(turns))
    assert reached == meters[0].pk
    assert Notification.objects.count() == 1
    assert slabguard.guard_slabs(NOW, reached, lambda: True) is None
    assert Notification.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_timers_tell_once(rahima: Customer) -> None:
    meter = home(rahima)
    steady(meter, 2700, NOW)
    used(meter, 48)
    start = Barrier(2)

    def run() -> None:
        start.wait()
        slabguard.guard_slabs(NOW, 0, lambda: True)
        connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Notification.objects.count() == SlabNotice.objects.count() == 1


@given(wh=st.integers(0, 700_000), code=st.sampled_from(BOOK.codes(date(2026, 11, 18))))
def test_each_edge_is_the_one_that_comes_next(wh: int, code: str) -> None:
    tariff = BOOK.at(code, date(2026, 11, 18))
    near = [edge for edge in edges(tariff, settings.UTILITY.slab_guard) if edge.line_wh <= wh <= edge.edge_wh]
    assert all(slab_position(wh, tariff).upto_wh == edge.edge_wh for edge in near)
    assert all(edge.line_wh < edge.edge_wh for edge in edges(tariff, settings.UTILITY.slab_guard))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_detail_page_and_the_list_say_it(client: Any, rahima: Customer, small: Meter, language: str) -> None:
    rahima.language = language
    rahima.save()
    client.force_login(rahima)
    used(small, 48)
    [notice] = guard()
    page = client.get(f"/n/{notice.public_id}/").content.decode()
    wanted = {"bn": ("লাইফলাইন", "৳ ৩১.৫০", "৪৮"), "en": ("lifeline", "৳ 31.50", "48", "19 November")}[language]
    for words in wanted:
        assert words in page
    assert "/wrong/" not in page
    assert "lifeline" in client.get("/n/?kind=slab").content.decode() or language == "bn"
