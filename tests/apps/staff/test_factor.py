"""The way in: nobody by the phone's code alone; once set up, proved in each session, for some hours, and used up code by code."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from bijoli.customers.models import Customer, Limit
from bijoli.staff import factor, people
from bijoli.staff.models import Looked, StaffScope
from tests import households
from tests.apps.signin_steps import ask, codes_in
from tests.apps.staff.conftest import EAST, Member, code_of

pytestmark = pytest.mark.django_db
PAGES = ["/staff/", "/staff/find/", "/staff/alerts/dispute/", "/staff/prove/", "/staff/enrol/", "/staff/nowhere/", "/staff/login/"]


def back(session, seconds, *names):
    """Makes the session's proof older."""
    mark = session["staff"]
    session["staff"] = mark | {name: mark[name] - seconds for name in names}
    session.save()


@pytest.mark.parametrize("url", PAGES)
def test_a_guest_signs_in_first(client, url):
    answer = client.get(url)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=/staff/")


@pytest.mark.parametrize("url", PAGES)
def test_a_customer_finds_nothing(client, rahima, url):
    client.force_login(rahima)
    assert client.get(url).status_code == client.post(url).status_code == 404


def test_the_flag_alone_opens_nothing(client, rahima):
    Customer.objects.filter(pk=rahima.pk).update(is_staff=True, is_superuser=True)
    client.force_login(rahima)
    assert client.get("/staff/").status_code == 404


def test_the_first_time_with_invitation_picture_and_code(client, capsys, settings):
    settings.SMS_CHANNEL = "console"
    person = households.person(language="en")
    invitation = people.add(person.phone, ["service"], [], timezone.now())
    codes = codes_in(capsys)
    ask(client, person.phone, next="/staff/")
    signed_in = client.post("/accounts/login/code/?next=/staff/", {"code": codes()[-1]})
    assert signed_in.headers["Location"] == "/staff/"
    page = client.get("/staff/", follow=True)
    assert page.redirect_chain == [("/staff/enrol/", 302)]
    assert '<svg class="qr"' in page.content.decode()
    secret = page.context["secret"].replace(" ", "")
    wrong = client.post("/staff/enrol/", {"invitation": "BBBBB-BBBBB", "code": code_of(secret)})
    assert "does not hold" in wrong.content.decode()
    wrong = client.post("/staff/enrol/", {"invitation": invitation, "code": "000000"})
    assert "not correct" in wrong.content.decode()
    done = client.post("/staff/enrol/", {"invitation": invitation.lower().replace("-", " "), "code": code_of(secret)})
    codes = re.findall(r"<li>(\d{4} \d{4})</li>", done.content.decode())
    assert len(set(codes)) == 10
    assert client.get("/staff/").status_code == 200
    kept = Authenticator.objects.get(user=person, type="totp")
    assert secret not in str(kept.data)
    assert not people.invited(person.pk, invitation, timezone.now())
    assert client.get("/staff/enrol/", follow=True).redirect_chain[0] == ("/staff/prove/", 302)
    assert Looked.objects.filter(staff=person, page="door/enrolled").exists()


def test_an_invitation_is_of_one_person_and_ends():
    now, one, other = timezone.now(), households.person(), households.person()
    code = people.add(one.phone, ["service"], [], now)
    people.add(other.phone, ["service"], [], now)
    assert people.invited(one.pk, code, now)
    assert not people.invited(other.pk, code, now)
    assert not people.invited(one.pk, code, now + timedelta(hours=73))
    assert not people.invited(one.pk, "", now)
    assert code.replace("-", "") not in StaffScope.objects.get(customer=one).invitation


def test_the_second_factor_is_asked_in_each_session(member):
    one = member("service")
    assert one.client.get("/staff/").status_code == 200
    other = Client()
    other.force_login(one.person)
    answer = other.get("/staff/alerts/dispute/?state=open")
    assert answer.headers["Location"] == "/staff/prove/?next=%2Fstaff%2Falerts%2Fdispute%2F%3Fstate%3Dopen"


def test_a_code_works_once_and_no_older_one_after_it(member):
    one = member("service")
    other = Member(one.person, one.secret)
    other.sign_in()
    used = other.client.post("/staff/prove/", {"code": code_of(one.secret)})
    assert "used already" in used.content.decode()
    assert other.client.post("/staff/prove/", {"code": code_of(one.secret, -1)}).status_code == 200
    assert other.client.post("/staff/prove/", {"code": code_of(one.secret, 1)}).status_code == 302  # the app's clock is ahead
    assert other.client.get("/staff/").status_code == 200


@pytest.mark.parametrize(
    ("code", "said"), [("12345", "six digits"), ("abcdef", "six digits"), ("", "Type the code"), ("000000", "not correct")]
)
def test_what_is_no_code_opens_nothing(member, code, said):
    one = member("service", inside=False)
    factor.keep_secret(one.person, "A" * 32)
    one.sign_in()
    assert said in one.client.post("/staff/prove/", {"code": code}).content.decode()
    assert one.client.get("/staff/").status_code == 302


