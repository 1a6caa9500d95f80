"""The customer's pages: a complaint with what it is about, its time line, what may be done with it, and nothing of anybody else."""

import re
import uuid
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from bijoli.complaints import moves
from bijoli.complaints.models import Complaint, Entry, Photo
from bijoli.customers.models import Limit
from bijoli.delivery.models import Notification
from bijoli.delivery.tell import tell
from bijoli.metering.models import Meter
from tests import households
from tests.apps.complaints.conftest import jpeg

pytestmark = pytest.mark.django_db
NEW = "/help/complaints/new/"


@pytest.fixture
def page(client, her):
    client.force_login(her)
    return client


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def form(about, **fields):
    return {"draft": str(uuid.uuid4()), "category": "no_supply", "account": str(about.public_id), "text": "Dark since noon", **fields}


def test_a_complaint_gets_its_number_on_the_next_page(page, account):
    answer = page.post(NEW, form(account, place="House 12, Road 3"), follow=True)
    row = Complaint.objects.get()
    assert answer.redirect_chain == [(f"/help/complaints/{row.public_id}/?sent=1", 302)]
    for words in (row.number, "No power", "Dark since noon", "House 12, Road 3", "Promised until", "Home"):
        assert words in text(answer)
    assert row.number in text(page.get("/help/complaints/"))
    assert "1 with us now" in text(page.get("/help/"))


def test_the_script_gets_the_address_and_the_same_one_again(page, account):
    given = form(account)
    first = page.post(NEW, given, headers={"Accept": "application/json"})
    assert first.status_code == 201
    again = page.post(NEW, given, headers={"Accept": "application/json"})
    assert again.json() == first.json()
    assert Complaint.objects.get().number == first.json()["number"]


def test_a_form_that_somebody_else_left_on_the_phone_is_not_taken(page, account):
    other = households.person()
    assert page.post(NEW, form(account, person=str(other.public_id))).status_code == 409
    assert not Complaint.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"text": " "}, "Write in a few words what happened."),
        ({"category": ""}, "Choose what it is about."),
        ({"category": "nonsense"}, "Choose what it is about."),
        ({"account": "none"}, "Choose the account that it is about."),
        ({"account": str(uuid.uuid4())}, "Choose the account that it is about."),
        ({"place": "x" * 201}, "200"),
    ],
)
def test_what_is_wrong_is_said_and_the_words_stay(page, account, wrong, words):
    answer = page.post(NEW, form(account, **wrong))
    assert answer.status_code == 422
    assert words in text(answer)
    assert "Dark since noon" in answer.content.decode() or "text" in wrong
    assert not Complaint.objects.exists()


def test_a_complaint_about_no_account_is_the_head_offices(page, her):
    page.post(NEW, form(her, account="none", category="street_light"))
    row = Complaint.objects.get()
    assert (row.account, row.division) == (None, "")


def test_danger_shows_the_hotline_before_anything_else(page, account, settings):
    call = f'href="tel:{settings.UTILITY.hotline}"'
    shown = page.get(NEW).content.decode()
    assert shown.index(call) < shown.index('<form method="post" action="/help/complaints/new/"')
    answer = page.post(NEW, form(account, category="burnt_meter"), follow=True).content.decode()
    assert answer.index("have you called") < answer.index("We have your complaint")
    assert Complaint.objects.get().danger


def test_the_promise_of_each_category_stands_beside_it(page):
    shown = text(page.get(NEW))
    for words in (
        "Broken wire, leaning pole or electric shock within 1 hour",
        "No power within 24 hours",
        "Token not accepted within 4 working hours",
    ):
        assert words in shown


