"""The console in a browser: everything about an account with a reason, why an alert came, a notice that reaches Home, how pushes flow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.phone.chromium import LOOKS
from tests.phone.test_signin_pages import Site
from tests.phone.test_staff import app, open_page, said, seen, sign_in, site

__all__ = ["site"]
pytestmark = pytest.mark.phone
NUMBERS = {("bn", "light"): 61, ("en", "dark"): 62, ("bn", "dark"): 63, ("en", "light"): 64}
LANGUAGE = "from bijoli.customers.models import *; Customer.objects.filter(phone='+880173400{number:04}').update(language='{language}')"
SEND = """
from bijoli.alerts.models import Episode
from bijoli.notices.sending import send_due
from django.utils import timezone
Episode.objects.update(closed_at=timezone.now(), closed_why="recovered")  # told.py makes one that no rule has written, for other pages
send_due(timezone.now(), lambda: True)
"""


@pytest.mark.parametrize(("language", "look"), LOOKS)
def test_from_the_look_up_to_home(site: Site, browser: Browser, language: str, look: str) -> None:
    number, tag = NUMBERS[language, look], f"{language}-{look}"
    said("shell", "-v0", "-c", f"from tests.phone.complained import complained; complained({number}, '{language}')")
    invitation = re.search(
        r"Invitation: (\S+)", said("staff", "add", f"0173400{number:04}", "--role", "administrator", "--name", "সালমা বেগম")
    )
    assert invitation
    said("shell", "-c", LANGUAGE.format(number=number, language=language))
    with open_page(site, browser, language, look) as staff, open_page(site, browser, language, look) as customer:
        enter(site, staff, f"0173400{number:04}", invitation.group(1))
        look_at_everything(staff, f"330000{number}", tag)
        announce(staff, f"330000{number}", tag)
        said("shell", "-v0", "-c", SEND)
        staff.goto("/staff/delivery/delivery/")
        seen(staff, f"deliveries-{tag}")
        sign_in(site, customer, f"0173300{number:04}", "/")
        expect(customer.get_by_text("খুঁটি বদল" if language == "bn" else "A pole is changed").first).to_be_visible()
        seen(customer, f"home-notice-{tag}")


def enter(site: Site, page: Page, number: str, invitation: str) -> None:
    sign_in(site, page, number, "/staff/")
    page.wait_for_url("**/staff/enrol/")
    page.locator("details summary").click()
    secret = page.locator(".token").inner_text().replace(" ", "")
    page.locator("[name=invitation]").fill(invitation)
    page.locator("[name=code]").fill(app(secret))
    page.locator("main form button").click()
    expect(page.locator(".codes li")).to_have_count(10)


def look_at_everything(page: Page, account: str, tag: str) -> None:
    page.goto("/staff/find/")
    page.locator("[name=number]").fill(account)
    page.locator("main form button").click()
    page.locator("a[href$='/whole/']").click()
    page.wait_for_url("**/staff/elevate/**")
    seen(page, f"elevate-{tag}")
    page.locator("[name=reason]").fill("K26-104: গ্রাহক ফোনে আছেন")
    page.locator("main form.card button").click()
    page.wait_for_url("**/whole/")
    expect(page.get_by_text("K26-104").first).to_be_visible()
    seen(page, f"whole-{tag}")
    page.locator("a[href*='/why/?day=']").first.click()
    page.wait_for_url("**/why/?day=*")
    expect(page.locator("ol.line li").first).to_be_visible()
    seen(page, f"why-{tag}")


def announce(page: Page, account: str, tag: str) -> None:
    page.goto("/staff/notices/notice/")
    page.locator("a[href$='/propose/']").click()
    page.locator("[name=accounts]").fill(account)
    hour = "Date.now() + {hours} * 3600e3 - new Date().getTimezoneOffset() * 60e3"
    for name, hours in (("starts_at", 12), ("ends_at", 15)):
        page.locator(f"[name={name}]").fill(page.evaluate(f"new Date({hour.format(hours=hours)}).toISOString().slice(0, 16)"))
    words = {
        "title_bn": "লাইনের কাজ",
        "body_bn": "সেক্টর ৭-এ খুঁটি বদল হবে।",
        "title_en": "Work on the line",
        "body_en": "A pole is changed in Sector 7.",
    }
    for name, text in words.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("button[name=look]").click()
    expect(page.get_by_role("status").first).to_be_visible()
    seen(page, f"notice-form-{tag}")
    page.locator("button[name=propose]").click()
    expect(page.locator("dl.facts").first).to_be_visible()
    seen(page, f"notice-{tag}")
