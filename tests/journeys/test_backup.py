"""The machine is lost; from the backup a new one serves the same people, and their phones still take its pushes."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Process, answers, free_port, manage
from tests.pushclient import Phone
from tests.site import Browser, Site

PHONE, METER = "01711223344", "066098765432"
HOME = f"20445566,{METER},Uttara,F-1,5,{PHONE},home"


@pytest.fixture(scope="module")
def push_port(tmp_path_factory) -> Iterator[int]:
    port = free_port()
    with manage("pushservice", "--port", str(port), "--folder", str(tmp_path_factory.mktemp("push"))) as service:
        service.wait_for(lambda: answers(port))
        yield port


@pytest.fixture(scope="module")
def lost(push_port) -> Iterator[Site]:
    with Site(BIJOLI_PUSH_HOSTS_LOCAL=f"localhost:{push_port}", BIJOLI_DEMO="1") as site:
        site.prepare(HOME)
        yield site


def checksums(site: Site) -> dict[str, tuple[int, str]]:
    """Of each table: how many rows, and one sum over all of them. Sequences with it: a restored one must not give old ids again."""
    tables = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind"
    named = [name for (name,) in site.sql(f"{tables} IN ('r', 'p')")]
    sums = {name: site.sql(f"SELECT count(*), COALESCE(sum(hashtextextended(t::text, 0)), 0)::text FROM {name} t")[0] for name in named}
    return sums | {name: site.sql(f"SELECT last_value, is_called::text FROM {name}")[0] for (name,) in site.sql(f"{tables} = 'S'")}


def reads(site: Site, browser: Browser, token: str, balance: float) -> None:
    row = {"meter": METER, "at": int(time.time()), "balance": balance, "load_kw": 1.5, "register_kwh": 100}
    answer = browser.send("/ingest/readings", json.dumps([row]).encode(), Content_Type="application/json", Authorization=f"Bearer {token}")
    assert (answer.status, answer.json()["accepted"]) == (200, 1), answer.text


def used(site: Site, web: Process, phone: Phone) -> tuple[Browser, str]:
    """A person is signed in, has push on, and a reading is told of that `deliver` has not sent."""
    browser = Browser(f"http://127.0.0.1:{site.port}")
    browser.sign_in(PHONE, web)
    token = site.command("gateway", "hes").split()[-1]
    keys = phone.subscribe(browser.get("/push/key").json()["key"])
    given = {"endpoint": keys.endpoint, "keys": {"p256dh": keys.p256dh, "auth": keys.auth}}
    csrf = browser.get("/push/key").json()["csrf"]
    assert browser.send("/push/subscribe", json.dumps(given).encode(), Content_Type="application/json", X_CSRFToken=csrf).status == 200
    reads(site, browser, token, 84.5)
    site.command("watch", "--once")
    assert site.sql("SELECT status FROM delivery_delivery") == [("queued",)]
    return browser, token


def test_from_the_backup_everything_goes_on(lost, push_port, tmp_path):
    with Phone(push_port) as phone:
        with lost.web() as web:
            web.wait_for(lost.up)
            browser, token = used(lost, web, phone)
            key = browser.get("/push/key").json()["key"]
        lost.command("backup", str(tmp_path))
        (backup,) = tmp_path.iterdir()
        closed(backup)
        with Site(**{name: lost.env[name] for name in ("BIJOLI_PUSH_HOSTS_LOCAL", "BIJOLI_DEMO")}) as new:
            new.command("restore", str(backup))
            assert checksums(new) == checksums(lost)
            assert (
                stat.S_IMODE((new.folder / "vapid.pem").stat().st_mode) == stat.S_IMODE((new.folder / "secret-key").stat().st_mode) == 0o600
            )
            new.command("collectstatic", "--noinput", "--verbosity=0")
            with new.web() as web:
                web.wait_for(new.up)
                browser.url = f"http://127.0.0.1:{new.port}"
                assert "৮৪.৫০" in browser.get("/").text, "still signed in, and the balance is there"
                assert browser.get("/push/key").json()["key"] == key
                reads(new, browser, token, 83)
            new.command("deliver", "--once")
            assert json.loads(phone.receive())["code"] == "L1", "the phone takes what is signed with the old key"


def closed(backup: Path) -> None:
    assert all(stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600) for path in [backup, *backup.rglob("*")])
    assert {path.name for path in (backup / "keys").iterdir()} == {"secret-key", "vapid.pem"}


def test_a_database_with_data_is_not_overwritten_unless_that_is_said(lost, tmp_path):
    lost.command("backup", str(tmp_path))
    (backup,) = tmp_path.iterdir()
    lost.sql("UPDATE customers_customer SET name = 'changed since'")
    assert "holds data" in lost.command("restore", str(backup), fails=True)
    assert lost.sql("SELECT name FROM customers_customer") == [("changed since",)]
    key = (lost.folder / "vapid.pem").read_text() if (lost.folder / "vapid.pem").exists() else ""
    lost.command("restore", str(backup), "--replace")
    assert lost.sql("SELECT name FROM customers_customer") == [("",)]
    assert ((lost.folder / "vapid.pem").read_text() if key else "") == key
    lost.command("backup", str(tmp_path), "--keep", "1")  # what was restored can be backed up and restored again
    (again,) = tmp_path.iterdir()
    lost.command("restore", str(again), "--replace")


def test_a_damaged_backup_changes_nothing(lost, tmp_path):
    lost.command("backup", str(tmp_path))
    (backup,) = tmp_path.iterdir()
    before = checksums(lost)
    piece = max((backup / "database").iterdir(), key=lambda path: path.stat().st_size)
    piece.write_bytes(piece.read_bytes()[:-1] + b"?")
    assert f"damaged (database/{piece.name}" in lost.command("restore", str(backup), "--replace", fails=True)
    assert "is no backup" in lost.command("restore", str(tmp_path), fails=True)
    assert checksums(lost) == before


def test_a_backup_that_fails_leaves_nothing(lost, tmp_path):
    (tmp_path / "file").touch()
    assert "exists" in lost.command("backup", str(tmp_path / "file"), fails=True)
    lost.cluster.stop()
    try:
        assert "pg_dump failed" in lost.command("backup", str(tmp_path / "folder"), fails=True)
        assert list((tmp_path / "folder").iterdir()) == []
    finally:
        lost.cluster.start()


def test_raw_readings_may_be_left_out(lost, tmp_path):
    lost.command("backup", str(tmp_path), "--without-raw")
    (backup,) = tmp_path.iterdir()
    before = checksums(lost)
    assert before["metering_segment"][0] > 0
    with Site() as new:
        new.command("restore", str(backup))
        after = checksums(new)
    assert {name for name in before if after[name] != before[name]} <= {name for name in before if name.startswith("metering_segment")}
    assert after["metering_segment"][0] == 0
    assert after["metering_meterstate"] == before["metering_meterstate"]
