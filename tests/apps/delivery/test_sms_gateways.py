"""Gateways that misbehave, their file, and sign-in codes through them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from bijoli.customers.models import Customer
from bijoli.delivery import smscodes
from bijoli.delivery.channels import sms
from bijoli.delivery.models import Delivery
from bijoli.delivery.tell import tell
from bijoli.delivery.texting import Texter
from tests.apps.delivery.sms_steps import alert, states, texts
from tests.households import NOON, meter, person
from tests.processes import wait_until
from tests.smspeer import Reply, SmsPeer, gateways

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gates")]


@pytest.mark.parametrize("reply", [Reply(429, b"", retry_after="600"), Reply(401, b""), Reply(400, b""), Reply(200, b'{"status": "NO"}')])
def test_a_gateway_that_surely_did_not_take_it_gives_way_at_once(texter, first, second, reply):
    first.always = reply
    tell([alert(meter(person()), "Z2")], NOON)
    assert texter.until_idle() == 1
    assert (len(first.got), len(first.phones), len(second.phones)) == (1, 0, 1)
    assert texts().get().route == "second"


def test_a_gateway_that_is_switched_off_gives_way_and_then_rests(settings, tmp_path, clock, second):
    with SmsPeer() as gone:
        settings.SMS_GATEWAYS = gateways(tmp_path, gone.table("gone"), second.table("second"))
    texter = Texter(clock=clock)
    tell([alert(meter(person()), "Z2") for _ in range(5)], NOON)
    assert texter.until_idle() == 5
    assert len(second.phones) == 5
    texter.close()


@pytest.mark.parametrize("reply", [Reply(500, b""), Reply(0), Reply(-1), Reply(200, b"<html>"), Reply(200, b"[]")])
def test_one_that_may_have_been_taken_waits_and_then_goes_the_other_way(texter, clock, first, second, reply):
    first.replies.append(replace(reply, taken=True))
    tell([alert(meter(person()), "Z2")], NOON)
    assert texter.until_idle() == 0
    waiting = texts().get()
    assert (waiting.status, waiting.due_at, len(second.got)) == ("queued", NOON + timedelta(seconds=5), 0)
    clock.turn(seconds=5)
    assert texter.until_idle() == 1
    assert second.got[0]["ref"] == first.got[0]["ref"]  # a gateway that remembers can tell the repetition
    assert len(first.phones) + len(second.phones) == 2


def test_what_is_never_clear_ends_after_three_tries(texter, clock, first, second):
    first.always = second.always = Reply(500, b"")
    tell([alert(meter(person()), "Z2")], NOON)
    for _ in range(10):
        texter.until_idle()
        clock.turn(seconds=61)
    assert states() == [("Z2", "failed", "HTTP 500")]
    assert len(first.got) + len(second.got) == 3


def test_refused_by_both_is_a_failure_and_both_away_a_wait_until_it_is_not_worth_it(texter, clock, first, second):
    first.always = second.always = Reply(400, b"")
    tell([alert(meter(person()), "Z2")], NOON)
    texter.until_idle()
    assert states() == [("Z2", "failed", "HTTP 400")]
    first.always = second.always = Reply(429, b"", retry_after="3600")
    tell([alert(meter(person()), "O3")], NOON)
    for _ in range(12):
        texter.until_idle()
        clock.turn(minutes=2)
    assert states()[-1][:2] == ("O3", "expired")
    assert (len(first.got), len(second.got)) == (2, 2)  # who said an hour was left alone


def test_two_senders_send_each_once(clock, texter, first):
    tell([alert(meter(person()), "Z2") for _ in range(3)], NOON)
    other = Texter(clock=clock)
    assert texter.until_idle() + other.until_idle() == 3
    other.close()
    assert len(first.phones) == 3


def test_a_crash_after_the_gateway_took_it_sends_it_again_with_the_same_key(clock, texter, first, second):
    tell([alert(meter(person()), "Z2")], NOON)
    texter.until_idle()
    Delivery.objects.filter(channel="sms").update(status="queued", due_at=NOON)  # as if the outcome had not been written
    clock.turn(seconds=121)
    texter.until_idle()
    assert first.got[0]["ref"] == second.got[0]["ref"]


def test_sign_in_codes_leave_through_the_gateway(first, second):
    smscodes._routes.cache_clear()
    first.always = Reply(500, b"")
    smscodes.gateway("+8801712345678", "123456", "123456 is your code.\n\n@host #123456")
    wait_until("the code", lambda: second.phones)
    assert second.phones == [("8801712345678", "123456 is your code.\n\n@host #123456")]
    smscodes._routes.cache_clear()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("url = 'http://example.com/'", "https"),
        ("timeout_s = 60", "timeout_s"),
        ("fields = { to = '{number}' }", "text"),
        ("number = 'best'", "number"),
        ("colour = 'red'", "colour"),
        ("ok_field = 'x'", "together"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(settings, tmp_path, change, said):
    kept = {"name": "'x'", "url": "'https://sms.test/'", "fields": "{ to = '{number}', text = '{text}' }"}
    name, value = change.split(" = ", 1)
    settings.SMS_GATEWAYS = gateways(tmp_path, "[[gateway]]\n" + "\n".join(f"{key} = {one}" for key, one in (kept | {name: value}).items()))
    with pytest.raises(ImproperlyConfigured, match=said):
        sms.gateways()


def test_a_text_that_looks_like_a_place_is_not_filled_in():
    assert sms._filled({"a": "x{text}y{number}"}, {"{text}": "{number}", "{number}": "1"}) == {"a": "x{number}y1"}


def test_the_number_as_the_gateway_wants_it():
    made = {"name": "x", "url": "https://sms.test/", "fields": {"to": "{number}", "text": "{text}"}}
    wanted = {"e164": "+8801712345678", "plain": "8801712345678", "local": "01712345678"}
    for number, written in wanted.items():
        values = sms.HttpGateway(**made, number=number)._values("+8801712345678", "ক", "k")
        assert (values["{number}"], values["{type}"]) == (written, "unicode")
    assert Customer.objects.count() == 0
