"""Consent, everything to take along, and deleting one's account."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from bijoli.alerts import disputes
from bijoli.alerts.models import Dispute
from bijoli.customers import codes, consents, holdings, sharing
from bijoli.customers.models import Account, Consent, Customer, Deed, Invitation, Limit
from bijoli.customers.reads import accounts
from bijoli.delivery.models import Device, Notification
from bijoli.delivery.tell import tell
from bijoli.metering.models import Meter
from bijoli.payments.models import Order
from tests.apps.payments.outside import ordered
from tests.apps.signin_steps import CODE, codes_in
from tests.households import meter, person, phone, telling

pytestmark = pytest.mark.django_db
PRIVACY, ZIP, DELETE = "/settings/privacy/", "/settings/privacy/download/", "/settings/privacy/delete/"
NOT_HELD = {  # they name a customer, and hold nothing about one
    "admin.LogEntry",  # unused
    "account.EmailAddress",  # unused: there is no e-mail
    "account.EmailConfirmation",
    "tariffs.TariffOrder",  # the staff's own deeds, in their office
    "payments.Refund",
    "payments.Deed",
    "payments.Review",
    "payments.Closure",
    "payments.BillReject",
    "notices.Notice",
    "reports.Indicator",  # the staff's own entries
    "reports.Sheet",
    "reports.Saving",
    "alerts.WorkOrder",
}


@pytest.fixture(autouse=True)
def _console(settings: Any) -> None:
    settings.SMS_CHANNEL = "console"


@pytest.fixture
def her() -> Customer:
    """Somebody with one of everything."""
    one = person(name="Rahima Khatun", language="en")
    made, now = meter(one), timezone.now()
    phone(one)
    tell([telling(made, at=now)], now)
    told = Notification.objects.get()
    disputes.say_wrong(one.pk, told.account_id or 0, told.stage_id or 0, "My own words", now)
    ordered(customer_id=one.pk, account_id=told.account_id, meter_id=made.pk)
    sharing.invite(one.pk, told.account_id or 0, "+8801799000111", "viewer", None, now)
    consents.say(one.pk, "research", given=True, now=now)
    return one


@pytest.fixture
def client_(her: Customer, capsys: Any) -> Client:
    """Signed in by a code a moment ago."""
    sent, client = codes_in(capsys), Client()
    client.post("/accounts/login/", {"phone": her.phone})
    client.post(CODE, {"code": sent()[-1]})
    Limit.objects.all().delete()
    return client


def test_consent_is_given_and_taken_back_and_each_word_stays(her: Customer) -> None:
    client = Client()
    client.force_login(her)
    assert [(one.purpose, one.given) for one in consents.of(her.pk)] == [("research", True)]
    for given in "0011":
        client.post(PRIVACY, {"purpose": "research", "given": given})
        assert consents.holds(her.pk, "research") is (given == "1")
    assert list(Consent.objects.order_by("pk").values_list("given", flat=True)) == [True, False, True]
    assert Deed.objects.filter(what="consent", facts__purpose="research").count() == 3
    assert client.post(PRIVACY, {"purpose": "everything", "given": "1"}).status_code == 404
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic():
        Consent.objects.update(given=True)


@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_page_says_what_is_kept(her: Customer, language: str) -> None:
    Customer.objects.filter(pk=her.pk).update(language=language)
    client = Client()
    client.force_login(her)
    html = client.get(PRIVACY).content.decode()
    assert ("What we keep, and why" in html) is (language == "en")
    assert ("আমরা কী রাখি এবং কেন" in html) is (language == "bn")


def test_every_model_that_names_a_customer_is_spoken_for() -> None:
    """An app that keeps something about a person must say so in holdings, or here why not."""
    naming = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.remote_field and field.remote_field.model is Customer
    }
    naming -= {label for label in naming if label.startswith("customers.Customer_")}
    assert naming - holdings.covered() - NOT_HELD == set()
    assert not holdings.covered() & NOT_HELD


def test_all_of_it_and_nobody_elses(her: Customer, client_: Client) -> None:
    other = person(name="Somebody Else")
    theirs = meter(other)
    tell([telling(theirs)], timezone.now())
    answer = client_.post(ZIP)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    parts = {name.removesuffix(".json"): json.loads(packed.read(name)) for name in packed.namelist() if name.endswith(".json")}
    assert parts["profile"]["phone"] == her.phone
    assert [one["account__number"] for one in parts["accounts"]] == [Account.objects.get(access__customer=her).number]
    assert parts["notifications"][0]["deliveries"][0]["status"] == "queued"
    assert parts["disputes"][0]["text"] == "My own words"
    assert len(parts["orders"]) == len(parts["devices"]) == len(parts["consents"]) == 1
    assert parts["invitations"]["made"][0]["phone"] == "+8801799000111"
    assert len(parts["signed-in"]["sessions"]) == 1
    everything = answer.content + json.dumps(parts).encode()
    for secret in (other.name, other.phone, theirs.number, Account.objects.get(access__customer=other).number):
        assert secret.encode() not in everything
    assert [one["what"] for one in parts["done"]][-1] == "download"


def test_a_download_needs_a_fresh_proof_and_is_limited(her: Customer, client_: Client) -> None:
    stale = Client()
    stale.force_login(her)  # signed in without a proof that is known: an open phone that somebody found
    assert stale.post(ZIP).headers["Location"] == PRIVACY
    assert "we first send a code" in stale.get(PRIVACY).content.decode()
    assert stale.get(ZIP).status_code == 405
    assert [client_.post(ZIP).status_code for _ in range(4)] == [200, 200, 200, 429]


def delete(client: Client, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str]:
    left: list[tuple[str, str, str]] = []
    monkeypatch.setitem(codes.CHANNELS, "console", lambda *one: left.append(one))
    client.post(DELETE)
    code = left[-1][1]
    assert "deletes your account" in left[-1][2]
    return client.post(DELETE, {"code": code}), left[-1][0]


def test_deleting_leaves_an_anonymous_row(her: Customer, client_: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    old, flat, guest = her.phone, Account.objects.get(access__customer=her), person(language="en")
    Invitation.objects.update(phone=guest.phone)
    sharing.answer(guest.pk, Invitation.objects.get().public_id, accept=True, now=timezone.now())
    Authenticator.objects.create(user=her, type="webauthn", data={"name": "Phone"})
    elsewhere = Client()
    elsewhere.force_login(her)
    answer, number = delete(client_, monkeypatch)
    assert number == old
    assert "is deleted" in answer.content.decode()
    assert answer["Clear-Site-Data"]
    her.refresh_from_db()
    assert (her.name, her.is_active, her.phone_verified_at) == ("", False, None)
    assert old not in str(Customer.objects.values_list()) + str(Invitation.objects.values_list()) + str(Deed.objects.values_list())
    assert not Customer.objects.filter(phone__in=[old]).exists()
    assert not Device.objects.exists()
    assert not Authenticator.objects.exists()
    assert Session.objects.count() <= 1  # the guest's page that said goodbye, at most
    assert elsewhere.get("/").headers["Location"].startswith("/accounts/login/")
    assert not accounts(her.pk)
    assert not accounts(guest.pk)  # what she gave went along
    assert Order.objects.get().customer_id == her.pk  # the books stay
    assert Dispute.objects.get().text == ""
    assert Notification.objects.exists()
    assert Deed.objects.order_by("-pk").first().what == "deleted"
    assert flat.access.count() == 2
    again = Customer.objects.create_user(old)  # the register knows the number: it begins anew
    assert not accounts(again.pk)
    tell([telling(Meter.objects.get(installations__usage_point__account=flat))], timezone.now())
    assert Notification.objects.filter(customer=her).count() == 1


def test_a_wrong_code_deletes_nothing(her: Customer, client_: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[tuple[str, str, str]] = []
    monkeypatch.setitem(codes.CHANNELS, "console", lambda *one: left.append(one))
    assert client_.post(DELETE, {"code": "123456"}).status_code == 422  # none was asked for
    client_.post(DELETE)
    wrong = f"{(int(left[0][1]) + 1) % 10**6:06}"
    assert client_.post(DELETE, {"code": wrong}).status_code == 422
    other = Client()
    other.force_login(person())
    assert other.post(DELETE, {"code": left[0][1]}).status_code == 422
    assert len(accounts(her.pk)) == 1
    assert Customer.objects.get(pk=her.pk).is_active


def test_staff_are_closed_by_an_administrator(her: Customer, client_: Client) -> None:
    Customer.objects.filter(pk=her.pk).update(is_staff=True)
    assert client_.post(DELETE).headers["Location"] == PRIVACY
    assert client_.post(DELETE, {"code": "123456"}).headers["Location"] == PRIVACY
