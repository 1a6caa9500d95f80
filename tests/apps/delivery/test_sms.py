"""What nobody has seen goes by SMS: the ladder, its limits, and gateways that misbehave."""

from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from bijoli.core import sms as counting
from bijoli.core.alerts.stages import STAGES
from bijoli.customers.alertchoices import set_fewer_sms
from bijoli.customers.models import Access
from bijoli.delivery import reads
from bijoli.delivery.deliver import Deliverer
from bijoli.delivery.models import Delivery, Device, Notification
from bijoli.delivery.read import mark_read
from bijoli.delivery.tell import tell
from bijoli.delivery.texting import beside
from bijoli.delivery.words.sms import text
from tests.apps.delivery.sms_steps import alert, states, texts
from tests.households import NIGHT, NOON, meter, person, phone
from tests.processes import wait_until
from tests.pushpeer import Reply as PushReply

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gates")]
EVENING = NOON + timedelta(hours=11, minutes=30)  # 23:30 in Dhaka


def test_the_ladder_is_the_specifications():
    assert {code: rule.sms_s for code, rule in STAGES.items() if rule.sms_s} == {
        "L1": 43200, "L2": 14400, "L3": 1800, "Z1": 1800, "Z2": 180, "Z3": 180, "O2": 600, "O3": 180, "T1": 3600, "T2": 3600,
    }  # fmt: skip
    assert {code for code, rule in STAGES.items() if rule.sms_alone} == {"L1", "L2", "L3", "Z1", "Z2", "Z3", "O3", "T1", "T2"}


@pytest.mark.parametrize("status", [404, 410])
def test_where_all_subscriptions_are_gone_the_sms_leaves_at_once(deliverer: Deliverer, peer, owner, clock, texter, first, status):  # (13)
    phone(owner, peer.endpoint("second"))
    peer.by_path = {"first": PushReply(status), "second": PushReply(status)}
    tell([alert(meter(owner), "Z2", facts={"balance_paisa": -3500})], NOON)
    assert texter.until_idle() == 0  # a push may still be shown
    deliverer.until_idle()
    assert texter.until_idle() == 1
    assert not Device.objects.filter(gone_at=None).exists()
    assert [to for to, _ in first.phones] == [owner.phone.removeprefix("+")]
    assert "Meter **** " in first.phones[0][1]
    assert first.got[0]["type"] == "text"
    sent = texts().get()
    assert (sent.status, sent.sent_at, sent.segments, sent.route) == ("sent", NOON, counting.segments(first.phones[0][1]), "first")
    assert texter.until_idle() == 0


def test_one_phone_of_two_that_is_gone_is_no_hurry(deliverer, peer, owner, texter):
    phone(owner, peer.endpoint("second"))
    peer.by_path = {"first": PushReply(410)}
    tell([alert(meter(owner), "Z2")], NOON)
    deliverer.until_idle()
    assert texter.until_idle() == 0


def test_in_the_night_nothing_but_what_is_critical_comes_by_sms(clock, texter, first):  # (12)
    one = person(language="bn")
    phone(one)
    home = meter(one)
    clock.now = EVENING
    tell([alert(home, "L1")], clock.now)
    clock.now = NIGHT
    tell([alert(home, "L2")], clock.now)
    silent = list(Delivery.objects.filter(channel="webpush").values_list("silent", "topic"))
    assert [quiet for quiet, _ in silent] == [True, True]
    assert len({tag for _, tag in silent}) == 1
    for _ in range(20):  # 02:00 to 06:45
        assert texter.until_idle() == 0
        clock.turn(minutes=15)
    clock.now = NIGHT + timedelta(hours=5)  # 07:00
    assert texter.until_idle() == 1
    assert states() == [("L2", "sent", "")]
    clock.turn(hours=12)
    assert texter.until_idle() == 0
    assert states() == [("L2", "sent", ""), ("L1", "superseded", "told since")]


def test_a_stage_that_a_graver_one_followed_is_not_told_by_sms(clock, texter):
    one = person()
    phone(one)
    home = meter(one)
    tell([alert(home, "Z1")], NOON)
    tell([alert(home, "Z2")], NOON + timedelta(minutes=10))
    clock.turn(minutes=31)
    assert texter.until_idle() == 1
    assert sorted(states()) == [("Z1", "superseded", "told since"), ("Z2", "sent", "")]


def test_what_was_shown_read_or_restored_is_not_told_by_sms(clock, texter):
    shown, reader, restored = person(), person(), person()
    for one in (shown, reader, restored):
        phone(one)
    homes = [meter(one) for one in (shown, reader, restored)]
    tell([alert(home, "Z1") for home in homes], NOON)
    Delivery.objects.filter(notification__customer=shown).update(displayed_at=NOON)
    mark_read(reader.pk, [Notification.objects.get(customer=reader).public_id])
    tell([alert(homes[2], "ZR", supersedes=("zero", "low"))], NOON)
    clock.turn(hours=2)
    assert texter.until_idle() == 0
    assert not texts().exists()
    assert not Notification.objects.filter(sms_at__lte=clock.now).exists()


