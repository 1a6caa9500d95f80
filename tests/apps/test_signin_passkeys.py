"""Passkeys: made after a fresh sign-in, used instead of a code, worth nothing in other hands."""

import json
import re
import time

import pytest
from django.test import Client
from django.urls import reverse

from bijoli.customers import passkeys
from bijoli.customers.limits import RULES
from bijoli.customers.models import Customer, Limit
from bijoli.monitor.logs.lines import told
from tests.apps.authenticator import Authenticator

pytestmark = pytest.mark.django_db
LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"


@pytest.fixture(autouse=True)
def _console(settings):
    settings.SMS_CHANNEL = "console"


def browser():
    return Client(
        SERVER_NAME="localhost", headers={"User-Agent": "Mozilla/5.0 (Linux; Android 10; K) Chrome/131.0.0.0 Mobile Safari/537.36"}
    )


@pytest.fixture
def by_code(capsys):
    """A browser that came in by code a moment ago."""

    def come_in(phone="+8801700000001"):
        Customer.objects.filter(phone=phone).exists() or Customer.objects.create_user(phone, language="en")
        Limit.objects.all().delete()
        capsys.readouterr()
        client = browser()
        client.post(LOGIN, {"phone": phone})
        code = re.search(r": (\d{6})$", capsys.readouterr().out, re.M)[1]
        assert client.post(CODE, {"code": code}).status_code == 302
        return client

    return come_in


def add(client, phone):
    options = client.post(reverse("passkey_options")).json()
    return client.post(reverse("passkey_add"), {"credential": phone.make(options)})


def enter(client, phone, **changed):
    options = client.post(reverse("passkey_entry_options")).json()
    return client.post(reverse("passkey_enter"), {"credential": phone.use(options, **changed)})


def signed_in(client):
    return "_auth_user_id" in client.session


def test_a_passkey_signs_in_without_a_code(by_code):
    phone, first = Authenticator(), by_code()
    assert add(first, phone).status_code == 302
    again = browser()
    assert enter(again, phone).headers["Location"] == "/"
    assert again.session["_auth_user_id"] == first.session["_auth_user_id"]
    listed = passkeys.listed(int(first.session["_auth_user_id"]))
    assert [(key.name, key.used_at is not None) for key in listed] == [("Chrome, Android", True)]


def test_the_way_onward_is_kept(by_code):
    phone = Authenticator()
    add(by_code(), phone)
    client = browser()
    options = client.post(reverse("passkey_entry_options")).json()
    assert client.post(reverse("passkey_enter"), {"credential": phone.use(options), "next": "/n/"}).headers["Location"] == "/n/"


def test_the_code_alone_still_suffices_for_who_lost_the_phone(by_code):
    add(by_code(), Authenticator())
    assert signed_in(by_code())


def test_the_phone_must_ask_for_the_finger(by_code):
    phone = Authenticator(verifies=False)
    client = by_code()
    add(client, phone)
    assert not passkeys.has_any(int(client.session["_auth_user_id"]))
    phone.verifies = True
    add(client, phone)
    phone.verifies = False
    guest = browser()
    enter(guest, phone)
    assert not signed_in(guest)


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "http://localhost.evil.example", "http://192.0.2.1"])
def test_another_sites_signature_is_worth_nothing(by_code, elsewhere):
    phone = Authenticator()
    add(by_code(), phone)
    phone.origin = elsewhere
    guest = browser()
    assert enter(guest, phone).headers["Location"] == LOGIN
    assert not signed_in(guest)


def test_a_signature_works_once_and_in_one_browser(by_code):
    phone = Authenticator()
    add(by_code(), phone)
    one, other = browser(), browser()
    answer = phone.use(one.post(reverse("passkey_entry_options")).json())
    other.post(reverse("passkey_entry_options"))
    other.post(reverse("passkey_enter"), {"credential": answer})
    assert not signed_in(other)
    one.post(reverse("passkey_enter"), {"credential": answer})
    assert signed_in(one)
    one.post("/accounts/logout/")
    one.post(reverse("passkey_enter"), {"credential": answer})
    assert not signed_in(one)


def test_a_passkey_that_holds_and_one_that_does_not_are_lines(by_code, caplog):
    mine = Authenticator()
    add(by_code(), mine)
    enter(browser(), mine, signature=b"no")
    enter(browser(), mine)
    lines = [told(record) for record in caplog.records]
    said = [(one["event"], one.get("customer_id")) for one in lines if "passkey" in one["event"]]
    assert said == [("signin.wrong_passkey", None), ("signin.passkey", Customer.objects.get().pk)]


def test_a_network_that_tries_too_often_is_refused_and_is_a_line(caplog):
    guest = browser()
    amount = RULES["passkey by network"][0][0]
    answers = [guest.post(reverse("passkey_enter"), {"credential": "{}"}).status_code for _ in range(amount + 1)]
    assert answers == [302] * amount + [429]
    assert [told(record)["event"] for record in caplog.records].count("signin.limited") == 1


