"""What a person sees: the own notifications and phones, and nobody else's."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from bijoli.customers.models import Access
from bijoli.delivery import queue, reads
from bijoli.delivery.devices import MOST, EndpointRefused, subscribe, unsubscribe
from bijoli.delivery.models import Delivery, Device, Notification
from bijoli.delivery.read import mark_read
from bijoli.delivery.tell import tell
from bijoli.delivery.trial import MOST_A_MINUTE, TooManyTrials, send_trial
from tests.households import NOON, Keys, meter, person, phone, telling

pytestmark = pytest.mark.django_db


def test_the_count_falls_by_reading_alone(owner):
    home, shop = meter(owner), meter(owner)
    tell([telling(home), telling(shop), telling(shop, "T1")], NOON)
    first, *rest = reads.unread_ids(owner.pk)
    assert reads.unread(owner.pk) == 3
    reads.listing(owner.pk)
    reads.one(owner.pk, first)
    assert reads.unread(owner.pk) == 3
    assert mark_read(owner.pk, [first]) == 2
    assert reads.unread_ids(owner.pk) == rest
    assert mark_read(owner.pk, None) == 0


def test_reading_again_keeps_the_first_time(owner):
    tell([telling(meter(owner))], NOON)
    mark_read(owner.pk, None)
    first = Notification.objects.get().read_at
    mark_read(owner.pk, None)
    assert Notification.objects.get().read_at == first


def test_nobody_reads_for_another(owner):
    stranger = person()
    tell([telling(meter(owner))], NOON)
    (mine,) = reads.unread_ids(owner.pk)
    assert mark_read(stranger.pk, [mine]) == 0
    assert reads.one(stranger.pk, mine) is None
    assert reads.listing(stranger.pk) == []
    assert reads.unread(owner.pk) == 1


def test_a_page_of_the_list_goes_on_where_the_last_one_ended(owner):
    home = meter(owner)
    tell([telling(home, "O1") for _ in range(4)], NOON)  # one moment: the order must not hang on the time alone
    tell([telling(home, "L1")], NOON + timedelta(hours=1))
    first = reads.listing(owner.pk, limit=2)
    second = reads.listing(owner.pk, before=first[-1].public_id, limit=2)
    third = reads.listing(owner.pk, before=second[-1].public_id, limit=2)
    shown = [view.public_id for view in (*first, *second, *third)]
    assert first[0].code == "L1"
    assert len(shown) == len(set(shown)) == 5
    assert reads.listing(owner.pk, before=uuid.uuid4()) == []


def test_the_list_can_be_of_one_account(owner):
    home, shop = meter(owner, nickname="Home"), meter(owner, nickname="Shop")
    tell([telling(home), telling(shop)], NOON)
    account = Access.objects.get(nickname="Shop").account_id
    assert [view.account_name for view in reads.listing(owner.pk, account_id=account)] == ["Shop"]


def test_what_was_replaced_stays_in_the_list_but_not_in_the_count(owner):
    home = meter(owner)
    tell([telling(home, "Z2")], NOON)
    tell([telling(home, "ZR", supersedes=("zero",))], NOON)
    assert [(view.code, view.unread) for view in reads.listing(owner.pk)] == [("ZR", True), ("Z2", False)]


def test_the_detail_tells_meter_account_and_each_phone(owner):
    home = meter(owner, nickname="Home")
    tell([telling(home)], NOON)
    (claim,) = queue.claim(1, NOON)
    queue.record([queue.Outcome(claim, "sent", sent=NOON)], NOON)
    view = reads.one(owner.pk, reads.unread_ids(owner.pk)[0])
    assert (view.meter_number, view.account_name, view.facts) == (home.number, "Home", {"balance_paisa": 8450})
    assert view.account_public_id is not None
    assert [(d.status, d.queued_at, d.sent_at, d.displayed_at) for d in view.deliveries] == [("sent", NOON, NOON, None)]


def test_the_list_costs_one_query(owner, django_assert_num_queries):
    for _ in range(5):
        tell([telling(meter(owner))], NOON)
    with django_assert_num_queries(1):
        assert len(reads.listing(owner.pk)) == 5


# Phones


def join(who, keys, endpoint="https://push.test/mine", **fields):
    given = {"p256dh": keys.p256dh, "auth": keys.secret, "label": "Firefox", "language": "bn", **fields}
    return subscribe(who, endpoint, **given)


def test_subscribing_twice_keeps_one_phone_with_its_latest_keys(owner, keys):
    first = join(owner, keys)
    newer = Keys()
    again = join(owner, newer)
    assert (again.pk, bytes(again.p256dh), bytes(again.auth)) == (first.pk, newer.point, newer.auth)


def test_a_phone_is_of_who_signed_in_last(owner, keys):
    join(owner, keys)
    other = person()
    join(other, keys)
    assert [device.endpoint for device in reads.devices(other.pk)] == ["https://push.test/mine"]
    assert "https://push.test/mine" not in [device.endpoint for device in reads.devices(owner.pk)]


def test_a_phone_that_was_gone_comes_back(owner, keys):
    join(owner, keys)
    assert unsubscribe(owner.pk, "https://push.test/mine")
    assert not unsubscribe(owner.pk, "https://push.test/mine")
    assert len(reads.devices(owner.pk)) == 1
    join(owner, keys)
    assert len(reads.devices(owner.pk)) == 2


def test_nobody_removes_anothers_phone(owner, keys):
    join(owner, keys)
    assert not unsubscribe(person().pk, "https://push.test/mine")


def test_the_phone_seen_longest_ago_gives_way_to_the_twenty_first(peer, keys):
    owner = person()
    for n in range(MOST + 3):
        join(owner, keys, f"https://push.test/{n}")
    live = {device.endpoint for device in reads.devices(owner.pk)}
    assert live == {f"https://push.test/{n}" for n in range(3, MOST + 3)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://evil.example/x"},
        {"endpoint": "http://push.test/x"},
        {"p256dh": "AAAA"},
        {"p256dh": "not base64!"},
        {"p256dh": "BP" + "_" * 85},
        {"auth": "AAAA"},
        {"auth": "no+base64url/=="},
        {"auth": ""},
    ],
)
def test_what_is_no_subscription_is_refused(owner, keys, wrong):
    before = Device.objects.count()
    with pytest.raises(EndpointRefused):
        join(owner, keys, **wrong)
    assert Device.objects.count() == before


# The test push


def test_a_test_push_goes_to_that_phone_and_counts_nowhere(deliverer, clock, owner, peer):
    device = phone(owner, peer.endpoint("second"))
    made = send_trial(owner.pk, device.public_id)
    clock.now = timezone.now()
    deliverer.until_idle()
    assert [got.path for got in peer.got] == ["second"]
    assert (reads.unread(owner.pk), reads.unread_ids(owner.pk), reads.listing(owner.pk)) == (0, [], [])
    (delivery,) = reads.one(owner.pk, made).deliveries
    assert delivery.status == "sent"
    assert timedelta(0) <= delivery.sent_at - delivery.queued_at < timedelta(seconds=10)


def test_nobody_tests_anothers_phone(owner):
    device = Device.objects.get(customer=owner)
    with pytest.raises(ObjectDoesNotExist):
        send_trial(person().pk, device.public_id)
    assert not Delivery.objects.exists()


def test_tests_are_a_few_a_minute(owner):
    device = Device.objects.get(customer=owner)
    for _ in range(MOST_A_MINUTE):
        send_trial(owner.pk, device.public_id)
    with pytest.raises(TooManyTrials):
        send_trial(owner.pk, device.public_id)
