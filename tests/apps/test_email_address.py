"""An e-mail address of one's own: confirmed by a code that goes there, chosen, changed, removed, taken along and erased."""

import json
import re
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from bijoli.customers import erasing, holdings, limits, mailbox, onetime
from bijoli.customers.models import Customer, Deed, OneTimeCode
from tests.households import person
from tests.mailpeer import MailPeer
from tests.processes import wait_until

pytestmark = pytest.mark.django_db
PAGE, CODE, ALERTS = "/settings/email/", "/settings/email/code/", "/settings/alerts/"


@pytest.fixture
def post(settings, tmp_path):
    with MailPeer() as running:
        settings.EMAIL_FILE = running.file(tmp_path)
        yield running


@pytest.fixture
def me(client, post):
    made = person(language="en")
    client.force_login(made)
    return made


def code_of(post, count):
    wait_until("the code", lambda: len(post.letters) == count)
    letter = post.letters[-1]
    assert not re.search(r"\d{6}", letter.subject)  # subjects show on lock screens
    return re.search(r"\d{6}", letter.text)[0]


def test_an_address_is_typed_confirmed_chosen_and_removed(client, post, me):
    assert client.post(PAGE, {"address": " rahima@Home.Example "}).url == CODE
    me.refresh_from_db()
    assert (me.email, me.email_waiting, me.by_email) == ("", "rahima@home.example", False)
    code = code_of(post, 1)
    assert post.letters[0].to == ["rahima@home.example"]
    wrong = client.post(CODE, {"code": f"{(int(code) + 1) % 10**6:06}"})
    assert (wrong.status_code, b"not correct" in wrong.content) == (422, True)
    assert client.post(CODE, {"code": code}).url == ALERTS
    me.refresh_from_db()
    assert (me.email, me.email_waiting, me.by_email) == ("rahima@home.example", "", True)
    assert b'name="on" value="1" checked' in client.get(ALERTS).content
    client.post(ALERTS, {"email": "1"})
    me.refresh_from_db()
    assert not me.by_email
    client.post(ALERTS, {"email": "1", "on": "1"})
    me.refresh_from_db()
    assert me.by_email
    client.post("/settings/email/remove")
    me.refresh_from_db()
    assert (me.email, me.email_waiting, me.by_email) == ("", "", False)
    assert list(Deed.objects.filter(customer_id=me.pk).order_by("pk").values_list("what", "facts")) == [("email", {}), ("no email", {})]


def test_the_code_is_spent_by_the_first_use_and_bound_to_its_address(client, post, me):
    now = timezone.now()
    code = onetime.make(me.pk, onetime.EMAIL, mailbox._subject("old@home.example"), now)
    Customer.objects.filter(pk=me.pk).update(email_waiting="new@home.example")
    assert not mailbox.confirm(me.pk, code, now)
    client.post(PAGE, {"address": "new@home.example"})
    code = code_of(post, 1)
    assert mailbox.confirm(me.pk, code, now)
    assert not mailbox.confirm(me.pk, code, now)
    assert not mailbox.confirm(person().pk, code, now)


def test_the_confirmed_address_stays_until_the_new_one_is_confirmed(client, post, me):
    Customer.objects.filter(pk=me.pk).update(email="old@home.example", by_email=True)
    client.post(PAGE, {"address": "new@home.example"})
    me.refresh_from_db()
    assert me.email == "old@home.example"
    client.post(CODE, {"code": code_of(post, 1)})
    me.refresh_from_db()
    assert me.email == "new@home.example"


def test_tries_and_time_are_limited(me, post):
    now = timezone.now()
    code = onetime.make(me.pk, onetime.EMAIL, mailbox._subject("a@home.example"), now)
    Customer.objects.filter(pk=me.pk).update(email_waiting="a@home.example")
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert [mailbox.confirm(me.pk, wrong, now) for _ in range(onetime.TRIES)] == [False] * onetime.TRIES
    assert not mailbox.confirm(me.pk, code, now)
    late = onetime.make(me.pk, onetime.EMAIL, mailbox._subject("a@home.example"), now)
    assert mailbox.waiting(Customer.objects.get(pk=me.pk), now) == "a@home.example"
    assert mailbox.waiting(Customer.objects.get(pk=me.pk), now + onetime.LASTS) == ""
    assert not mailbox.confirm(me.pk, late, now + onetime.LASTS)


def test_sends_are_limited_by_person(client, post, me):
    assert client.post(PAGE, {"address": "a@home.example"}).status_code == 302
    assert client.post(PAGE, {"address": "b@home.example"}).status_code == 429


def test_an_inbox_is_not_flooded_and_nobody_learns_that_it_was(monkeypatch, me):
    sent: list[str] = []
    monkeypatch.setattr(mailbox, "SENDERS", [lambda address, code, language: sent.append(address)])
    now = timezone.now()
    for turn in range(7):
        mailbox.ask(person().pk, "victim@home.example", f"network {turn}", "en", now + timedelta(minutes=turn))
    assert len(sent) == 4  # in an hour, whoever asks
    for _ in range(60):
        limits.count("email by network", "one network", now)
    with pytest.raises(limits.TooOften):
        mailbox.ask(me.pk, "x@home.example", "one network", "en", now)


NO_ADDRESS = ["", "rahima", "a@b", "a@home.example, b@home.example", "a@home.example\nBcc: b@x.example", "র@home.example"]


@pytest.mark.parametrize("typed", [*NO_ADDRESS, "a" * 250 + "@x.example"], ids=range(7))
def test_what_is_no_address_is_said_and_sends_nothing(client, post, me, typed):
    assert client.post(PAGE, {"address": typed}).status_code == 422
    assert not OneTimeCode.objects.exists()


def test_two_people_may_have_one_address_and_neither_learns_of_the_other(client, post, me):
    Customer.objects.filter(pk=person().pk).update(email="family@home.example")
    assert client.post(PAGE, {"address": "family@home.example"}).url == CODE
    client.post(CODE, {"code": code_of(post, 1)})
    assert Customer.objects.filter(email="family@home.example").count() == 2


def test_it_is_taken_along_and_erased(me, post):
    now = timezone.now()
    Customer.objects.filter(pk=me.pk).update(email="a@home.example", email_waiting="b@home.example", by_email=True)
    with zipfile.ZipFile(BytesIO(holdings.packed(me.pk, "app", now))) as packed:
        profile = json.loads(packed.read("profile.json"))
    assert (profile["email"], profile["email_waiting"], profile["by_email"]) == ("a@home.example", "b@home.example", True)
    erasing._let_go(me.pk, now)
    me.refresh_from_db()
    assert (me.email, me.email_waiting, me.by_email) == ("", "", False)


def test_without_a_mail_server_there_is_no_such_page(client, me, settings):
    settings.EMAIL_FILE = ""
    assert [client.get(page).status_code for page in (PAGE, CODE)] == [404, 404]
    assert client.post("/settings/email/remove").status_code == 404
    assert b'href="/settings/email/"' not in client.get(ALERTS).content


def test_the_code_comes_in_the_language_of_the_page(client, post, me):
    Customer.objects.filter(pk=me.pk).update(language="bn")
    client.post(PAGE, {"address": "a@home.example"})
    code_of(post, 1)
    assert "কোড" in post.letters[0].text
    assert "নিশ্চিত" in post.letters[0].subject
