"""Sign-in in a real browser: number, code, passkey, profile, out again; in both languages and themes, by axe's rules."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import LOOKS, accessible, phone, picture
from tests.processes import CHECKOUT, Process, answers, free_port, wait_until

pytestmark = pytest.mark.phone
ENV = {"BIJOLI_DEMO": "1", "BIJOLI_SMS": "console"}
PERSON = "from bijoli.customers.models import *; c = Customer.objects.create_user('{phone}', name='রহিমা খাতুন', language='{language}')"
LINK = "a = Account.objects.create(number='{number}'); Access.objects.create(customer=c, account=a, nickname='বাসা')"
NUMBERS = {("bn", "light"): 31, ("bn", "dark"): 32, ("en", "light"): 33, ("en", "dark"): 34, ("bn", "plain"): 35}


class Site:
    """The web process alone; its output tells the codes."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        command = [sys.executable, "-m", "gunicorn", "bijoli.config.wsgi", "--bind", f"127.0.0.1:{self.port}", "--threads", "4"]
        self.web = Process("web", command, ENV)

    def manage(self, *arguments: str) -> None:
        done = [sys.executable, "manage.py", *arguments]
        subprocess.run(done, cwd=CHECKOUT, env=os.environ | ENV, check=True, capture_output=True, timeout=120)

    def person(self, language: str, look: str) -> str:
        number = NUMBERS[language, look]
        lines = (PERSON.format(phone=f"+88017220000{number}", language=language), LINK.format(number=f"220000{number}"))
        self.manage("shell", "-c", "; ".join(lines))
        return f"0172200{number:04}"

    def codes(self, number: str) -> list[str]:
        return re.findall(rf"sign-in code for …{number[-4:]}: (\d{{6}})", self.web.output())


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    it = Site()
    it.manage("migrate", "--verbosity=0")
    it.manage("collectstatic", "--verbosity=0", "--no-input")
    with it.web:
        it.web.wait_for(lambda: answers(it.port))
        yield it


def with_a_lock(context: BrowserContext, page: Page) -> None:
    """The phone has a fingerprint reader, and its owner's finger is on it."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}})


def type_the_code(site: Site, page: Page, number: str, had: int = 0) -> None:
    page.wait_for_url("**/login/code/**")
    wait_until("a code is sent", lambda: len(site.codes(number)) > had)
    page.locator("[name=code]").fill(site.codes(number)[-1])
    page.locator("#code-form button").click()


def seen(page: Page, name: str) -> None:
    """Looked at as a picture, by axe, and with letters twice as large: nothing may be cut off."""
    picture(page, f"signin-{name}")
    accessible(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{page.url} is too wide with large letters"
    page.evaluate("document.documentElement.style.fontSize = ''")


@pytest.mark.parametrize(("language", "look"), LOOKS)
def test_in_by_code_then_by_finger_and_out(site: Site, browser: Browser, language: str, look: str) -> None:
    number, tag = site.person(language, look), f"{language}-{look}"
    context = phone(browser, site.url, color_scheme=look, locale="bn-BD" if language == "bn" else "en-GB")
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("pageerror", lambda error: None if "Transition was" in str(error) else faults.append(str(error)))  # cut short by a redirect
    with_a_lock(context, page)

    page.goto("/accounts/login/?next=/accounts/profile/")
    seen(page, f"number-{tag}")
    page.locator("[name=phone]").fill(number)
    page.keyboard.press("Enter")
    expect(page.locator("[name=code]")).to_be_focused()
    expect(page.locator("[name=action]")).to_be_disabled()
    seen(page, f"code-{tag}")
    type_the_code(site, page, number)
    page.wait_for_url("**/passkeys/offer/**")
    seen(page, f"offer-{tag}")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url("**/accounts/profile/")
    seen(page, f"profile-{tag}")
    page.goto("/accounts/passkeys/")
    page.locator("main summary").click()
    seen(page, f"passkeys-{tag}")

    page.goto("/accounts/profile/")
    page.evaluate("caches.open('mine').then((kept) => kept.put('/', new Response('private')))")
    page.locator("form[action$='/logout/'] button").click()
    page.wait_for_url("**/accounts/login/")
    wait_until("the kept pages are gone", lambda: "mine" not in page.evaluate("caches.keys()"))
    page.goto("/accounts/login/?next=/accounts/profile/")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url("**/accounts/profile/")
    assert len(site.codes(number)) == 1  # the finger needed none
    assert not faults
    context.close()


def test_all_of_it_works_without_javascript(site: Site, browser: Browser) -> None:
    number = site.person("bn", "plain")
    context = phone(browser, site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/?next=/accounts/profile/")
    assert page.locator("html").get_attribute("lang") == "bn"
    page.locator("header button[name=language]").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator("[name=phone]").fill("1234")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is not a mobile number")
    page.locator("[name=phone]").fill(number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code/**")
    page.locator("[name=action]").click()
    expect(page.get_by_role("status").filter(has_text="You can ask for a new one in")).to_be_visible()
    type_the_code(site, page, number)
    page.wait_for_url("**/accounts/profile/")
    assert page.locator("html").get_attribute("lang") == "en"  # what was chosen first stays
    page.locator("form[action$='/logout/'] button").click()
    page.wait_for_url("**/accounts/login/")
    context.close()
