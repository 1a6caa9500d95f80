"""The desk of notices and outages, and the page of how pushes flow."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.tell import tell
from bijoli.notices import desk
from bijoli.notices.models import Notice
from bijoli.staff.models import Looked
from tests import households
from tests.apps.staff.conftest import EAST, WEST, home

pytestmark = pytest.mark.django_db

URL = "/staff/notices/notice/"


def local(at):
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def typed(**fields):
    now = timezone.now()
    given = {
        "kind": "outage",
        "feeders": "F1",
        "starts_at": local(now + timedelta(hours=3)),
        "ends_at": local(now + timedelta(hours=5)),
        "title_bn": "লাইনের কাজ",
        "title_en": "Work on the line",
        "body_bn": "খুঁটি বদল",
        "body_en": "A pole is changed.",
    }
    return {**given, **fields}


def test_an_outage_is_counted_then_kept_and_written_down(member):
    home(EAST)
    home(WEST)
    one = member("operations")
    page = one.client.post(f"{URL}propose/", typed(look="1"))
    assert page.context["preview"].persons == 2
    assert not Notice.objects.exists()
    kept = one.client.post(f"{URL}propose/", typed(propose="1"))
    notice = Notice.objects.get()
    assert kept.url == f"{URL}{notice.public_id}/"
    assert (notice.feeders, notice.touches, notice.counted, notice.proposed_by) == (["F1"], [EAST, WEST], 2, one.person)
    assert Looked.objects.filter(staff=one.person, page="notices.notice/propose", thing=str(notice.public_id)).exists()
    shown = one.client.get(kept.url).content.decode()
    for words in ("Work on the line", "লাইনের কাজ", "scheduled", "0 of 2"):
        assert words in shown, words
    assert "Work on the line" in one.client.get(URL).content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"feeders": "F1, F77"}, "Nothing lies on: F77"),
        ({"feeders": "", "accounts": "১১১১১১১১"}, "There is no account: 11111111"),
        ({"feeders": ""}, "Nobody would be told"),
        ({"ends_at": ""}, "It must end after it begins"),
        ({"title_bn": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(member, fields, words):
    home(EAST)
    answer = member("operations").client.post(f"{URL}propose/", typed(propose="1", **fields))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Notice.objects.exists()


def test_a_division_tells_its_own_people_alone(member):
    _, account, _ = home(EAST)
    _, far, _ = home(WEST)
    one = member("operations", EAST)
    one.client.post(f"{URL}propose/", typed(propose="1"))
    notice = Notice.objects.get()
    assert (notice.bounds, notice.touches, notice.counted) == ([EAST], [EAST], 1)
    refused = one.client.post(f"{URL}propose/", typed(propose="1", feeders="", divisions=[WEST]))
    assert refused.context["form"].errors["divisions"]
    refused = one.client.post(f"{URL}propose/", typed(propose="1", feeders="", accounts=far.number))
    assert far.number in str(refused.context["form"].errors["accounts"])
    one.client.post(f"{URL}propose/", typed(propose="1", feeders="", accounts=account.number))
    assert Notice.objects.count() == 2
    west = member("operations", WEST)
    assert west.client.get(f"{URL}{notice.public_id}/").status_code == 404
    assert west.client.post(f"{URL}{notice.public_id}/cancel/").status_code == 404
    assert west.client.get(URL).context["cl"].lines() == []


def test_a_division_cannot_cancel_what_reaches_beyond_it(member):
    home(EAST)
    home(WEST)
    member("operations").client.post(f"{URL}propose/", typed(propose="1"))
    notice = Notice.objects.get()
    east = member("operations", EAST)
    page = east.client.get(f"{URL}{notice.public_id}/")
    assert page.status_code == 200
    assert "cancel/" not in page.content.decode()
    assert east.client.post(f"{URL}{notice.public_id}/cancel/").status_code == 403


def test_two_colleagues_over_a_thousand(member):
    home(EAST)
    first, second = member("operations"), member("operations")
    first.client.post(f"{URL}propose/", typed(propose="1"))
    notice = Notice.objects.get()
    Notice.objects.update(counted=desk.ALONE + 1)
    url = f"{URL}{notice.public_id}/"
    assert {place.name: place.waiting for place in second.client.get("/staff/").context["places"]}["Notices and outages"] == 1
    assert "a colleague must approve it" in first.client.get(url).content.decode()
    answer = first.client.post(f"{url}approve/", follow=True).content.decode()
    assert "a colleague must approve it" in answer
    notice.refresh_from_db()
    assert notice.approved_at is None
    assert member("service").client.post(f"{url}approve/").status_code == 403
    assert second.client.get(f"{url}approve/").status_code == 403
    assert "Approved." in second.client.post(f"{url}approve/", follow=True).content.decode()
    notice.refresh_from_db()
    assert notice.approved_by == second.person
    assert "Cancelled." in second.client.post(f"{url}cancel/", follow=True).content.decode()
    assert "cancelled" in first.client.get(url).content.decode()


def test_who_may_only_see_cannot_propose(member):
    one = member("service", EAST)
    assert one.client.get(URL).status_code == 200
    assert one.client.get(f"{URL}propose/").status_code == 403
    assert member("money").client.get(URL).status_code == 403


# How pushes flow


def pushed(count, **fields):
    resident, _, meter = home(EAST)
    phone = households.phone(resident)
    now = timezone.now()
    for _ in range(count):
        tell([households.telling(meter, at=now - timedelta(seconds=3))], now)
    Delivery.objects.filter(device=phone).update(**fields)
    Notification.objects.update(received_at=now - timedelta(seconds=2))
    return now


def test_delays_failures_and_silent_phones_are_shown_by_kind_and_hour(member):
    now = timezone.now()
    pushed(3, status="sent", queued_at=now, sent_at=now + timedelta(milliseconds=500))
    pushed(1, status="displayed", queued_at=now, sent_at=now + timedelta(milliseconds=500), displayed_at=now + timedelta(milliseconds=900))
    pushed(1, status="failed", reason="HTTP 410")
    page = member("operations").client.get("/staff/delivery/delivery/")
    kinds, hours, beside, failed, silent = page.context["sections"]
    assert [cell.text for cell in kinds.rows[0]][:6] == ["Balance is low", "5", "4", "1", "1", "0"]
    assert [cell.text for cell in kinds.rows[0]][7:] == ["0.50 · 0.50 s", "0.40 · 0.40 s"]
    assert sum(int(row[1].text) for row in hours.rows) == 5
    assert not beside.rows
    assert [cell.text for cell in failed.rows[0]][1:] == ["failed", "the phone has ended its subscription", "1"]
    assert [cell.text for cell in silent.rows[0]][1:] == ["3", "1"]
    assert member("operations").client.get("/staff/delivery/delivery/?kind=low").context["chosen"] == "low"
    assert member("operations").client.get("/staff/delivery/delivery/?kind=x'").context["chosen"] == ""
    assert "“deliver” run" not in page.content.decode()


def test_nothing_sent_is_said_so_and_a_stuck_queue_too(member):
    one = member("technical", EAST)
    page = one.client.get("/staff/delivery/delivery/").content.decode()
    assert "Nothing was sent." in page
    pushed(1, queued_at=timezone.now() - timedelta(minutes=10), due_at=timezone.now() - timedelta(minutes=10))
    assert "“deliver” run" in one.client.get("/staff/delivery/delivery/").content.decode()
    assert member("service").client.get("/staff/delivery/delivery/").status_code == 403


def test_a_single_delivery_has_no_page_here(member):
    pushed(1)
    key = Delivery.objects.get().pk
    assert member("operations").client.get(f"/staff/delivery/delivery/{key}/").status_code == 404
