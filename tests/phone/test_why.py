""" "Why this charge" in a real browser: from Recharge to the day that is not explained, and the question, with the keyboard alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.phone.chromium import LOOKS, Wire, accessible, phone, picture
from tests.phone.house import DHAKA, House, Person
from tests.phone.test_chromium import sign_in

pytestmark = pytest.mark.phone
DAYS, TAKEN = 40, 3
MOST_BYTES = 15 * 1024


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    """Somebody from whose balance 25 taka went three days ago."""
    somebody = house.person()
    house.charged(somebody.homes[0], DAYS, TAKEN)
    return somebody


def taken_on() -> str:
    return str((datetime.now(DHAKA) - timedelta(days=TAKEN)).date())


def looked_at(page: Page, name: str) -> None:
    picture(page, name)
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"too wide at {width}"
    page.set_viewport_size({"width": 360, "height": 740})
    accessible(page)


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_a_question_about_a_day(house: House, browser: Browser, person: Person, language: str, theme: str) -> None:
    context = phone(browser, house.url, color_scheme=theme)
    house.forget_limits()
    page = context.new_page()
    sign_in(page, house, person, language)
    page.goto("/recharge/")
    page.locator("a[href$='/why/']").click()
    page.goto(f"{page.url}?month={taken_on()[:7]}")
    row = page.locator(f"#d{taken_on()}")
    expect(page.locator("main a.chip.low")).to_have_count(1)
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    looked_at(page, f"why-{language}-{theme}")
    if (language, theme) == LOOKS[0]:
        page.keyboard.press("Tab")
        expect(row.locator("button")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".note.success")).to_be_visible()
    expect(row.locator("button")).to_have_count(0)
    expect(row.locator("details[open] dl.said" if (language, theme) == LOOKS[0] else "dl.said")).to_have_count(1)
    looked_at(page, f"why-asked-{language}-{theme}")
    context.close()


def test_it_is_small_and_works_without_javascript(house: House, browser: Browser, person: Person) -> None:
    context = phone(browser, house.url)
    house.forget_limits()
    page = context.new_page()
    sign_in(page, house, person, "bn")
    page.goto("/recharge/")
    address = page.locator("a[href$='/why/']").get_attribute("href")
    kept = context.storage_state()
    context.close()
    context = phone(browser, house.url, storage_state=kept, java_script_enabled=False)
    page = context.new_page()
    wire = Wire(page)
    page.goto(f"{address}?month={taken_on()[:7]}&day={taken_on()}")
    expect(page.locator(f"#d{taken_on()} details[open] dl.lines")).to_have_count(1)
    assert wire.total("Document") <= MOST_BYTES
    context.close()
