"""deploy/nginx/bijoli.conf in a real nginx before a real gunicorn, over TLS that is verified."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pycurl
import pytest

from tests import certificates
from tests.processes import CHECKOUT, Process, answers, free_port
from tests.site import Browser, Site

HOST = "localhost"
PHONE, METER = "01711223344", "066098765432"
ROWS = 20_000
AROUND = """
daemon off; {user} pid {folder}/nginx.pid; error_log stderr crit;
events {{}}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/bijoli.conf;
}}
"""


class Front:
    def __init__(self, site: Site, web: Process, folder: Path) -> None:
        self.site, self.web = site, web
        self.plain, self.port = free_port(), free_port()
        self.trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        self.authority = folder / "ca.pem"
        self.token = site.command("gateway", "hes").split()[-1]

    def browser(self, **headers: str) -> Browser:
        """As if the front were on port 443: a form's Referer names the site without a port."""
        return Browser(f"https://{HOST}:{self.port}", self.trust, Referer=f"https://{HOST}/", **headers)

    def ingest(self, body: object, **headers: str):
        named = {"Content_Type": "application/json", "Authorization": f"Bearer {self.token}"}
        return self.browser(**named).send("/ingest/readings", body, **headers)


def _configuration(folder: Path, front: Front) -> None:
    """The example with this machine's ports and files, and nothing else changed."""
    text = (CHECKOUT / "deploy/nginx/bijoli.conf").read_text()
    changes = {
        "    listen 80;\n    listen [::]:80;": f"    listen 127.0.0.1:{front.plain};",
        "    listen 443 ssl http2;\n    listen [::]:443 ssl http2;": f"    listen 127.0.0.1:{front.port} ssl http2;",
        "/etc/letsencrypt/live/bijoli.example/fullchain.pem": str(folder / "server.pem"),
        "/etc/letsencrypt/live/bijoli.example/privkey.pem": str(folder / "server.pem"),
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{front.site.port};",
        "bijoli.example": HOST,
        "/var/log/nginx/": f"{folder}/",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "bijoli.conf").write_text(text)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user="user root;" if os.geteuid() == 0 else ""))


@pytest.fixture(scope="module")
def front(tmp_path_factory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    certificates.make(folder, HOST)
    site = Site(BIJOLI_HTTPS="1", BIJOLI_PROXIES="1", BIJOLI_HOSTS=HOST, BIJOLI_INGEST_MAX_BYTES=str(8 << 20))
    with site:
        site.prepare(f"20445566,{METER},Uttara,F-1,5,{PHONE},home")
        with site.web() as web:
            web.wait_for(site.up)
            made = Front(site, web, folder)
            _configuration(folder, made)
            nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
            assert nginx, "nginx is missing: make test installs it"
            with Process("nginx", [nginx, "-e", "stderr", "-c", str(folder / "nginx.conf")]) as running:
                running.wait_for(lambda: answers(made.port))
                yield made


def test_plain_http_leads_to_https(front):
    answer = Browser(f"http://127.0.0.1:{front.plain}").get("/n/?a=1")
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}/n/?a=1")


def test_a_machine_that_speaks_plain_http_is_told_and_not_led_on(front):
    for path in ("/ingest/readings", "/till/bills"):
        assert Browser(f"http://127.0.0.1:{front.plain}").get(path).status == 403


def test_https_is_strict_and_cookies_are_safe(front):
    browser = front.browser()
    page = browser.get("/accounts/login/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "nginx/" not in str(page.headers)
    browser.sign_in(PHONE, front.web)
    session = browser.cookie("__Host-sessionid")
    assert session.secure
    assert {name for name in (one.name for one in browser.cookies) if not name.startswith("__Host-")} == set()
    assert session.has_nonstandard_attr("HttpOnly")
    assert browser.get("/").status == 200


def test_http_2_and_each_body_compressed_once(front):
    curl, got = pycurl.Curl(), bytearray()
    curl.setopt(pycurl.URL, f"https://{HOST}:{front.port}/accounts/login/")
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.CAINFO, str(front.authority))
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
    curl.setopt(pycurl.HTTPHEADER, ["Accept-Encoding: gzip"])
    curl.setopt(pycurl.WRITEFUNCTION, got.extend)
    curl.perform()
    assert curl.getinfo(pycurl.INFO_HTTP_VERSION) == pycurl.CURL_HTTP_VERSION_2_0
    assert b"<html" in gzip.decompress(bytes(got))
    curl.close()


