"""`manage.py doctor`: silent about what is well, plain about what is not."""

import json
import os
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from bijoli.delivery.channels.webpush import vapid
from bijoli.delivery.models import Delivery, Notification
from bijoli.ingest.models import Gateway
from bijoli.metering.models import Change, Segment
from bijoli.monitor.doctor import _clocks
from tests.households import meter, person

SETTINGS = (
    *("Bangla", "static files", "key of the pushes", "contact for push services", "secret key", "sign-in codes"),
    *("host names and HTTPS", "tariff file", "disk", "backups"),
)
DATABASE = ("database", "tables", "tariff orders", "queue of watch", "queue of deliver", "readings", "gateways", "clocks")
MONEY = ("queue of settle", "open orders", "paid orders", "money for a person", "reconciliation", "payment gateways")


def told() -> dict[str, str]:
    """What the doctor says, by what it is about; empty words where that is well."""
    out = StringIO()
    code = 0
    try:
        call_command("doctor", stdout=out)
    except CommandError as error:
        code = error.returncode
    assert code == int("problem" in out.getvalue())
    found = {}
    for line in out.getvalue().splitlines():
        about, _, problem = line[9:].partition(": ")
        assert line.startswith("problem  " if problem else "ok       ")
        found[about] = problem
    return found


@pytest.fixture
def healthy(db, settings, tmp_path):
    """An installation with nothing wrong: behind HTTPS, with a key, a reading a minute ago."""
    settings.VAPID_KEY_FILE = tmp_path / "vapid.pem"
    vapid.public_key()
    settings.SMS_CHANNEL, settings.DEMO = "console", True
    settings.ALLOWED_HOSTS = ["localhost"]
    Segment.objects.create(day=1, first_meter=1, last_meter=1, readings=1, received_at=timezone.now() - timedelta(minutes=1), body=b"")
    return settings


def test_all_is_well(healthy):
    healthy.DATA_FOLDER.joinpath("secret-key").chmod(0o600)
    found = told()
    assert set(found) == {*SETTINGS, *DATABASE, *MONEY}
    assert not any(problem for about, problem in found.items() if about != "disk")  # how full this disk is, is not ours to say


def test_queues_that_stand_still_and_silent_meters(healthy):
    now = timezone.now()
    Change.objects.create(meter=meter(), at=0, received_at=now - timedelta(seconds=90))
    note = Notification.objects.create(customer=person(), kind="low", code="L1", at=now)
    late = now - timedelta(seconds=70)
    Delivery.objects.create(notification=note, topic="t", expires_at=now, queued_at=late, due_at=late)
    Segment.objects.update(received_at=now - timedelta(hours=3))
    found = told()
    assert "is `manage.py watch` running?" in found["queue of watch"]
    assert "is `manage.py deliver` running?" in found["queue of deliver"]
    assert "3.0 hours ago" in found["readings"]


def test_a_gateway_that_fell_silent(healthy):
    now = timezone.now()
    Gateway.objects.create(name="north", token_hash=b"1", last_seen_at=now - timedelta(hours=5))
    Gateway.objects.create(name="new", token_hash=b"2")
    Gateway.objects.create(name="ended", token_hash=b"3", last_seen_at=now - timedelta(hours=5), revoked_at=now)
    assert told()["gateways"].startswith("silent: north for 5.0 hours.")


@pytest.mark.parametrize(
    ("ahead", "said"), [(0.4, ""), (-1.9, ""), (7.25, "7.2 s ahead of the database's"), (-90, "90.0 s behind the database's")]
)
def test_clocks_that_differ(ahead, said):
    assert said in _clocks(ahead)
    assert bool(said) == bool(_clocks(ahead))


def test_backups_that_are_old_or_none(healthy, tmp_path):
    healthy.BACKUPS = str(tmp_path)
    assert "manage.py backup" in told()["backups"]
    made = tmp_path / "bijoli-1"
    made.mkdir()
    (made / "manifest.json").write_text(json.dumps({"made": (timezone.now() - timedelta(hours=30)).isoformat()}))
    assert "30 hours old" in told()["backups"]
    (made / "manifest.json").write_text(json.dumps({"made": timezone.now().isoformat()}))
    assert told()["backups"] == ""
    (made / "manifest.json").write_text("{")
    assert "cannot be read" in told()["backups"]


def test_no_reading_yet(healthy):
    Segment.objects.all().delete()
    assert "manage.py gateway" in told()["readings"]


def test_files_that_are_missing_or_open_to_others(healthy, tmp_path):
    os.chmod(healthy.VAPID_KEY_FILE, 0o644)
    healthy.STATIC_ROOT = tmp_path / "static"
    healthy.LOCALE_PATHS = [tmp_path]
    found = told()
    assert "chmod 600" in found["key of the pushes"]
    assert "collectstatic" in found["static files"]
    assert "tools.messages compile" in found["Bangla"]
    healthy.VAPID_KEY_FILE = tmp_path / "none.pem"
    assert "is missing" in told()["key of the pushes"]
    assert not healthy.VAPID_KEY_FILE.exists()  # it looks, it makes nothing


def test_a_key_that_is_none(healthy, tmp_path):
    healthy.VAPID_KEY_FILE = tmp_path / "broken.pem"
    healthy.VAPID_KEY_FILE.touch(0o600)
    assert "cannot be used" in told()["key of the pushes"]


@pytest.mark.parametrize(
    ("given", "about", "said"),
    [
        ({"SECRET_KEY": "short"}, "secret key", "BIJOLI_SECRET_KEY"),
        ({"SMS_CHANNEL": ""}, "sign-in codes", "nobody can sign in"),
        ({"DEMO": False}, "sign-in codes", "no customer's phone"),
        ({"ALLOWED_HOSTS": ["*"]}, "host names and HTTPS", "BIJOLI_HOSTS is *"),
        ({"HTTPS": True}, "host names and HTTPS", "name the site"),
        ({"ALLOWED_HOSTS": ["power.example"]}, "host names and HTTPS", "BIJOLI_HTTPS is not set"),
        ({"ALLOWED_HOSTS": ["power.example"], "HTTPS": True}, "host names and HTTPS", "BIJOLI_PROXIES"),
        ({"ALLOWED_HOSTS": ["power.example"], "HTTPS": True, "PROXIES": 1}, "host names and HTTPS", "BIJOLI_DEMO"),
        ({"ALLOWED_HOSTS": ["power.example"], "HTTPS": True, "PROXIES": 1, "DEMO": False}, "host names and HTTPS", ""),
    ],
)
def test_settings_that_do_not_fit(healthy, given, about, said):
    for name, value in given.items():
        setattr(healthy, name, value)
    found = told()[about]
    assert said in found
    assert bool(said) == bool(found)


def test_tables_that_are_old(healthy):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'metering'")
    found = told()
    assert "metering" in found["tables"]
    assert "readings" not in found  # nothing is asked of tables that may not be there


@pytest.mark.django_db(transaction=True)
def test_no_database(unreachable):
    found = told()
    assert "Is PostgreSQL running" in found["database"]
    assert "queue of watch" not in found
