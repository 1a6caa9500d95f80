"""The desks of work orders and storms: who may approve, and only where."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from bijoli.alerts.models import Storm, WorkOrder
from bijoli.metering.models import UsagePoint
from bijoli.staff.models import Looked
from tests.apps.staff.conftest import home

pytestmark = pytest.mark.django_db
DESK = "/staff/alerts/workorder/"
STORMS = "/staff/alerts/storm/"


@pytest.fixture
def east():
    return settings.UTILITY.offices[0].division


@pytest.fixture
def west():
    return settings.UTILITY.offices[1].division


def filled(place, division, hours=2):
    now = timezone.localtime()
    times = {"begins_at": f"{now:%Y-%m-%dT%H:%M}", "ends_at": f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M}"}
    return {"place": place, "division": division, "what": "new seal", **times}


@pytest.mark.parametrize("language", ["bn", "en"])
def test_a_technician_approves_and_cancels_in_the_own_division(member, east, language):
    _, _, meter = home(east)
    one = member("technical", east)
    type(one.person).objects.update(language=language)
    assert one.client.get(DESK + "approve/").status_code == 200
    answer = one.client.post(DESK + "approve/", filled(meter.number, east))
    made = WorkOrder.objects.get()
    assert answer.status_code == 302
    assert (made.meter_id, made.feeder, made.division, made.approved_by_id) == (meter.pk, "", east, one.person.pk)
    page = f"{DESK}{made.public_id}/"
    assert meter.number in one.client.get(DESK).content.decode()
    assert "new seal" in one.client.get(page).content.decode()
    assert one.client.post(page + "cancel/").status_code == 302
    made.refresh_from_db()
    assert made.cancelled_by_id == one.person.pk
    assert Looked.objects.filter(page__in=["alerts.workorder/approve", "alerts.workorder/cancel"]).count() == 2


def test_elsewhere_nothing_is_seen_approved_or_cancelled(member, east, west):
    _, _, meter = home(west)
    chief, other = member("administrator"), member("technical", east)
    chief.client.post(DESK + "approve/", filled(meter.number, west))
    made = WorkOrder.objects.get()
    assert meter.number not in other.client.get(DESK).content.decode()
    assert other.client.get(f"{DESK}{made.public_id}/").status_code == 404
    assert other.client.post(f"{DESK}{made.public_id}/cancel/").status_code == 404
    assert other.client.post(DESK + "approve/", filled(meter.number, west)).status_code == 200  # not among the divisions offered
    assert other.client.post(DESK + "approve/", filled(meter.number, east)).status_code == 200  # and not there
    assert WorkOrder.objects.count() == 1


def test_what_is_wrong_is_said_at_the_field(member, east):
    home(east)
    one = member("technical", east)
    assert "order" in one.client.post(DESK + "approve/", filled("F1", east, hours=200)).content.decode()
    assert "must end after" in one.client.post(DESK + "approve/", filled("F1", east, hours=-1)).content.decode()
    assert not WorkOrder.objects.exists()


def test_customer_service_looks_and_approves_nothing(member, east):
    one = member("service", east)
    assert one.client.get(DESK).status_code == 200
    assert one.client.get(DESK + "approve/").status_code == 403
    assert one.client.post(DESK + "approve/", filled("F1", east)).status_code == 403
    assert member("tariffs").client.get(DESK).status_code == 403


def test_storms_are_bounded_by_the_feeders_of_the_division(member, east, west):
    home(east)
    home(west)
    UsagePoint.objects.filter(division=east).update(feeder="Line east")
    UsagePoint.objects.filter(division=west).update(feeder="Line west")
    Storm.objects.create(feeder="Line west", kind="low", began_at=timezone.now(), episodes=77)
    assert "Line west" in member("technical", west).client.get(STORMS).content.decode()
    one = member("technical", east)
    assert "Line west" not in one.client.get(STORMS).content.decode()
    assert one.client.get(f"{STORMS}{Storm.objects.get().pk}/").status_code == 404
