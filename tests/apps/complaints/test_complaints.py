"""A complaint's way: a number at once, one of a form that is sent twice, each step told, late ones up, resolved ones closed."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from bijoli.complaints import chores, moves, own, reads
from bijoli.complaints.line import ComplaintError
from bijoli.complaints.models import Complaint, Entry, Photo
from bijoli.complaints.photos import Picture
from bijoli.complaints.submitting import Draft, submit
from bijoli.customers.limits import TooOften
from bijoli.customers.models import Access, Account
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering.models import UsagePoint
from tests import households
from tests.households import NIGHT, NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def go_on():
    return True


@pytest.fixture
def colleague(db):
    return households.person(name="Karim", is_staff=True)


def told(person):
    return list(Notification.objects.filter(customer=person, kind="case").order_by("pk").values_list("code", flat=True))


def kinds(row):
    return list(Entry.objects.filter(complaint=row).order_by("pk").values_list("kind", flat=True))


def test_a_number_and_a_promise_at_once(complain):
    first, second = complain(), complain("street_light")
    assert (first.number, second.number) == ("C261122-00001", "C261122-00002")
    assert first.promised_at == NOON + DAY  # by the clock
    assert second.promised_at - NOON > 2 * DAY  # 40 working hours
    assert (first.division, first.state, kinds(first)) == ("Uttara", "submitted", ["submitted"])
    assert complain(at=NOON + DAY).number == "C261123-00001"


def test_the_day_of_the_number_is_the_local_one(complain):
    assert complain(at=NIGHT).number == "C261123-00001"  # two at night in Dhaka, the day before in UTC


def test_the_same_form_twice_is_one_complaint(complain, her, account):
    key = uuid.uuid4()
    first = complain(key=key)
    again = submit(her.pk, Draft(key, "street_light", "other words"), NOON + DAY)
    assert again.pk == first.pk
    assert Complaint.objects.count() == 1
    other = households.person()
    submit(other.pk, Draft(key, "street_light", "mine"), NOON)  # a key says nothing of others
    assert Complaint.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_the_same_moment_is_one_complaint():
    person = households.person()
    key, found = uuid.uuid4(), []

    def send():
        try:
            found.append(submit(person.pk, Draft(key, "app", "twice"), NOON).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert (Complaint.objects.count(), Entry.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "wrong", [{"text": "  "}, {"text": "x" * 2001}, {"place": "x" * 201}, {"category": "nonsense"}, {"account_id": None}]
)
def test_what_cannot_be_taken_is_refused(her, account, wrong):
    given = {"key": uuid.uuid4(), "category": "no_supply", "text": "dark", "account_id": account.pk, **wrong}
    with pytest.raises(ComplaintError):
        submit(her.pk, Draft(**given), NOON)
    assert not Complaint.objects.exists()


def test_nobody_complains_of_anothers_account(her):
    households.meter(households.person())
    other = Account.objects.exclude(access__customer=her).get()
    with pytest.raises(ComplaintError):
        submit(her.pk, Draft(uuid.uuid4(), "no_supply", "dark", other.pk), NOON)


def test_a_complaint_too_many_is_refused_and_danger_has_a_limit_of_its_own(her, account):
    for _ in range(4):
        submit(her.pk, Draft(uuid.uuid4(), "app", "it is slow"), NOON)
    with pytest.raises(TooOften):
        submit(her.pk, Draft(uuid.uuid4(), "app", "it is slow"), NOON)
    for _ in range(10):
        assert submit(her.pk, Draft(uuid.uuid4(), "hazard", "a wire lies on the road"), NOON).danger


def test_each_step_is_told_and_the_newest_alone_waits_on_the_bell(complain, her, colleague):
    device = households.phone(her)
    row = complain()
    moves.assign(row.public_id, colleague.pk, colleague.pk, NOON)
    moves.assign(row.public_id, colleague.pk, colleague.pk, NOON)  # nothing new
    moves.work(row.public_id, colleague.pk, NOON)
    moves.reply(row.public_id, "We are on our way", colleague.pk, NOON)
    moves.note(row.public_id, "Third time this week", colleague.pk, NOON)
    moves.resolve(row.public_id, "fixed", "A fuse was burnt; we put in a new one.", colleague.pk, NOON)
    assert told(her) == ["KA", "KW", "KM", "KR"]
    assert Notification.objects.filter(superseded_at=None).get().code == "KR"
    sent = Delivery.objects.filter(device=device).order_by("pk")
    assert [one.status for one in sent] == ["superseded", "superseded", "superseded", "queued"]
    assert len({one.topic for one in sent}) == 1
    assert kinds(row) == ["submitted", "assigned", "working", "reply", "note", "resolved"]


def test_words_of_staff_go_into_no_push(complain, her, colleague):
    row = complain()
    moves.reply(row.public_id, "Flat 4B, ask for Rahima", colleague.pk, NOON)
    facts = Notification.objects.get().facts
    assert set(facts) == {"number", "complaint", "category"}


def test_at_night_it_is_told_without_a_sound(complain, her, colleague):
    households.phone(her)
    row = complain()
    moves.reply(row.public_id, "soon", colleague.pk, NIGHT)
    assert Delivery.objects.get().silent


def test_who_may_not_see_the_account_any_more_hears_nothing_and_adds_nothing(complain, her, colleague):
    row = complain()
    Access.objects.filter(customer=her).update(until=NOON)
    moves.reply(row.public_id, "soon", colleague.pk, NOON + DAY)
    assert told(her) == []
    assert not reads.one(her.pk, row.public_id, NOON + DAY).acts
    with pytest.raises(ComplaintError):
        own.say(her.pk, row.public_id, "still dark", NOON + DAY)


def test_the_customer_sees_no_note(complain, her, colleague):
    row = complain()
    moves.note(row.public_id, "difficult", colleague.pk, NOON)
    moves.reply(row.public_id, "soon", colleague.pk, NOON)
    view = reads.one(her.pk, row.public_id, NOON)
    assert [(step.kind, step.ours) for step in view.steps] == [("submitted", False), ("reply", True)]


def test_opened_again_it_is_promised_anew(complain, her, colleague):
    row = complain()
    moves.resolve(row.public_id, "fixed", "done", colleague.pk, NOON)
    assert reads.one(her.pk, row.public_id, NOON + 6 * DAY).may_reopen
    own.reopen(her.pk, row.public_id, "Dark again", NOON + 6 * DAY)
    row.refresh_from_db()
    assert (row.state, row.resolved_at, row.finding, row.reopened) == ("reopened", None, "", 1)
    assert row.promised_at == NOON + 7 * DAY
    moves.resolve(row.public_id, "fixed", "done", colleague.pk, NOON + 6 * DAY)
    with pytest.raises(ComplaintError):
        own.reopen(her.pk, row.public_id, "Dark again", NOON + 14 * DAY)


def test_a_rating_closes_and_counts_once(complain, her, colleague):
    row = complain()
    with pytest.raises(ComplaintError):
        own.rate(her.pk, row.public_id, 5, "", NOON)
    moves.resolve(row.public_id, "fixed", "done", colleague.pk, NOON)
    with pytest.raises(ComplaintError):
        own.rate(her.pk, row.public_id, 6, "", NOON)
    own.rate(her.pk, row.public_id, 4, "quick", NOON)
    row.refresh_from_db()
    assert (row.state, row.rating, row.closed_at) == ("closed", 4, NOON)
    with pytest.raises(ComplaintError):
        own.rate(her.pk, row.public_id, 1, "", NOON)
    with pytest.raises(ComplaintError):
        own.say(her.pk, row.public_id, "thanks", NOON)


def test_nobody_else_does_anything_with_it(complain, colleague):
    row, other = complain(), households.person()
    moves.resolve(row.public_id, "fixed", "done", colleague.pk, NOON)
    for verb in (
        lambda: own.say(other.pk, row.public_id, "x", NOON),
        lambda: own.reopen(other.pk, row.public_id, "x", NOON),
        lambda: own.rate(other.pk, row.public_id, 1, "", NOON),
    ):
        with pytest.raises(ComplaintError):
            verb()


def test_late_ones_go_up_and_the_first_step_is_told(complain, her):
    row = complain()
    assert chores.rise(NOON + DAY - timedelta(seconds=1), go_on)
    row.refresh_from_db()
    assert row.level == 0
    chores.rise(NOON + DAY, go_on)
    chores.rise(NOON + DAY, go_on)
    row.refresh_from_db()
    assert (row.level, told(her)) == (1, ["KL"])
    chores.rise(NOON + 9 * DAY, go_on)  # the timer stood still for a week
    row.refresh_from_db()
    assert (row.level, row.rises_at, told(her)) == (3, None, ["KL"])
    assert kinds(row) == ["submitted", "late", "late"]
    assert Entry.objects.filter(complaint=row, inside=True).get().facts == {"level": 3}


def test_a_resolved_one_goes_up_no_more_and_closes_by_itself(complain, colleague):
    row = complain()
    moves.resolve(row.public_id, "fixed", "done", colleague.pk, NOON)
    chores.rise(NOON + 9 * DAY, go_on)
    chores.close(NOON + 6 * DAY, go_on)
    row.refresh_from_db()
    assert (row.state, row.level) == ("resolved", 0)
    chores.close(NOON + 7 * DAY, go_on)
    row.refresh_from_db()
    assert (row.state, row.closed_at) == ("closed", NOON + 7 * DAY)


def test_photos_of_closed_ones_go(complain, her, colleague, settings):
    settings.PHOTO_DAYS = 30
    row = complain(photo=Picture(b"jpeg", 1, 1))
    open_one = complain(photo=Picture(b"jpeg", 1, 1))
    moves.resolve(row.public_id, "fixed", "done", colleague.pk, NOON)
    own.rate(her.pk, row.public_id, 5, "", NOON)
    chores.drop_photos(NOON + 29 * DAY, go_on)
    assert Photo.objects.count() == 2
    chores.drop_photos(NOON + 31 * DAY, go_on)
    assert Photo.objects.get().complaint == open_one


def test_a_resolved_one_takes_no_step_of_the_staff(complain, colleague):
    row = complain()
    moves.resolve(row.public_id, "fixed", "done", colleague.pk, NOON)
    deeds = [
        lambda: moves.assign(row.public_id, colleague.pk, colleague.pk, NOON),
        lambda: moves.work(row.public_id, colleague.pk, NOON),
        lambda: moves.reply(row.public_id, "x", colleague.pk, NOON),
        lambda: moves.resolve(row.public_id, "fixed", "again", colleague.pk, NOON),
        lambda: moves.pass_on(row.public_id, "Uttara West", colleague.pk, NOON),
    ]
    for deed in deeds:
        with pytest.raises(ComplaintError):
            deed()
    moves.note(row.public_id, "for the records", colleague.pk, NOON)


def test_passed_on_it_is_nobodys_there(complain, colleague):
    row = complain()
    moves.assign(row.public_id, colleague.pk, colleague.pk, NOON)
    moves.pass_on(row.public_id, "Uttara West", colleague.pk, NOON)
    row.refresh_from_db()
    assert (row.division, row.assigned_to) == ("Uttara West", None)
    with pytest.raises(ComplaintError):
        moves.pass_on(row.public_id, "Atlantis", colleague.pk, NOON)


def test_the_time_line_stays_as_it_was_written(complain):
    row = complain()
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(complaint=row).update(text="another story")
    row.delete()  # it goes with its complaint alone
    assert not Entry.objects.exists()


def test_an_account_that_moves_keeps_its_complaint_where_it_was(complain, account):
    row = complain()
    UsagePoint.objects.filter(account=account).update(division="Uttara West")
    row.refresh_from_db()
    assert row.division == "Uttara"
