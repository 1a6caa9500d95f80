"""Our own people at work: what meters signal there is for staff alone."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.alerts.finding import finding
from bijoli.alerts.models import Episode, Stage, WorkOrder
from bijoli.alerts.workorders import WorkError, approve, cancel
from bijoli.customers.models import Customer
from bijoli.delivery.models import Notification
from bijoli.metering.models import Meter, UsagePoint
from tests import households
from tests.apps.alert_changes import change, now, state

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def division():
    return settings.UTILITY.offices[0].division


@pytest.fixture
def home(division):
    one = households.person()
    households.phone(one)
    made = households.meter(one)
    UsagePoint.objects.update(division=division)
    state(made)
    return made


def order(place: str, division: str, begins=-HOUR, ends=HOUR) -> WorkOrder:
    boss = Customer.objects.first()
    assert boss
    return approve(place, division, now() + begins, now() + ends, "new seal", boss.pk, timezone.now())


def opens(home: Meter, at=None, begins=True):
    change(home, at, source="event", event_kind="tamper_cover", event_begins=begins, event_code="251")
    watch.drain()


def cover_three_times(home):
    for minutes, begins in ((10, True), (5, False), (0, True)):
        opens(home, now() - timedelta(minutes=minutes), begins)


def test_a_cover_that_opens_twice_is_one_alert_and_with_a_work_order_a_row_for_staff(home, division):  # (11)
    order(home.number, division)
    cover_three_times(home)
    assert list(Stage.objects.values_list("code", "suppressed")) == [("T1", "work order")]
    episode = Episode.objects.get()
    assert (episode.closed_at, episode.memory["counter"]) == (None, 2)
    assert not Notification.objects.exists()


@pytest.mark.parametrize(("begins", "ends", "told"), [(2, 3, 0), (2.1, 3, 1), (-4, -2, 0), (-4, -2.1, 1)])
def test_it_holds_two_hours_before_and_after(home, division, begins, ends, told):
    at = now()
    order(home.number, division, begins * HOUR, ends * HOUR)
    opens(home, at)
    assert Notification.objects.count() == told


def test_on_a_feeder_it_holds_for_that_divisions_meters_alone(home, division):
    other = settings.UTILITY.offices[1].division
    order("F1", division)
    opens(home)
    assert not Notification.objects.exists()
    Episode.objects.all().delete()
    UsagePoint.objects.update(division=other)
    opens(home)
    assert Notification.objects.count() == 1


def test_cancelled_it_holds_nothing_back(home, division):
    made = order(home.number, division)
    cancel(made.public_id, made.approved_by_id, timezone.now())
    with pytest.raises(WorkError, match="state"):
        cancel(made.public_id, made.approved_by_id, timezone.now())
    opens(home)
    assert Notification.objects.count() == 1


def test_a_signal_after_the_work_is_told_though_the_alert_stands_open(home, division):
    made = order(home.number, division)
    cover_three_times(home)
    cancel(made.public_id, made.approved_by_id, timezone.now())
    opens(home, now() + timedelta(minutes=1))
    assert list(Stage.objects.order_by("pk").values_list("code", "times", "suppressed")) == [("T1", 1, "work order"), ("T1", 2, "")]
    assert Notification.objects.get().facts["counter"] == 3


def test_of_what_nobody_was_told_nobody_hears_the_finding(home, division):
    order(home.number, division)
    opens(home)
    finding(home.number, "our own work", timezone.now())
    assert not Notification.objects.exists()
    assert Stage.objects.get(code="TR").suppressed == "not told"
    assert not Episode.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize(
    ("place", "begins", "ends", "why"),
    [
        ("F1", HOUR, -HOUR, "order"),
        ("F1", HOUR, HOUR * 200, "long"),
        ("F1", -HOUR * 40, -HOUR * 30, "past"),
        ("F9", -HOUR, HOUR, "place"),
        ("066099999999", -HOUR, HOUR, "place"),
    ],
)
def test_what_cannot_be_approved(home, division, place, begins, ends, why):
    with pytest.raises(WorkError, match=why):
        order(place, division, begins, ends)
    assert not WorkOrder.objects.exists()


def test_another_divisions_meter_cannot_be_named(home):
    with pytest.raises(WorkError, match="place"):
        order(home.number, settings.UTILITY.offices[1].division)
