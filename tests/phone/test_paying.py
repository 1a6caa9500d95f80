"""The screens of a recharge in every look, from the amount to the tokens, and what a phone keeps of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import LOOKS, PICTURES, SIZE, Wire, phone
from tests.phone.house import House, Person
from tests.phone.sold import sells
from tests.phone.test_chromium import sign_in
from tests.phone.test_screens import looking, seen

pytestmark = pytest.mark.phone
LATER_PAGE = 15_000  # bytes on the wire


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    return customer(house)


def customer(house: House) -> Person:
    """Somebody with a home of which a month is known, two whose meters take tokens, and one with dues."""
    somebody = house.person()
    home, tokens, many, dues = somebody.homes
    house.month(home)
    house.command("upkeep", "homes")
    house.reading(home, balance=84.5, register_kwh=870, load_kw=1.1)
    for other in (tokens, many, dues):
        house.reading(other, balance=12.5, register_kwh=100, load_kw=0.2)
    sells(house, home)
    sells(house, tokens, tokens=1)
    sells(house, many, tokens=18)
    sells(house, dues, months=3, arrears=30000)
    return somebody


@pytest.fixture(scope="module", params=LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser, person: Person) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, person) as found:
        yield found


def recharge_page(page: Page, place: int) -> None:
    """The recharge page of the person's n-th account."""
    page.goto("/recharge/")
    if place:
        page.locator("details.switch summary").first.click()
        page.locator(".menu a").nth(place).click()
        page.wait_for_url(re.compile(r"/recharge/[0-9a-f-]{36}/"))


def to_quote(page: Page, place: int = 0, amount: str = "500") -> None:
    recharge_page(page, place)
    page.locator("#amount").fill(amount)
    page.locator("form[action$='/quote/'] .button").click()
    expect(page.locator(".lines").first).to_be_visible()


def to_gateway(page: Page, gateway: str) -> None:
    page.locator(f"button.gate.{gateway}").click()
    page.wait_for_url(re.compile(rf"/{gateway}/pay/"))


def choose(page: Page, choice: str) -> None:
    page.locator(f"button[value={choice}]").click()
    page.wait_for_url(re.compile(r"/pay/[0-9a-f-]{36}/$"))


def screen(page: Page, name: str) -> None:
    """In the usual width, and the narrowest."""
    seen(page, name)
    page.set_viewport_size({"width": 320, "height": 740})
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.screenshot(path=PICTURES / f"{name}-320.png", full_page=True)
    page.set_viewport_size(SIZE)
    assert wide <= 0, f"{page.url} is {wide} px too wide at 320"


def test_every_screen(house: House, look: tuple[BrowserContext, str]) -> None:
    context, called = look
    house.forget_limits()
    page = context.new_page()
    wire = Wire(page)
    to_quote(page)
    screen(page, f"quote-{called}")
    size = sum(bytes_ for url, bytes_ in wire.bytes.items() if "/quote/" in url)
    assert size <= LATER_PAGE, size
    to_gateway(page, "bkash")
    choose(page, "success")
    expect(page.locator("ol.way li.done")).to_have_count(3)
    screen(page, f"pay-done-{called}")
    to_quote(page)
    to_gateway(page, "sslcommerz")
    choose(page, "cancel")
    expect(page.get_by_role("link", name=re.compile("Try again|আবার"))).to_be_visible()
    screen(page, f"pay-cancelled-{called}")
    page.close()


@pytest.mark.parametrize(("place", "name"), [(1, "token"), (2, "tokens")])
def test_the_screen_of_tokens(house: House, look: tuple[BrowserContext, str], person: Person, place: int, name: str) -> None:
    context, called = look
    house.forget_limits()
    sells(house, person.homes[place], tokens=1 if place == 1 else 18)
    page = context.new_page()
    to_quote(page, place, "1000")
    to_gateway(page, "nagad")
    choose(page, "pay")
    expect(page.locator("ol.tokens li").first).to_be_visible()
    screen(page, f"pay-{name}-{called}")
    page.close()


def test_the_screens_before_paying(house: House, look: tuple[BrowserContext, str], person: Person) -> None:
    context, called = look
    house.forget_limits()
    page = context.new_page()
    recharge_page(page, 0)
    screen(page, f"recharge-{called}")
    to_quote(page, 3, "200")
    screen(page, f"quote-refused-{called}")
    page.goto("/recharge/other/")
    screen(page, f"other-{called}")
    stranger = house.person().homes[0]
    sells(house, stranger)
    page.locator("#number").fill(stranger.meter)
    page.locator("#amount").fill("১০০০")
    page.locator("form[action$='/other/'] > .button").click()
    expect(page.locator("button.gate").first).to_be_visible()
    screen(page, f"other-quote-{called}")
    page.close()


def test_signed_out_the_phone_keeps_no_token(house: House, browser: Browser) -> None:
    """The page of a payment is there offline, and gone for the next person."""
    context = phone(browser, house.url)
    house.forget_limits()
    page = context.new_page()
    sign_in(page, house, customer(house), "en")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    to_quote(page)
    to_gateway(page, "nagad")
    choose(page, "pay")
    expect(page.locator("ol.way li.done")).to_have_count(3)
    page.reload()
    address = page.url
    context.set_offline(True)
    page.goto(address)
    expect(page.locator("h1").last).to_have_text("On the meter")
    context.set_offline(False)
    page.close()  # a kept page loads itself anew now, which would cut off the way to another
    page = context.new_page()
    page.goto("/settings/")
    page.evaluate("localStorage.setItem('ticks', '[]')")
    page.locator("form[action$='/logout/'] button").first.click()
    page.wait_for_url(re.compile("login"))
    assert not page.evaluate("async (page) => Boolean(await caches.match(page))", address)
    assert page.evaluate("localStorage.length") == 0
    context.close()