def test_overload_wakes_nobody_by_sms_save_when_critical(clock, texter):
    one = person()
    phone(one)
    clock.now = NIGHT
    tell([alert(meter(one), "O2"), alert(meter(one), "O3")], NIGHT)
    clock.turn(minutes=11)
    assert texter.until_idle() == 1
    assert sorted(states()) == [("O2", "suppressed", "quiet"), ("O3", "sent", "")]


def test_without_a_phone_that_takes_pushes_it_leaves_at_once_where_the_specification_says_so(texter):
    alone = person()
    home, other = meter(alone), meter(alone)
    tell([alert(home, "L1"), alert(home, "O2"), alert(other, "L0", own_limit_paisa=30_000)], NOON)
    assert texter.until_idle() == 1
    assert states() == [("L1", "sent", "")]


def test_who_wants_fewer_gets_the_first_warning_and_what_is_critical(texter):
    alone = person()
    set_fewer_sms(alone.pk, True)
    tell([alert(meter(alone), code) for code in ("L1", "L2", "Z2", "T1")], NOON)
    texter.until_idle()
    assert sorted(states()) == [
        ("L1", "sent", ""),
        ("L2", "suppressed", "opted out"),
        ("T1", "suppressed", "opted out"),
        ("Z2", "sent", ""),
    ]


def test_limits_of_the_person_and_of_the_day(settings, clock, texter):
    settings.SMS_PERSON_DAY, settings.SMS_DAY = 1, 2
    alone, other, third = person(), person(), person()
    tell([alert(meter(alone), "L1") for _ in range(2)] + [alert(meter(alone), "Z2") for _ in range(3)], NOON)
    texter.until_idle()
    assert sorted(states()) == [
        ("L1", "suppressed", "limit of the person"),
        ("L1", "suppressed", "limit of the person"),
        ("Z2", "sent", ""),
        ("Z2", "sent", ""),
        ("Z2", "suppressed", "limit of the person"),
    ]
    tell([alert(meter(other), "L1"), alert(meter(third), "Z2")], NOON)
    texter.until_idle()
    assert states()[-2:] == [("Z2", "sent", ""), ("L1", "suppressed", "limit of the day")]
    clock.turn(hours=22)  # the next morning
    tell([alert(meter(other), "L1")], clock.now)
    texter.until_idle()
    assert states()[-1] == ("L1", "sent", "")


def test_without_gateways_nothing_is_even_noted(settings):
    settings.SMS_GATEWAYS = ""
    tell([alert(meter(person()), "Z2")], NOON)
    assert Notification.objects.get().sms_at is None


def test_who_lost_access_is_told_nothing(texter):
    alone = person()
    tell([alert(meter(alone), "Z2")], NOON)
    Access.objects.update(until=NOON)
    texter.until_idle()
    assert states() == [("Z2", "suppressed", "access ended")]


FACTS = {
    "balance_paisa": 99_99,
    "load_w": 123_456,
    "sanctioned_w": 112_000,
    "limit": 100_00,
    "counter": 99,
    "protected_until": "2026-11-25T10:00:00+06:00",
    "out_since": "2026-11-22T11:59:00+06:00",
}


@pytest.mark.parametrize("code", [code for code, rule in STAGES.items() if rule.sms_s])
@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize("facts", [FACTS, {}, FACTS | {"trip": True}])
def test_every_text_fits_into_two_segments_and_names_nobody(code, language, facts):
    home = meter(person())
    made = alert(home, code, facts=facts)
    tell([made], NOON)
    told = Notification.objects.get()
    told.meter_number = home.number
    words = text(told, language)
    assert counting.segments(words) <= 2, (counting.segments(words), words)
    assert home.number not in words
    assert "http" not in words
    assert counting.is_gsm(words) == (language == "en")
    assert home.number[-4:] in words


def test_fewer_sms_can_be_chosen_where_sms_is_sent_at_all(client, settings):
    owner = person()
    client.force_login(owner)
    page = "/settings/alerts/"
    assert b'name="more" value="1" checked' in client.get(page).content
    client.post(page, {"sms": "1"})
    owner.refresh_from_db()
    assert owner.fewer_sms
    assert b'name="more" value="1" checked' not in client.get(page).content
    client.post(page, {"sms": "1", "more": "1"})
    owner.refresh_from_db()
    assert not owner.fewer_sms
    settings.SMS_GATEWAYS = ""
    assert b'name="sms"' not in client.get(page).content


@pytest.mark.django_db(transaction=True)
def test_the_thread_beside_the_pushes_sends_and_ends(first):
    tell([alert(meter(person()), "Z2")], timezone.now())
    stop = Event()
    thread = beside(stop)
    assert thread
    wait_until("the SMS", lambda: first.phones)
    wait_until("its outcome", lambda: texts().filter(status="sent").exists())
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    found = Notification.objects.get()
    shown = reads.one(found.customer_id, found.public_id)
    assert [one.channel for one in shown.deliveries] == ["webpush", "sms"]


def test_without_gateways_there_is_no_thread(settings):
    settings.SMS_GATEWAYS = ""
    assert beside(Event()) is None
