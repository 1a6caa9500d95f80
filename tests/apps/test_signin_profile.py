"""Profile, signed-in devices, sign-out."""

import time

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from bijoli.customers.models import Access, Account, Customer
from bijoli.customers.sessions import SEEN, STEP, left_everywhere
from bijoli.delivery.models import Device

pytestmark = pytest.mark.django_db
PROFILE = "/accounts/profile/"


@pytest.fixture
def customer():
    return Customer.objects.create_user("+8801700000001", language="en")


@pytest.fixture
def stranger():
    return Customer.objects.create_user("+8801700000002", language="en")


def phone(customer, agent="Mozilla/5.0 (Linux; Android 10; K) Chrome/131.0.0.0 Mobile Safari/537.36"):
    """A browser that is signed in and has been used."""
    browser = Client(headers={"User-Agent": agent})
    browser.force_login(customer)
    browser.get("/language/")  # any page: the device is listed from its first one
    return browser


def test_guests_are_led_to_sign_in():
    for name in ("profile", "passkeys", "passkey_offer"):
        answer = Client().get(reverse(name))
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/accounts/login/?next={reverse(name)}")


def test_the_profile_shows_ones_own_and_masks_the_number(customer, stranger):
    mine = Account.objects.create(number="20000001")
    Access.objects.create(customer=customer, account=mine, nickname="Shop <b>")
    theirs = Account.objects.create(number="20000002")
    Access.objects.create(customer=stranger, account=theirs)
    page = phone(customer).get(PROFILE).content.decode()
    assert "20000001" in page
    assert "Shop &lt;b&gt;" in page
    assert "20000002" not in page
    assert "1700000001" not in page
    assert "Chrome, Android" in page


def test_name_and_nickname_are_saved(customer):
    mine = Account.objects.create(number="20000001")
    Access.objects.create(customer=customer, account=mine)
    browser = phone(customer)
    browser.post(reverse("profile_name"), {"name": "Rahima"})
    browser.post(reverse("profile_nicknames"), {f"account-{mine.public_id}": "Home"})
    customer.refresh_from_db()
    assert customer.name == "Rahima"
    assert customer.access.get().nickname == "Home"


def test_somebody_elses_account_cannot_be_named(customer, stranger):
    theirs = Account.objects.create(number="20000002")
    access = Access.objects.create(customer=stranger, account=theirs, nickname="Mine")
    browser = phone(customer)
    for account in (theirs.public_id, "x"):
        assert browser.post(reverse("profile_nicknames"), {f"account-{account}": "x"}).status_code == 404
    access.refresh_from_db()
    assert access.nickname == "Mine"


def test_signing_out_needs_a_post_and_makes_the_browser_forget(customer):
    browser = phone(customer)
    assert browser.get("/accounts/logout/").status_code == 405
    answer = browser.post("/accounts/logout/")
    assert answer.headers["Location"] == "/accounts/login/"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.get(PROFILE).status_code == 302


def handle_of(browser, there):
    """The form value by which `browser` names the session of `there`."""
    from bijoli.customers.sessions import _handle

    return _handle(UserSession.objects.get(session_key=there.session.session_key))


def test_another_device_can_be_signed_out(customer):
    here, lost = phone(customer), phone(customer, "Mozilla/5.0 (Android 14; Mobile) Gecko/140.0 Firefox/140.0")
    assert "Firefox, Android" in here.get(PROFILE).content.decode()
    assert here.post(reverse("session_end"), {"handle": handle_of(here, lost)}).status_code == 302
    assert "Firefox, Android" not in here.get(PROFILE).content.decode()
    assert here.get(PROFILE).status_code == 200
    answer = lost.get(PROFILE, follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/login/"


def test_a_device_signed_out_from_elsewhere_forgets_its_pages(customer):
    here, lost = phone(customer), phone(customer)
    here.post(reverse("session_end"), {"handle": handle_of(here, lost)})
    assert lost.get(PROFILE).headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in Client().get("/accounts/login/").headers


def test_somebody_elses_device_cannot_be_signed_out(customer, stranger):
    here, theirs = phone(customer), phone(stranger)
    assert here.post(reverse("session_end"), {"handle": handle_of(here, theirs)}).status_code == 404
    assert theirs.get(PROFILE).status_code == 200


def test_sign_out_everywhere_ends_all_sessions_and_tells_who_keeps_something(customer, stranger):
    here, there, other = phone(customer), phone(customer), phone(stranger)
    told = []

    def hear(customer_id, **_):
        told.append(customer_id)

    left_everywhere.connect(hear)
    answer = here.post(reverse("session_end_all"))
    left_everywhere.disconnect(hear)
    assert told == [customer.pk]
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert here.get(PROFILE).status_code == there.get(PROFILE).status_code == 302
    assert other.get(PROFILE).status_code == 200


def test_a_lost_phone_gets_no_more_alerts_after_sign_out_everywhere(customer, stranger):
    for number, person in enumerate((customer, stranger)):
        Device.objects.create(customer=person, endpoint=f"https://push.example/{number}", p256dh=b"", auth=b"")
    phone(customer).post(reverse("session_end_all"))
    assert Device.objects.filter(customer=customer, gone_at=None).count() == 0
    assert Device.objects.filter(customer=stranger, gone_at=None).count() == 1


def test_a_closed_customer_is_out_at_once(customer):
    browser = phone(customer)
    Customer.objects.filter(pk=customer.pk).update(is_active=False)
    assert browser.get(PROFILE).status_code == 302


def test_a_session_rolls_for_180_days_and_is_written_once_in_ten_minutes(customer):
    browser = phone(customer)
    before = Session.objects.get(session_key=browser.session.session_key).expire_date
    assert "sessionid" not in browser.get(PROFILE).cookies
    session = browser.session
    session[SEEN] = int(time.time()) - STEP - 1
    session.save()
    cookie = browser.get(PROFILE).cookies["sessionid"]
    assert cookie["max-age"] == 180 * 86400
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert Session.objects.get(session_key=browser.session.session_key).expire_date > before


def test_posts_need_the_token_of_the_page(customer):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(customer)
    for name in ("account_logout", "session_end_all", "passkey_add", "passkey_options", "profile_name"):
        assert browser.post(reverse(name)).status_code == 403
