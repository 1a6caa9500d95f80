"""A tenant on an owner's account: the home from moving in, complaints of both, and a phone that forgets what it kept once they leave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import LOOKS, poll
from tests.phone.house import House, Person
from tests.phone.test_screens import looking, seen

pytestmark = pytest.mark.phone


@pytest.fixture(scope="module")
def owner(house: House, browser: Browser) -> Person:
    somebody = house.person()
    house.month(somebody.homes[0])
    with looking(("bn", "light"), house, browser, somebody):  # has signed in, so that others know of them
        return somebody


@pytest.fixture(scope="module")
def tenant(house: House, browser: Browser, owner: Person) -> Person:
    somebody = house.person()
    with looking(("bn", "light"), house, browser, somebody):
        pass
    words = f"'+88{owner.phone}', '+88{somebody.phone}', '{owner.homes[0].account}'"
    house.command("shell", "-v0", "-c", f"from tests.phone.family import shared; shared({words})")
    return somebody


@pytest.fixture(scope="module", params=LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser, tenant: Person) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, tenant) as found:
        yield found


def shared_account(page: Page) -> str:
    """The address of the shared account's days: the last card on Home."""
    page.goto("/")
    link = page.locator("article.slide").last.locator("a[href^='/recharge/']").first.get_attribute("href") or ""
    return link.replace("/recharge/", "/usage/")


def test_the_home_begins_with_moving_in(look: tuple[BrowserContext, str]) -> None:
    context, called = look
    page = context.new_page()
    usage = shared_account(page)
    for name in ("months", "load", "why"):
        page.goto(f"{usage}{name}/")
        seen(page, f"tenant-{name}-{called}")
    page.goto(usage)
    expect(page.locator("p.fine").last).to_be_visible()
    seen(page, f"tenant-days-{called}")
    page.close()


def test_complaints_of_the_account_stand_apart(look: tuple[BrowserContext, str]) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/help/complaints/")
    expect(page.locator("section[aria-labelledby=others] li")).to_have_count(1)
    seen(page, f"complaints-shared-{called}")
    page.locator("section[aria-labelledby=others] a.item").click()
    expect(page.locator("form[action$='/follow']")).to_be_visible()
    expect(page.locator("form[action$='/say']")).to_have_count(0)
    page.locator("button[name=wanted]").click()
    expect(page.locator("button[name=wanted][value='0']")).to_be_visible()
    seen(page, f"complaint-followed-{called}")
    page.locator("button[name=wanted][value='0']").click()
    expect(page.locator("button[name=wanted][value='1']")).to_be_visible()
    page.close()


@pytest.mark.parametrize("theirs", LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def test_the_owner_names_the_day(house: House, browser: Browser, owner: Person, tenant: Person, theirs: tuple[str, str]) -> None:
    assert tenant
    with looking(theirs, house, browser, owner) as (context, called):
        page = context.new_page()
        page.goto("/accounts/profile/")
        page.locator("a[href$='/people/']").first.click()
        page.locator("details summary").first.click()
        expect(page.locator("input[name=sees_from]").first).to_be_visible()
        seen(page, f"people-tenant-{called}")


def test_a_phone_forgets_an_account_that_was_left(house: House, browser: Browser, owner: Person, tenant: Person) -> None:
    kept = "caches.open('pages').then((cache) => cache.keys()).then((all) => all.map((one) => new URL(one.url).pathname).sort().join())"
    with looking(("en", "dark"), house, browser, tenant) as (context, called):
        page = context.new_page()
        usage = shared_account(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        for path in ("/", usage, "/help/"):
            page.goto(path)
        poll(page, f"{kept}.then((all) => all.includes('{usage}') && all.includes('/kept-for'))")
        house.command("shell", "-v0", "-c", f"from tests.phone.family import left; left('+88{tenant.phone}', '{owner.homes[0].account}')")
        page.goto("/help/")
        poll(page, f"{kept}.then((all) => all.includes('/help/') && !all.includes('{usage}') && !all.startsWith('/,'))")
        context.set_offline(True)
        page.goto("/")
        expect(page.locator("body[data-offline]")).to_be_attached()
        context.set_offline(False)
        page.close()  # it would load itself anew
        page = context.new_page()
        page.goto("/help/complaints/")
        page.locator("a.item").first.click()
        expect(page.locator("form[action$='/say']")).to_have_count(0)
        seen(page, f"complaint-left-{called}")
