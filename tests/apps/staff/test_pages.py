"""The staff's pages: what each role reaches, in both languages, and what stands on them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bijoli.alerts import disputes
from bijoli.alerts.models import Dispute
from bijoli.delivery.models import Notification
from bijoli.delivery.tell import tell
from bijoli.ingest.models import Gateway, Reject
from bijoli.ingest.rejects import UNKNOWN_METER
from bijoli.metering.models import MeterEvent
from bijoli.staff.models import Looked
from tests import households
from tests.apps.staff.conftest import EAST, home
from tests.households import NOON

pytestmark = pytest.mark.django_db

ALL = ["/staff/", "/staff/find/", "/staff/alerts/dispute/", "/staff/metering/meterevent/", "/staff/ingest/reject/"]
ALL += ["/staff/ingest/gateway/", "/staff/staff/looked/", "/staff/staff/staffscope/", "/staff/tariffs/tarifforder/"]


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize("url", ALL)
def test_an_administrator_reaches_every_place_in_both_languages(member, url, language):
    chief = member("administrator")
    type(chief.person).objects.update(language=language)
    answer = chief.client.get(url)
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == language
    assert "no-store" in answer.headers["Cache-Control"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("role", "reached"),
    [
        ("service", {"/staff/", "/staff/find/", "/staff/alerts/dispute/", "/staff/tariffs/tarifforder/"}),
        ("technical", {"/staff/", "/staff/find/", "/staff/alerts/dispute/", "/staff/metering/meterevent/"}),
        ("operations", {"/staff/", "/staff/find/", "/staff/metering/meterevent/", "/staff/ingest/reject/", "/staff/ingest/gateway/"}),
        ("auditor", {"/staff/", "/staff/staff/looked/", "/staff/staff/staffscope/", "/staff/tariffs/tarifforder/"}),
    ],
)
def test_each_role_reaches_its_own_places_alone(member, role, reached):
    one = member(role)
    assert {url for url in ALL if one.client.get(url).status_code == 200} == reached
    shown = one.client.get("/staff/").content.decode()
    assert {url for url in ALL[1:] if f'href="{url}"' in shown} == reached - {"/staff/"}


def test_a_customer_by_number_with_what_became_of_each_push(member):
    resident, account, meter = home(EAST)
    households.phone(resident)
    tell([households.telling(meter)], NOON)
    one = member("service", EAST)
    found = one.client.post("/staff/find/", {"number": resident.phone}, follow=True)
    page = found.content.decode()
    assert found.redirect_chain == [(f"/staff/customers/customer/{resident.public_id}/", 302)]
    assert resident.name in page
    assert account.number in page
    assert "waits to be sent" in page
    told = Notification.objects.get(customer=resident)
    way = one.client.get(f"/staff/delivery/notification/{told.public_id}/").content.decode()
    assert "waits to be sent" in way
    assert account.number in way


def test_an_account_and_a_meter_by_number(member):
    _, account, meter = home(EAST)
    MeterEvent.objects.create(meter=meter, at=NOON, profile="is15959", code="999")
    one = member("technical", EAST)
    assert "F1" in one.client.post("/staff/find/", {"number": account.number}, follow=True).content.decode()
    page = one.client.post("/staff/find/", {"number": meter.number.lstrip("0")}, follow=True).content.decode()
    assert meter.number in page
    assert "unmapped" in page
    assert one.client.post("/staff/find/", {"number": "5"}).status_code == 200
    assert one.client.post("/staff/find/", {"number": ""}).status_code == 200


def test_codes_without_a_meaning_are_counted_by_profile(member):
    _, _, meter = home(EAST)
    for minute in range(3):
        MeterEvent.objects.create(meter=meter, at=NOON + timedelta(minutes=minute), profile="is15959", code="44")
    MeterEvent.objects.create(meter=meter, at=NOON, profile="dlms", code="230")
    MeterEvent.objects.create(meter=meter, at=NOON, profile="dlms", code="44", kind="tamper_cover")
    page = member("operations").client.get("/staff/metering/meterevent/")
    codes = [(one["profile"], one["code"], one["count"], one["meters"]) for one in page.context["codes"]]
    assert codes == [("is15959", "44", 3, [meter.pk]), ("dlms", "230", 1, [meter.pk])]
    assert f"/staff/metering/meter/{meter.pk}/" in page.content.decode()


def test_the_answer_to_a_dispute_reaches_the_customer(member, client):
    resident, _, meter = home(EAST)
    tell([households.telling(meter)], NOON)
    told = Notification.objects.get(customer=resident)
    disputes.say_wrong(resident.pk, told.account_id, told.stage_id, "I had paid <i>before</i>", timezone.now())
    dispute = Dispute.objects.get()
    one = member("service", EAST)
    url = f"/staff/alerts/dispute/{dispute.public_id}/"
    assert "waiting" in one.client.get("/staff/").content.decode()
    page = one.client.get(url).content.decode()
    assert "I had paid &lt;i&gt;before&lt;/i&gt;" in page
    assert 'role="alert"' in one.client.post(f"{url}answer/", {"answer": " "}).content.decode()
    one.client.post(f"{url}answer/", {"answer": "Your recharge came after this reading."})
    dispute.refresh_from_db()
    assert dispute.answered_by == one.person
    assert one.client.post(f"{url}answer/", {"answer": "again"}, follow=True).status_code == 200
    client.force_login(resident)
    assert "Your recharge came after this reading." in client.get(f"/n/{told.public_id}/").content.decode()
    assert f"{url}answer/" not in one.client.get(url).content.decode()
    assert one.client.get("/staff/alerts/dispute/?state=open").context["cl"].lines() == []
    assert len(one.client.get("/staff/alerts/dispute/?state=closed").context["cl"].lines()) == 1


def test_a_gateway_is_revoked_by_who_may(member):
    gateway = Gateway.objects.create(name="north", token_hash=b"1", meter_prefix="066")
    url = f"/staff/ingest/gateway/{gateway.pk}/"
    operator = member("operations")
    assert "north" in operator.client.get("/staff/ingest/gateway/").content.decode()
    assert operator.client.get(f"{url}revoke/").status_code == 403
    assert member("service").client.post(f"{url}revoke/").status_code == 403
    operator.client.post(f"{url}revoke/")
    gateway.refresh_from_db()
    assert gateway.revoked_at is not None
    assert Looked.objects.filter(page="ingest.gateway/revoke", staff=operator.person).count() == 1
    assert f"{url}revoke/" not in operator.client.get(url).content.decode()


def test_rows_not_taken_are_taken_in_again(member):
    _, _, meter = home(EAST)
    body = f'{{"meter": "{meter.number}", "at": {int(NOON.timestamp())}, "balance": 120.5}}'
    good = Reject.objects.create(row=1, reason=UNKNOWN_METER, body=body)
    bad = Reject.objects.create(row=2, reason="no number", field="balance", body="{<b>")
    operator = member("operations")
    assert good.reason in operator.client.get("/staff/ingest/reject/?why=unknown").content.decode()
    assert "{&lt;b&gt;" in operator.client.get(f"/staff/ingest/reject/{bad.pk}/").content.decode()
    said = operator.client.post("/staff/ingest/reject/retry/", follow=True).content.decode()
    assert "1 taken in" in said
    assert list(Reject.objects.all()) == [bad]
    assert member("operations", EAST).client.post("/staff/ingest/reject/retry/").status_code == 403


def test_a_long_list_is_paged_and_counted_only_so_far(member, monkeypatch):
    Reject.objects.bulk_create(Reject(row=row, reason="r", body="b") for row in range(130))
    monkeypatch.setattr("bijoli.staff.listing.MOST", 120)
    operator = member("operations")
    last = operator.client.get("/staff/ingest/reject/?p=3")
    assert len(last.context["cl"].lines()) == 20
    assert "narrow the list" in last.content.decode()
    assert operator.client.get("/staff/ingest/reject/?p=9", follow=True).status_code == 200
