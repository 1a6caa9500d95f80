"""Rights at complaints: acting asks for the right to complain, leaving leaves the own complaint's course, and a family shares."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from bijoli.complaints import chores, following, held, moves, own, reads
from bijoli.complaints.line import ComplaintError
from bijoli.complaints.models import Complaint, Entry, Follow, Photo
from bijoli.complaints.photos import Picture
from bijoli.complaints.submitting import Draft, submit
from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery.models import Notification
from tests import households
from tests.households import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def member(account: Account, role: str = "family", **more: Any) -> Customer:
    one = households.person(language="en", name="Karim")
    Access.objects.create(customer=one, account=account, role=role, **{"since": households.LONG_AGO, **more})
    return one


def acts(person: Customer, row: Complaint) -> list[bool]:
    """Whether adding, opening again and rating are done."""
    done = []
    for verb in (
        lambda: own.say(person.pk, row.public_id, "more", NOON),
        lambda: own.rate(person.pk, row.public_id, 4, "", NOON),
        lambda: own.reopen(person.pk, row.public_id, "again", NOON),
    ):
        if len(done) == 1:
            moves.resolve(row.public_id, "fixed", "done", person.pk, NOON)
        try:
            verb()
            done.append(True)
        except ComplaintError:
            done.append(False)
    return done


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("family", True), ("tenant", True), ("payer", False), ("viewer", False)])
def test_acting_asks_for_the_right_to_complain_at_that_moment(complain, her, role, may):
    row = complain()
    Access.objects.filter(customer=her).update(role=role)
    assert acts(her, row) == [may] * 3
    assert reads.one(her.pk, row.public_id, NOON).acts is may


def test_who_has_left_sees_the_course_and_no_words_about_the_home(complain, her, account, client):
    row = complain()
    moves.reply(row.public_id, "we come at noon", her.pk, NOON + timedelta(hours=1))
    Access.objects.filter(customer=her).update(until=NOON + DAY)
    moves.reply(row.public_id, "the meter shows 12 kWh", her.pk, NOON + 2 * DAY)
    moves.resolve(row.public_id, "fixed", "balance is 500 taka", her.pk, NOON + 2 * DAY)
    view = reads.one(her.pk, row.public_id, NOON + 3 * DAY)
    assert [(step.kind, step.text) for step in view.steps if step.ours] == [("reply", "we come at noon"), ("reply", ""), ("resolved", "")]
    assert (view.state, view.finding, view.acts, view.may_reopen) == ("resolved", "fixed", False, False)
    assert acts(her, complain(account_id=None, category="hazard")) == [True] * 3  # of no account: nothing was lost
    assert Notification.objects.filter(customer=her, code="KM").count() == 1  # of the time before
    client.force_login(her)
    html = client.get(f"/help/complaints/{row.public_id}/").content.decode()
    assert "You do not have this account any more" in html
    assert not re.search(r"12 kWh|500 taka|/reopen|/rate|/say", html)
    for deed in ("say", "reopen", "rate"):
        client.post(f"/help/complaints/{row.public_id}/{deed}", {"text": "x", "stars": "5"})
    assert set(Entry.objects.filter(complaint=row).values_list("kind", flat=True)) == {"submitted", "reply", "resolved"}


def test_a_leaver_attaches_nothing_of_the_account(client, her, account):
    told = Notification.objects.create(customer=her, account=account, kind="low", code="L1", severity=1, at=NOON)
    Access.objects.filter(customer=her).update(until=NOON)
    client.force_login(her)
    given = {"draft": uuid.uuid4(), "category": "street_light", "account": "none", "text": "dark"}
    about = {"alert": told.public_id, "charge": "2026-11-20", "power": "1"}
    assert client.post("/help/complaints/new/", {**given, **about}).status_code == 302
    row = Complaint.objects.get()
    assert (row.account, row.facts) == (None, [])
    assert client.post("/help/complaints/new/", {**given, "draft": uuid.uuid4(), "account": account.public_id}).status_code == 422


@pytest.mark.parametrize(("role", "sees"), [("family", True), ("tenant", True), ("owner", True), ("payer", False), ("viewer", False)])
def test_members_who_may_complain_see_each_other_s(complain, her, account, role, sees):
    row, other = complain(photo=Picture(b"jpeg", 1, 1)), member(account, role)
    found = reads.shared_listing(other.pk, NOON)
    assert [one.number for one in found] == ([row.number] if sees else [])
    view = reads.shared_one(other.pk, row.public_id, NOON)
    assert (view is not None) is sees
    if view:
        assert (view.by, view.acts, view.photos, view.facts, view.text) == ("owner", False, (), [], "No light since the morning")
    photo = Photo.objects.get()
    assert reads.photo(other.pk, row.public_id, photo.public_id, NOON) is None
    assert reads.shared_listing(her.pk, NOON) == []
    with pytest.raises(ComplaintError):
        own.say(other.pk, row.public_id, "x", NOON)


@pytest.mark.parametrize("why", ["private", "conduct", "theft", "app", "no account", "author left", "another account", "before moving in"])
def test_what_is_not_shared(complain, her, account, why):
    other = member(account, "tenant", sees_from=NOON + DAY if why == "before moving in" else households.LONG_AGO)
    more: dict[str, Any] = {"private": why == "private"}
    if why in ("conduct", "theft", "app"):
        more["category"] = why
    if why == "no account":
        more |= {"account_id": None, "category": "street_light"}
    row = complain(**more)
    if why == "author left":
        Access.objects.filter(customer=her).update(until=NOON)
    if why == "another account":
        Access.objects.filter(customer=other).delete()
        households.meter(other)
    assert reads.shared_listing(other.pk, NOON + 2 * DAY) == []
    assert reads.shared_one(other.pk, row.public_id, NOON + 2 * DAY) is None
    with pytest.raises(ComplaintError):
        following.follow(other.pk, row.public_id, wanted=True, now=NOON + 2 * DAY)


def test_only_who_follows_is_told_and_only_while_they_may_see(complain, her, account, client):
    row, other, third = complain(), member(account), member(account)
    following.follow(other.pk, row.public_id, wanted=True, now=NOON)
    following.follow(other.pk, row.public_id, wanted=True, now=NOON)
    moves.reply(row.public_id, "soon", her.pk, NOON)
    told = Notification.objects.get(customer=other)
    assert (told.code, told.account, Notification.objects.filter(customer=third).count()) == ("KM", account, 0)
    client.force_login(other)
    assert client.get(f"/n/{told.public_id}/").headers["Location"] == f"/help/complaints/{row.public_id}/"
    Access.objects.filter(customer=other).update(role="viewer")
    moves.reply(row.public_id, "sooner", her.pk, NOON)
    Access.objects.filter(customer=other).update(role="family")
    following.follow(other.pk, row.public_id, wanted=False, now=NOON)
    moves.reply(row.public_id, "now", her.pk, NOON)
    assert Notification.objects.filter(customer=other).count() == 1
    assert Notification.objects.filter(customer=her).count() == 3


def test_the_pages_name_the_role_and_no_number(complain, her, account, client):
    row, other = complain(at=timezone.now()), member(account)
    client.force_login(other)
    listing = client.get("/help/complaints/").content.decode()
    html = client.get(f"/help/complaints/{row.public_id}/").content.decode()
    assert "Of this account, by others" in listing
    for page in (listing, html):
        assert row.number in page
        assert "Owner" in page
        assert not re.search(rf"{her.phone[-8:]}|{her.name}", page)
    assert "Complained" in html
    assert "You told us" not in html
    assert client.post(f"/help/complaints/{row.public_id}/follow", {"wanted": "1"}).status_code == 302
    assert Follow.objects.get().customer == other
    assert "Do not follow any more" in client.get(f"/help/complaints/{row.public_id}/").content.decode()
    client.post(f"/help/complaints/{row.public_id}/follow", {"wanted": "0"})
    assert not Follow.objects.exists()
    stranger = Client()
    stranger.force_login(households.person())
    assert stranger.post(f"/help/complaints/{row.public_id}/follow", {"wanted": "1"}).status_code == 404
    for deed in ("say", "reopen", "rate"):
        assert client.post(f"/help/complaints/{row.public_id}/{deed}", {"text": "x", "stars": "5"}).status_code == 404


def test_the_form_keeps_what_is_for_its_author_alone(client, her, account):
    client.force_login(her)
    for ticked in ({}, {"private": "on"}):
        form = {"draft": uuid.uuid4(), "category": "no_supply", "account": account.public_id, "text": "dark", **ticked}
        assert client.post("/help/complaints/new/", form).status_code == 302
    assert list(Complaint.objects.order_by("pk").values_list("private", flat=True)) == [False, True]


def closed(complain: Any, her: Customer, **more: Any) -> Complaint:
    row = complain(photo=Picture(b"jpeg", 1, 1), **more)
    own.say(her.pk, row.public_id, "at the back door", NOON)
    moves.resolve(row.public_id, "fixed", "Rahima was right", her.pk, NOON)
    own.rate(her.pk, row.public_id, 5, "quick", NOON)
    return row


def test_words_of_closed_ones_go_and_counts_stay(complain, her, account, settings):
    settings.COMPLAINT_MONTHS = 12
    row, waits = closed(complain, her, place="House 12"), complain(text="still dark")
    Follow.objects.create(complaint=row, customer=member(account))
    assert chores.clear(NOON + 365 * DAY, lambda: True)
    row.refresh_from_db()
    assert row.text
    assert chores.clear(NOON + 366 * DAY, lambda: True)
    row.refresh_from_db()
    assert (row.text, row.place, row.facts, row.customer, row.account, row.rating, row.division) == ("", "", [], None, None, 5, "Uttara")
    kept = list(Entry.objects.filter(complaint=row).values_list("kind", "text", "by", "staff"))
    assert kept == [(kind, "", None, staff) for kind, _text, _by, staff in kept]
    assert [kind for kind, *_ in kept] == ["submitted", "said", "resolved", "rated", "closed"]
    assert (Photo.objects.filter(complaint=row).count(), Follow.objects.count()) == (0, 0)
    waits.refresh_from_db()
    assert waits.text == "still dark"
    assert [one.number for one in reads.listing(her.pk, NOON + 366 * DAY)] == [waits.number]
    settings.COMPLAINT_MONTHS = 0
    other = closed(complain, her)
    assert chores.clear(NOON + 9999 * DAY, lambda: True)
    other.refresh_from_db()
    assert other.cleared_at is None


def test_staff_words_of_one_that_is_kept_cannot_be_emptied(complain, her):
    closed(complain, her)
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        Entry.objects.filter(staff=True).update(text="")


def test_erasing_an_account_takes_words_photos_and_what_was_followed(complain, her, account):
    row, other = closed(complain, her, place="House 12"), member(account)
    theirs = submit(other.pk, Draft(key=uuid.uuid4(), category="no_supply", text="dark here too", account_id=account.pk), NOON)
    following.follow(her.pk, theirs.public_id, wanted=True, now=NOON)
    held.let_go(sender=None, customer_id=her.pk)
    row.refresh_from_db()
    theirs.refresh_from_db()
    assert (row.text, row.place, row.facts, row.rating, theirs.text) == ("", "", [], 5, "dark here too")
    said = set(Entry.objects.filter(complaint=row, staff=False).values_list("text", flat=True))
    assert (said, Photo.objects.filter(complaint=row).count(), Follow.objects.count()) == ({""}, 0, 0)
