"""What every page keeps to: language, theme, headers, no inline code, and the files that make it an app."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.loader import get_template
from django.test import Client

from bijoli.customers.models import Customer
from bijoli.web import palette
from tests.households import meter, person

pytestmark = pytest.mark.django_db
PAGES = ("/", "/n/", "/help/", "/settings/", "/usage/", "/recharge/")
LATER_PAGE = 15_000  # bytes


@pytest.fixture
def owner() -> Customer:
    made = person(language="bn")
    for _ in range(3):
        meter(made)
    return made


@pytest.fixture
def app(client: Client, owner: Customer) -> Client:
    client.force_login(owner)
    return client


@pytest.mark.parametrize(
    ("accept", "cookie", "language"),
    [
        ("", "", "bn"),
        ("en-GB,en;q=0.9", "", "en"),
        ("fr, bn;q=0.5, en;q=0.3", "", "bn"),
        ("en", "bn", "bn"),
        ("de", "", "bn"),
        ("bn", "xx", "bn"),
    ],
)
def test_a_guests_language_is_the_cookies_then_the_browsers_then_the_utilitys(
    client: Client, accept: str, cookie: str, language: str
) -> None:
    if cookie:
        client.cookies["language"] = cookie
    answer = client.get("/offline/", headers={"Accept-Language": accept})
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}"' in answer.content.decode()


def test_a_customers_own_language_comes_first(app: Client) -> None:
    app.cookies["language"] = "en"
    assert app.get("/", headers={"Accept-Language": "en"}).headers["Content-Language"] == "bn"


def test_choosing_keeps_it_on_the_customer_and_in_a_cookie(app: Client, owner: Customer) -> None:
    answer = app.post("/language/", {"language": "en", "next": "/help/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/help/")
    app.post("/theme/", {"theme": "dark"})
    owner.refresh_from_db()
    assert (owner.language, owner.theme) == ("en", "dark")
    assert app.cookies["language"].value == "en"
    assert 'data-theme="dark"' in app.get("/help/").content.decode()


def test_a_guest_chooses_too_and_nonsense_changes_nothing(client: Client) -> None:
    client.post("/theme/", {"theme": "dark"})
    client.post("/theme/", {"theme": "pink"})
    assert 'data-theme="dark"' in client.get("/offline/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"])
def test_choosing_leads_nowhere_else(client: Client, target: str) -> None:
    assert client.post("/language/", {"language": "en", "next": target}).headers["Location"] == "/"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_code_or_style_in_it(app: Client, path: str) -> None:
    answer = app.get(path, follow=True)
    html = answer.content.decode()
    styles = re.findall(r"<style>(.*?)</style>", html, re.S)
    assert styles == [palette.style()]
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", html)
    assert all('type="application/json"' in tag or "src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    policy = answer.headers["Content-Security-Policy"]
    assert palette.source() in policy
    assert "unsafe" not in policy
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_the_machines_door_has_no_language_and_no_session(client: Client) -> None:
    assert "Content-Language" not in client.post("/ingest/readings").headers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_small_on_the_wire(app: Client, path: str) -> None:
    answer = app.get(path, follow=True, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) < LATER_PAGE
    assert b"</html>" in gzip.decompress(answer.content)


def test_signing_out_wipes_the_phone(app: Client) -> None:
    assert "Clear-Site-Data" not in app.post("/n/read").headers
    assert app.post("/accounts/logout/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_the_service_worker_rules_the_whole_site_and_is_asked_for_each_time(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert "no-cache" in answer.headers["Cache-Control"]
    built = re.match(r"const BUILD = (\{.*?\});\n", answer.content.decode())
    assert built is not None
    build = json.loads(built.group(1))
    for url in (*build["shell"], build["icon"], build["badge"]):
        assert staticfiles_storage.exists(url.removeprefix(settings.STATIC_URL)), url


def test_modules_import_each_other_by_their_hashed_names() -> None:
    with staticfiles_storage.open(staticfiles_storage.stored_name("web/app.js")) as file:
        imported = re.findall(r'from "\./([^"]+)"', file.read().decode())
    assert imported == [staticfiles_storage.stored_name(f"web/{name}.js").removeprefix("web/") for name in ("outbox", "push")]


@pytest.mark.parametrize("language", ["bn", "en"])
def test_the_manifest_makes_it_installable(client: Client, language: str) -> None:
    client.cookies["language"] = language
    told = client.get("/manifest.webmanifest").json()
    assert told["name"] == settings.UTILITY.name[language]
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable", "monochrome"}
    for icon in told["icons"]:
        with staticfiles_storage.open(icon["src"].removeprefix(settings.STATIC_URL)) as file:
            head = file.read(24)
        width, height = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        assert icon["sizes"] == f"{width}x{height}"
    assert [shortcut["url"] for shortcut in told["shortcuts"]] == ["/recharge/", "/usage/"]


def test_the_page_for_no_connection_holds_nothing_personal(app: Client, owner: Customer) -> None:
    html = app.get("/offline/").content.decode()
    assert "data-signed-in" not in html
    assert "csrf" not in html


@pytest.mark.parametrize("accent", [("#0b6b66", "#63cfc4"), ("#b30000", "#ffb3b3"), ("#f2c200", "#f2c200")])
def test_letters_on_the_accent_can_be_read(accent: tuple[str, str]) -> None:
    for colour in accent:
        assert max(palette.contrast(letters, colour) for letters in palette.LETTERS) >= 4.5


def test_contrast_is_wcags() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert palette.mix("#000000", "#ffffff", 0.25) == "#bfbfbf"


def test_a_form_of_unknown_origin_changes_nothing_and_says_how_to_go_on(owner: Customer) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    answer = strict.post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "আরেকবার চেষ্টা করুন" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.theme == "system"


def test_a_failure_is_said_in_both_languages_by_a_page_that_needs_nothing() -> None:
    html = get_template("500.html").render()
    assert "সমস্যা হয়েছে" in html
    assert "Something went wrong" in html
    assert palette.style() in html


def test_an_unknown_address_is_said_kindly(client: Client) -> None:
    answer: Any = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "এই পাতাটি নেই" in answer.content.decode()