def test_a_forged_address_does_not_get_around_the_limits(front):
    front.site.sql("DELETE FROM customers_limit")
    for number in range(3):
        front.browser(X_Forwarded_For=f"203.0.113.{number}").form("/accounts/login/", phone=f"0179988776{number}")
    counted = front.site.sql("SELECT count FROM customers_limit WHERE key LIKE %s", "send by network/600/%")
    assert counted == [(3,)]


def test_the_address_of_the_front_is_not_what_is_counted(front):
    """Without BIJOLI_PROXIES everybody would share the front's own address."""
    front.site.sql("DELETE FROM customers_limit")
    front.browser().form("/accounts/login/", phone="01799887766")
    direct = Browser(f"http://127.0.0.1:{front.site.port}", Host=HOST, X_Forwarded_Proto="https", X_Forwarded_For="198.51.100.7")
    direct.get("/accounts/login/")
    assert front.site.sql("SELECT count(*) FROM customers_limit WHERE key LIKE %s", "send by network/600/%") == [(1,)]


def _rows(count: int) -> bytes:
    now = int(time.time())
    return json.dumps([{"meter": METER, "at": now - count + n, "balance": 500 + n / 100, "load_kw": 1.25} for n in range(count)]).encode()


def test_a_packed_batch_of_some_megabytes_is_taken(front):
    body = _rows(ROWS)
    assert 1 << 20 < len(body) < 8 << 20
    answer = front.ingest(gzip.compress(body), Content_Encoding="gzip")
    assert answer.status == 200, answer.text
    assert sum(answer.json()[name] for name in ("accepted", "late", "repeated")) == ROWS


def test_a_chunked_upload_is_taken_through_the_front_and_not_without(front):
    """The door wants a Content-Length; nginx reads the whole body first and gives it one."""
    body = _rows(1)
    assert front.ingest(iter([body[:10], body[10:]])).status == 200
    direct = Browser(
        f"http://127.0.0.1:{front.site.port}", Host=HOST, Authorization=f"Bearer {front.token}", Content_Type="application/json"
    )
    assert direct.send("/ingest/readings", iter([body])).status == 411


def test_too_large_is_said_by_the_front_and_by_us(front):
    unpacked = gzip.compress(b" " * (9 << 20))
    ours = front.ingest(unpacked, Content_Encoding="gzip")
    assert (ours.status, ours.json()["error"].split(":")[0]) == (413, f"more than {8 << 20} bytes")
    theirs = front.ingest(iter([b" " * (1 << 20)] * 33))
    assert theirs.status == 413
    assert "nginx" in theirs.text
    assert front.browser().send("/push/receipt", b"x" * 70_000).status == 413


def test_operators_pages_are_for_the_inside(front):
    assert [front.browser().get(path).status for path in ("/health", "/ready", "/metrics")] == [200, 404, 404]
    assert Browser(f"http://127.0.0.1:{front.site.port}").get("/ready").status == 200


def test_static_files_come_compressed_from_the_site(front):
    page = front.browser().get("/accounts/login/").text
    sheet = next(part for part in page.split('"') if part.startswith("/static/") and part.endswith(".css"))
    answer = front.browser().get(sheet, Accept_Encoding="br")
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_fronts_log_tells_of_nobody(front):
    front.browser().get(f"/n/?phone={PHONE}")
    log = (Path(front.authority).parent / "bijoli.log").read_text()
    assert " GET 302 " in log or " GET 200 " in log
    assert PHONE not in log
    assert "127.0.0.1" not in log
