"""An account is shared from one phone to another, and each of the pages about access and one's own data, in every look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import LOOKS
from tests.phone.house import House, Person
from tests.phone.test_screens import looking, seen

pytestmark = pytest.mark.phone
PAGES = {
    "profile-sharing": "/accounts/profile/",
    "account-add": "/settings/accounts/add/",
    "privacy": "/settings/privacy/",
    "delete-me": "/settings/privacy/delete/",
}


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    somebody = house.person()
    house.reading(somebody.homes[0], balance=840, register_kwh=870, load_kw=1.1)
    return somebody


@pytest.fixture(scope="module")
def guest(house: House) -> Person:
    return house.person()


@pytest.fixture(scope="module", params=LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser, person: Person) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, person) as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_each_page(look: tuple[BrowserContext, str], name: str) -> None:
    context, called = look
    page = context.new_page()
    page.goto(PAGES[name])
    seen(page, f"{name}-{called}")
    page.close()


def test_taking_off_asks_first(look: tuple[BrowserContext, str]) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/accounts/profile/")
    page.locator("a[href$='/leave/']").first.click()
    expect(page.locator("main button.danger")).to_be_visible()
    seen(page, f"account-leave-{called}")
    page.close()


def test_shared_accepted_and_ended(look: tuple[BrowserContext, str], house: House, browser: Browser, guest: Person, person: Person) -> None:
    context, called = look
    page = context.new_page()
    _people(page)
    page.locator("input[name=phone]").fill(guest.phone)
    page.locator("input[name=role][value=payer]").check()
    page.locator("main form button.button:not(.soft):not(.danger)").last.click()
    expect(page.locator("main .note.good")).to_be_visible()
    seen(page, f"people-invited-{called}")
    language, theme = called.split("-")
    with looking((language, theme), house, browser, guest) as (theirs, _):
        other = theirs.new_page()
        other.goto("/")
        expect(other.locator("form[action*='/settings/invitations/']")).to_have_count(1)
        seen(other, f"home-invited-{called}")
        other.locator("button[value=accept]").click()
        expect(other.locator("article.slide")).to_have_count(len(guest.homes) + 1)
        slide = other.locator("article.slide").last
        expect(slide.locator("a[href^='/usage/']")).to_have_count(0)
        expect(slide.locator("a[href^='/recharge/']")).to_have_count(1)
        link = slide.locator("a[href^='/recharge/']").get_attribute("href") or ""
        other.goto(link)
        seen(other, f"recharge-payer-{called}")
        page.reload()
        page.locator("main details.more summary").first.click()
        seen(page, f"people-{called}")
        page.locator("button[value=end]").first.click()
        expect(page.locator("main .empty")).to_be_visible()
        answer = other.goto(link)
        assert answer is not None
        assert answer.status == 404
    page.close()


def _people(page: Page) -> None:
    page.goto("/accounts/profile/")
    page.locator("a[href$='/people/']").first.click()
    expect(page.locator("input[name=phone]")).to_be_visible()
