"""From a change to a person: what watch decides, keeps and tells."""

import itertools
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from bijoli.alerts import reads, watch
from bijoli.alerts.models import Episode, Stage
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering.models import Change, MeterEvent
from tests import households
from tests.apps.alert_changes import balances, change, now, stages, state

pytestmark = pytest.mark.django_db


def codes(person):
    return list(Notification.objects.filter(customer=person).order_by("pk").values_list("code", flat=True))


def test_a_low_balance_becomes_one_episode_one_stage_one_notification_and_one_delivery(rahima, meter):
    balances(meter, 150, 84.5)
    assert watch.drain() == 2
    episode = Episode.objects.get()
    assert (episode.kind, episode.closed_at, episode.lap) == ("low", None, 1)
    stage = Stage.objects.get()
    assert (stage.code, stage.balance_paisa, stage.limit, stage.suppressed) == ("L1", 8450, 10_000, "")
    told = Notification.objects.get()
    assert (told.customer, told.meter, told.stage, told.code) == (rahima, meter, stage, "L1")
    assert told.facts["balance_paisa"] == 8450
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.urgency) == ("queued", "high")
    assert not Change.objects.exists()


def test_everyone_linked_is_told_once():
    people = [households.person() for _ in range(3)]
    meter = households.meter(*people)
    balances(meter, -1)
    watch.drain()
    assert [codes(person) for person in people] == [["Z1"]] * 3


def test_an_own_limit_is_told_to_those_whose_limit_it_is(rahima):
    meter = households.meter(rahima, own_limit_paisa=300_00)
    other = households.person()
    other.access.create(account=meter.installations.get().usage_point.account, since=households.LONG_AGO)
    balances(meter, 299, before=400)
    watch.drain()
    assert (codes(rahima), codes(other)) == (["L0"], [])
    balances(meter, 99, before=299)
    watch.drain()
    assert (codes(rahima), codes(other)) == (["L0", "L1"], ["L1"])
    assert Episode.objects.count() == 1


def test_one_reading_that_is_low_and_over_the_load_tells_both_the_graver_first(rahima, meter):
    change(meter, balance_paisa=99_00, before_paisa=150_00, load_w=5200)
    watch.drain()
    assert codes(rahima) == ["O1", "L1"]


def test_all_crossings_of_one_batch_count_in_order(meter):
    balances(meter, 150, 40, 200)
    watch.drain()
    assert stages(meter) == ["L2"]
    assert Episode.objects.get().closed_why == "recovered"


def test_an_episode_may_close_and_open_again_in_one_batch(meter):
    balances(meter, 40, 200, 30, before=150)
    watch.drain()
    assert [episode.closed_at is None for episode in Episode.objects.order_by("pk")] == [False, True]


def test_zero_closes_low_and_restored_replaces_what_waits_for_a_sleeping_phone(rahima, meter):
    balances(meter, 84, before=150)
    watch.drain()
    change(meter, balance_paisa=-3_00, before_paisa=84_00, relay=2, relay_before=1)
    watch.drain()
    assert {row.kind: row.closed_why for row in Episode.objects.all()} == {"low": "superseded", "zero": ""}
    change(meter, balance_paisa=500_00, before_paisa=-3_00, relay=1, relay_before=2)
    watch.drain()
    assert codes(rahima) == ["L1", "Z2", "ZR"]
    statuses = dict(Delivery.objects.values_list("notification__code", "status"))
    assert (statuses["Z2"], statuses["ZR"]) == ("superseded", "queued")


def test_off_and_restored_of_one_batch_leave_restored_alone(rahima, meter):
    change(meter, balance_paisa=-3_00, before_paisa=200_00, relay=2, relay_before=1)
    change(meter, balance_paisa=500_00, before_paisa=-3_00, relay=1, relay_before=2)
    watch.drain()
    assert dict(Delivery.objects.values_list("notification__code", "status")) == {"Z2": "superseded", "ZR": "queued"}


def test_a_late_reading_is_shown_and_does_not_ring(rahima, meter):
    change(meter, now() - timedelta(hours=7), balance_paisa=40_00, before_paisa=150_00)
    watch.drain()
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.reason) == ("suppressed", "late")
    assert Notification.objects.get().facts["late"] is True


def test_what_is_held_back_by_its_gap_is_recorded_and_reaches_nobody(rahima, meter):
    balances(meter, 99, 130, 99, before=150)
    watch.drain()
    assert stages(meter, pushed=False) == ["L1", "L1"]
    assert codes(rahima) == ["L1"]


def test_overload_back_to_normal_is_in_the_centre_only(rahima, meter):
    change(meter, load_w=5200)
    change(meter, load_w=3000, calm=2)
    watch.drain()
    assert codes(rahima) == ["O1", "OR"]
    assert Delivery.objects.get(notification__code="OR").status == "suppressed"