def test_a_strangers_key_and_a_changed_signature_are_refused(by_code):
    mine, theirs = Authenticator(), Authenticator()
    add(by_code("+8801700000001"), mine)
    add(by_code("+8801700000002"), theirs)
    for phone, changed in ((Authenticator(user=mine.user), {}), (theirs, {"userHandle": mine.user}), (mine, {"signature": b"no"})):
        guest = browser()
        assert enter(guest, phone, **changed).headers["Location"] == LOGIN
        assert not signed_in(guest)


def test_a_closed_customer_stays_out(by_code):
    phone = Authenticator()
    add(by_code(), phone)
    Customer.objects.update(is_active=False)
    guest = browser()
    assert enter(guest, phone).headers["Location"] == LOGIN
    assert not signed_in(guest)


NONSENSE = [
    "",
    "x",
    "null",
    "[]",
    "1",
    "{}",
    '{"id":1}',
    '{"response":null}',
    '{"response":{"userHandle":5}}',
    "[" * 3000,
    '{"a":"' + "x" * 30_000 + '"}',
]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_refused_with_a_page_and_no_fault(by_code, nonsense):
    client, guest = by_code(), browser()
    guest.post(reverse("passkey_entry_options"))
    client.post(reverse("passkey_options"))
    assert guest.post(reverse("passkey_enter"), {"credential": nonsense}).headers["Location"] == LOGIN
    assert client.post(reverse("passkey_add"), {"credential": nonsense}).headers["Location"] == reverse("passkeys")


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "attestationObject", "signature", "userHandle"])
@pytest.mark.parametrize("broken", ["", "!", "AAAA", 7, None, {"a": 1}])
def test_broken_parts_are_refused_too(by_code, part, broken):
    phone, client = Authenticator(), by_code()
    made = json.loads(phone.make(client.post(reverse("passkey_options")).json()))
    made["response"][part] = broken
    client.post(reverse("passkey_add"), {"credential": json.dumps(made)})
    add(client, phone)
    guest = browser()
    used = json.loads(phone.use(guest.post(reverse("passkey_entry_options")).json()))
    used["response"][part] = broken
    answer = guest.post(reverse("passkey_enter"), {"credential": json.dumps(used)})
    assert answer.status_code == 302
    assert signed_in(guest) == (part == "attestationObject")  # which has no part in signing in


def test_a_found_open_phone_gains_no_key(by_code):
    client = by_code()
    session = client.session
    session["account_authentication_methods"][-1]["at"] = time.time() - passkeys.FRESH - 1
    session.save()
    assert client.post(reverse("passkey_options")).status_code == 403
    page = client.get(reverse("passkeys")).content.decode()
    assert "017••-•••001" in page
    client.post(reverse("passkey_add"), {"credential": "{}"})
    assert not passkeys.has_any(int(client.session["_auth_user_id"]))


def test_a_new_code_makes_the_sign_in_fresh_again(by_code, capsys):
    client = by_code()
    session = client.session
    session["account_authentication_methods"][-1]["at"] -= passkeys.FRESH + 1
    session.save()
    Limit.objects.all().delete()
    answer = client.post(reverse("passkey_confirm"), {"next": reverse("passkeys")})
    assert answer.headers["Location"].startswith(CODE)
    code = re.search(r": (\d{6})$", capsys.readouterr().out, re.M)[1]
    assert client.post(answer.headers["Location"], {"code": code}).headers["Location"] == reverse("passkeys")
    assert add(client, Authenticator()).status_code == 302
    assert passkeys.has_any(int(client.session["_auth_user_id"]))


def test_passkeys_are_renamed_and_removed_by_their_owner_alone(by_code):
    mine, theirs = by_code("+8801700000001"), by_code("+8801700000002")
    add(mine, Authenticator())
    me = int(mine.session["_auth_user_id"])
    handle = passkeys.listed(me)[0].handle
    assert theirs.post(reverse("passkey_change"), {"handle": handle, "name": "x"}).status_code == 404
    assert theirs.post(reverse("passkey_change"), {"handle": handle, "action": "remove"}).status_code == 404
    mine.post(reverse("passkey_change"), {"handle": handle, "name": " Rahima's  phone "})
    assert passkeys.listed(me)[0].name == "Rahima's phone"
    mine.post(reverse("passkey_change"), {"handle": handle, "action": "remove"})
    assert not passkeys.has_any(me)


def test_one_person_keeps_ten_at_most(by_code):
    client = by_code()
    for _ in range(11):
        add(client, Authenticator())
    assert len(passkeys.listed(int(client.session["_auth_user_id"]))) == 10
