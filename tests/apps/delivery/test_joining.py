"""Several meters of one person that say the same within a minute: one entry in the tray, a row for each in the centre."""

import json
from datetime import timedelta

import pytest

from bijoli.delivery import push, queue, reads
from bijoli.delivery.models import Delivery
from bijoli.delivery.read import mark_read
from bijoli.delivery.tell import tell
from bijoli.delivery.topic import topic
from tests.apps.delivery.test_delivery_deliver import read
from tests.households import NOON, meter, person, phone, telling

pytestmark = pytest.mark.django_db


@pytest.fixture
def landlord():
    made = person(language="en")
    phone(made)
    return made


def told(at_meter, code="L1", seconds=0, **fields):
    tell([telling(at_meter, code, **fields)], NOON + timedelta(seconds=seconds))


def payloads(seconds=60):
    """What the waiting pushes say, in the order in which they were told."""
    claims = sorted(queue.claim(100, NOON + timedelta(seconds=seconds)), key=lambda claim: claim.id)
    return [json.loads(push.payload(claim)) for claim in claims]


def test_the_first_goes_alone_and_the_second_takes_its_place(landlord):
    house, shop = meter(landlord, nickname="House"), meter(landlord, nickname="Shop")
    told(house)
    [first] = payloads(seconds=1)
    told(shop, seconds=20)
    [second] = payloads(seconds=21)
    assert (first["title"], first["tag"]) == ("Balance under 100 taka", topic(house.pk, "low"))
    assert "replaces" not in first
    assert (second["title"], second["body"]) == ("2 meters are low on balance", "Shop and 1 more. Open to see each of them.")
    assert (second["replaces"], second["url"], second["renotify"]) == ([first["tag"]], "/n/", True)
    assert second["tag"] == topic("joined", landlord.pk, "low", "L1")
    assert len(reads.listing(landlord.pk)) == reads.unread(landlord.pk) == second["badge"] == 2


def test_the_third_replaces_the_second_without_a_sound_and_counts_them_all(landlord):
    for number in range(3):
        told(meter(landlord), seconds=50 * number)  # the first and the third are more than a minute apart
    first, second, third = payloads(seconds=101)
    assert second["tag"] == third["tag"] != first["tag"]
    assert (third["title"], third["renotify"], third["replaces"]) == ("3 meters are low on balance", False, [first["tag"]])


def test_a_batch_of_meters_is_joined_as_well(landlord):
    tell([telling(meter(landlord)) for _ in range(4)], NOON)
    first, *others = payloads()
    assert first["title"] == "Balance under 100 taka"
    assert {(one["title"], one["tag"]) for one in others} == {("4 meters are low on balance", topic("joined", landlord.pk, "low", "L1"))}
    assert [one["renotify"] for one in others] == [True, False, False]


def test_in_bangla():
    owner = person(language="bn")
    phone(owner)
    tell([telling(meter(owner, nickname="বাসা"), "O1") for _ in range(3)], NOON)
    said = payloads()[-1]
    assert said["title"] == "৩টি মিটারে অনুমোদিত লোডের বেশি চলছে"
    assert said["body"] == "বাসা ও আরও ২টি মিটার। প্রতিটি দেখতে খুলুন।"


def test_after_a_minute_each_speaks_for_itself(landlord):
    told(meter(landlord))
    told(meter(landlord), seconds=60)
    assert ["replaces" in one for one in payloads()] == [False, False]


def test_another_stage_the_same_meter_and_another_person_join_nothing(landlord):
    neighbour = person()
    phone(neighbour)
    house = meter(landlord)
    told(house)
    told(house)
    told(meter(landlord), "L2")
    told(meter(neighbour))
    assert not Delivery.objects.exclude(joined_since=None).exists()


@pytest.mark.parametrize("code", ["Z1", "Z2", "T1"])
def test_what_its_own_meter_replaces_later_stays_its_own(landlord, code):
    tell([telling(meter(landlord), code) for _ in range(2)], NOON)
    assert not Delivery.objects.exclude(joined_since=None).exists()
    assert Delivery.objects.values("topic").distinct().count() == 2


def test_what_was_not_pushed_or_is_read_or_over_has_no_place_to_take(landlord):
    told(meter(landlord), push=False, reason="late")
    told(meter(landlord), seconds=1)
    mark_read(landlord.pk, None)
    told(meter(landlord), seconds=2)
    assert not Delivery.objects.exclude(joined_since=None).exists()


def test_it_counts_when_it_is_sent(landlord):
    house, shop, mill = meter(landlord), meter(landlord), meter(landlord)
    for one in (house, shop, mill):
        told(one)
    mark_read(landlord.pk, [reads.listing(landlord.pk)[0].public_id])  # the mill's, which is not sent
    claims = sorted(queue.claim(10, NOON), key=lambda claim: claim.id)
    assert [claim.joined for claim in claims] == [None, [house.pk, shop.pk], [house.pk, shop.pk]]
    assert claims[-1].read


def test_where_the_others_were_read_it_speaks_of_its_own(landlord):
    house, shop = meter(landlord), meter(landlord, nickname="Shop")
    told(house)
    told(shop)
    mark_read(landlord.pk, [reads.listing(landlord.pk)[-1].public_id])
    said = payloads()[-1]
    assert (said["title"], said["body"]) == ("Balance under 100 taka", "Shop: ৳ 84.50 left. Please recharge.")
    assert said["url"].startswith("/n/")
    assert said["url"] != "/n/"


def test_over_the_wire(deliverer, peer, owner, keys):
    tell([telling(meter(owner)) for _ in range(2)], NOON)
    deliverer.until_idle()
    joined = topic("joined", owner.pk, "low", "L1")
    [said] = [read(got.body, keys) for got in peer.got if got.headers["topic"] == joined]
    assert said["tag"] == joined
    assert said["title"] == "2 meters are low on balance"


def test_joining_costs_one_query(landlord, django_assert_max_num_queries):
    tellings = [telling(meter(landlord)) for _ in range(40)]
    with django_assert_max_num_queries(7):
        assert tell(tellings, NOON) == 40
