"""Every screen in both languages and both themes: no rule of axe broken, nothing wider than the phone; a picture of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import LOOKS, accessible, phone, picture
from tests.phone.house import House, Person
from tests.phone.test_chromium import sign_in

pytestmark = pytest.mark.phone
SCREENS = {
    "home": "/",
    "notifications": "/n/",
    "usage": "/usage/",
    "usage-month": "/usage/{account}/?month={month}&show=taka",
    "usage-months": "/usage/{account}/months/",
    "usage-load": "/usage/{account}/load/",
    "usage-recharges": "/usage/{account}/recharges/",
    "recharge": "/recharge/",
    "recharge-other": "/recharge/other/",
    "help": "/help/",
    "settings": "/settings/",
    "alert-settings": "/settings/alerts/",
    "profile": "/accounts/profile/",
    "passkeys": "/accounts/passkeys/",
    "offline": "/offline/",
    "not-found": "/n/00000000-0000-4000-8000-000000000000/",
}


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    """Somebody with one of each: low, finished, overload and a signal from the meter."""
    somebody = house.person()
    house.month(somebody.homes[0])
    house.reading(somebody.homes[0], balance=84.5, register_kwh=870, load_kw=1.1)
    house.reading(somebody.homes[1], balance=120, relay="closed", load_kw=0.3)
    house.reading(somebody.homes[1], balance=-3, relay="open_credit", load_kw=0)
    house.reading(somebody.homes[2], balance=730, load_kw=5.25)
    house.event(somebody.homes[3], "251")
    for code in ("L1", "Z2", "O1", "T1"):
        house.wait_for(somebody, code, "made_at")
    return somebody


@pytest.fixture(scope="module", params=LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser, person: Person) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, person) as found:
        yield found


@contextmanager
def looking(look: tuple[str, str], house: House, browser: Browser, person: Person) -> Iterator[tuple[BrowserContext, str]]:
    """A phone on which the person is signed in, with this language and this theme of the system."""
    language, theme = look
    context = phone(browser, house.url, color_scheme=theme)
    house.forget_limits()
    sign_in(context.new_page(), house, person, language)
    yield context, f"{language}-{theme}"
    context.close()


def address(page: Page, path: str) -> str:
    """With the person's first account and the running month put in."""
    if "{" not in path:
        return path
    page.goto("/usage/")
    return path.format(account=page.url.rstrip("/").rpartition("/")[2], month=f"{datetime.now(ZoneInfo('Asia/Dhaka')):%Y-%m}")


def seen(page: Page, name: str) -> None:
    """Looks at the page as a person and as axe."""
    picture(page, name)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
    accessible(page)


@pytest.mark.parametrize("name", SCREENS)
def test_each_screen(look: tuple[BrowserContext, str], name: str) -> None:
    context, called = look
    page = context.new_page()
    page.goto(address(page, SCREENS[name]))
    seen(page, f"{name}-{called}")
    page.close()


@pytest.mark.parametrize("code", ["L1", "Z2", "O1", "T1"])
def test_the_detail_of_each_kind(house: House, look: tuple[BrowserContext, str], person: Person, code: str) -> None:
    context, called = look
    told = house.told(person, code)
    assert told is not None
    page = context.new_page()
    page.goto(f"/n/{told['public_id']}/")
    seen(page, f"detail-{code}-{called}")
    page.close()


def test_an_own_limit_that_cannot_be_says_why(look: tuple[BrowserContext, str]) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/settings/alerts/")
    page.locator("details.account summary").first.click()
    page.locator("input[name=limit]").first.fill("৯৯")
    page.locator("details.account button").first.click()
    expect(page.locator("details.account[open] .error")).to_contain_text("100" if called.startswith("en") else "১০০")
    expect(page.locator("input[aria-invalid]")).to_be_focused()
    seen(page, f"alert-settings-error-{called}")
    page.close()


def test_a_kind_and_an_account_of_the_notifications(look: tuple[BrowserContext, str], person: Person) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/n/")
    page.locator("nav.filter a").nth(4).click()
    expect(page.locator("main .item")).to_have_count(1)
    page.locator("main details.switch summary").click()
    page.locator("main .menu a").nth(1).click()
    expect(page.locator("main .empty")).to_be_visible()
    page.locator("main details.switch summary").click()
    seen(page, f"notifications-filtered-{called}")
    page.close()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_signing_in(house: House, browser: Browser, language: str, theme: str) -> None:
    context = phone(browser, house.url, color_scheme=theme)
    context.add_cookies([{"name": "language", "value": language, "url": house.url}])
    page = context.new_page()
    page.goto("/accounts/login/")
    seen(page, f"sign-in-{language}-{theme}")
    page.locator("input[name=phone]").fill("12")
    page.locator("form[action='/accounts/login/'] button").click()
    expect(page.locator("#phone-error")).to_be_visible()
    seen(page, f"sign-in-error-{language}-{theme}")
    page.locator("input[name=phone]").fill(house.person().phone)
    page.locator("form[action='/accounts/login/'] button").click()
    expect(page.locator("#code-form")).to_be_visible()
    seen(page, f"code-{language}-{theme}")
    context.close()


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("name", ["usage", "usage-months", "usage-load", "usage-recharges"])
def test_a_chart_fits_any_width(look: tuple[BrowserContext, str], name: str, width: int) -> None:
    context, called = look
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address(page, SCREENS[name]))
    seen(page, f"{name}-{called}-{width}")
    chart, card = page.locator("svg.chart").first.bounding_box(), page.locator("section.card").first.bounding_box()
    assert chart is not None
    assert card is not None
    assert card["x"] <= chart["x"]
    assert chart["x"] + chart["width"] <= card["x"] + card["width"]
    assert chart["width"] > 0.7 * card["width"]
    page.close()


def test_a_chart_is_read_by_keys_and_by_a_finger(look: tuple[BrowserContext, str]) -> None:
    context, _ = look
    page = context.new_page()
    page.goto("/usage/")
    cursor, reading = page.get_by_role("slider"), page.locator(".pick")
    expect(cursor).to_have_attribute("aria-valuemax", "30")
    last = reading.inner_text()
    cursor.focus()
    page.keyboard.press("ArrowLeft")
    before = reading.inner_text()
    assert before != last
    said = cursor.get_attribute("aria-valuetext")
    assert said == ", ".join(part.strip() for part in before.split("\n") if part.strip())
    page.keyboard.press("ArrowRight")
    expect(reading).to_have_text(last)
    page.keyboard.press("Home")
    expect(cursor).to_have_attribute("aria-valuenow", "1")
    box = cursor.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    expect(cursor).to_have_attribute("aria-valuenow", "30")
    page.mouse.move(box["x"] + 3, box["y"] + 20)
    expect(cursor).to_have_attribute("aria-valuenow", "1")
    page.close()


@pytest.mark.parametrize("name", ["home", "notifications", "settings", "alert-settings", "usage"])
def test_text_twice_as_large_still_fits(house: House, browser: Browser, person: Person, name: str) -> None:
    context = phone(browser, house.url)
    house.forget_limits()
    page = context.new_page()
    sign_in(page, house, person, "bn")
    page.goto(SCREENS[name])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    picture(page, f"large-{name}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    context.close()
