"""Sign-in with number and code, through real requests against the real database."""

import re
import time

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.customers import codes
from bijoli.customers.models import Customer, Limit
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


def test_a_customer_comes_in_with_the_code(client, customer, sent):
    assert ask(client).headers["Location"] == CODE
    (code,) = sent()
    answer = client.post(CODE, {"code": code})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(customer.pk)


def test_the_first_sign_in_verifies_the_number_and_later_ones_keep_the_time(client, customer, sent):
    ask(client)
    client.post(CODE, {"code": sent()[-1]})
    customer.refresh_from_db()
    first = customer.phone_verified_at
    assert abs((timezone.now() - first).total_seconds()) < 60
    Limit.objects.all().delete()
    again = Client()
    ask(again)
    again.post(CODE, {"code": sent()[-1]})
    customer.refresh_from_db()
    assert customer.phone_verified_at == first


@pytest.mark.parametrize(
    "written", ["01700000001", "01700-000001", "8801700000001", "+880 1700 000001", "০১৭০০-০০০০০১", "00880-1700-000001"]
)
def test_the_number_is_understood_however_it_is_written(client, customer, sent, written):
    ask(client, written)
    assert len(sent()) == 1


@pytest.mark.parametrize("typed", ["{}{}{} {}{}{}", "{}{}{}-{}{}{}", " {}{}{}{}{}{} "])
def test_the_code_may_be_typed_with_spaces_and_in_bangla(client, customer, sent, typed):
    ask(client)
    bangla = sent()[-1].translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
    assert client.post(CODE, {"code": typed.format(*bangla)}).status_code == 302


@pytest.mark.parametrize("wrong", ["", "123", "02-9898989", "not a number", "+14155550100", "01" * 300])
def test_what_is_no_mobile_number_is_said_in_words(client, wrong):
    answer = ask(client, wrong)
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()
    assert Limit.objects.count() == 0


def shape(page):
    """A page without what differs from one request to the next."""
    text = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
    return text.replace("01700-000001", "N").replace("01799-999999", "N")


def walk(client, number):
    """Everything that a stranger can see of a number: each answer's status, way and words."""
    answers = [ask(client, number), client.get(CODE)]
    answers += [client.post(CODE, {"code": "000000"}) for _ in range(2)]
    answers.append(client.post(CODE, {"action": "resend"}))
    later(client, 60)
    answers += [client.post(CODE, {"action": "resend"}), client.get(CODE)]
    answers += [client.post(CODE, {"code": "000000"}) for _ in range(6)]
    later(client, 200)
    answers += [client.get(CODE), client.post(CODE, {"code": "000000"}), client.post(CODE, {"action": "resend"})]
    return [(answer.status_code, answer.headers.get("Location"), shape(answer)) for answer in answers]


def test_known_unknown_and_closed_numbers_look_alike(client, customer, sent):
    known = walk(client, "01700-000001")
    assert len(sent()) == 3
    assert walk(Client(), "01799-999999") == known
    Limit.objects.all().delete()
    Customer.objects.update(is_active=False)
    assert walk(Client(), "01700-000001") == known
    assert len(sent()) == 3  # no message to an unknown or closed number


def test_known_and_unknown_numbers_cost_the_same_work(client, customer):
    ask(client, "01799-999990")  # warms what is made once
    fastest, queries = [], []
    for number in ("01700-000001", "01799-999999"):
        seconds = []
        for _ in range(5):
            Limit.objects.all().delete()
            with CaptureQueriesContext(connection) as captured:
                begin = time.perf_counter()
                ask(Client(), number)
                seconds.append(time.perf_counter() - begin)
        fastest.append(min(seconds))
        queries.append([re.sub(r"'[^']*'|\d+", "?", query["sql"] or "")[:60] for query in captured.captured_queries])
    assert queries[0] == queries[1]
    assert max(fastest) < 3 * min(fastest)


def test_an_unknown_number_gets_no_account(client, sent):
    ask(client, "01799-999999")
    for code in ("000000", "", "123456"):
        client.post(CODE, {"code": code})
    assert Customer.objects.count() == 0
    assert "_auth_user_id" not in client.session