def test_a_disconnect_that_came_before_its_overload_event_makes_a_trip(meter):
    moment = now() - timedelta(minutes=5)
    MeterEvent.objects.create(meter=meter, at=moment, profile="is15959", code="301", kind="supply_off", begins=True)
    change(meter, moment, source="event", event_kind="supply_off", event_begins=True, event_code="301")
    change(meter, moment - timedelta(seconds=2), source="event", event_kind="overload", event_begins=True, event_code="215")
    watch.drain()
    assert stages(meter) == ["O2"]


def test_postpaid_accounts_have_no_balance_alerts(meter):
    account = meter.installations.get().usage_point.account
    account.mode = "postpaid"
    account.save()
    balances(meter, -5)
    watch.drain()
    assert not Episode.objects.exists()


def test_a_meter_that_stands_nowhere_is_decided_about_and_tells_nobody():
    meter = households.Meter.objects.create(number="999900000001")
    balances(meter, 40)
    watch.drain()
    assert Stage.objects.count() == 1
    assert not Notification.objects.exists()


def test_the_database_allows_one_open_episode_of_a_kind(meter):
    Episode.objects.create(meter=meter, kind="low", opened_at=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Episode.objects.create(meter=meter, kind="low", opened_at=now())


def test_a_change_that_cannot_be_handled_is_set_aside_and_the_others_go_on(meter, caplog):
    other = households.meter(households.person())
    balances(meter, 150)
    broken = change(meter, balance_paisa=84_00, relay=77)  # no such relay: nothing of ours writes it
    balances(meter, 45)
    balances(other, -1)
    assert watch.drain() >= 4
    assert (stages(meter), stages(other)) == (["L2"], ["Z1"])
    left = Change.objects.get()
    assert (left.pk, left.failures) == (broken.pk, 1)
    assert left.leased_until > now()
    assert "8400" not in caplog.text
    assert watch.drain() == 0


def test_a_reading_that_was_set_aside_and_overtaken_alerts_nobody(meter):
    state(meter, last_at=int(now().timestamp()), balance_paisa=500_00)
    change(meter, now() - timedelta(minutes=30), balance_paisa=40_00, before_paisa=150_00, failures=1)
    assert watch.drain() == 1
    assert not Episode.objects.exists()


def test_a_batch_of_many_meters_takes_two_dozen_queries(django_assert_max_num_queries):
    person = households.person()
    for _ in range(60):
        balances(households.meter(person), 84, before=150)
    households.apart()
    with django_assert_max_num_queries(25):
        assert watch.step() == 60
    assert len(codes(person)) == 60


def test_the_command_handles_what_waits_and_says_how_much(meter, capsys):
    balances(meter, 84)
    call_command("watch", "--once")
    assert "1 changes handled" in capsys.readouterr().out


# what doors read


def test_open_episodes_come_the_gravest_first_and_only_of_the_meters_asked_for(meter):
    other = households.meter(households.person())
    change(meter, balance_paisa=99_00, before_paisa=150_00, load_w=5700)
    balances(other, -1)
    watch.drain()
    found = reads.open_episodes([meter.pk])
    assert {key: [(one.kind, one.code) for one in rows] for key, rows in found.items()} == {meter.pk: [("overload", "O2"), ("low", "L1")]}


def test_the_story_of_a_stage_holds_what_was_shown_and_nobody_elses_own_limit(rahima):
    meter = households.meter(rahima, own_limit_paisa=300_00)
    balances(meter, 299, 99, 45, before=400)
    watch.drain()
    first, *_, last = Stage.objects.order_by("pk")
    assert [view.code for view in reads.story(last.pk)] == ["L1", "L2"]
    assert [view.code for view in reads.story(first.pk)] == ["L0", "L1", "L2"]
    assert all(view.title and view.remark == "" for view in reads.story(last.pk))


def test_why_says_what_was_decided_and_why_not(meter):
    since = now() - timedelta(minutes=1)
    balances(meter, 99, 130, 99, before=150)
    watch.drain()
    reasons = reads.why(meter.number, since)
    assert [(one.code, one.told, one.reason, one.limit) for one in reasons] == [("L1", True, "", 100_00), ("L1", False, "gap", 100_00)]
    assert reasons[0].closed_why == "recovered"
    assert reads.why(meter.number, now() + timedelta(minutes=1)) == []


def test_the_queue_is_taken_in_the_order_of_ids_whatever_the_meters(meter):
    meters = [meter, *(households.meter(households.person()) for _ in range(4))]
    for one, value in itertools.product(meters, (150, 40, 200)):
        balances(one, value)
    watch.drain()
    assert Stage.objects.filter(code="L2").count() == 5
    assert Episode.objects.filter(closed_at=None).count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM metering_change")
        assert cursor.fetchone() == (0,)
