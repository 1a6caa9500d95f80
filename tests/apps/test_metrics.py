"""GET /metrics: the right figures from the tables, for who holds the token alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from bijoli.delivery import health
from bijoli.delivery.models import Delivery, Device, Notification
from bijoli.ingest.models import Gateway, Reject
from bijoli.metering.models import Change, Segment
from tests.households import meter, person, phone

TOKEN = "scraper-token-for-tests"
NOBODY = pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {TOKEN}", "Bearer ", "Bearer বিজলি"])


@pytest.fixture
def scrape(db, settings):
    """All samples, by name and labels' values in the order of the labels' names."""
    settings.METRICS_TOKEN = TOKEN

    def ask() -> dict[tuple[str, ...], float]:
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert not answer.cookies
        families = text_string_to_metric_families(answer.content.decode())
        return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}

    return ask


def delivery(device: Device | None, number: int = 0, **fields: object) -> Delivery:
    now = timezone.now()
    owner = device.customer if device else person()
    queued = fields.setdefault("queued_at", now)
    told = Notification.objects.create(customer=owner, kind="low", code="L1", at=now, received_at=queued - timedelta(seconds=0.5))
    return Delivery.objects.create(notification=told, device=device, topic="t", expires_at=now, **fields)


@pytest.mark.django_db
@NOBODY
def test_strangers_see_what_an_unknown_address_shows(settings, given):
    settings.METRICS_TOKEN = TOKEN
    headers = {"Authorization": given.encode().decode("latin-1")}
    answer, unknown = Client().get("/metrics", headers=headers), Client().get("/nowhere", headers=headers)
    assert answer.status_code == unknown.status_code == 404
    assert b"bijoli_" not in answer.content
    assert answer.headers.keys() == unknown.headers.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["Bearer ", "Bearer x"])
def test_nobody_scrapes_where_no_token_is_set(settings, given):
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": given}).status_code == 404


def test_an_empty_house(scrape):
    found = scrape()
    assert found["bijoli_changes_waiting",] == found["bijoli_deliveries_waiting",] == found["bijoli_devices",] == 0
    assert found["bijoli_changes_oldest_seconds",] == found["bijoli_deliveries_overdue_seconds",] == 0
    assert ("bijoli_last_reading_age_seconds",) not in found  # unknown is not zero


def test_the_queue_of_changes(scrape):
    now, one = timezone.now(), meter()
    Change.objects.create(meter=one, at=0, received_at=now - timedelta(seconds=90))
    Change.objects.create(meter=one, at=0, received_at=now - timedelta(seconds=5))
    Change.objects.create(meter=one, at=0, received_at=now - timedelta(hours=2), leased_until=now + timedelta(minutes=1), failures=3)
    Segment.objects.create(day=1, first_meter=1, last_meter=1, readings=1, received_at=now - timedelta(seconds=40), body=b"")
    found = scrape()
    assert (found["bijoli_changes_waiting",], found["bijoli_changes_set_aside",]) == (2, 1)
    assert 90 <= found["bijoli_changes_oldest_seconds",] < 100
    assert 40 <= found["bijoli_last_reading_age_seconds",] < 50


def test_the_queue_of_deliveries_and_what_became_of_them(scrape):
    now, device = timezone.now(), phone(person())
    delivery(device, status="sent", queued_at=now - timedelta(minutes=61))
    delivery(device, queued_at=now - timedelta(seconds=300), due_at=now - timedelta(seconds=70), reason="Could not resolve host: push.test")
    delivery(device, due_at=now + timedelta(seconds=60), reason="HTTP 429")
    delivery(device, status="failed", reason="HTTP 410")
    delivery(None, status="suppressed", reason="no device")
    Device.objects.filter(pk=phone(person()).pk).update(gone_at=now)
    found = scrape()
    assert (found["bijoli_deliveries_waiting",], found["bijoli_devices",]) == (2, 1)
    assert 300 <= found["bijoli_deliveries_oldest_seconds",] < 310
    assert 70 <= found["bijoli_deliveries_overdue_seconds",] < 80
    assert {key[1:]: count for key, count in found.items() if key[0] == "bijoli_deliveries_last_hour"} == {
        ("no answer", "other", "queued"): 1,
        ("HTTP 429", "other", "queued"): 1,
        ("HTTP 410", "other", "failed"): 1,
        ("no device", "none", "suppressed"): 1,
    }


@pytest.mark.parametrize(
    ("endpoint", "service"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", "fcm"),
        ("https://fcm.googleapis.com:443/fcm/send/abc", "fcm"),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", "mozilla"),
        ("https://web.push.apple.com/abc", "apple"),
        ("https://db5p.notify.windows.com/w/?token=abc", "microsoft"),
        ("http://localhost:8001/wpush/abc", "other"),
        ("https://fcm.googleapis.com.evil.test/abc", "other"),
    ],
)
def test_the_outcomes_by_push_service(scrape, endpoint, service):
    delivery(phone(person(), endpoint), status="sent", sent_at=timezone.now())
    assert scrape()["bijoli_deliveries_last_hour", "", service, "sent"] == 1


def test_the_gateways(scrape):
    now = timezone.now()
    Gateway.objects.create(name="north", token_hash=b"1")
    Gateway.objects.create(name="south", token_hash=b"2", last_seen_at=now - timedelta(minutes=90), rows_taken=7_000_000_000)
    Gateway.objects.create(name="gone", token_hash=b"3", last_seen_at=now - timedelta(days=90), revoked_at=now)
    found = scrape()
    assert 5400 <= found["bijoli_gateway_silent_seconds", "south"] < 5410
    assert {key[1]: value for key, value in found.items() if key[0] == "bijoli_gateway_rows_total"} == {"north": 0, "south": 7_000_000_000}
    assert ("bijoli_gateway_silent_seconds", "north") not in found  # never heard is not silent


def test_the_machine(scrape, settings, tmp_path):
    settings.BACKUPS = str(tmp_path)
    found = scrape()
    assert found["bijoli_database_bytes",] > 1_000_000
    assert found["bijoli_data_free_bytes",] > 0
    assert abs(found["bijoli_clock_ahead_seconds",]) < 2  # the same machine's
    assert ("bijoli_backup_age_seconds",) not in found
    for day in (20, 21):
        (tmp_path / f"bijoli-202611{day}T021000Z").mkdir()
        (tmp_path / f"bijoli-202611{day}T021000Z/manifest.json").write_text(f'{{"made": "2026-11-{day}T02:10:00+00:00"}}')
    expected = (timezone.now() - datetime(2026, 11, 21, 2, 10, tzinfo=UTC)).total_seconds()
    assert scrape()["bijoli_backup_age_seconds",] == pytest.approx(max(expected, 0), abs=30)


def test_the_delays_by_span(scrape):
    device, start = phone(person()), timezone.now() - timedelta(minutes=30)
    for tenths in range(1, 101):
        sent = start + timedelta(seconds=tenths / 10)
        shown = sent + timedelta(seconds=2) if tenths <= 10 else None
        delivery(device, status="sent", queued_at=start, sent_at=sent, displayed_at=shown)
    found = scrape()
    assert found["bijoli_delay_seconds", "0.5", "received_to_committed"] == pytest.approx(0.5)
    quantiles = [found["bijoli_delay_seconds", name, "committed_to_accepted"] for name in ("0.5", "0.95", "0.99")]
    assert quantiles == pytest.approx([5.05, 9.505, 9.901])
    assert found["bijoli_delay_seconds", "0.99", "accepted_to_displayed"] == pytest.approx(2)
    assert found["bijoli_delay_pushes", "accepted_to_displayed"] == 10


def test_the_rejects_by_reason_without_their_values(scrape):
    for row in range(3):
        Reject.objects.create(row=row, field="balance", reason=f"not a number: 'Rahima {row}'", body="{}")
    Reject.objects.create(row=4, field="meter", reason="unknown meter", body="{}")
    Reject.objects.create(row=5, reason="no JSON object", body="", received_at=timezone.now() - timedelta(minutes=61))
    hes = Gateway.objects.create(name="hes", token_hash=b"1")
    Reject.objects.create(gateway=hes, row=6, field="meter", reason="unknown meter", body="{}")
    found = {key[1:]: count for key, count in scrape().items() if key[0] == "bijoli_rejects_last_hour"}
    assert found == {
        ("readings", "balance", "", "not a number: …"): 3,
        ("readings", "meter", "", "unknown meter"): 1,
        ("readings", "meter", "hes", "unknown meter"): 1,
    }


@pytest.mark.parametrize("recent", [0, 1, 255, 256, 257, 1500])
def test_the_last_hour_is_found_whole_however_many_lie_before_it(db, recent):
    """The walk back over the primary key stops neither too early nor in the rows' gaps."""
    now = timezone.now()
    told = delivery(None, queued_at=now - timedelta(hours=2), status="sent").notification
    old = [Delivery(notification=told, topic="t", expires_at=now, queued_at=now - timedelta(hours=2), status="sent") for _ in range(700)]
    new = [Delivery(notification=told, topic="t", expires_at=now, queued_at=now, status="sent") for _ in range(recent)]
    Delivery.objects.bulk_create(old + new)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM delivery_delivery WHERE id %% 7 = 0 AND queued_at < now() - interval '1 hour'", [])
    assert sum(row.count for row in health.outcomes(now)) == recent


@pytest.mark.django_db(transaction=True)
def test_no_database_is_said(settings, unreachable):
    settings.METRICS_TOKEN = TOKEN
    assert Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 503
