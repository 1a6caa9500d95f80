"""Complaints on a phone: written, sent with a photo and followed, in both languages and themes; kept without a connection, sent once."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import LOOKS, phone, poll
from tests.phone.house import House, Person
from tests.phone.sold import sells
from tests.phone.test_chromium import sign_in
from tests.phone.test_screens import looking, seen
from tests.processes import wait_until

pytestmark = pytest.mark.phone
NEW = "/help/complaints/new/"
RESOLVE = """
from django.utils import timezone
from bijoli.complaints import moves
from bijoli.complaints.models import Complaint
from bijoli.customers.models import Customer
row, us, now = Complaint.objects.get(number='{number}'), Customer.objects.first().pk, timezone.now()
moves.assign(row.public_id, us, us, now)
moves.work(row.public_id, us, now)
moves.reply(row.public_id, 'আমাদের লাইনম্যান আজ বিকাল ৫টার মধ্যে আসবেন।', us, now)
moves.resolve(row.public_id, 'fixed', 'খুঁটিতে তার আলগা ছিল, ঠিক করা হয়েছে।', us, now)
"""


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    """Homes whose meters say: no balance, locked, on, silent."""
    somebody = house.person()
    house.reading(somebody.homes[0], balance=-3, relay="open_credit", load_kw=0)
    house.event(somebody.homes[1], "251")
    house.reading(somebody.homes[1], balance=300, relay="open_other", load_kw=0)
    house.reading(somebody.homes[2], balance=300, relay="closed", load_kw=0.4)
    house.wait_for(somebody, "T1", "made_at")
    return somebody


@pytest.fixture(scope="module", params=LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser, person: Person) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, person) as found:
        yield found


def a_photo() -> bytes:
    picture = Image.new("RGB", (3000, 2000), (150, 170, 190))
    ImageDraw.Draw(picture).line((200, 1800, 2800, 300), fill=(40, 40, 40), width=40)
    written = BytesIO()
    picture.save(written, "JPEG")
    return written.getvalue()


def choose(page: Page, category: str) -> None:
    """Opens the group of a category and takes it."""
    box = page.locator(f"[name=category][value={category}]")
    page.locator("details", has=box).locator("summary").click()
    page.locator("label.kind", has=box).click()
    expect(page.locator("#id_text")).to_be_visible()


def test_from_the_kind_to_the_number_and_the_end(house: House, look: tuple[BrowserContext, str]) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/help/")
    seen(page, f"complaints-help-{called}")
    page.locator(f"a[href='{NEW}']").click()
    expect(page.locator("#id_text")).to_be_hidden()
    seen(page, f"complaints-kinds-{called}")
    choose(page, "no_supply")
    expect(page.locator("label.kind:visible")).to_have_count(1)
    page.locator("[data-again]").click()
    choose(page, "hazard")
    expect(page.locator(".alarm-first")).to_be_visible()
    seen(page, f"complaints-danger-{called}")
    page.locator("[data-again]").click()
    choose(page, "voltage")
    page.locator("#id_text").fill(
        "সকাল থেকে ভোল্টেজ কম, ফ্যান ধীরে ঘোরে।" if called.startswith("bn") else "Low since the morning: fans turn slowly."
    )
    page.locator("#id_place").fill("বাড়ি ১২, রোড ৩" if called.startswith("bn") else "House 12, Road 3")
    page.locator("#photo").set_input_files({"name": "wire.jpg", "mimeType": "image/jpeg", "buffer": a_photo()})
    expect(page.locator("#shot")).to_be_visible()
    assert page.evaluate("document.getElementById('photo').files[0].size") < 200_000
    seen(page, f"complaints-form-{called}")
    page.locator("form.complaint button.button").click()
    page.wait_for_url("**?sent=1")
    seen(page, f"complaints-sent-{called}")
    number = page.locator("p.big b").inner_text()
    house.command("shell", "-v0", "-c", RESOLVE.format(number=number))
    page.goto("/help/complaints/")
    seen(page, f"complaints-list-{called}")
    page.locator("a.item", has_text=number).click()
    expect(page.locator(".stars button")).to_have_count(5)
    seen(page, f"complaints-resolved-{called}")
    page.locator(".stars button").nth(3).click()
    expect(page.locator(".stars")).to_have_count(0)
    page.close()


def test_what_is_missing_is_said_beside_it(house: House, look: tuple[BrowserContext, str]) -> None:
    context, called = look
    house.forget_limits()
    page = context.new_page()
    page.goto(f"{NEW}?category=app")
    page.locator("form.complaint button.button").click()
    expect(page.locator("#text-error")).to_be_visible()
    seen(page, f"complaints-error-{called}")
    page.close()


@pytest.mark.parametrize("home", [0, 1, 2, 3], ids=["credit", "locked", "on", "unheard"])
def test_why_the_power_is_off(look: tuple[BrowserContext, str], home: int, request: pytest.FixtureRequest) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/help/power/")
    page.locator("details.switch summary").click()
    page.locator(".menu a").nth(home).click()
    expect(page.locator(".answer-title")).to_be_visible()
    seen(page, f"power-{request.node.callspec.params['home']}-{called}")
    page.close()


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_the_meter_is_asked(look: tuple[BrowserContext, str], house: House, person: Person, known: bool) -> None:
    """The head-end answers for the first home, and has never heard of the second one."""
    context, called = look
    sells(house, person.homes[0])
    house.forget_limits()
    page = context.new_page()
    page.goto("/help/power/")
    page.locator("details.switch summary").click()
    page.locator(".menu a").nth(0 if known else 1).click()
    page.locator("form[action$='/ask'] button").click()
    expect(page.locator("section[aria-labelledby=asked]")).to_be_visible()
    expect(page.locator("section[aria-labelledby=asked] dd")).to_have_count(2 if known else 0)
    seen(page, f"power-asked-{'known' if known else 'unknown'}-{called}")
    page.close()


@pytest.mark.parametrize(("language", "text"), [("bn", "অন্ধকার, নেটওয়ার্কও নেই"), ("en", "Dark, and no network either")])
def test_without_a_connection_it_is_kept_and_sent_once(house: House, browser: Browser, language: str, text: str) -> None:
    somebody = house.person()
    context = phone(browser, house.url)
    house.forget_limits()
    page = context.new_page()
    sign_in(page, house, somebody, language)
    page.goto("/help/")
    poll(page, "Boolean(navigator.serviceWorker.controller)")
    page.reload()  # controlled from its beginning: the form is kept before it is needed
    poll(page, f"caches.open('pages').then((kept) => kept.match('{NEW}')).then(Boolean)")
    context.set_offline(True)
    page.goto(f"{NEW}?category=no_supply")
    page.locator("#id_text").fill(text)
    page.locator("#photo").set_input_files({"name": "dark.jpg", "mimeType": "image/jpeg", "buffer": a_photo()})
    expect(page.locator("#shot")).to_be_visible()
    page.locator("form.complaint button.button").click()
    expect(page.locator("#kept")).to_be_visible()
    seen_rows = "SELECT c.text, count(p.id) AS photos FROM complaints_complaint c LEFT JOIN complaints_photo p ON p.complaint_id = c.id"
    seen_rows += " WHERE c.text = %s GROUP BY c.id"
    assert house.rows(seen_rows, text) == []
    context.set_offline(False)
    wait_until("the complaint, sent by itself", lambda: house.rows(seen_rows, text))
    page = context.new_page()  # the kept one is just loading itself anew
    page.goto("/help/complaints/")
    expect(page.locator("main a.item")).to_have_count(1)
    for _ in range(2):
        page.reload()
    expect(page.locator("#outbox")).to_be_hidden()
    assert house.rows(seen_rows, text) == [{"text": text, "photos": 1}]
    context.close()
