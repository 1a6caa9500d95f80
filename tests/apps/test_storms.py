"""Many meters of one feeder at once: one notice a person; and power that fails and returns is nobody's fault."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.alerts.models import Episode, Stage, Storm
from bijoli.alerts.tick import tick
from bijoli.customers.models import Access, Account
from bijoli.delivery import queue, reads
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.push import payload
from bijoli.delivery.wording import words
from bijoli.metering import numbers
from bijoli.metering.events import Event, record_events
from bijoli.metering.feederpower import Outage, outages
from bijoli.metering.models import FeederPower, Installation, Meter, MeterState, UsagePoint
from tests import households
from tests.apps.alert_changes import change, now, state

pytestmark = pytest.mark.django_db


def street(count, feeder="F-7", people=()):
    """Meters of one feeder, each at an account of its own; those of `people`, and the others nobody's."""
    first = Account.objects.count() + 50_000_000
    accounts = Account.objects.bulk_create([Account(number=f"{first + n}") for n in range(count)])
    points = UsagePoint.objects.bulk_create(
        [UsagePoint(account=one, division="Uttara", feeder=feeder, sanctioned_load_w=5000) for one in accounts]
    )
    meters = Meter.objects.bulk_create([Meter(number=f"77{one.number}77") for one in accounts])
    Installation.objects.bulk_create(
        [Installation(meter=m, usage_point=p, installed_at=households.LONG_AGO) for m, p in zip(meters, points, strict=True)]
    )
    MeterState.objects.bulk_create([MeterState(meter=m, sanctioned_load_w=5000, balance_paisa=500_00) for m in meters])
    for person, account in zip(people, accounts, strict=False):
        Access.objects.create(customer=person, account=account, since=households.LONG_AGO)
    numbers.forget()
    return meters


@pytest.fixture
def rahima(db):
    one = households.person(language="en")
    households.phone(one)
    return one


def low(meters, at=None):
    for one in meters:
        change(one, at, balance_paisa=80_00, before_paisa=150_00)
    watch.drain()


def told(person):
    return [(n.kind, n.code, n.superseded_at is None) for n in Notification.objects.filter(customer=person).order_by("pk")]


def pushes(person):
    rows = Delivery.objects.filter(notification__customer=person).order_by("pk").select_related("notification")
    return [(one.notification.kind, one.status, one.reason) for one in rows]


def test_what_comes_late_and_one_meter_many_times_are_no_storm(rahima):
    late, often = street(60), street(1, feeder="F-8")
    low(late, now() - timedelta(hours=7))  # a gap is filled
    for hour in range(60):
        at = now() - timedelta(minutes=hour)
        Episode.objects.create(meter=often[0], kind="low", opened_at=at, closed_at=at)
    low(often)
    assert Episode.objects.count() == 121
    assert not Storm.objects.exists()


def test_fifty_are_told_one_by_one_and_the_next_begins_a_storm(rahima):
    meters = street(1100, people=[rahima] * 3)
    low(meters[2:52])  # fifty of 1,100: under five in a hundred
    assert not Storm.objects.exists()
    assert pushes(rahima) == [("low", "queued", "")]
    low([meters[0], *meters[52:54]])
    assert Storm.objects.get().episodes == 53
    assert pushes(rahima) == [("low", "queued", ""), ("low", "suppressed", "storm"), ("storm", "queued", "")]  # what was sent stays sent
    low([meters[1]])
    assert told(rahima) == [("low", "L1", True), ("low", "L1", False), ("storm", "L1", False), ("low", "L1", False), ("storm", "L1", True)]
    assert [status for kind, status, _ in pushes(rahima) if kind == "storm"] == ["superseded", "queued"]
    assert reads.unread(rahima.pk) == 2
    claim = next(one for one in queue.claim(10, timezone.now()) if one.kind == "storm")
    assert claim.silent  # it only names one more
    assert claim.badge == 2
    assert claim.live
    said = words(claim, "en", "")
    assert said.title == "Balance is low"
    assert all(meter.number[-4:] in said.body and meter.number not in said.body for meter in meters[:2])
    assert meters[0].number.encode() not in payload(claim)
    assert "লাইনের" in words(claim, "bn", "").body


