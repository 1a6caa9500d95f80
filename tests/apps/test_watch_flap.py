"""The flap guard against real tables: the openings are counted across episodes, and the timer closes."""

from datetime import timedelta

import pytest

from bijoli.alerts import reads, watch
from bijoli.alerts.models import Episode, Stage
from bijoli.alerts.tick import tick
from bijoli.delivery.models import Notification
from tests import households
from tests.apps.alert_changes import balances, change, now, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def meter():
    person = households.person()
    households.phone(person)
    return households.meter(person)


def recorded(meter):
    return [(row.code, row.suppressed) for row in Stage.objects.filter(episode__meter=meter).order_by("pk")]


def flap(meter, times=3, begin=None):
    """So many low balances with a recharge after each, every change in a batch of its own."""
    moment = begin or now() - timedelta(minutes=10 * times)
    for _ in range(times):
        for value, before in ((40, 150), (150, 40)):
            balances(meter, value, before=before, begin=moment)
            watch.drain()
            moment += timedelta(minutes=5)


def test_the_fourth_opening_is_held_and_told_to_nobody(meter):
    flap(meter)
    balances(meter, 40, before=150)
    watch.drain()
    assert recorded(meter) == [("L2", "")] * 3 + [("L2", "flap")]
    assert Notification.objects.count() == 3
    assert Episode.objects.filter(closed_at=None).count() == 1


def test_all_in_one_batch_is_the_same(meter):
    balances(meter, *[40, 150] * 4, before=150)
    watch.drain()
    assert recorded(meter)[3:] == [("L2", "flap")]
    assert Episode.objects.filter(closed_at=None).count() == 1


def test_the_timer_closes_after_six_hours_of_calm_and_people_do_not_see_it_open_until_then(meter):
    balances(meter, *[40, 150] * 4, before=150)
    watch.drain()
    calm = now()
    state(meter, balance_paisa=150_00, balance_at=int(calm.timestamp()))
    assert reads.open_episodes([meter.pk]) == {}
    tick(calm + timedelta(hours=5, minutes=59))
    assert Episode.objects.filter(closed_at=None).exists()
    tick(calm + timedelta(hours=6))
    assert not Episode.objects.filter(closed_at=None).exists()
    assert Episode.objects.latest("pk").closed_why == "recovered"


def test_what_opened_more_than_a_day_ago_and_what_another_meter_did_do_not_count(meter):
    other = households.meter(households.person())
    flap(other)
    flap(meter, begin=now() - timedelta(hours=25))
    balances(meter, 40, before=150)
    watch.drain()
    assert recorded(meter)[-1] == ("L2", "")


def test_a_restored_that_is_not_told_clears_the_bell_all_the_same(meter):
    for _ in range(4):
        change(meter, balance_paisa=-5_00, before_paisa=500_00, relay=2, relay_before=1)
        watch.drain()
        change(meter, balance_paisa=500_00, before_paisa=-5_00, relay=1, relay_before=2)
        watch.drain()
    assert recorded(meter) == [("Z2", ""), ("ZR", "")] * 3 + [("Z2", "")]
    unread = Notification.objects.filter(read_at=None, superseded_at=None)
    assert not unread.filter(code="Z2").exists()


def test_a_batch_counts_in_one_query(django_assert_max_num_queries):
    person = households.person()
    for _ in range(30):
        balances(households.meter(person), 84, before=150)
    households.apart()
    with django_assert_max_num_queries(24):
        assert watch.step() == 30
