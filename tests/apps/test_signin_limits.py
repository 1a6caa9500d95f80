"""How often one may ask and try, through real requests against the real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from bijoli.customers import limits
from bijoli.customers.models import Customer, Limit
from bijoli.monitor.logs.lines import told
from tests.apps.signin_steps import CODE, LOGIN, PHONE, ask, codes_in, later

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _console(settings):
    settings.SMS_CHANNEL = "console"


@pytest.fixture
def customer():
    return Customer.objects.create_user(PHONE)


@pytest.fixture
def sent(capsys):
    return codes_in(capsys)


def test_the_fifth_wrong_code_kills_the_right_one(client, customer, sent):
    ask(client)
    (code,) = sent()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        client.post(CODE, {"code": wrong})
    assert client.post(CODE, {"code": code}).status_code == 200
    assert "_auth_user_id" not in client.session
    later(client, 60)
    client.post(CODE, {"action": "resend"})
    assert client.post(CODE, {"code": sent()[-1]}).status_code == 302


def test_tries_at_the_same_moment_all_count(client, customer, sent):
    """A session is read and written; whoever sends many tries at once would overtake a count kept in it."""
    ask(client)
    (code,) = sent()
    wrong = "000000" if code != "000000" else "111111"
    before = client.session["account_login"]
    for _ in range(6):
        client.post(CODE, {"code": wrong})
        session = client.session
        session["account_login"] = before
        session.save()
    client.post(CODE, {"code": code})
    assert "_auth_user_id" not in client.session


def test_a_code_asked_for_again_at_once_is_the_one_on_its_way(client, customer, sent):
    ask(client)
    assert ask(client).headers["Location"] == CODE
    assert client.post(CODE, {"action": "resend"}).status_code == 302
    assert len(sent()) == 1


def test_one_number_gets_ten_codes_an_hour_whoever_asks(customer, sent):
    for _ in range(10):
        assert ask(Client()).status_code == 302
        Limit.objects.filter(key__startswith="send/30/").delete()
    answer = ask(Client())
    assert answer.status_code == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert len(sent()) == 10


def test_a_second_browser_waits_for_its_turn(customer, sent):
    ask(Client())
    answer = ask(Client())
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert len(sent()) == 1


def test_one_network_gets_sixty_codes_in_ten_minutes(client):
    for number in range(60):
        assert ask(Client(), f"017000{number:05}").status_code == 302
    assert ask(Client(), "01811111111").status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.9").post(LOGIN, {"phone": "01811111111"}).status_code == 302


def test_wrong_tries_of_one_number_are_counted_over_all_its_codes(customer, sent):
    for _ in range(2):
        client = Client()
        ask(client)
        for _ in range(5):
            client.post(CODE, {"code": "abc"})  # no six digits: not a try
            client.post(CODE, {"code": "000000" if sent()[-1] != "000000" else "111111"})
        Limit.objects.filter(key__startswith="send/").delete()
    client = Client()
    ask(client)
    assert client.post(CODE, {"code": sent()[-1]}).status_code == 429


def test_limits_keep_no_number_and_sweep_up_behind_themselves():
    now = timezone.now()
    assert limits.wait("send", PHONE, now) == 0
    assert limits.wait("send", PHONE, now) == 30
    assert not Limit.objects.filter(key__contains="1700000001").exists()
    assert limits.wait("send", "other", now + timedelta(days=2)) == 0
    assert Limit.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_twenty_requests_at_the_same_moment_one_goes_ahead():
    now, gate = timezone.now(), Barrier(20)

    def ask_once(_):
        gate.wait()
        try:
            return limits.wait("send", PHONE, now)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(ask_once, range(20))) == [0] + [30] * 19


def test_each_sign_in_and_each_refusal_is_a_line_without_the_number(client, customer, sent, caplog):
    ask(client)
    (code,) = sent()
    client.post(CODE, {"code": "000000" if code != "000000" else "111111"})
    client.post(CODE, {"code": code})
    lines = [told(record) for record in caplog.records]
    said = [(one["event"], one["customer_id"]) for one in lines if one["event"].startswith("signin.")]
    assert said == [("signin.wrong", customer.pk), ("signin.code", customer.pk)]
    ask(Client())
    ask(Client())
    assert told(caplog.records[-2])["event"] == "signin.limited"
    text = "".join(record.getMessage() for record in caplog.records)
    assert code not in text
    assert PHONE[-10:] not in text