def test_twenty_are_enough_where_they_are_five_in_a_hundred(rahima):
    few = street(400, people=[rahima])
    low(few[:19])
    assert not Storm.objects.exists()
    low([few[19]])
    assert Storm.objects.get().kind == "low"


def test_twenty_of_a_large_feeder_are_not(rahima):
    low(street(401, people=[rahima])[:20])
    assert not Storm.objects.exists()
    assert pushes(rahima) == [("low", "queued", "")]


def test_it_counts_five_minutes_one_kind_and_one_feeder():
    low(street(10, "A") + street(10, "B"))
    assert not Storm.objects.exists()
    Episode.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    low(street(10, "A"))
    assert not Storm.objects.exists()


def test_a_finished_balance_is_exempt(rahima):
    meters = street(60, people=[rahima])
    for one in meters:
        change(one, balance_paisa=-5_00, before_paisa=150_00, relay=2, relay_before=1)
    watch.drain()
    assert not Storm.objects.exists()
    assert pushes(rahima) == [("zero", "queued", "")]


def test_the_words_of_each_kind_are_those_of_a_group(rahima):
    meters = street(60, people=[rahima])
    for one in meters:
        change(one, load_w=5600)
    watch.drain()
    notice = Notification.objects.get(kind="storm")
    notice.meter_number = ""
    assert words(notice, "en", "").title == "Load over the sanctioned limit"
    assert "unusual" not in words(notice, "en", "").body
    assert Delivery.objects.get(notification=notice).status == "queued"


def test_who_has_switched_it_off_gets_no_notice_either(rahima):
    meters = street(60, people=[rahima])
    Access.objects.update(muted_kinds=["O1"])
    for one in meters:
        change(one, load_w=5200)
    watch.drain()
    assert pushes(rahima) == [("overload", "suppressed", "opted out")]


def test_the_page_of_the_notice_and_the_list_open(client, rahima):
    low(street(60, people=[rahima] * 5))
    client.force_login(rahima)
    notice = Notification.objects.get(kind="storm", superseded_at=None)
    page = client.get(f"/n/{notice.public_id}/").content.decode()
    assert [name for _meter, name, _digits in notice.facts["places"] if name not in page] == []
    listed = client.get("/n/").content.decode()
    assert "and 2 more" in listed
    assert listed.count("Told in one notice for your line") == 5


def test_the_timer_counts_on_and_ends_a_storm_after_fifteen_calm_minutes(rahima):
    meters = street(80, people=[rahima])
    low(meters[:60])
    low(meters[60:70])
    tick(timezone.now())
    assert (Storm.objects.get().episodes, Storm.objects.get().ended_at) == (70, None)
    tick(timezone.now() + timedelta(minutes=16))
    assert Storm.objects.get().ended_at is not None
    Episode.objects.update(created_at=timezone.now() - timedelta(minutes=20))
    low(meters[70:71])
    assert Storm.objects.count() == 1


# Power


def power(meters, code, at):
    return record_events([Event(int(one.number), int(at.timestamp()), "is15959", code) for one in meters], timezone.now())


def test_a_feeder_that_loses_power_and_gets_it_back_accuses_and_scares_nobody(rahima):  # (14)
    meters = street(900, people=[rahima] * 900)
    failed, back = now() - timedelta(minutes=30), now() - timedelta(minutes=10)
    power(meters, "101", failed)
    power(meters[:300], "251", failed)  # covers "open" as their power goes,
    power(meters[300:500], "203", failed + timedelta(seconds=5))  # neutrals disturbed,
    power(meters, "301", failed + timedelta(seconds=2))  # and switches that report themselves off
    watch.drain()
    power(meters, "102", back)
    power(meters[500:600], "203", back + timedelta(seconds=10))
    power(meters[:300], "302", back)
    for one in meters[:400]:  # everything starts at once
        change(one, back + timedelta(minutes=5), load_w=5200)
    for one in meters[400:410]:
        change(one, back + timedelta(minutes=6), load_w=0, relay=3, relay_before=1)
    watch.drain()
    assert Notification.objects.count() == 0
    assert set(Stage.objects.values_list("code", "suppressed")) == {(code, "power failure") for code in ("T1", "O1", "O2")}
    assert not Episode.objects.filter(kind="zero").exists()
    assert outages(["F-7"], now())["F-7"][0].failed_at <= failed.timestamp()


