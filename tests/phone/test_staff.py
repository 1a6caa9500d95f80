"""A person says "this is wrong", staff enter with two factors and answer, the person reads it: in a real browser, in both languages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import Browser, Error, Page, expect

from tests.phone.chromium import LOOKS, PICTURES, SIZE, accessible, phone, picture
from tests.phone.test_signin_pages import ENV, Site, type_the_code
from tests.processes import CHECKOUT, answers

pytestmark = pytest.mark.phone
DESK = {"width": 1280, "height": 900}
NUMBERS = {("bn", "light"): 41, ("bn", "dark"): 42, ("en", "light"): 43, ("en", "dark"): 44}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    it = Site()
    it.manage("migrate", "--verbosity=0")
    it.manage("collectstatic", "--verbosity=0", "--no-input")
    with it.web:
        it.web.wait_for(lambda: answers(it.port))
        yield it


def said(*arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=os.environ | ENV, check=True, capture_output=True, text=True, timeout=120)
    return done.stdout


def seen(page: Page, name: str) -> None:
    """On a phone and on a desk, by axe, and with letters twice as large."""
    picture(page, f"staff-{name}")
    accessible(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"], f"{page.url} is too wide with large letters"
    page.evaluate("document.documentElement.style.fontSize = ''")
    if not name.endswith(("bn-light", "en-dark")):
        return
    page.set_viewport_size(DESK)
    page.screenshot(path=PICTURES / f"staff-{name}-desk.png", animations="disabled")
    accessible(page)
    page.set_viewport_size(SIZE)


@contextmanager
def open_page(site: Site, browser: Browser, language: str, look: str) -> Iterator[Page]:
    """A page whose script errors and refused resources fail the test."""
    context = phone(browser, site.url, color_scheme=look, locale="bn-BD" if language == "bn" else "en-GB")
    page, faults = context.new_page(), []
    page.on("console", lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None)
    page.on("pageerror", lambda error: None if "Transition was" in str(error) else faults.append(str(error)))
    yield page
    assert not faults
    context.close()


def sign_in(site: Site, page: Page, number: str, onward: str) -> None:
    page.goto(f"/accounts/login/?next={onward}")
    page.locator("[name=phone]").fill(number)
    page.keyboard.press("Enter")
    type_the_code(site, page, number)


@pytest.mark.parametrize(("language", "look"), LOOKS)
def test_a_dispute_goes_to_staff_and_its_answer_comes_back(site: Site, browser: Browser, language: str, look: str) -> None:
    number, tag = NUMBERS[language, look], f"{language}-{look}"
    told = said("shell", "-v0", "-c", f"from tests.phone.told import told; told({number}, '{language}')").split()[-1]
    invitation = re.search(
        r"Invitation: (\S+)", said("staff", "add", f"0173400{number:04}", "--role", "administrator", "--name", "সালমা বেগম")
    )
    assert invitation
    said(
        "shell",
        "-c",
        f"from bijoli.customers.models import *; Customer.objects.filter(phone='+880173400{number:04}').update(language='{language}')",
    )

    with open_page(site, browser, language, look) as customer, open_page(site, browser, language, look) as staff:
        sign_in(site, customer, f"0173300{number:04}", f"/n/{told}/")
        customer.wait_for_url(f"**/n/{told}/")
        customer.locator(f"a[href='/n/{told}/wrong/']").click()
        seen(customer, f"wrong-form-{tag}")
        customer.locator("main form button").click()
        expect(customer.locator("#text-error")).to_be_visible()
        customer.locator("textarea").fill("কাল রিচার্জ করেছি, তবু কম দেখাচ্ছে।")
        customer.locator("main form button").click()
        expect(customer.get_by_role("status").first).to_be_visible()
        expect(customer.locator("main form")).to_have_count(0)
        seen(customer, f"wrong-sent-{tag}")

        enter(site, staff, f"0173400{number:04}", invitation.group(1), tag)
        if tag in ("bn-light", "en-dark"):  # each language and each theme once
            look_around(staff, number, tag)
        unkept(staff)
        staff.goto("/staff/alerts/dispute/?state=open")
        staff.locator("tbody a").first.click()
        seen(staff, f"dispute-{tag}")
        staff.locator("textarea").fill("আপনার রিচার্জ এই রিডিংয়ের পরে মিটারে পৌঁছেছে।")
        staff.locator("form:has(textarea) button").click()
        expect(staff.get_by_role("status").first).to_be_visible()

        customer.goto(f"/n/{told}/")
        expect(customer.get_by_text("রিচার্জ এই রিডিংয়ের পরে")).to_be_visible()
        seen(customer, f"wrong-answered-{tag}")


def unkept(page: Page) -> None:
    """The service worker, at work on the customers' pages, leaves the staff's alone: nothing kept, nothing without the network."""
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/staff/")
    kept = "caches.keys().then((all) => Promise.all(all.map((one) => caches.open(one).then((it) => it.keys()))))"
    assert "/staff/" not in page.evaluate(f"{kept}.then((all) => all.flat().map((one) => new URL(one.url).pathname).join())")
    page.context.set_offline(True)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto("/staff/find/")
    page.context.set_offline(False)


def enter(site: Site, page: Page, number: str, invitation: str, tag: str) -> None:
    """The first time, out, and in again with the app's next code."""
    sign_in(site, page, number, "/staff/")
    page.wait_for_url("**/staff/enrol/")
    seen(page, f"enrol-{tag}")
    page.locator("details summary").click()
    secret = page.locator(".token").inner_text().replace(" ", "")
    page.locator("[name=invitation]").fill(invitation)
    page.locator("[name=code]").fill(app(secret))
    page.locator("main form button").click()
    expect(page.locator(".codes li")).to_have_count(10)
    seen(page, f"codes-{tag}")
    page.locator("main a.button").click()
    page.wait_for_url("**/staff/")
    page.locator("form[action$='/leave/'] button").click()
    page.goto("/staff/")
    page.wait_for_url("**/staff/prove/**")
    seen(page, f"prove-{tag}")
    page.locator("[name=code]").fill(app(secret, 1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/")
    seen(page, f"start-{tag}")


def app(secret: str, later: int = 0) -> str:
    return f"{hotp_value(secret, int(time.time()) // 30 + later):06}"


def look_around(page: Page, number: int, tag: str) -> None:
    """Every place once, and one page of each kind of row."""
    for name, asked in (("account", f"330000{number}"), ("meter", f"0663300000{number}"), ("customer", f"0173300{number:04}")):
        page.goto("/staff/find/")
        page.locator("[name=number]").fill(asked)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(rf"/staff/\w+/{name}/"))
        seen(page, f"{name}-{tag}")
    page.locator("a[href*='/staff/delivery/notification/']").first.click()
    seen(page, f"notification-{tag}")
    tariffs = ("tariffs/tarifforder", "tariffs/tarifforder/class/LT-A", "tariffs/tarifforder/class/LT-E/propose")
    others = (
        "alerts/dispute",
        "alerts/episode",
        "metering/meterevent",
        "ingest/reject",
        "ingest/gateway",
        "payments/billreject",
        "payments/billsource",
        "staff/looked",
        "staff/staffscope",
        "find",
    )
    for place in (*others, *tariffs):
        page.goto(f"/staff/{place}/")
        seen(page, f"{place.replace('/', '-')}-{tag}")
    page.goto("/staff/payments/billreject/")
    page.locator("tbody a").first.click()
    seen(page, f"billreject-{tag}")
    page.goto("/staff/ingest/gateway/")
    page.locator("tbody a").first.click()
    seen(page, f"gateway-{tag}")