def test_a_code_is_over_after_three_minutes(client, customer, sent):
    ask(client)
    later(client, 181)
    assert client.post(CODE, {"code": sent()[-1]}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_new_code_replaces_the_old_one_and_has_its_own_three_minutes(client, customer, sent):
    ask(client)
    later(client, 170)
    client.post(CODE, {"action": "resend"})
    old, new = sent()
    later(client, 100)
    if old != new:
        assert client.post(CODE, {"code": old}).status_code == 200
    assert client.post(CODE, {"code": new}).status_code == 302


def test_a_code_is_worth_nothing_in_another_browser_and_nothing_twice(client, customer, sent):
    ask(client)
    (code,) = sent()
    other = Client()
    assert other.post(CODE, {"code": code}).headers["Location"] == LOGIN
    client.post(CODE, {"code": code})
    client.post("/accounts/logout/")
    assert client.post(CODE, {"code": code}).headers["Location"] == LOGIN


def test_the_code_is_not_kept(client, customer, sent):
    ask(client)
    assert sent()[-1] not in str(dict(client.session))


def test_a_guests_session_lives_an_hour_and_a_customers_180_days(client, customer, sent):
    assert ask(client).cookies["sessionid"]["max-age"] == 3600
    assert client.post(CODE, {"code": sent()[-1]}).cookies["sessionid"]["max-age"] == 180 * 86400


def test_the_session_changes_its_key_at_sign_in(client, customer, sent):
    before = ask(client).cookies["sessionid"].value
    assert client.post(CODE, {"code": sent()[-1]}).cookies["sessionid"].value != before


def test_the_page_after_sign_in_is_the_one_that_was_asked_for(client, customer, sent):
    answer = ask(client, next="/n/")
    assert answer.headers["Location"] == CODE + "?next=%2Fn%2F"
    assert client.post(answer.headers["Location"], {"code": sent()[-1]}).headers["Location"] == "/n/"


@pytest.mark.parametrize("trap", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_away_from_here(client, customer, sent, trap):
    ask(client, next=trap)
    assert client.post(CODE, {"code": sent()[-1], "next": trap}).headers["Location"] == "/"


def test_the_language_chosen_before_sign_in_is_kept(client, customer, sent):
    client.cookies["language"] = "en"
    ask(client)
    client.post(CODE, {"code": sent()[-1]})
    customer.refresh_from_db()
    assert customer.language == "en"


def test_a_passkey_is_offered_once_where_the_phone_can_keep_one(client, customer, sent):
    ask(client)
    answer = client.post(CODE, {"code": sent()[-1], "passkeys": "1"})
    assert answer.headers["Location"] == "/accounts/passkeys/offer/"
    assert client.get("/accounts/passkeys/offer/").cookies["passkey_offered"].value == "1"
    client.post("/accounts/logout/")
    Limit.objects.all().delete()
    ask(client)
    assert client.post(CODE, {"code": sent()[-1], "passkeys": "1"}).headers["Location"] == "/"


@pytest.mark.parametrize(
    "closed",
    [
        *("signup/", "email/", "password/change/", "password/reset/", "password/set/", "confirm-email/", "phone/change/", "phone/verify/"),
        *(
            "2fa/",
            "2fa/authenticate/",
            "2fa/webauthn/",
            "2fa/recovery-codes/",
            "sessions/",
            "social/connections/",
            "reauthenticate/",
            "inactive/",
            "",
        ),
    ],
)
def test_no_other_page_of_the_library_answers(client, customer, closed):
    client.force_login(customer)
    assert client.get(f"/accounts/{closed}").status_code == 404
    assert client.post(f"/accounts/{closed}").status_code == 404


def test_without_a_channel_sign_in_says_so_to_everyone_alike(client, customer, settings, sent):
    settings.SMS_CHANNEL, settings.DEMO = "", False
    assert ask(client).status_code == ask(client, "01799-999999").status_code == 503
    assert [fault.id for fault in run_checks() if fault.id.startswith("customers")] == ["customers.W001"]
    settings.SMS_CHANNEL = "pigeon"
    assert [fault.id for fault in run_checks() if fault.id.startswith("customers")] == ["customers.E001"]


def test_the_demo_tells_the_code_of_a_number(client, customer, settings, sent, capsys):
    settings.DEMO = True
    ask(client)
    (code,) = sent()
    call_command("code", "01700000001")
    assert capsys.readouterr().out.strip() == code
    with pytest.raises(CommandError):
        call_command("code", "01799999999")
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("code", "01700000001")


@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_message_binds_the_code_to_our_host_and_fits_two_parts(settings, language):
    settings.ALLOWED_HOSTS = ["app.example.com"]
    text = codes.message("123456", language)
    assert text.splitlines()[-1] == "@app.example.com #123456"
    assert "123456" in text.splitlines()[0]
    units = len(text.encode("utf-16-be")) // 2
    assert units <= 2 * 67 if language == "bn" else text.isascii() and units <= 160


def test_codes_are_six_digits_and_spread():
    drawn = {codes.new_code() for _ in range(2000)}
    assert all(re.fullmatch(r"\d{6}", code) for code in drawn)
    assert len(drawn) > 1950
    assert {code[0] for code in drawn} == set("0123456789")
