"""Every flow in Chromium on a small phone, with and without JavaScript, online and offline."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import Wire, deliver_push, phone, poll, push_until
from tests.phone.house import House, Person

pytestmark = pytest.mark.phone
MOST_BYTES, MOST_SCRIPT_BYTES, MOST_LATER_BYTES = 60_000, 20_000, 15_000
BADGE_S = 5


def sign_in(page: Page, house: House, person: Person, language: str) -> None:
    """As a person does: language, number, code."""
    page.goto("/accounts/login/")
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f"button[name=language][value={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator("input[name=phone]").fill(person.phone)
    page.locator("form[action='/accounts/login/'] button").click()
    page.locator("#code-form input[name=code]").fill(house.code(person))
    page.locator("#code-form button").click()
    expect(page.locator("body[data-signed-in]")).to_be_attached()


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    """Somebody with a month behind them, a low balance now, and a notification of it."""
    somebody = house.person()
    house.month(somebody.homes[0])
    house.reading(somebody.homes[0], balance=84.5, register_kwh=870, load_kw=1.1)
    house.reading(somebody.homes[1], balance=640.25, load_kw=0.4)
    house.wait_for(somebody, "L1", "made_at")
    return somebody


@pytest.fixture(scope="module")
def cookies(house: House, browser: Browser, person: Person) -> Any:
    """What a phone that is signed in keeps."""
    context = phone(browser, house.url)
    sign_in(context.new_page(), house, person, "bn")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(house: House, browser: Browser, cookies: Any) -> Iterator[BrowserContext]:
    it = phone(browser, house.url, storage_state=cookies, reduced_motion="no-preference")
    yield it
    it.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("language", ["bn", "en"])
def test_signing_in_by_number_and_code(house: House, browser: Browser, language: str, scripts: bool) -> None:
    someone = house.person()
    context = phone(browser, house.url, java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, house, someone, language)
    expect(page.locator("article.slide")).to_have_count(4)
    expect(page.locator("html")).to_have_attribute("lang", language)
    context.close()


def test_a_wrong_code_is_said_so_and_an_unknown_number_gets_the_same_page(house: House, browser: Browser) -> None:
    context = phone(browser, house.url)
    page = context.new_page()
    headings = []
    for number in (house.person().phone, "01999999999"):
        page.goto("/accounts/login/")
        page.locator("input[name=phone]").fill(number)
        page.locator("form[action='/accounts/login/'] button").click()
        headings.append(page.locator("h1").inner_text())
        page.locator("#code-form input[name=code]").fill("000000")
        page.locator("#code-form button").click()
        expect(page.locator("#code-error")).to_be_visible()
    assert headings[0] == headings[1]
    context.close()


def test_a_guest_is_led_to_sign_in_and_then_where_they_wanted_to_go(house: House, browser: Browser, person: Person) -> None:
    context = phone(browser, house.url)
    page = context.new_page()
    page.goto("/settings/")
    assert "/accounts/login/" in page.url
    context.close()


def test_home_says_how_much_is_left_and_of_when(page: Page) -> None:
    page.goto("/")
    card = page.locator("article.slide").first
    expect(card.locator(".balance")).to_contain_text("৮৪.৫০")
    expect(card.locator(".hero")).to_contain_text(re.compile("[সকালদুপুরবিকেলন্ধ্যারাতভোর]"))
    expect(page.locator("article.slide").nth(1).locator(".balance")).to_contain_text("৬৪০.২৫")
    expect(page.locator("nav.bottom a")).to_have_count(4)


def test_the_bell_the_list_the_detail_and_reading(house: House, page: Page, person: Person) -> None:
    house.reading(person.homes[1], load_kw=1.0)
    house.reading(person.homes[1], load_kw=5.4)
    house.wait_for(person, "O1", "made_at")
    page.goto("/")
    count = page.locator("#bell b")
    expect(count).to_be_visible()
    before = int(count.inner_text())
    page.locator("#bell").click()
    assert page.url.endswith("/n/")
    page.wait_for_timeout(1500)
    assert int(page.locator("#bell b").inner_text()) == before, "opening the list is not reading"
    page.locator(".item", has_text="৫.৪").first.click()
    expect(page.locator("main[data-notification]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("৫.৪")
    house.wait_for(person, "O1", "read_at")
    page.goto("/")
    assert (int(count.inner_text()) if count.is_visible() else 0) == before - 1


PLACES = {"/usage/": "/", "/recharge/": "/", "/help/": "/", "/settings/": "/", "/accounts/profile/": "/settings/"}


@pytest.mark.parametrize("path", PLACES)
def test_every_place_opens_from_its_bar_or_link_and_fits_the_screen(page: Page, path: str) -> None:
    page.goto(PLACES[path])
    page.locator(f"a[href^='{path}']").first.click()
    page.wait_for_url(re.compile(re.escape(path)))
    expect(page.locator("h1").first).to_be_attached()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


def test_usage_and_recharges_of_the_month(page: Page) -> None:
    page.goto("/usage/")
    page.get_by_text("ছক").first.click()
    expect(page.locator("tbody tr").first).to_be_visible()
    page.goto("/recharge/")
    expect(page.get_by_text("৫০০").first).to_be_visible()


def test_language_and_theme_are_chosen_in_the_settings_and_stay(context: BrowserContext, page: Page) -> None:
    page.goto("/settings/")
    page.locator("button[name=language][value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("button[name=theme][value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    other = context.new_page()
    other.goto("/help/")
    expect(other.locator("html")).to_have_attribute("lang", "en")
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("button[name=language][value=bn]").click()
    page.locator("button[name=theme][value=system]").click()
    expect(page.locator("html")).to_have_attribute("lang", "bn")


def test_without_scripts_everything_can_be_read_and_marked(house: House, browser: Browser, cookies: Any, person: Person) -> None:
    house.event(person.homes[2], "251")
    told = house.wait_for(person, "T1", "made_at")
    context = phone(browser, house.url, storage_state=cookies, java_script_enabled=False)
    page = context.new_page()
    for path in ("/", "/n/", "/usage/", "/recharge/", "/help/", "/settings/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok
        expect(page.locator("nav.bottom")).to_be_visible()
    page.goto(f"/n/{told['public_id']}/")
    page.locator("form[action$='/read'] button").click()
    house.wait_for(person, "T1", "read_at")
    context.close()


def test_offline_home_is_the_last_one_with_a_bar_that_says_so(context: BrowserContext, page: Page) -> None:
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    poll(page, "caches.open('pages').then(cache => cache.match('/')).then(Boolean)")
    context.set_offline(True)
    page.reload()
    expect(page.locator(".balance").first).to_contain_text("৮৪.৫০")
    expect(page.locator("#offline")).to_be_visible()
    page.goto("/help/")  # never opened on this phone
    expect(page.locator("body[data-offline]")).to_be_attached()
    context.set_offline(False)
    page.goto("/")
    expect(page.locator("#offline")).to_be_hidden()


def test_the_worker_shows_a_push_and_the_open_page_knows(house: House, context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["notifications"])
    page.goto("/")
    told = {"v": 1, "id": "x", "kind": "test", "title": "ব্যালেন্স ১০০ টাকার নিচে", "body": "বাসা", "tag": "t", "badge": 1, "url": "/n/"}
    page.evaluate("navigator.serviceWorker.addEventListener('message', event => (window.heard = event.data))")
    push_until(page, json.dumps(told), "window.heard?.type === 'push'")
    shown = page.evaluate("navigator.serviceWorker.ready.then(w => w.getNotifications()).then(all => all.map(n => [n.title, n.tag]))")
    assert shown == [[told["title"], "t"]]


def test_a_push_for_several_meters_takes_the_place_of_the_first_ones_own(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["notifications"])
    page.goto("/")
    tray = "navigator.serviceWorker.ready.then(w => w.getNotifications()).then(all => all.map(n => n.tag).sort().join())"
    for tag, more in (("own", {}), ("other", {}), ("joined", {"replaces": ["own"]}), ("joined", {"replaces": ["own"]})):
        told = {"v": 1, "id": tag, "kind": "low", "title": "ব্যালেন্স কম", "body": "", "tag": tag, "url": "/n/", **more}
        push_until(page, json.dumps(told), f"{tray}.then(tags => tags.includes('{tag}'))")
    poll(page, f"{tray}.then(tags => tags === 'joined,other')")


def test_what_a_phone_has_shown_makes_no_second_sound(context: BrowserContext, page: Page) -> None:
    """A sender that died before it knew the answer sends again; the person may have put the first away."""
    context.grant_permissions(["notifications"])
    page.goto("/")
    tray, ids = "navigator.serviceWorker.ready.then(w => w.getNotifications())", itertools.count()

    def sounds(id: str | None) -> tuple[str, str]:
        """Shows a push with this id, or with one never seen; the id, and whether it sounds. DevTools loses one now and then."""
        for _ in range(5):
            said, own = str(next(ids)), id or str(next(ids))
            told = {"v": 1, "id": own, "kind": "low", "title": said, "body": "", "tag": "low", "renotify": True, "url": "/n/"}
            deliver_push(page, json.dumps(told))
            end = time.monotonic() + 4
            while time.monotonic() < end:
                if found := page.evaluate(
                    f"{tray}.then(all => all.filter(n => n.title === '{said}').map(n => `${{n.renotify}} ${{n.silent}}`))"
                ):
                    page.wait_for_timeout(300)  # until the worker has noted it
                    return own, found[0]
                page.wait_for_timeout(50)
        raise AssertionError("no push was shown")

    one, new = sounds(None)
    assert new == "true false"
    assert sounds(one)[1] == "false true"
    page.evaluate(f"{tray}.then(all => all.forEach(n => n.close()))")
    assert sounds(one)[1] == "false true"
    assert sounds(None)[1] == "true false"


def test_reading_on_one_phone_clears_the_bell_of_the_other(house: House, browser: Browser) -> None:  # (15)
    person = house.person()
    house.reading(person.homes[0], balance=300)
    house.reading(person.homes[0], balance=90)
    told = house.wait_for(person, "L1", "made_at")
    one, other = phone(browser, house.url), phone(browser, house.url)
    pages = [one.new_page(), other.new_page()]
    for page in pages:
        sign_in(page, house, person, "bn")
        house.forget_limits()
        page.goto("/")
        expect(page.locator("#bell b")).to_have_text("১")
    pages[0].goto(f"/n/{told['public_id']}/")
    house.wait_for(person, "L1", "read_at")
    expect(pages[1].locator("#bell b")).to_be_hidden(timeout=BADGE_S * 1000)
    one.close()
    other.close()


def test_home_is_light_on_the_wire(page: Page) -> None:
    wire = Wire(page)
    page.goto("/", wait_until="networkidle")
    assert wire.total() <= MOST_BYTES, wire.bytes
    assert wire.total("Script") <= MOST_SCRIPT_BYTES, wire.bytes


@pytest.mark.parametrize("path", ["/n/", "/usage/", "/recharge/", "/help/", "/settings/"])
def test_a_later_page_is_lighter(house: House, browser: Browser, cookies: Any, path: str) -> None:
    """Without the service worker, whose own fetches the page's count would miss."""
    context = phone(browser, house.url, storage_state=cookies, service_workers="block")
    page = context.new_page()
    page.goto("/", wait_until="networkidle")
    wire = Wire(page)
    page.goto(path, wait_until="networkidle")
    assert 1_000 < wire.total() <= MOST_LATER_BYTES, wire.bytes
    context.close()
