"""Everything about somebody on one page, in the extended view; and why an alert came or not, by the day."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bijoli.alerts.models import Stage
from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.tell import tell
from bijoli.metering.models import Installation, Meter, MeterEvent, UsagePoint
from bijoli.staff import elevate, factor
from bijoli.staff.models import Looked
from tests import households
from tests.apps.alert_changes import change
from tests.apps.staff.conftest import EAST, WEST, home
from tests.households import NOON

pytestmark = pytest.mark.django_db

REASON = "on the line, asks about a recharge"


def wholes(resident, account):
    return [f"/staff/customers/customer/{resident.public_id}/whole/", f"/staff/customers/account/{account.public_id}/whole/"]


def open_view(one, reason=REASON):
    return one.client.post("/staff/elevate/", {"reason": reason, "next": "/staff/find/"})


# The extended view


def test_the_whole_page_asks_for_a_reason_which_stands_beside_each_look(member):
    resident, account, _ = home(EAST)
    one = member("service", EAST)
    for url in wholes(resident, account):
        asked = one.client.get(url)
        assert (asked.status_code, asked.url.startswith("/staff/elevate/?next=")) == (302, True)
    assert not Looked.objects.filter(page__endswith="/whole").exists()
    assert open_view(one, " short ").status_code == 200
    assert open_view(one).url == "/staff/find/"
    for url in wholes(resident, account):
        assert one.client.get(url).status_code == 200
    looks = Looked.objects.filter(staff=one.person, page__endswith="/whole").order_by("pk")
    assert [(look.page, look.customer_id, look.account_id, look.reason) for look in looks] == [
        ("customers.customer/whole", resident.pk, None, REASON),
        ("customers.account/whole", None, account.pk, REASON),
    ]
    one.client.get(f"/staff/customers/account/{account.public_id}/")
    assert Looked.objects.latest("pk").reason == REASON


def test_the_extended_view_ends_by_itself_by_hand_and_with_the_factor(member):
    resident, account, _ = home(EAST)
    url = wholes(resident, account)[0]
    one = member("service", EAST)

    def reach(answer):
        assert one.client.get(url).status_code == answer

    open_view(one)
    reach(200)
    one.client.post("/staff/elevate/end/")
    reach(302)
    assert one.client.get("/staff/elevate/end/").status_code == 405
    open_view(one)
    session = one.client.session
    mark = session[factor.MARK]
    assert time.time() < mark["why_until"] <= time.time() + elevate.MINUTES * 60
    session[factor.MARK] = mark | {"why_until": int(time.time()) - 1}
    session.save()
    reach(302)
    open_view(one)
    one.client.post("/staff/leave/")
    assert one.client.get(url).url.startswith("/staff/prove/")


def test_a_reason_widens_neither_scope_nor_rights(member):
    resident, account, meter = home(WEST)
    east = member("service", EAST)
    open_view(east)
    assert [east.client.get(url).status_code for url in wholes(resident, account)] == [404, 404]
    auditor = member("auditor")
    assert open_view(auditor).status_code == 403
    technical = member("technical", WEST)
    open_view(technical)
    assert [technical.client.get(url).status_code for url in wholes(resident, account)] == [403, 200]
    page = technical.client.get(wholes(resident, account)[1]).content.decode()
    assert meter.number in page
    assert "Payments" not in page
    assert resident.name not in page


def test_the_way_back_is_one_of_ours(member):
    one = member("service", EAST)
    assert one.client.post("/staff/elevate/", {"reason": REASON, "next": "https://elsewhere.test/"}).url == "/staff/"


def test_everything_about_an_account_stands_there(member):
    resident, account, meter = home(EAST)
    households.phone(resident)
    former = households.person(name="moved out")
    Access.objects.create(customer=former, account=account, since=households.LONG_AGO, until=timezone.now() - timedelta(days=3))
    now = timezone.now()
    tell([households.telling(meter, at=now)], now)
    Stage.objects.filter(episode__meter=meter).update(suppressed="gap")
    one = member("service", EAST)
    open_view(one)
    page = one.client.get(wholes(resident, account)[1]).content.decode()
    for words in (meter.number, resident.name, "moved out", "waits to be sent", "not told again", "No reading has come", one.person.name):
        assert words in page, words
    assert resident.phone[-8:] not in page
    assert f"/staff/metering/meter/{meter.pk}/why/?day=" in page
    person = one.client.get(wholes(resident, account)[0]).content.decode()
    assert account.number in person
    assert "waits to be sent" in person


def test_what_a_former_division_saw_stays_there(member):
    """A person with homes in two divisions: the whole page of the person shows the one half."""
    resident, account, _ = home(EAST)
    _, other, far = home(WEST)
    Access.objects.create(customer=resident, account=other, since=households.LONG_AGO)
    tell([households.telling(far)], NOON)
    one = member("service", EAST)
    open_view(one)
    page = one.client.get(wholes(resident, account)[0]).content.decode()
    assert account.number in page
    assert other.number not in page
    assert str(Notification.objects.get(customer=resident).public_id) not in page


# Why an alert came or not


def why(one, meter, day=None):
    return one.client.get(f"/staff/metering/meter/{meter.pk}/why/", {"day": day} if day else {})


def test_a_told_stage_with_its_pushes_stands_in_one_line_of_time(member):
    resident, _, meter = home(EAST)
    phone = households.phone(resident)
    tell([households.telling(meter)], NOON)
    Notification.objects.filter(meter=meter).update(made_at=NOON)
    Stage.objects.filter(episode__meter=meter).update(decided_at=NOON + timedelta(seconds=1))
    way = Delivery.objects.get(device=phone)
    way.status, way.queued_at, way.sent_at, way.displayed_at = "displayed", NOON, NOON, NOON + timedelta(seconds=2)
    way.save()
    MeterEvent.objects.create(meter=meter, at=NOON - timedelta(minutes=5), profile="is15959", code="301", kind="supply_off", begins=True)
    page = why(member("service", EAST), meter, "2026-11-22")
    lines = [(line.what, line.words, line.why) for line, _clock, _name in page.context["lines"]]
    assert ("signal", "the supply was switched off (is15959 301)", "") in lines
    assert [line for line in lines if line[0] == "push"][-1][2] == "shown on the phone"
    times = [line.at for line, _clock, _name in page.context["lines"]]
    assert times == sorted(times)
    stage = page.context["stages"].rows[0]
    assert [cell.text for cell in stage[2:]] == ["told", "1", "1"]
    assert Looked.objects.latest("pk").page == "metering.meter/why"
    assert why(member("service", EAST), meter, "2026-11-21").context["stages"].rows == []


@pytest.mark.parametrize(
    ("reason", "words"), [("late", "six hours late"), ("gap", "shortly before"), ("flap", "too often"), ("recharge", "on its way")]
)
def test_what_was_not_told_says_why(member, reason, words):
    _, _, meter = home(EAST)
    households.telling(meter)
    Stage.objects.filter(episode__meter=meter).update(suppressed=reason, decided_at=NOON)
    page = why(member("service", EAST), meter, "2026-11-22")
    assert words in page.context["stages"].rows[0][2].text
    assert words in page.content.decode()


def test_a_push_that_did_not_leave_says_why(member):
    _, _, meter = home(EAST)
    tell([households.telling(meter)], NOON)
    page = why(member("service", EAST), meter, "2026-11-22").content.decode()
    assert "notifications are not on for any phone" in page


def test_a_day_without_anything_says_what_is_known(member):
    _, account, meter = home(EAST)
    page = why(member("service", EAST), meter, "2026-11-22").content.decode()
    assert "No reading of this day has come." in page
    Account.objects.filter(pk=account.pk).update(mode="postpaid")
    assert "postpaid" in why(member("service", EAST), meter, "2026-11-22").content.decode()
    assert why(member("service", EAST), meter, "yesterday").context["day"] == timezone.localdate().isoformat()
    assert why(member("service", EAST), meter, "9999-12-31").status_code == 200
    change(meter)
    assert "the alert rules have not read it yet" in why(member("service", EAST), meter).content.decode()


def test_a_meter_that_moved_shows_what_it_told_here_alone(member):
    """Until the 20th it stood in West; East's staff must not see what it told there."""
    resident, _, meter = home(WEST)
    tell([households.telling(meter, at=NOON - timedelta(days=5))], NOON - timedelta(days=5))
    Stage.objects.filter(episode__meter=meter).update(decided_at=NOON - timedelta(days=5))
    Notification.objects.filter(meter=meter).update(made_at=NOON - timedelta(days=5))
    Installation.objects.filter(meter=meter).update(removed_at=NOON - timedelta(days=2))
    new = Account.objects.create(number="77777777")
    point = UsagePoint.objects.create(account=new, division=EAST, feeder="F2", sanctioned_load_w=5000)
    Installation.objects.create(meter=meter, usage_point=point, installed_at=NOON - timedelta(days=2))
    page = why(member("service", EAST), meter, "2026-11-17")
    assert page.context["stages"].rows == []
    assert page.context["people"].rows == []
    assert page.context["lines"] == []
    assert "stood nowhere that you may see" in page.content.decode()
    office = why(member("service"), meter, "2026-11-17")
    assert len(office.context["stages"].rows) == 1
    assert str(resident.public_id) in office.content.decode()


def test_who_may_not_see_notifications_reaches_no_such_page(member):
    _, _, meter = home(EAST)
    assert why(member("operations", EAST), meter).status_code == 403
    _, _, far = home(WEST)
    assert why(member("service", EAST), far).status_code == 404


# The look-up


def test_the_look_up_reads_no_table_from_end_to_end(member):
    """By account, meter and phone: with 1.3 million rows each must come from an index. The planner is told not to read whole tables."""
    resident, account, meter = home(EAST)
    member("service", EAST)
    from bijoli.staff.scope import Scope

    scope = Scope(False, (EAST,))
    rows = [
        Account.objects.filter(scope.account(), number=account.number),
        Meter.objects.filter(scope.meter(), number=meter.number),
        Customer.objects.filter(scope.customer(), phone=resident.phone),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for found in rows:
        plan = found.explain()
        assert "Index" in plan
        assert "Seq Scan" not in plan, plan
