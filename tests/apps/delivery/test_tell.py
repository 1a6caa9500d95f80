"""Who is told, once, and on which phones."""

import re
from datetime import time, timedelta

import pytest

from bijoli.customers.models import Access
from bijoli.delivery import reads
from bijoli.delivery.models import Delivery, Notification, Severity
from bijoli.delivery.tell import tell
from bijoli.delivery.topic import topic
from bijoli.metering.models import Installation
from tests.households import NIGHT, NOON, meter, person, phone, telling

pytestmark = pytest.mark.django_db


def deliveries(**wanted) -> list[Delivery]:
    return list(Delivery.objects.filter(**wanted).order_by("pk"))


def test_everyone_linked_to_the_meter_is_told_on_every_phone():
    owner, tenant, stranger = person(), person(), person()
    home = meter(owner, tenant)
    phones = {phone(owner).pk, phone(owner).pk, phone(tenant).pk}
    phone(stranger)
    assert tell([telling(home)], NOON) == 2
    assert {n.customer_id for n in Notification.objects.all()} == {owner.pk, tenant.pk}
    assert {d.device_id for d in deliveries(status="queued")} == phones


def test_the_notification_keeps_what_the_words_need():
    owner = person()
    home = meter(owner)
    one = telling(home, "Z1", severity=Severity.HIGH, facts={"balance_paisa": -3500, "protected_until": "2026-11-22T10:00:00+06:00"})
    tell([one], NOON)
    row = Notification.objects.get()
    assert (row.stage_id, row.meter_id, row.kind, row.code, row.severity) == (one.stage_id, home.pk, "zero", "Z1", Severity.HIGH)
    assert (row.facts, row.at, row.received_at, row.made_at, row.read_at) == (one.facts, NOON, NOON, NOON, None)


def test_the_same_stage_again_tells_nobody():
    home = meter(person(), person())
    one = telling(home)
    assert tell([one], NOON) == 2
    assert tell([one, one], NOON) == 0
    assert len(deliveries()) == 2


def test_access_not_begun_or_ended_is_no_access():
    for ended in ({"since": NOON + timedelta(hours=1)}, {"until": NOON - timedelta(hours=1)}, {"until": NOON}):
        assert tell([telling(meter(person(), **ended))], NOON) == 0
    assert tell([telling(meter(person(), until=NOON + timedelta(seconds=1)))], NOON) == 1


def test_a_person_who_is_closed_is_not_told():
    assert tell([telling(meter(person(is_active=False)))], NOON) == 0


def test_a_meter_taken_away_is_nobodys():
    home = meter(person())
    Installation.objects.filter(meter=home).update(removed_at=NOON - timedelta(days=1))
    assert tell([telling(home)], NOON) == 0


def test_an_own_limit_is_told_to_whom_it_belongs():
    careful, calm = person(), person()
    home = meter(careful, calm)
    Access.objects.filter(customer=careful).update(own_limit_paisa=30_000)
    assert tell([telling(home, "L0", own_limit_paisa=30_000)], NOON) == 1
    assert Notification.objects.get().customer_id == careful.pk
    assert tell([telling(home, "L0", own_limit_paisa=20_000)], NOON) == 0


def test_no_phone_is_written_down():
    tell([telling(meter(person()))], NOON)
    assert [(d.status, d.reason, d.device_id) for d in deliveries()] == [("suppressed", "no device", None)]


def test_a_phone_that_is_gone_gets_nothing():
    owner = person()
    gone = phone(owner)
    gone.gone_at = NOON
    gone.save()
    tell([telling(meter(owner))], NOON)
    assert [d.reason for d in deliveries()] == ["no device"]


def test_what_is_not_pushed_is_in_the_centre_with_its_reason():
    owner = person()
    phone(owner)
    tell([telling(meter(owner), push=False, reason="late")], NOON)
    assert [(d.status, d.reason) for d in deliveries()] == [("suppressed", "late")]
    assert reads.unread(owner.pk) == 1


def test_l0_and_o1_may_be_switched_off_and_nothing_else():
    owner = person()
    phone(owner)
    home = meter(owner, muted_kinds=["L0", "L1", "O1", "Z2", "T1"], own_limit_paisa=1)
    tell([telling(home, code, own_limit_paisa=1) for code in ("L0", "L1", "O1", "Z2", "T1")], NOON)
    states = dict(Delivery.objects.values_list("notification__code", "reason"))
    assert states == {"L0": "opted out", "L1": "", "O1": "opted out", "Z2": "", "T1": ""}


