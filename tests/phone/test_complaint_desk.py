"""The complaint desk in a real browser: the queue, one complaint worked on until it is resolved, and the customer reads it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.phone.chromium import LOOKS
from tests.phone.test_signin_pages import Site
from tests.phone.test_staff import app, open_page, said, seen, sign_in, site

__all__ = ["site"]
pytestmark = pytest.mark.phone
NUMBERS = {("bn", "light"): 51, ("en", "dark"): 52, ("bn", "dark"): 53, ("en", "light"): 54}
LANGUAGE = "from bijoli.customers.models import *; Customer.objects.filter(phone='+880173400{number:04}').update(language='{language}')"


@pytest.mark.parametrize(("language", "look"), LOOKS)
def test_from_the_queue_to_the_customer(site: Site, browser: Browser, language: str, look: str) -> None:
    number, tag = NUMBERS[language, look], f"{language}-{look}"
    said("shell", "-v0", "-c", f"from tests.phone.complained import complained; complained({number}, '{language}')")
    invitation = re.search(
        r"Invitation: (\S+)", said("staff", "add", f"0173400{number:04}", "--role", "administrator", "--name", "সালমা বেগম")
    )
    assert invitation
    said("shell", "-c", LANGUAGE.format(number=number, language=language))
    with open_page(site, browser, language, look) as staff, open_page(site, browser, language, look) as customer:
        sign_in(site, staff, f"0173400{number:04}", "/staff/")
        staff.wait_for_url("**/staff/enrol/")
        staff.locator("details summary").click()
        secret = staff.locator(".token").inner_text().replace(" ", "")
        staff.locator("[name=invitation]").fill(invitation.group(1))
        staff.locator("[name=code]").fill(app(secret))
        staff.locator("main form button").click()
        expect(staff.locator(".codes li")).to_have_count(10)
        staff.goto("/staff/complaints/complaint/")
        seen(staff, f"complaints-{tag}")
        staff.goto("/staff/complaints/complaint/?state=danger")
        staff.locator("tbody a").first.click()
        expect(staff.locator("dl.facts").first).to_be_visible()
        seen(staff, f"complaint-danger-{tag}")
        staff.goto("/staff/complaints/complaint/?about=money")
        staff.locator("tbody a").first.click()
        staff.locator("form[action$='/work/'] button").click()
        staff.locator("form[action$='/reply/'] textarea").fill("আপনার বিলটি আবার হিসাব করছি।")
        staff.locator("form[action$='/reply/'] button").click()
        staff.locator("details:has(form[action$='/resolve/']) summary").click()
        staff.locator("form[action$='/resolve/'] select").select_option("explained")
        staff.locator("form[action$='/resolve/'] textarea").fill("রিডিং ঠিক আছে: শীতাতপ যন্ত্রের মাস।")
        staff.locator("form[action$='/resolve/'] button").click()
        expect(staff.get_by_text("রিডিং ঠিক আছে").first).to_be_visible()
        expect(staff.locator("form[action$='/resolve/']")).to_have_count(0)
        seen(staff, f"complaint-resolved-{tag}")
        sign_in(site, customer, f"0173300{number:04}", "/help/complaints/")
        customer.wait_for_url("**/help/complaints/")
        customer.locator("a.item .chip.good").first.click()
        expect(customer.get_by_text("রিডিং ঠিক আছে").first).to_be_visible()