def test_a_photo_comes_back_without_what_the_camera_wrote(page, account):
    exif = Image.Exif()
    exif[0x010F] = "Secretphone"
    raw = jpeg(2000, 1000, exif=exif)
    page.post(NEW, form(account, photo=SimpleUploadedFile("home.jpg", raw, "image/jpeg")))
    photo = Photo.objects.get()
    url = f"/help/complaints/{photo.complaint.public_id}/photo/{photo.public_id}"
    assert url in page.get(f"/help/complaints/{photo.complaint.public_id}/").content.decode()
    answer = page.get(url)
    assert (answer["Content-Type"], answer["Cache-Control"], answer["X-Content-Type-Options"]) == (
        "image/jpeg",
        "private, no-store",
        "nosniff",
    )
    assert b"Secretphone" not in answer.content
    assert Image.open(BytesIO(answer.content)).size == (1600, 800)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"<svg/>", "This is no photo that we can read."),
        (b"\0" * (5 * 1024 * 1024 + 1), "at most 5 MB"),
        (b"\0" * 7_000_000, "at most 5 MB"),
    ],
)
def test_a_photo_that_is_none_is_said(page, account, raw, words):
    answer = page.post(NEW, form(account, photo=SimpleUploadedFile("a.jpg", raw, "image/jpeg")))
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Complaint.objects.exists()


def test_photos_have_a_limit_before_they_are_unpacked(page, account):
    bad = SimpleUploadedFile("a.jpg", b"<svg/>", "image/jpeg")
    answers = [page.post(NEW, form(account, photo=bad)).status_code for _ in range(11) if bad.seek(0) == 0]
    assert answers == [422] * 10 + [429]


def test_too_many_are_told_to_wait(page, account):
    for _ in range(4):
        page.post(NEW, form(account))
    answer = page.post(NEW, form(account))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "Dark since noon" in answer.content.decode()
    assert page.post(NEW, form(account, category="hazard")).status_code == 302


def test_an_alert_goes_with_it_as_we_know_it(page, her, account):
    tell([households.telling(Meter.objects.get(), "L1")], timezone.now())
    told = Notification.objects.get()
    assert f"{NEW}?alert={told.public_id}" in page.get(f"/n/{told.public_id}/").content.decode()
    shown = page.get(f"{NEW}?alert={told.public_id}")
    assert "84.50" in text(shown)
    page.post(NEW, form(account, category="balance", alert=str(told.public_id)))
    (fact,) = Complaint.objects.get().facts
    assert (fact["kind"], fact["code"], fact["balance_paisa"]) == ("alert", "L1", 8450)
    assert "84.50" in text(page.get(f"/help/complaints/{Complaint.objects.get().public_id}/"))


def test_nothing_of_somebody_else_goes_with_it(page, account):
    tell([households.telling(households.meter(households.person()), "L1")], timezone.now())
    stranger = Notification.objects.get()
    given = {"alert": str(stranger.public_id), "order": str(uuid.uuid4()), "charge": "2026-11-99", "power": "1"}
    assert "84.50" not in text(page.get(NEW, given))
    assert page.post(NEW, form(account, **given)).status_code == 302
    assert [fact["kind"] for fact in Complaint.objects.get().facts] == ["power"]


@pytest.mark.parametrize(
    "given", ["alert=x", "charge=x", "charge=9999-12-31", "charge=0001-01-01", "order=x", "account=x", "category=%00", "power=x"]
)
def test_wild_addresses_are_as_if_nothing_was_asked(page, given):
    assert page.get(f"{NEW}?{given}").status_code == 200


@pytest.mark.parametrize("language", ["bn", "en"])
def test_each_state_in_both_languages(page, her, complain, language):
    her.language = language
    her.save()
    colleague = households.person(name="Karim")
    now, row = timezone.now(), complain(at=timezone.now())
    url = f"/help/complaints/{row.public_id}/"
    deeds = [
        lambda: moves.assign(row.public_id, colleague.pk, colleague.pk, now),
        lambda: moves.work(row.public_id, colleague.pk, now),
        lambda: moves.reply(row.public_id, "We come today", colleague.pk, now),
        lambda: moves.pass_on(row.public_id, "Uttara West", colleague.pk, now),
        lambda: moves.resolve(row.public_id, "fixed", "A new fuse", colleague.pk, now),
    ]
    for deed in deeds:
        deed()
        answer = page.get(url)
        assert answer.status_code == 200
        assert answer.headers["Content-Language"] == language
        assert answer.content.decode().count("<h1") == 1
        assert page.get("/help/complaints/").status_code == 200
        assert page.get("/n/").status_code == 200
    assert "Karim" not in text(page.get(url))  # the utility speaks, not one of its people
    assert "A new fuse" in text(page.get(url))


