"""An SMS service by its Apprise URL: Apprise's generic JSON service posts to a gateway that misbehaves."""

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from bijoli.core import sms as counting
from bijoli.delivery.channels import sms
from bijoli.delivery.models import Device
from bijoli.delivery.tell import tell
from bijoli.delivery.texting import Texter
from tests.apps.delivery.sms_steps import alert, states, texts
from tests.households import NIGHT, NOON, meter, person, phone
from tests.pushpeer import Reply as PushReply
from tests.smspeer import Reply, gateways

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gates")]
SID, KEY = "AC" + "1" * 32, "2" * 32


@pytest.fixture
def gates(settings, tmp_path, first, second):
    """The first by Apprise, the second over plain HTTP."""
    settings.SMS_GATEWAYS = gateways(tmp_path, first.apprise("first"), second.table("second"))


def test_where_all_subscriptions_are_gone_the_sms_leaves_by_apprise(deliverer, peer, owner, texter, first):  # (13)
    peer.by_path = {"first": PushReply(410)}
    tell([alert(meter(owner), "Z2", facts={"balance_paisa": -3500})], NOON)
    assert texter.until_idle() == 0
    deliverer.until_idle()
    assert texter.until_idle() == 1
    assert not Device.objects.filter(gone_at=None).exists()
    assert [to for to, _ in first.phones] == [owner.phone.removeprefix("+")]
    sent = texts().get()
    assert (sent.status, sent.segments, sent.route) == ("sent", counting.segments(first.phones[0][1]), "first")
    assert first.got[0]["ref"] == str(sent.notification.public_id)


def test_in_the_night_nothing_but_what_is_critical_goes_by_apprise(clock, texter, first):  # (12)
    one = person(language="bn")
    phone(one)
    home = meter(one)
    clock.now = NOON + timedelta(hours=11, minutes=30)  # 23:30 in Dhaka
    tell([alert(home, "L1")], clock.now)
    clock.now = NIGHT
    tell([alert(home, "L2")], clock.now)
    clock.turn(hours=4, minutes=45)  # 06:45
    assert texter.until_idle() == 0
    clock.turn(minutes=15)
    assert texter.until_idle() == 1
    assert states() == [("L2", "sent", "")]
    words = first.phones[0][1]
    assert not counting.is_gsm(words)
    assert texts().get().segments == counting.segments(words) <= 2


@pytest.mark.parametrize("reply", [Reply(400, b""), Reply(429, b""), Reply(401, b""), Reply(500, b"", taken=True), Reply(0), Reply(-1)])
def test_a_no_may_have_been_taken_so_the_other_gateway_is_asked_a_little_later(texter, clock, first, second, reply):
    first.replies.append(reply)
    tell([alert(meter(person()), "Z2")], NOON)
    assert texter.until_idle() == 0
    waiting = texts().get()
    assert (waiting.status, waiting.due_at, len(second.got)) == ("queued", NOON + timedelta(seconds=5), 0)
    clock.turn(seconds=5)
    assert texter.until_idle() == 1
    assert texts().get().route == "second"
    assert second.got[0]["ref"] == first.got[0]["ref"]
    assert len(first.got) == 1  # Apprise tries nothing again by itself


def test_a_plain_gateway_that_is_full_gives_way_to_apprise(settings, tmp_path, clock, first, second):
    settings.SMS_GATEWAYS = gateways(tmp_path, second.table("second"), first.apprise("first"))
    second.always = Reply(429, b"", retry_after="600")
    sender = Texter(clock=clock)
    tell([alert(meter(person()), "Z2") for _ in range(3)], NOON)
    assert sender.until_idle() == 3
    assert len(first.phones) == 3
    sender.close()


def test_one_that_says_no_three_times_rests_and_the_other_takes_all(texter, clock, first, second):
    first.always = Reply(500, b"")
    tell([alert(meter(person()), "Z2") for _ in range(4)], NOON)
    texter.until_idle()
    clock.turn(seconds=5)
    texter.until_idle()
    asked = len(first.got)
    tell([alert(meter(person()), "Z2")], clock.now)
    assert texter.until_idle() == 1
    assert (len(first.got), len(second.phones)) == (asked, 5)


def test_no_number_no_text_and_no_key_is_logged(texter, clock, first, second, caplog):
    caplog.set_level(logging.DEBUG)
    first.replies.extend([Reply(500, b""), Reply(-1)])
    one = person(language="en")
    tell([alert(meter(one), "Z2"), alert(meter(one), "O3")], NOON)
    texter.until_idle()
    clock.turn(seconds=5)
    texter.until_idle()
    assert len(second.phones) == 2
    for secret in (one.phone.removeprefix("+"), one.phone[-10:], "user:", "a-gateway-token", second.phones[0][1][:40]):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        f"twilio://{SID}:{KEY}@+15551234567/8801712345678",  # everybody's alerts to one number
        f"twilio://{SID}:{KEY}@+15551234567/8801712345678/{{number}}",
        "json://sms.example.com/?:to={number}",  # in the clear
        "jsons://sms.example.com/?verify=no&:to={number}",
        "nothing://sms.example.com/{number}",
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused_without_its_secrets(settings, tmp_path, url):
    settings.SMS_GATEWAYS = gateways(tmp_path, f'[[gateway]]\nname = "first"\napprise = "{url}"\n')
    with pytest.raises(ImproperlyConfigured) as said:
        sms.gateways()
    for secret in (SID, KEY, "8801712345678", "sms.example.com"):
        assert secret not in str(said.value)


def test_a_number_that_the_service_does_not_take_is_refused_and_never_sent_to_the_sender(settings, tmp_path):
    settings.SMS_GATEWAYS = gateways(tmp_path, f'[[gateway]]\nname = "first"\napprise = "twilio://{SID}:{KEY}@+15551234567/{{number}}"\n')
    assert sms.gateways()[0].post(sms.client(), "+88", "words", "key") == sms.Answer("refused", "number refused")
