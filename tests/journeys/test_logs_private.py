"""Everything that goes wrong goes wrong here, in real processes, and nothing of a person stands in what they log."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from tests.processes import Process, free_port, wait_until
from tests.site import Browser, Site

PHONE, NAME, ACCOUNT, METER, NICKNAME = "01711223344", "Rahima Khatun", "20445566", "066098765432", "Lakeview"
QUERY = "secretsearch"
# PostgreSQL quotes the row: a unique index that is violated, and words of a trigger's own.
TRAP = """
CREATE TABLE trap (phone text UNIQUE);
CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.name = 'unique' THEN INSERT INTO trap VALUES (NEW.phone), (NEW.phone); END IF;
  IF NEW.name <> '' THEN RAISE EXCEPTION 'the name % of % is wrong', NEW.name, NEW.phone; END IF;
  RETURN NEW; END $$;
CREATE TRIGGER trap BEFORE UPDATE OF name ON customers_customer FOR EACH ROW EXECUTE FUNCTION trap();
"""


@pytest.fixture(scope="module")
def logged() -> Iterator[tuple[str, set[str]]]:
    """All that was logged, and all that must not stand in it. The text form says the same as the JSON (apps/test_log_mask.py)."""
    port = free_port()  # nobody listens: the push service is down
    site = Site(BIJOLI_LOG_FORMAT="json", BIJOLI_LOG_LEVEL="DEBUG", BIJOLI_PUSH_HOSTS_LOCAL=f"localhost:{port}", BIJOLI_DEMO="1")
    with site:
        site.prepare(f"{ACCOUNT},{METER},Uttara,F-1,5,{PHONE},{NICKNAME}")
        site.sql(TRAP)
        with site.web() as web, site.process("watch") as watch, site.process("deliver") as deliver:
            web.wait_for(site.up)
            secrets = _everything_goes_wrong(site, web, port)
            wait_until("deliver leaves the push service alone", lambda: "left alone" in deliver.output())
            told = "".join(process.output() for process in (web, watch, deliver))
        yield "\n".join(line for line in told.splitlines() if not line.startswith("sign-in code")), secrets


def _everything_goes_wrong(site: Site, web: Process, push_port: int) -> set[str]:
    browser = Browser(f"http://127.0.0.1:{site.port}")
    browser.sign_in(PHONE, web)
    Browser(browser.url).form("/accounts/login/", phone="01799887766")  # nobody's number
    endpoints = [f"http://localhost:{push_port}/wpush/v2/secret-endpoint-{number}" for number in range(12)]
    keys = [browser.subscribe(endpoint) for endpoint in endpoints]
    for name in (NAME, "unique"):
        assert browser.form("/accounts/profile/", "/accounts/profile/name/", name=name).status == 500
    browser.get(f"/{NAME.split(maxsplit=1)[0]}/{METER}?q={QUERY}&phone={PHONE}")
    browser.get(f"/n/?q={QUERY}")
    browser.get("/", Host=f"{METER}.example")
    token = site.command("gateway", "hes").split()[-1]
    rows = [{"meter": METER, "at": 1, "balance": NAME}, {"meter": METER[:-1] + "x"}, {"meter": METER, "at": "now", "balance": 5}]
    assert _post(browser, token, json.dumps(rows).encode()) == 200
    assert _post(browser, token, f'{{"{METER}": '.encode()) == 400
    assert _post(browser, PHONE, b"[]") == 401
    assert _post(browser, token, json.dumps([{"meter": METER, "at": _now(), "balance": 84.5}]).encode()) == 200
    with socket.create_connection(("127.0.0.1", site.port)) as raw:  # what gunicorn itself refuses
        raw.sendall(f"GET /?phone={PHONE} HTTP/7.7\r\nHost: {METER}\r\n\r\n".encode())
        raw.recv(1000)
    session = browser.cookie("sessionid").value
    shown = {PHONE, PHONE[1:], "1799887766", *NAME.split(), ACCOUNT, METER, METER.lstrip("0"), NICKNAME, token, QUERY, session}
    return shown | {"secret-endpoint", "?q=", "Key (phone)", "is wrong"} | {secret for one in keys for secret in (one.p256dh, one.secret)}


def _post(browser: Browser, token: str, body: bytes) -> int:
    return browser.send("/ingest/readings", body, Content_Type="application/json", Authorization=f"Bearer {token}").status


def _now() -> int:
    import time

    return int(time.time())


def test_nothing_of_a_person_is_in_the_logs(logged):
    text, secrets = logged
    found = {secret: [line for line in text.splitlines() if secret in line][:2] for secret in secrets if secret in text}
    assert not found


def test_yet_they_say_what_went_wrong_and_where(logged):
    text, _secrets = logged
    assert "UniqueViolation 23505" in text
    assert "RaiseException P0001" in text
    assert "pages/profile.py" in text, "the place of the failure"
    assert "push service http://localhost" in text
    assert "push.service_paused" in text
    lines = [json.loads(line) for line in text.splitlines() if line not in {"watch: ready", "deliver: ready"}]
    requests = {(line["method"], line["route"], line["status"]) for line in lines if line["event"] == "request"}
    assert {("POST", "account_login", 302), ("POST", "profile_name", 500), ("GET", "-", 404), ("GET", "web:notifications", 200)} <= requests
    assert {("POST", "ingest-readings", 200), ("POST", "ingest-readings", 400), ("POST", "ingest-readings", 401)} <= requests
    assert all(line["ms"] >= 0 for line in lines if line["event"] == "request")
