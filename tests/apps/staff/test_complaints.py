"""The complaint desk: the queue's order, each deed and what the customer gets of it, scope, roles, and every look written down."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.complaints import chores
from bijoli.complaints.models import Complaint, Entry
from bijoli.complaints.photos import Picture
from bijoli.complaints.submitting import Draft, submit
from bijoli.customers.models import Access, Account, Limit
from bijoli.delivery.models import Notification
from bijoli.staff.models import Looked
from bijoli.staff.roles import ROLES
from tests import households
from tests.apps.staff.conftest import EAST, WEST, home

pytestmark = pytest.mark.django_db
DESK = "/staff/complaints/complaint/"
DEEDS = ("assign", "work", "reply", "note", "resolve", "pass")


def complain(resident, account, category="no_supply", at=None, **more):
    Limit.objects.all().delete()
    draft = Draft(uuid.uuid4(), category, f"{category} at {account.number}", account.pk, **more)
    return submit(resident.pk, draft, at or timezone.now())


@pytest.fixture
def east(db):
    resident, account, _ = home(EAST)
    return resident, account


def url(row, deed=""):
    return f"{DESK}{row.public_id}/{deed}/" if deed else f"{DESK}{row.public_id}/"


def numbers(member, query=""):
    return [line.cells[0][1] for line in member.client.get(DESK + query).context["cl"].lines()]


def test_danger_comes_first_then_what_was_promised_earliest(member, east):
    now = timezone.now()
    slow = complain(*east, "meter_change", now)
    soon = complain(*east, "no_supply", now)
    danger = complain(*east, "burnt_meter", now)
    late = complain(*east, "no_supply", now - timedelta(days=3))
    one = member("service", EAST)
    assert numbers(one) == [row.number for row in (danger, late, soon, slow)]
    assert "DANGER: Burnt meter" in one.client.get(DESK).content.decode()
    assert numbers(one, "?state=danger") == [danger.number]
    assert numbers(one, "?state=late") == [late.number]
    assert numbers(one, "?about=service") == [slow.number]
    assert {place.name: place.waiting for place in one.client.get("/staff/").context["places"]}["Complaints"] == 4


def test_a_complaint_from_the_queue_to_its_rating(member, east, client):
    resident, _ = east
    row = complain(*east)
    one, other = member("service", EAST), member("technical", EAST)
    page = one.client.get(url(row)).content.decode()
    assert f"no_supply at {east[1].number}" in page
    assert resident.phone not in page
    one.client.post(url(row, "assign"), {"to": other.person.pk})
    assert numbers(other, "?whose=mine") == [row.number]
    assert numbers(one, "?whose=nobody") == []
    other.client.post(url(row, "work"))
    other.client.post(url(row, "reply"), {"reply-text": "We come before five"})
    other.client.post(url(row, "note"), {"note-text": "Bring the long ladder"})
    other.client.post(url(row, "resolve"), {"finding": "fixed", "answer": "The wire at the pole was loose"})
    row.refresh_from_db()
    assert (row.state, row.finding, row.assigned_to) == ("resolved", "fixed", other.person)
    assert [one.code for one in Notification.objects.filter(customer=resident).order_by("pk")] == ["KA", "KW", "KM", "KR"]
    client.force_login(resident)
    shown = client.get(f"/help/complaints/{row.public_id}/").content.decode()
    assert "We come before five" in shown
    assert "The wire at the pole was loose" in shown
    assert "long ladder" not in shown
    assert other.person.name not in shown
    assert "long ladder" in one.client.get(url(row)).content.decode()
    assert numbers(one) == []
    assert numbers(one, "?state=resolved") == [row.number]


@pytest.mark.parametrize(
    ("deed", "given"),
    [
        ("assign", {"to": "999999"}),
        ("reply", {"reply-text": " "}),
        ("note", {"note-text": ""}),
        ("resolve", {"finding": "", "answer": "x"}),
        ("resolve", {"finding": "magic", "answer": "x"}),
        ("resolve", {"finding": "fixed", "answer": ""}),
        ("pass", {"division": "Atlantis"}),
    ],
)
def test_what_is_missing_is_said_and_nothing_happens(member, east, deed, given):
    row, one = complain(*east), member("service", EAST)
    answer = one.client.post(url(row, deed), given)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert Entry.objects.filter(complaint=row).count() == 1


def test_a_colleague_was_faster(member, east):
    row, one = complain(*east), member("service", EAST)
    given = {"finding": "fixed", "answer": "done"}
    assert "faster" not in one.client.post(url(row, "resolve"), given, follow=True).content.decode()
    assert "a colleague was faster" in one.client.post(url(row, "resolve"), given, follow=True).content.decode()
    assert Entry.objects.filter(complaint=row, kind="resolved").count() == 1


def test_passed_on_it_is_there_and_no_longer_here(member, east):
    row, one, other = complain(*east), member("service", EAST), member("service", WEST)
    assert other.client.get(url(row)).status_code == 404
    answer = one.client.post(url(row, "pass"), {"division": WEST})
    assert answer["Location"] == DESK
    assert one.client.get(url(row)).status_code == 404
    assert other.client.get(url(row)).status_code == 200


def test_another_divisions_do_not_exist(member, east):
    row, one = complain(*east, photo=Picture(b"jpeg", 1, 1)), member("administrator", WEST)
    assert numbers(one, "?state=all") == []
    assert one.client.get(url(row)).status_code == 404
    assert one.client.get(f"{url(row)}photo/{row.photos.get().public_id}/").status_code == 404
    assert {one.client.post(url(row, deed), {"reply-text": "x", "note-text": "x"}).status_code for deed in DEEDS} == {404}
    assert Entry.objects.filter(complaint=row).count() == 1


def test_one_about_no_account_is_the_head_offices(member):
    row = submit(households.person().pk, Draft(uuid.uuid4(), "street_light", "dark road"), timezone.now())
    assert member("service", EAST).client.get(url(row)).status_code == 404
    office = member("service")
    assert office.client.get(url(row)).status_code == 200
    office.client.post(url(row, "pass"), {"division": EAST})
    assert member("service", EAST).client.get(url(row)).status_code == 200


def test_it_goes_to_colleagues_of_its_division_alone(member, east):
    row, one = complain(*east), member("service", EAST)
    stranger, auditor, office = (
        member("service", WEST, inside=False),
        member("auditor", EAST, inside=False),
        member("technical", inside=False),
    )
    for nobody in (stranger, auditor):
        assert one.client.post(url(row, "assign"), {"to": nobody.person.pk}).status_code == 200
    row.refresh_from_db()
    assert row.assigned_to is None
    one.client.post(url(row, "assign"), {"to": office.person.pk})
    row.refresh_from_db()
    assert row.assigned_to == office.person


@pytest.mark.parametrize("role", list(ROLES))
def test_each_role_does_what_its_table_says(member, east, role):
    row, one = complain(*east), member(role)
    may_see, may = "complaints.view_complaint" in ROLES[role].may, "complaints.change_complaint" in ROLES[role].may
    assert one.client.get(DESK).status_code == (200 if may_see else 403)
    assert one.client.get(url(row)).status_code == (200 if may_see else 403)
    assert one.client.post(url(row, "work")).status_code == (302 if may else 403)
    assert one.client.get(url(row, "work")).status_code == 403
    assert (Complaint.objects.get().state == "working") is may


def test_each_look_and_each_deed_is_written_down(member, east):
    row, one = complain(*east, photo=Picture(b"jpeg", 1, 1)), member("service", EAST)
    one.client.get(url(row))
    photo = one.client.get(f"{url(row)}photo/{row.photos.get().public_id}/")
    assert (photo.content, photo["Content-Type"]) == (b"jpeg", "image/jpeg")
    assert "no-store" in photo["Cache-Control"]
    one.client.post(url(row, "work"))
    looks = Looked.objects.filter(customer=east[0], staff=one.person).order_by("pk")
    assert [look.page.rpartition("/")[2] for look in looks] == ["view", "photo", "work"]


def test_a_late_one_shows_how_high_it_has_gone(member, east):
    row = complain(*east, at=timezone.now() - timedelta(days=12))
    chores.rise(timezone.now(), lambda: True)
    one = member("administrator")
    assert numbers(one, "?state=high") == [row.number]
    assert "late, step 3" in one.client.get(DESK).content.decode()


@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_desk_in_both_languages(member, east, language):
    row, one = complain(*east, place="House 12"), member("administrator")
    type(one.person).objects.update(language=language)
    for place in (DESK, url(row), f"{DESK}?state=all&whose=mine&about=supply"):
        answer = one.client.get(place)
        assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)


def test_a_list_answers_to_its_own_filters_alone(member, east):
    complain(*east)
    one = member("service", EAST)
    assert one.client.get(f"{DESK}?text__contains=no").status_code == 400
    assert one.client.get(f"{DESK}?state=nothing&whose=x&about=x").status_code in (200, 302)
    for key in ("nobody", "0", "%00", "'"):
        assert one.client.get(f"{DESK}{key}/").status_code == 404


def test_the_customer_who_left_the_home_is_still_answered_by_who_may(member, east):
    row, one = complain(*east), member("service", EAST)
    Access.objects.filter(customer=east[0]).update(until=timezone.now())
    assert one.client.post(url(row, "reply"), {"reply-text": "too late"}).status_code == 302
    assert not Notification.objects.filter(customer=east[0]).exists()
    assert Account.objects.filter(pk=row.account_id).exists()


def test_the_pages_of_a_customer_and_of_an_account_name_theirs(member, east):
    row, elsewhere = complain(*east), home(WEST)
    Access.objects.create(customer=east[0], account=elsewhere[1], since=households.LONG_AGO)
    hidden = complain(east[0], elsewhere[1])
    one = member("service", EAST)
    for page in (f"/staff/customers/customer/{east[0].public_id}/", f"/staff/customers/account/{east[1].public_id}/"):
        shown = one.client.get(page).content.decode()
        assert url(row) in shown
        assert hidden.number not in shown