def test_the_push_leads_to_the_complaint_which_reads_it(page, complain):
    row = complain(at=timezone.now())
    moves.reply(row.public_id, "soon", households.person().pk, timezone.now())
    told = Notification.objects.get()
    assert page.get(f"/n/{told.public_id}/").headers["Location"] == f"/help/complaints/{row.public_id}/"
    assert f'data-read="/n/{told.public_id}/read"' in page.get(f"/help/complaints/{row.public_id}/").content.decode()
    page.post(f"/n/{told.public_id}/read", headers={"Accept": "application/json"})
    assert "data-read" not in page.get(f"/help/complaints/{row.public_id}/").content.decode()
    assert row.number in text(page.get("/n/?kind=case"))


def test_more_words_opening_again_and_a_rating(page, complain):
    row = complain(at=timezone.now())
    url = f"/help/complaints/{row.public_id}/"
    assert "We have it." in text(page.post(f"{url}say", {"text": "Now it smells"}, follow=True))
    assert "Write a few words first." in text(page.post(f"{url}say", {"text": " "}, follow=True))
    moves.resolve(row.public_id, "not_found", "All was well", households.person().pk, timezone.now())
    assert "not possible any more" in text(page.post(f"{url}say", {"text": "Still"}, follow=True))
    assert "Looked at, no fault found" in text(page.get(url))
    assert "It is open again" in text(page.post(f"{url}reopen", {"text": "It is dark"}, follow=True))
    moves.resolve(row.public_id, "fixed", "A wire", households.person().pk, timezone.now())
    assert "Thank you" in text(page.post(f"{url}rate", {"stars": "4"}, follow=True))
    row.refresh_from_db()
    assert (row.state, row.rating, row.reopened) == ("closed", 4, 1)
    assert [one.kind for one in Entry.objects.order_by("pk")] == [
        "submitted",
        "said",
        "resolved",
        "reopened",
        "resolved",
        "rated",
        "closed",
    ]


@pytest.mark.parametrize("stars", ["", "0", "6", "55", "-1", "x", "²"])
def test_a_rating_that_is_none_changes_nothing(page, complain, stars):
    row = complain(at=timezone.now())
    moves.resolve(row.public_id, "fixed", "A wire", households.person().pk, timezone.now())
    assert page.post(f"/help/complaints/{row.public_id}/rate", {"stars": stars}).status_code == 302
    assert Complaint.objects.get().rating is None


def test_a_late_one_says_so(page, complain):
    row = complain(at=timezone.now() - timedelta(days=3))
    assert "it takes longer than promised" in text(page.get(f"/help/complaints/{row.public_id}/"))


def test_somebody_elses_is_not_there(client, complain):
    row = complain(at=timezone.now(), photo=None)
    other = households.person()
    client.force_login(other)
    url = f"/help/complaints/{row.public_id}/"
    assert client.get(url).status_code == 404
    for verb in ("say", "reopen", "rate"):
        assert client.post(f"{url}{verb}", {"text": "x", "stars": "1"}).status_code == 404
    assert row.number not in text(client.get("/help/complaints/"))


def test_the_words_are_shown_as_they_were_typed(page, account):
    page.post(NEW, form(account, text="<script>alert(1)</script>\nsecond line", place="<b>x</b>"))
    shown = page.get(f"/help/complaints/{Complaint.objects.get().public_id}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>second line" in shown
    assert "<b>x</b>" not in shown


def test_a_utility_without_categories_takes_none(page, account, settings):
    from dataclasses import replace

    from bijoli.core.complaint import Desk

    settings.UTILITY = replace(settings.UTILITY, complaints=Desk())
    Limit.objects.all().delete()
    assert page.get(NEW).status_code == 200
    assert page.post(NEW, form(account)).status_code == 422
