"""A phone's pushes belong to the sign-in that asked for them, and end with it, whether or not the phone ever hears of that."""

import json
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bijoli.customers.sessions import listed
from bijoli.delivery.deliver import Deliverer
from bijoli.delivery.models import Delivery, Device
from bijoli.delivery.tell import tell
from tests.households import Keys, meter, person, telling

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(peer):
    return person(language="en")


@pytest.fixture
def browser(owner, peer):
    """A signed-in browser with push on, at the peer's path `lost`."""
    made, keys = Client(), Keys()
    made.force_login(owner)
    made.get("/accounts/profile/")
    given = {"endpoint": peer.endpoint("lost"), "keys": {"p256dh": keys.p256dh, "auth": keys.secret}}
    assert made.post("/push/subscribe", json.dumps(given), content_type="application/json").status_code == 200
    return made


@pytest.fixture
def pushed(owner, sender, peer):
    """Tells the owner of a low balance, and answers how many messages reached the push service, and why others did not."""

    def push():
        now = timezone.now()
        tell([telling(meter(owner), at=now)], now)
        Deliverer(sender).until_idle()
        return len(peer.got), list(Delivery.objects.exclude(status="sent").values_list("status", "reason"))

    return push


def test_a_signed_in_phone_is_pushed_to(browser, pushed):
    assert pushed() == (1, [])


def test_signed_out_from_another_device_it_gets_nothing_more(browser, owner, pushed):
    other = Client()
    other.force_login(owner)
    other.get("/accounts/profile/")
    handle = next(one.handle for one in listed(owner, other.session.session_key) if not one.here)
    assert other.post(reverse("session_end"), {"handle": handle}).status_code == 302
    assert Device.objects.get().gone_at is not None
    sent, _ = pushed()
    assert sent == 0


def test_what_was_queued_before_the_sign_out_does_not_leave(browser, owner, sender, peer):
    now = timezone.now()
    tell([telling(meter(owner), at=now)], now)
    browser.post("/accounts/logout/")
    Deliverer(sender).until_idle()
    assert (len(peer.got), Delivery.objects.get().reason) == (0, "device gone")


@pytest.mark.parametrize("end", ["deleted", "expired"])
def test_a_session_that_ended_without_a_word_ends_its_pushes(browser, pushed, end):
    """As by `clearsessions`, an administrator, or 180 days without use."""
    mine = Session.objects.filter(session_key=Device.objects.get().session_key)
    _ = mine.delete() if end == "deleted" else mine.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert pushed() == (0, [("failed", "device gone")])


def test_another_person_signs_in_on_the_phone(browser, pushed):
    browser.force_login(person())
    sent, _ = pushed()
    assert sent == 0


def test_signing_in_once_more_keeps_the_pushes(browser, owner, pushed):
    browser.force_login(owner)
    assert pushed() == (1, [])


def test_other_phones_of_the_person_go_on(browser, owner, pushed):
    other = Client()
    other.force_login(owner)
    other.get("/accounts/profile/")
    other.post("/accounts/logout/")
    assert UserSession.objects.filter(user=owner).exists()
    assert pushed() == (1, [])
