"""An e-mail address is typed, confirmed by the code that goes there, and taken away again, in every look."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.phone.chromium import LOOKS
from tests.phone.house import House
from tests.phone.test_screens import looking, seen
from tests.processes import wait_until

pytestmark = pytest.mark.phone


@pytest.fixture(params=LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, house.person()) as found:
        yield found


def test_an_address_of_ones_own(look: tuple[BrowserContext, str], house: House) -> None:
    context, called = look
    address, page = f"rahima@{called}.example", context.new_page()
    page.goto("/settings/alerts/")
    page.locator("a[href='/settings/email/']").click()
    page.locator("[name=address]").fill("rahima")
    page.keyboard.press("Enter")
    expect(page.locator(".error")).to_be_visible()
    seen(page, f"email-wrong-{called}")
    page.locator("[name=address]").fill(address)
    page.keyboard.press("Enter")
    expect(page.locator("[name=code]")).to_be_visible()
    seen(page, f"email-code-{called}")
    letter = wait_until("the letter with the code", lambda: next((one for one in house.post.letters if address in one.to), None))
    code = re.search(r"\d{6}", letter.text)
    assert code is not None
    page.locator("[name=code]").fill(code[0])
    page.keyboard.press("Enter")
    expect(page.locator("section[aria-labelledby=email] input[type=checkbox]")).to_be_checked()
    page.locator("section[aria-labelledby=email]").scroll_into_view_if_needed()
    seen(page, f"alert-settings-email-{called}")
    page.locator("section[aria-labelledby=email] a[href='/settings/email/']").click()
    expect(page.locator("main b")).to_have_text(address)
    seen(page, f"email-{called}")
    page.locator("form[action$='/email/remove'] button").click()
    expect(page.locator("section[aria-labelledby=email] input")).to_have_count(0)
    page.close()