def test_two_stages_of_a_night_are_pushed_at_once_without_a_sound_as_one_entry():  # (12)
    owner = person()
    phone(owner)
    home, half_past_eleven = meter(owner), NIGHT - timedelta(hours=2, minutes=30)
    tell([telling(home, "L1", severity=Severity.NOTICE)], half_past_eleven)
    tell([telling(home, "L2", severity=Severity.WARNING)], NIGHT)
    first, second = sorted(deliveries(), key=lambda one: one.due_at)
    assert (first.due_at, second.due_at) == (half_past_eleven, NIGHT)
    assert first.silent
    assert second.silent
    assert first.topic == second.topic
    assert {one.status for one in (first, second)} == {"queued"}


def test_quiet_hours_silence_but_never_delay_and_critical_sounds_anyway():
    owner = person()
    phone(owner)
    home = meter(owner)
    tell([telling(home, "L2", severity=Severity.WARNING), telling(home, "Z2", severity=Severity.CRITICAL)], NIGHT)
    assert {(d.notification.code, d.silent, d.due_at) for d in deliveries()} == {("L2", True, NIGHT), ("Z2", False, NIGHT)}


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "silent"),
    [(time(1), time(3), True), (time(23), time(1), False), (time(2), time(2), False), (time(23), time(2, 30), True), (None, None, True)],
)
def test_quiet_hours_are_the_persons_own_where_they_are_set(quiet_from, quiet_until, silent):
    owner = person(quiet_from=quiet_from, quiet_until=quiet_until)
    phone(owner)
    tell([telling(meter(owner))], NIGHT)  # 02:00 in Dhaka
    assert [d.silent for d in deliveries()] == [silent]


def test_restored_replaces_what_was_not_read_and_not_sent():
    owner = person()
    phone(owner)
    home, shop = meter(owner), meter(owner)
    tell([telling(home, "Z1"), telling(home, "T1"), telling(shop, "Z1")], NOON)
    later = NOON + timedelta(minutes=5)
    tell([telling(home, "ZR", supersedes=("zero", "low"))], later)
    states = {(n.meter_id, n.code): n.superseded_at for n in Notification.objects.all()}
    assert states == {(home.pk, "Z1"): later, (home.pk, "T1"): None, (shop.pk, "Z1"): None, (home.pk, "ZR"): None}
    assert [d.notification.code for d in deliveries(status="superseded")] == ["Z1"]
    assert reads.unread(owner.pk) == 3


def test_within_one_call_the_later_replaces_the_earlier_and_never_itself():
    owner = person()
    home = meter(owner)
    tell([telling(home, "Z2"), telling(home, "ZR", supersedes=("zero",))], NOON)
    assert {n.code: n.superseded_at is None for n in Notification.objects.all()} == {"Z2": False, "ZR": True}


def test_one_persons_news_replace_nobody_elses():
    owner, tenant = person(), person()
    home = meter(owner, tenant)
    tell([telling(home, "Z1")], NOON)
    Access.objects.filter(customer=tenant).update(until=NOON)
    tell([telling(home, "ZR", supersedes=("zero",))], NOON + timedelta(minutes=1))
    assert Notification.objects.get(customer=tenant).superseded_at is None


def test_a_topic_is_one_for_meter_and_kind_and_tells_nothing():
    owner = person()
    phone(owner)
    home, shop = meter(owner), meter(owner)
    tell([telling(home, "Z1"), telling(home, "Z2"), telling(home, "L1"), telling(shop, "Z1")], NOON)
    topics = dict(Delivery.objects.values_list("notification__stage__code", "topic").filter(notification__meter=home))
    assert topics["Z1"] == topics["Z2"] != topics["L1"]
    assert len(set(Delivery.objects.values_list("topic", flat=True))) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", text) for text in topics.values())


def test_topics_hang_on_the_secret_key(settings):
    first = topic(1, "zero")
    settings.SECRET_KEY = "another"
    assert topic(1, "zero") != first


def test_ttl_and_urgency_are_the_stages():
    owner = person()
    phone(owner)
    tell([telling(meter(owner), ttl_s=900, urgency="normal")], NOON)
    assert [(d.expires_at - NOON, d.urgency) for d in deliveries()] == [(timedelta(seconds=900), "normal")]


def test_hundreds_cost_as_many_queries_as_one(django_assert_max_num_queries):
    tellings = []
    for _ in range(60):
        owner = person()
        phone(owner)
        tellings.append(telling(meter(owner), "Z1", supersedes=("low",)))
    with django_assert_max_num_queries(6):
        assert tell(tellings, NOON) == 60


def test_nothing_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert tell([], NOON) == 0
