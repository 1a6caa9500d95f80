"""A member of a division sees that division; everything else does not exist for them."""

import pytest
from django.utils import timezone

from bijoli.alerts import disputes
from bijoli.alerts.models import Dispute
from bijoli.customers.models import Access
from bijoli.delivery.models import Notification
from bijoli.delivery.tell import tell
from bijoli.ingest.models import Gateway, Reject
from bijoli.metering.models import MeterEvent
from bijoli.staff.models import StaffScope
from bijoli.staff.roles import ROLES
from tests import households
from tests.apps.staff.conftest import EAST, WEST, home, move
from tests.households import NOON

pytestmark = pytest.mark.django_db


class Place:
    """A home with one of everything that staff can open."""

    def __init__(self, division):
        self.resident, self.account, self.meter = home(division)
        tell([households.telling(self.meter)], NOON)
        self.told = Notification.objects.get(customer=self.resident)
        disputes.say_wrong(self.resident.pk, self.account.pk, self.told.stage_id, f"wrong in {division}", timezone.now())
        self.dispute = Dispute.objects.get(customer=self.resident)
        MeterEvent.objects.create(meter=self.meter, at=NOON, profile="is15959", code=f"9{self.meter.pk}")

    @property
    def urls(self):
        return [
            f"/staff/customers/customer/{self.resident.public_id}/",
            f"/staff/customers/account/{self.account.public_id}/",
            f"/staff/metering/meter/{self.meter.pk}/",
            f"/staff/delivery/notification/{self.told.public_id}/",
            f"/staff/alerts/dispute/{self.dispute.public_id}/",
        ]

    @property
    def numbers(self):
        return [self.resident.phone, self.account.number, self.meter.number]


@pytest.fixture
def east(db):
    return Place(EAST)


@pytest.fixture
def west(db):
    return Place(WEST)


@pytest.mark.parametrize("role", ["administrator"])
def test_what_lies_in_the_division_is_there_and_what_does_not_is_not(member, east, west, role):
    one = member(role, EAST)
    assert {one.client.get(url).status_code for url in east.urls} == {200}
    assert {one.client.get(url).status_code for url in west.urls} == {404}
    assert one.client.post(f"{west.urls[-1]}answer/", {"answer": "mine?"}).status_code == 404
    assert Dispute.objects.get(pk=west.dispute.pk).closed_at is None


def test_the_look_up_finds_nothing_elsewhere(member, east, west):
    one = member("administrator", EAST)
    assert [one.client.post("/staff/find/", {"number": number}).status_code for number in east.numbers] == [302] * 3
    for number in west.numbers:
        answer = one.client.post("/staff/find/", {"number": number})
        assert answer.status_code == 200
        assert "outside of your divisions" in answer.content.decode()


def test_lists_and_counts_hold_the_division_alone(member, east, west):
    one = member("administrator", EAST)
    disputes_shown = one.client.get("/staff/alerts/dispute/").context["cl"].lines()
    assert [line.url for line in disputes_shown] == [east.urls[-1]]
    assert [code["meters"] for code in one.client.get("/staff/metering/meterevent/").context["codes"]] == [[east.meter.pk]]
    waiting = {place.name: place.waiting for place in one.client.get("/staff/").context["places"]}
    assert waiting["“This is wrong”"] == 1


def test_several_divisions_and_the_head_office(member, east, west):
    both = member("administrator", EAST, WEST)
    office = member("administrator")
    for one in (both, office):
        assert {one.client.get(url).status_code for url in east.urls + west.urls} == {200}


def test_who_has_no_division_sees_nothing(member, east):
    one = member("administrator", EAST)
    StaffScope.objects.filter(customer=one.person).update(divisions=[], head_office=False)
    assert {one.client.get(url).status_code for url in east.urls} == {404}
    assert one.client.get("/staff/").status_code == 200


def test_what_belongs_to_no_division_is_the_head_offices(member):
    gateway = Gateway.objects.create(name="north", token_hash=b"1")
    reject = Reject.objects.create(gateway=gateway, row=1, reason="r", body="b")
    urls = [f"/staff/ingest/gateway/{gateway.pk}/", f"/staff/ingest/reject/{reject.pk}/"]
    assert [member("operations").client.get(url).status_code for url in urls] == [200, 200]
    assert [member("operations", EAST).client.get(url).status_code for url in urls] == [404, 404]
    assert member("operations", EAST).client.post(f"{urls[0]}revoke/").status_code == 404


def test_a_persons_homes_elsewhere_stay_unseen(member, east, west):
    """Somebody with a home in both divisions: each division sees its own half."""
    Access.objects.create(customer=east.resident, account=west.account, since=households.LONG_AGO)
    tell([households.telling(west.meter, "L2")], NOON)
    page = member("service", EAST).client.get(east.urls[0]).content.decode()
    elsewhere = Notification.objects.get(customer=east.resident, account=west.account)
    assert east.account.number in page
    assert west.account.number not in page
    assert str(east.told.public_id) in page
    assert str(elsewhere.public_id) not in page


def test_a_meter_that_moved_is_its_new_divisions(member, east):
    one, other = member("technical", EAST), member("technical", WEST)
    url = east.urls[2]
    assert (one.client.get(url).status_code, other.client.get(url).status_code) == (200, 404)
    move(east.meter, WEST)
    assert (one.client.get(url).status_code, other.client.get(url).status_code) == (404, 200)


def test_ended_access_ends_the_divisions_sight_of_the_person(member, east):
    one = member("service", EAST)
    Access.objects.filter(customer=east.resident).update(until=timezone.now())
    assert one.client.get(east.urls[0]).status_code == 404
    assert one.client.get(east.urls[1]).status_code == 200


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_opens_what_its_table_says(member, east, role):
    one = member(role)
    needs = [
        "customers.view_customer",
        "customers.view_account",
        "metering.view_meter",
        "delivery.view_notification",
        "alerts.view_dispute",
    ]
    for need, url in zip(needs, east.urls, strict=True):
        assert one.client.get(url).status_code == (200 if need in ROLES[role].may else 403), url
    may_answer = "alerts.change_dispute" in ROLES[role].may
    answered = one.client.post(f"{east.urls[-1]}answer/", {"answer": "so"}).status_code
    assert answered == (302 if may_answer else 403)
    assert bool(Dispute.objects.get().closed_at) is may_answer


def test_a_page_of_one_role_links_to_no_page_that_it_may_not_open(member, east):
    technical = member("technical")
    page = technical.client.get(east.urls[1]).content.decode()
    assert east.resident.phone not in page
    assert east.urls[0] not in page


@pytest.mark.parametrize("key", ["nobody", "0", "99999999999999999999", "%00", "'", "x" * 300])
def test_wild_keys_are_not_found(member, key):
    one = member("administrator")
    for place in ("customers/customer", "customers/account", "metering/meter", "delivery/notification", "alerts/dispute", "ingest/gateway"):
        assert one.client.get(f"/staff/{place}/{key}/").status_code == 404, place


@pytest.mark.parametrize(
    "asked", ["?text__contains=wrong", "?customer__phone=1", "?_to_field=id", "?state=nothing", "?p=abc", "?all=1", "?e=1", "?q=x"]
)
def test_a_list_answers_to_its_own_filters_alone(member, east, asked):
    one = member("service", EAST)
    answer = one.client.get(f"/staff/alerts/dispute/{asked}")
    assert answer.status_code in (200, 302, 400)
    if asked.startswith(("?text", "?customer")):
        assert answer.status_code == 400