def test_bangla_digits_and_spaces_are_fine(member):
    one = member("service", inside=False)
    factor.keep_secret(one.person, one.secret)
    one.sign_in()
    code = code_of(one.secret)
    typed = f"{code[:3]} {code[3:]}".translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯"))
    assert one.client.post("/staff/prove/", {"code": typed, "next": "/staff/find/"}).headers["Location"] == "/staff/find/"


@pytest.mark.parametrize("wish", ["https://evil.example/", "//evil.example", "/accounts/profile/", "/staff/../x", "javascript:1"])
def test_the_way_goes_on_within_the_staffs_pages(member, wish):
    one = member("service", inside=False)
    factor.keep_secret(one.person, one.secret)
    one.sign_in()
    answer = one.client.post("/staff/prove/", {"code": code_of(one.secret), "next": wish})
    assert answer.headers["Location"].startswith("/staff/")
    assert "evil" not in answer.headers["Location"]


def test_five_tries_then_a_wait(member):
    one = member("service", inside=False)
    factor.keep_secret(one.person, one.secret)
    one.sign_in()
    answers = [one.client.post("/staff/prove/", {"code": "000000"}).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert one.client.post("/staff/prove/", {"code": code_of(one.secret)}).status_code == 429  # also the right one
    assert one.client.get("/staff/").status_code == 302


def test_a_recovery_code_works_once(member):
    one = member("service")
    shown = one.client.post("/staff/codes/").content.decode()
    codes = [code.replace(" ", "") for code in re.findall(r"<li>(\d{4} \d{4})</li>", shown)]
    other = Member(one.person)
    other.sign_in()
    entered = other.client.post("/staff/prove/", {"code": codes[3]}, follow=True)
    assert "9 recovery codes are left" in entered.content.decode()
    third = Member(one.person)
    third.sign_in()
    assert third.client.post("/staff/prove/", {"code": codes[3]}).status_code == 200
    assert Looked.objects.filter(page="door/recovery").count() == 1
    assert Looked.objects.filter(page="door/wrong").exists()


def test_it_ends_after_hours_and_when_idle(member):
    one = member("service")
    back(one.client.session, 8 * 3600, "proved")
    assert one.client.get("/staff/").status_code == 302
    two = member("service")
    back(two.client.session, 29 * 60, "seen")
    assert two.client.get("/staff/").status_code == 200  # and noted as in use
    back(two.client.session, 29 * 60, "seen")
    assert two.client.get("/staff/").status_code == 200
    back(two.client.session, 30 * 60, "seen")
    assert two.client.get("/staff/").status_code == 302
    assert "staff" not in two.client.session
    assert two.client.get("/accounts/profile/").status_code == 200  # the customer's part stays


def test_the_session_without_its_cookie_opens_nothing(member):
    one = member("service")
    cookie = one.client.cookies["staff"]
    assert cookie["httponly"]
    assert cookie["path"] == "/staff/"
    del one.client.cookies["staff"]
    assert one.client.get("/staff/").status_code == 302


def test_leaving_ends_it(member):
    one = member("service")
    assert one.client.get("/staff/leave/").status_code == 405
    one.client.post("/staff/leave/")
    assert one.client.get("/staff/").status_code == 302


def test_a_reset_and_a_removal_close_open_sessions_at_once(member):
    one, two = member("service"), member("service", EAST)
    people.reset_factor(one.person.phone, timezone.now())
    assert one.client.get("/staff/").headers["Location"] == "/staff/enrol/"
    people.remove(two.person.phone)
    assert two.client.get("/staff/").status_code == 404
    assert not Authenticator.objects.exists()


def test_a_closed_account_is_out(member):
    one = member("service")
    Customer.objects.filter(pk=one.person.pk).update(is_active=False)
    assert one.client.get("/staff/").status_code in (302, 404)


def test_pages_need_the_forms_token(member):
    one = member("service")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = one.client.cookies
    for url in ("/staff/find/", "/staff/codes/", "/staff/leave/", "/staff/prove/"):
        assert strict.post(url, {"number": "1"}).status_code == 403


def test_a_passkey_of_a_customer_is_no_second_factor(member):
    one = member("service", inside=False)
    Authenticator.objects.create(user=one.person, type="webauthn", data={"name": "phone", "credential": {}})
    one.sign_in()
    assert one.client.get("/staff/").headers["Location"] == "/staff/enrol/"


def test_limits_are_counted_by_person(member):
    one, two = member("service"), member("service")
    Limit.objects.all().delete()
    for _ in range(6):
        other = Client()
        other.force_login(one.person)
        other.post("/staff/prove/", {"code": "000000"})
    fresh = Client()
    fresh.force_login(two.person)
    assert fresh.post("/staff/prove/", {"code": "000000"}).status_code == 200
