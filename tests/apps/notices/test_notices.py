"""Notices to many: whom they reach, two persons over a thousand, slices that lose nobody and tell nobody twice, cancelling, Home."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering import upkeep
from bijoli.metering.models import UsagePoint
from bijoli.notices import audience as who
from bijoli.notices import desk, reads, sending
from bijoli.notices.audience import Audience
from bijoli.notices.desk import Draft, NoticeError, State
from bijoli.notices.models import Notice, Recipient
from tests import households

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)
HOUR = timedelta(hours=1)
TEXTS = {"bn": "লাইনের কাজ", "en": "Work on the line"}


@pytest.fixture
def colleague(db):
    return households.person(name="colleague")


def draft(**fields):
    given = {
        "kind": "outage",
        "title": TEXTS,
        "body": TEXTS,
        "audience": Audience(feeders=("F1",)),
        "send_at": NOW,
        "expires_at": NOW + 5 * HOUR,
        "starts_at": NOW + 2 * HOUR,
        "ends_at": NOW + 5 * HOUR,
    }
    return Draft(**{**given, **fields})


def lived(feeder="F1", division="Uttara", phones=1, **fields):
    """Somebody with a home and phones."""
    person = households.person(**fields)
    meter = households.meter(person)
    UsagePoint.objects.filter(installations__meter=meter).update(feeder=feeder, division=division)
    for _ in range(phones):
        households.phone(person)
    return person


def crowd(size, feeder="F9"):
    """Many persons with a home each, in few statements."""
    first = 60_000_000
    accounts = Account.objects.bulk_create(Account(number=str(first + place)) for place in range(size))
    UsagePoint.objects.bulk_create(UsagePoint(account=one, division="Uttara", feeder=feeder, sanctioned_load_w=1000) for one in accounts)
    people = Customer.objects.bulk_create(Customer(phone=f"+88019{first + place}", password="!") for place in range(size))
    pairs = zip(people, accounts, strict=True)
    Access.objects.bulk_create(Access(customer=one, account=account, since=households.LONG_AGO) for one, account in pairs)
    return people


def send(now=NOW):
    return sending.send_due(now, lambda: True)


def test_the_timer_sends_what_is_due(colleague):
    somebody = lived()
    desk.propose(draft(send_at=NOW - HOUR), colleague.pk, NOW)
    assert upkeep.run(timezone.now(), only="notices") == ["notices"]
    assert Notification.objects.get(customer=somebody).code == "N1"


def test_an_audience_is_counted_by_feeder_division_list_and_bounds(colleague):
    one, two = lived(phones=2), lived(feeder="F2", division="Tongi")
    third = lived(feeder="F2", division="Uttara", phones=0)
    key = Account.objects.get(access__customer=two).pk
    assert who.count(Audience(feeders=("F1",)), NOW, outage=True) == who.Count(1, 1, 2, ("Uttara",))
    assert who.count(Audience(feeders=("F1", "F2")), NOW, outage=True) == who.Count(3, 3, 3, ("Tongi", "Uttara"))
    assert who.count(Audience(divisions=("Tongi",)), NOW, outage=True).persons == 1
    assert who.count(Audience(accounts=(key,)), NOW, outage=True) == who.Count(1, 1, 1, ("Tongi",))
    assert who.count(Audience(feeders=("F2",), accounts=(key,), bounds=("Uttara",)), NOW, outage=True) == who.Count(1, 1, 0, ("Uttara",))
    Access.objects.filter(customer__in=[one, third]).update(until=NOW - HOUR)
    assert who.count(Audience(feeders=("F1", "F2")), NOW, outage=True).persons == 1
    assert who.unknown_feeders(["F1", "F3"], []) == ["F3"]
    assert who.unknown_feeders(["F1"], ["Tongi"]) == ["F1"]
    number = Account.objects.get(pk=key).number
    assert who.accounts_of([number, "11111111"], []) == ([key], ["11111111"])
    assert who.accounts_of([number], ["Uttara"]) == ([], [number])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"title": {"bn": "ক", "en": " "}}, "words"),
        ({"body": {"bn": "ক" * 301, "en": "a"}}, "length"),
        ({"ends_at": NOW + HOUR}, "order"),
        ({"starts_at": None}, "order"),
        ({"expires_at": NOW}, "order"),
        ({"send_at": NOW + 3 * HOUR}, "order"),
        ({"starts_at": NOW - HOUR, "send_at": NOW - 2 * HOUR}, "past"),
        ({"kind": "notice", "starts_at": None, "ends_at": None, "expires_at": NOW + timedelta(days=400)}, "far"),
        ({"audience": Audience(feeders=("nowhere",))}, "nobody"),
    ],
)
def test_what_cannot_be_told_says_why(colleague, fields, why):
    lived()
    with pytest.raises(NoticeError) as refused:
        desk.propose(draft(**fields), colleague.pk, NOW)
    assert refused.value.why == why


def test_everybody_there_is_told_once_on_each_phone(colleague):
    one, other, elsewhere = lived(phones=2), lived(phones=0), lived(feeder="F2")
    households.meter(one)  # a second home on the same feeder
    notice = desk.propose(draft(), colleague.pk, NOW)
    assert send()
    assert send()
    notice.refresh_from_db()
    assert (notice.told, desk.state(notice, NOW)) == (2, State.SENT)
    assert list(Notification.objects.values_list("customer", "kind", "code").order_by("pk")) == [
        (one.pk, "notice", "N1"),
        (other.pk, "notice", "N1"),
    ]
    ways = Delivery.objects.order_by("pk").values_list("notification__customer", "status", "reason")
    assert sorted(ways) == sorted([(one.pk, "queued", ""), (one.pk, "queued", ""), (other.pk, "suppressed", "no device")])
    assert not Notification.objects.filter(customer=elsewhere).exists()
    told = Notification.objects.get(customer=one)
    assert told.facts["title"] == TEXTS
    assert told.account_id is not None


def test_nothing_leaves_before_its_time_or_after_it(colleague):
    lived()
    desk.propose(draft(send_at=NOW + HOUR), colleague.pk, NOW)
    send()
    assert not Notification.objects.exists()
    send(NOW + 6 * HOUR)
    assert not Notification.objects.exists()


def test_slices_go_on_where_they_were_cut(colleague, monkeypatch):
    monkeypatch.setattr(sending, "SLICE", 3)
    people = [lived().pk for _ in range(8)]
    notice = desk.propose(draft(), colleague.pk, NOW)
    turns = iter([True, False])
    assert sending.send_due(NOW, lambda: next(turns)) is False
    assert Notification.objects.count() == 3
    notice.refresh_from_db()
    assert desk.state(notice, NOW) == State.SENDING
    assert send()
    assert sorted(Notification.objects.values_list("customer", flat=True)) == people


def test_a_crash_within_a_slice_tells_nobody_twice(colleague, monkeypatch):
    person = lived()
    notice = desk.propose(draft(), colleague.pk, NOW)

    def crash(*_):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(sending, "broadcast", crash)
        with pytest.raises(RuntimeError):
            send()
    assert not Recipient.objects.exists()
    send()
    assert Notification.objects.filter(customer=person).count() == 1
    Notice.objects.filter(pk=notice.pk).update(reached=0, sent_at=None)
    send()
    assert Notification.objects.filter(customer=person).count() == 1


def test_over_a_thousand_two_persons_are_needed(colleague):
    crowd(desk.ALONE + 1)
    second = households.person()
    notice = desk.propose(draft(audience=Audience(feeders=("F9",))), colleague.pk, NOW)
    assert desk.state(notice, NOW) == State.WAITS
    send()
    assert not Notification.objects.exists()
    with pytest.raises(NoticeError, match="own"):
        desk.approve(notice.public_id, colleague.pk, NOW)
    desk.approve(notice.public_id, second.pk, NOW)
    with pytest.raises(NoticeError, match="state"):
        desk.approve(notice.public_id, second.pk, NOW)
    send()
    assert Notification.objects.count() == desk.ALONE + 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(approved_by=colleague)


def test_an_audience_that_grew_over_a_thousand_waits_for_the_second_person(colleague):
    people = crowd(desk.ALONE + 5)
    late = Access.objects.filter(customer__in=people[:10])
    late.update(since=NOW + HOUR)
    notice = desk.propose(draft(audience=Audience(feeders=("F9",)), send_at=NOW + HOUR + HOUR / 2), colleague.pk, NOW)
    assert desk.state(notice, NOW) == State.SCHEDULED
    assert send(NOW + 2 * HOUR - HOUR / 4)
    assert not Notification.objects.exists()
    notice.refresh_from_db()
    assert desk.state(notice, NOW) == State.WAITS


def test_a_slice_costs_a_few_statements_whatever_its_size(colleague, django_assert_max_num_queries):
    crowd(900)
    desk.propose(draft(audience=Audience(feeders=("F9",))), colleague.pk, NOW)
    with django_assert_max_num_queries(20):
        send()
    assert Notification.objects.count() == 900


def test_cancelled_before_it_left_it_never_leaves(colleague):
    lived()
    notice = desk.propose(draft(), colleague.pk, NOW)
    desk.cancel(notice.public_id, colleague.pk, NOW)
    send()
    assert not Notification.objects.exists()
    with pytest.raises(NoticeError, match="state"):
        desk.cancel(notice.public_id, colleague.pk, NOW)


def test_cancelled_afterwards_it_is_taken_back_and_told(colleague):
    person = lived()
    notice = desk.propose(draft(), colleague.pk, NOW)
    send()
    desk.cancel(notice.public_id, colleague.pk, NOW + HOUR)
    send(NOW + HOUR)
    send(NOW + HOUR)
    first, second = Notification.objects.filter(customer=person).order_by("pk")
    assert (first.code, first.superseded_at is not None, second.code) == ("N1", True, "N0")
    assert list(Delivery.objects.order_by("pk").values_list("status", flat=True)) == ["superseded", "queued"]
    assert len(set(Delivery.objects.values_list("topic", flat=True))) == 1, "the phone puts the second in the place of the first"
    assert not Recipient.objects.exists()


def test_what_is_over_leaves_the_bell(colleague):
    person = lived()
    desk.propose(draft(), colleague.pk, NOW)
    send()
    send(NOW + 6 * HOUR)
    told = Notification.objects.get(customer=person)
    assert told.superseded_at == NOW + 6 * HOUR
    assert reads.current([told.account_id], NOW + 6 * HOUR) == []


@pytest.mark.parametrize(("begin", "end", "silent"), [("00:00", "23:59", True), ("00:00", "00:00", False), ("12:00", "11:59", True)])
def test_quiet_hours_are_kept(colleague, begin, end, silent):
    lived(quiet_from=begin, quiet_until=end)
    desk.propose(draft(), colleague.pk, NOW)
    send()
    assert Delivery.objects.get().silent is silent


def test_home_and_the_centre_show_it_to_who_lives_there(colleague, client):
    person, neighbour = lived(language="en"), lived(feeder="F2", language="en")
    desk.propose(draft(title={"bn": "ক", "en": "Pole <b>7</b>"}, body={"bn": "খ", "en": "A new pole is set."}), colleague.pk, NOW)
    client.force_login(person)
    assert "A new pole is set." not in client.get("/").content.decode(), "nobody has sent it yet"
    send()
    home = client.get("/").content.decode()
    assert "Pole &lt;b&gt;7&lt;/b&gt;" in home
    assert "Planned outage" in home
    assert "A new pole is set." in home
    told = Notification.objects.get(customer=person)
    assert "Pole" in client.get("/n/").content.decode()
    detail = client.get(f"/n/{told.public_id}/").content.decode()
    assert "No electricity from" in detail
    assert "Measured" not in detail
    client.force_login(neighbour)
    assert "A new pole is set." not in client.get("/").content.decode()
    Customer.objects.filter(pk=person.pk).update(language="bn")
    client.force_login(Customer.objects.get(pk=person.pk))
    assert "খ" in client.get("/").content.decode()


def test_the_question_of_home_is_one_statement(colleague, django_assert_num_queries):
    person = lived()
    desk.propose(draft(), colleague.pk, NOW)
    send()
    key = Account.objects.get(access__customer=person).pk
    with django_assert_num_queries(1):
        found = reads.current([key], NOW)
    assert [(one.kind, one.account_id, one.title) for one in found] == [("outage", key, TEXTS)]
    assert reads.current([], NOW) == []
