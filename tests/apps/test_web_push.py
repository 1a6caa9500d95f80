"""The JSON addresses of the app's scripts and its service worker."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.customers.models import Customer
from bijoli.delivery.models import Delivery, Device, Notification
from bijoli.delivery.receipts import new_token
from bijoli.delivery.tell import tell
from tests.households import Keys, meter, person, phone, telling

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


@pytest.fixture
def owner() -> Customer:
    return person(language="en")


@pytest.fixture
def app(client: Client, owner: Customer) -> Client:
    client.force_login(owner)
    return client


def post(client: Client, path: str, what: object, **headers: str) -> Any:
    return client.post(path, json.dumps(what), content_type="application/json", headers=headers)


def subscription(endpoint: str = "https://push.test/one") -> dict[str, Any]:
    keys = Keys()
    return {"endpoint": endpoint, "keys": {"p256dh": keys.p256dh, "auth": keys.secret}}


@pytest.fixture(autouse=True)
def _allowed_host(settings: Any) -> None:
    settings.PUSH_HOSTS = ["push.test"]


@pytest.mark.parametrize("path", ["/unread", "/push/key", "/push/trial/state"])
def test_a_guest_is_told_401_and_not_led_anywhere(client: Client, path: str) -> None:
    assert client.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/push/subscribe", "/push/unsubscribe", "/push/trial"])
def test_a_guest_can_change_nothing(client: Client, path: str) -> None:
    assert post(client, path, {}).status_code == 401


def test_the_key_is_a_point_and_nothing_is_cached(app: Client) -> None:
    answer = app.get("/push/key")
    assert len(answer.json()["key"]) == 87
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_forged_page_cannot_subscribe_but_the_worker_with_its_token_can(owner: Customer) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert post(strict, "/push/subscribe", subscription()).status_code == 403
    token = strict.get("/push/key").json()["csrf"]
    assert post(strict, "/push/subscribe", subscription(), **{"X-CSRFToken": token}).status_code == 200


def test_a_subscription_becomes_a_device_with_the_browsers_name(app: Client, owner: Customer) -> None:
    answer = post(app, "/push/subscribe", subscription(), **{"User-Agent": FIREFOX})
    device = Device.objects.get(customer=owner)
    assert answer.json() == {"device": str(device.public_id)}
    assert (device.label, device.language) == ("Firefox, Android", "en")


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        "x",
        {"endpoint": "https://elsewhere.test/1", "keys": {}},
        {"endpoint": "https://push.test/1", "keys": {"p256dh": "x", "auth": "y"}},
    ],
)
def test_what_is_no_subscription_is_refused(app: Client, given: object) -> None:
    assert post(app, "/push/subscribe", given).status_code == 422
    assert not Device.objects.exists()


def test_a_start_of_the_app_mends_what_the_server_does_not_know(app: Client, owner: Customer) -> None:
    assert post(app, "/push/subscribe", subscription() | {"mend": True}).status_code == 200
    assert Device.objects.filter(customer=owner, gone_at=None).count() == 1


def test_a_phone_that_was_removed_elsewhere_does_not_put_itself_back(app: Client, owner: Customer) -> None:
    mine = subscription()
    post(app, "/push/subscribe", mine)
    device = Device.objects.get(customer=owner)
    app.post(f"/settings/devices/{device.public_id}/remove")
    assert post(app, "/push/subscribe", mine | {"mend": True}).status_code == 410
    assert post(app, "/push/subscribe", mine).status_code == 200, "but its owner may turn it on again"


def test_another_persons_phone_cannot_be_removed(app: Client) -> None:
    other = phone(person())
    assert app.post(f"/settings/devices/{other.public_id}/remove").status_code == 404
    assert Device.objects.get(pk=other.pk).gone_at is None


def test_unsubscribing_forgets_the_phone(app: Client, owner: Customer) -> None:
    mine = phone(owner)
    assert post(app, "/push/unsubscribe", {"endpoint": mine.endpoint}).json() == {"gone": True}
    assert Device.objects.get(pk=mine.pk).gone_at is not None


def sent_with(token_hash: bytes, owner: Customer) -> Delivery:
    phone(owner)
    now = timezone.now()
    tell([telling(meter(owner), at=now)], now)
    Delivery.objects.update(status="sent", sent_at=now, receipt_hash=token_hash)
    return Delivery.objects.get()


def test_a_receipt_needs_its_token_and_no_session(client: Client, owner: Customer) -> None:
    token, token_hash = new_token()
    sent = sent_with(token_hash, owner)
    strict = Client(enforce_csrf_checks=True)
    assert post(strict, "/push/receipt", {"token": token, "event": "displayed", "at": time.time() * 1000}).status_code == 204
    sent.refresh_from_db()
    assert sent.status == "displayed"


@pytest.mark.parametrize(
    "given",
    [{}, [1], {"token": "x", "event": "displayed"}, {"token": "AAAA", "event": "opened", "at": 1}, {"token": 5, "event": 5, "at": 1e99}],
)
def test_a_wrong_receipt_learns_nothing(client: Client, given: object) -> None:
    answer = post(client, "/push/receipt", given)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_receipt_that_is_too_long_or_no_json_is_let_go(client: Client) -> None:
    assert post(client, "/push/receipt", {"token": "x" * 9000}).status_code == 204
    assert client.post("/push/receipt", "{", content_type="application/json").status_code == 204


def test_a_test_push_tells_how_far_it_has_come(app: Client, owner: Customer) -> None:
    mine = phone(owner)
    asked = post(app, "/push/trial", {"device": str(mine.public_id)}).json()["id"]
    assert app.get(f"/push/trial/state?id={asked}").json() == {"status": "queued", "sent": None, "displayed": None}
    made = Notification.objects.get(public_id=asked).made_at
    Delivery.objects.update(status="displayed", sent_at=made, displayed_at=made + timedelta(milliseconds=740))
    assert app.get(f"/push/trial/state?id={asked}").json() == {"status": "displayed", "sent": 0, "displayed": 740}


def test_test_pushes_are_bounded_and_ones_own(app: Client, owner: Customer) -> None:
    mine, other = phone(owner), phone(person())
    for device in (other.public_id, uuid4(), None):
        assert post(app, "/push/trial", {"device": str(device)}).status_code == 404
    answers = [post(app, "/push/trial", {"device": str(mine.public_id)}).status_code for _ in range(8)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert app.get(f"/push/trial/state?id={uuid4()}").status_code == 404


def test_the_bell_counts_ones_own_unread(app: Client, owner: Customer) -> None:
    now = timezone.now()
    tell([telling(meter(owner), at=now), telling(meter(person()), at=now)], now)
    mine = Notification.objects.get(customer=owner)
    assert app.get("/unread").json() == {"unread": 1, "ids": [str(mine.public_id)]}


def test_reading_by_script_answers_with_the_count_that_is_left(app: Client, owner: Customer) -> None:
    now = timezone.now()
    tell([telling(meter(owner), at=now), telling(meter(owner), "T1", at=now)], now)
    one = Notification.objects.filter(customer=owner).earliest("pk")
    answer = app.post(f"/n/{one.public_id}/read", headers={"Accept": "application/json"})
    assert answer.json() == {"unread": 1}
