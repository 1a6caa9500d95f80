"""The desk of meters that signalled: who sees which, and the finding that closes the alert and is told."""

import pytest
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.alerts.models import Episode, Stage
from bijoli.delivery.models import Notification
from bijoli.staff.models import Looked
from tests.apps.alert_changes import change
from tests.apps.staff.conftest import EAST, WEST, home

pytestmark = pytest.mark.django_db
DESK = "/staff/alerts/episode/"


@pytest.fixture
def signalled(db):
    customer, _, meter = home(EAST)
    change(meter, source="event", event_kind="tamper_cover", event_begins=True, event_code="251")
    watch.drain()
    return customer, meter, Episode.objects.get(kind="tamper")


def test_a_finding_closes_the_alert_and_its_people_read_it(member, signalled):
    customer, meter, episode = signalled
    one = member("technical", EAST)
    listed = one.client.get(DESK).content.decode()
    assert "cover opened" in listed
    assert meter.number not in listed
    page = one.client.get(f"{DESK}{episode.pk}/").content.decode()
    assert meter.number in page
    assert "T1" in page
    assert one.client.post(f"{DESK}{episode.pk}/finding/", {"why": "the seal is in order"}).status_code == 302
    episode.refresh_from_db()
    assert episode.closed_why == "finding"
    assert Notification.objects.filter(customer=customer, code="TR").get().facts["finding"] == "the seal is in order"
    assert Looked.objects.filter(page="alerts.episode/finding", staff=one.person).count() == 1
    again = one.client.post(f"{DESK}{episode.pk}/finding/", {"why": "once more"}, follow=True).content.decode()
    assert "A colleague was faster" in again
    assert Stage.objects.filter(code="TR").count() == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 501])
def test_without_words_or_with_too_many_nothing_closes(member, signalled, text):
    one, episode = member("technical", EAST), signalled[2]
    assert "Fill in" in one.client.post(f"{DESK}{episode.pk}/finding/", {"why": text}, follow=True).content.decode()
    episode.refresh_from_db()
    assert episode.closed_at is None


def test_another_division_sees_and_closes_nothing(member, signalled):
    other, episode = member("technical", WEST), signalled[2]
    assert "cover opened" not in other.client.get(DESK).content.decode()
    for answer in (other.client.get(f"{DESK}{episode.pk}/"), other.client.post(f"{DESK}{episode.pk}/finding/", {"why": "all is well"})):
        assert answer.status_code == 404
    episode.refresh_from_db()
    assert episode.closed_at is None


def test_customer_service_reads_and_notes_nothing(member, signalled):
    one, episode = member("service", EAST), signalled[2]
    assert "finding/" not in one.client.get(f"{DESK}{episode.pk}/").content.decode()
    assert one.client.post(f"{DESK}{episode.pk}/finding/", {"why": "all is well"}).status_code == 403


def test_other_alerts_have_no_page_here(member, signalled):
    low = Episode.objects.create(meter=signalled[1], kind="low", opened_at=timezone.now())
    assert member("technical", EAST).client.get(f"{DESK}{low.pk}/").status_code == 404