def test_who_is_still_over_after_the_quarter_of_an_hour_is_told_then(rahima):
    meters = street(40, people=[rahima])
    back = now() - timedelta(minutes=10)
    power(meters, "101", back - timedelta(minutes=5))
    power(meters, "102", back)
    change(meters[0], back + timedelta(minutes=5), load_w=5600)
    watch.drain()
    later = back + timedelta(minutes=14)
    state(meters[0], load_w=5600, load_at=int(later.timestamp()), last_at=int(later.timestamp()))
    assert tick(later) == 0
    assert tick(back + timedelta(minutes=16)) == 1
    assert told(rahima) == [("overload", "O1", True)]
    assert tick(back + timedelta(minutes=17)) == 0


def test_who_is_calm_again_by_then_is_told_nothing(rahima):
    meters = street(100, people=[rahima])
    back = now() - timedelta(minutes=10)
    power(meters, "101", back - timedelta(minutes=5))
    power(meters, "102", back)
    change(meters[0], back + timedelta(minutes=5), load_w=5600)
    watch.drain()
    state(meters[0], load_w=1000, load_at=int(back.timestamp()) + 600)
    assert tick(back + timedelta(minutes=16)) == 0
    assert told(rahima) == []


def test_twenty_meters_are_no_outage_and_a_signal_among_them_is_told(rahima):
    meters = street(300, people=[rahima])
    failed = now() - timedelta(minutes=5)
    power(meters[:20], "101", failed)
    power(meters[:1], "251", failed)
    watch.drain()
    assert told(rahima) == [("tamper", "T1", True)]
    power(meters[20:21], "101", failed)
    assert list(outages(["F-7"], now())) == ["F-7"]


def test_a_signal_after_the_outage_is_told_though_one_of_the_outage_was_not(rahima):
    meters = street(300, people=[rahima])
    failed = now() - timedelta(hours=3)
    power(meters, "101", failed)
    power(meters[:1], "251", failed)
    power(meters, "102", failed + timedelta(minutes=10))
    watch.drain()
    assert told(rahima) == []
    power(meters[:1], "251", failed + timedelta(hours=2))
    watch.drain()
    assert told(rahima) == [("tamper", "T1", True)]


def test_the_switch_of_a_dark_feeder_is_no_credit_without_the_relay_saying_so(rahima):
    meters = street(30, people=[rahima])
    at = now() - timedelta(minutes=5)
    change(meters[0], at - timedelta(minutes=5), balance_paisa=-5_00, before_paisa=20_00)
    watch.drain()
    power(meters, "101", at)
    power(meters[:1], "301", at)
    watch.drain()
    assert told(rahima) == [("zero", "Z1", True)]
    change(meters[0], at + timedelta(minutes=1), balance_paisa=-5_00, relay=2, relay_before=4)
    watch.drain()
    assert told(rahima)[-1] == ("zero", "Z2", True)


def test_events_sent_twice_and_in_any_order_make_the_same_outage():
    meters = street(30)
    at = datetime(2026, 11, 22, 6, 0, 10, tzinfo=UTC)
    power(meters[15:], "102", at + timedelta(minutes=9))
    power(meters[15:], "101", at + timedelta(seconds=30))
    power(meters[:15], "101", at)
    power(meters[:15], "101", at)
    power(meters[:15], "102", at + timedelta(minutes=9, seconds=20))
    found = outages(["F-7"], at + timedelta(hours=1))["F-7"]
    assert found == [Outage(int(at.timestamp()) // 20 * 20, int(at.timestamp()) // 20 * 20 + 9 * 60 + 40)]
    assert sum(FeederPower.objects.values_list("failed", flat=True)) == 30
