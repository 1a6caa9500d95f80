"""The customer's ways to their end: complaints from where something is wrong, an account added and left, one's own data."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import phone
from tests.phone.house import DHAKA, House, Person
from tests.phone.test_chromium import sign_in
from tests.phone.test_complaints import RESOLVE, choose
from tests.phone.test_screens import looking, seen
from tests.phone.test_why import DAYS, TAKEN, taken_on

pytestmark = pytest.mark.phone
LOOKS = [("bn", "light"), ("en", "dark")]
NUMBER = re.compile(r"C\d{6}-\d{5}")
SAID = {"bn": "আবারও একই সমস্যা, মিস্ত্রি আসেননি।", "en": "The same again; nobody came."}


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    """Somebody with a low balance at home, and a shop from which 25 taka went for no reason."""
    somebody = house.person()
    house.charged(somebody.homes[1], DAYS, TAKEN)
    house.reading(somebody.homes[0], balance=84.5, register_kwh=870, load_kw=1.1)
    house.wait_for(somebody, "L1", "made_at")
    return somebody


@pytest.fixture(scope="module", params=LOOKS, ids=[language for language, _theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser, person: Person) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, person) as found:
        yield found


def sent(page: Page, text: str) -> str:
    """Types into the form that is open and sends it; the number it got."""
    page.locator("#id_text").fill(text)
    page.locator("form.complaint button.button").click()
    page.wait_for_url("**?sent=1")
    number = page.locator("p.big b").inner_text()
    assert NUMBER.fullmatch(number), number
    return number


def test_an_alert_complained_of_and_opened_again(house: House, look: tuple[BrowserContext, str], person: Person) -> None:
    context, called = look
    language = called[:2]
    house.forget_limits()
    told = house.told(person, "L1")
    assert told is not None
    page = context.new_page()
    page.goto(f"/n/{told['public_id']}/")
    page.locator("a[href*='/help/complaints/new/?alert=']").click()
    choose(page, "voltage")
    expect(page.locator("dl.lines dd", has_text="84.50" if language == "en" else "৮৪.৫০").first).to_be_visible()
    number = sent(page, SAID[language])
    facts = house.rows("SELECT facts->0->>'id' AS alert FROM complaints_complaint WHERE number = %s", number)
    assert facts == [{"alert": str(told["public_id"])}]
    house.command("shell", "-v0", "-c", RESOLVE.format(number=number))
    page.goto(page.url.partition("?")[0])
    page.locator("details.more summary", has=page.locator("xpath=../form[contains(@action, '/reopen')]")).click()
    page.locator("#again").fill(SAID[language])
    page.locator("form[action$='/reopen'] button").click()
    expect(page.locator("ol.time li.ahead")).to_be_visible()
    expect(page.locator("ol.time p.typed", has_text=SAID[language])).to_be_visible()
    seen(page, f"ways-reopened-{called}")
    kept = house.rows("SELECT reopened, resolved_at FROM complaints_complaint WHERE number = %s", number)
    assert kept == [{"reopened": 1, "resolved_at": None}]
    page.close()


def test_an_unexplained_charge_complained_of(house: House, look: tuple[BrowserContext, str], person: Person) -> None:
    context, called = look
    house.forget_limits()
    page = context.new_page()
    page.goto("/recharge/")
    page.locator("details.switch summary").first.click()
    page.locator(".menu a").nth(1).click()
    page.wait_for_url(re.compile(r"/recharge/[0-9a-f-]{36}/"))
    page.locator("a[href$='/why/']").click()
    page.wait_for_url("**/why/")
    page.goto(f"{page.url}?month={taken_on()[:7]}&day={taken_on()}")
    page.locator("a[href*='charge='][href*='category=balance']").first.click()
    expect(page.locator("[name=category][value=balance]")).to_be_checked()
    expect(page.locator("dl.lines.roomy dd", has_text="25.00" if called.startswith("en") else "২৫.০০").first).to_be_visible()
    seen(page, f"ways-charge-{called}")
    number = sent(page, SAID[called[:2]])
    [kept] = house.rows("SELECT category, facts->0->>'kind' AS fact FROM complaints_complaint WHERE number = %s", number)
    assert kept == {"category": "balance", "fact": "charge"}
    page.close()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_an_account_added_by_number_and_left(house: House, browser: Browser, person: Person, language: str, theme: str) -> None:
    tenant, shop = house.person(), person.homes[1]
    with looking((language, theme), house, browser, tenant) as (context, called):
        house.forget_limits()
        page = context.new_page()
        page.goto("/settings/accounts/add/")
        page.locator("[name=account]").fill(shop.account)
        page.locator("[name=meter]").fill(shop.meter)
        page.locator("main form.card button").click()
        page.wait_for_url("**/accounts/code/")
        seen(page, f"ways-add-code-{called}")
        page.locator("main [name=code]").fill(house.code(person))  # its owner tells it
        page.locator("main form.card button").click()
        expect(page.locator("article.slide")).to_have_count(len(tenant.homes) + 1)
        theirs = page.locator("article.slide").last.locator("a[href^='/recharge/']").first.get_attribute("href") or ""
        page.goto("/accounts/profile/")
        page.locator("a[href$='/leave/']").last.click()
        page.locator("main button.danger").click()
        page.wait_for_url("**/accounts/profile/")
        expect(page.locator("a[href$='/leave/']")).to_have_count(len(tenant.homes))
        answer = page.goto(theirs)
        assert answer is not None
        assert answer.status == 404


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_a_tenant_until_a_day_that_is_moved(house: House, browser: Browser, language: str, theme: str) -> None:
    owner, tenant = house.person(), house.person()
    last = datetime.now(DHAKA).date() + timedelta(days=30)
    with looking((language, theme), house, browser, owner) as (context, called):
        page = context.new_page()
        page.goto("/accounts/profile/")
        page.locator("a[href$='/people/']").first.click()
        page.locator("input[name=phone]").fill(tenant.phone)
        page.locator("input[name=role][value=tenant]").check()
        page.locator("#id_until").fill(last.isoformat())
        page.locator("main form button.button:not(.soft):not(.danger)").last.click()
        expect(page.locator("main .note.good")).to_be_visible()
        with looking((language, theme), house, browser, tenant) as (theirs, _called):
            other = theirs.new_page()
            other.goto("/")
            other.locator("button[value=accept]").click()
            expect(other.locator("article.slide")).to_have_count(len(tenant.homes) + 1)
        page.reload()
        page.locator("main details.more summary").first.click()
        until = page.locator("main details.more input[name=until]").first
        expect(until).to_have_value(last.isoformat())
        until.fill((last + timedelta(days=1)).isoformat())
        page.locator("main details.more button.soft").first.click()
        expect(page.locator("main .note.good")).to_be_visible()
        expect(page.locator("main details.more input[name=until]").first).to_have_value((last + timedelta(days=1)).isoformat())
        seen(page, f"ways-people-until-{called}")


@pytest.mark.parametrize("language", ["bn", "en"])
def test_consent_ones_own_data_and_the_end(house: House, browser: Browser, language: str) -> None:
    somebody = house.person()
    context = phone(browser, house.url)
    house.forget_limits()
    page = context.new_page()
    sign_in(page, house, somebody, language)
    page.goto("/settings/privacy/")
    first = page.locator("section[aria-labelledby=yes] li").first
    for given in ("1", "0"):
        first.locator(f"button[name=given][value='{given}']").click()
        expect(first.locator(f"button[name=given][value='{1 - int(given)}']")).to_be_visible()
    page.locator("section.fold summary").click()
    expect(page.locator("section.fold ol.time li")).to_have_count(2)
    with page.expect_download() as waiting:
        page.locator("form[action$='/download/'] button").click()
    with zipfile.ZipFile(waiting.value.path()) as packed:
        assert any(somebody.homes[0].account.encode() in packed.read(name) for name in packed.namelist())
    house.forget_limits()
    page.goto("/settings/privacy/delete/")
    page.locator("button[name=action][value=send]").click()
    page.locator("main [name=code]").fill(house.code(somebody))
    page.locator("main form.card button.danger").click()
    expect(page.locator("main .dot.good")).to_be_visible()
    page.goto("/")
    page.wait_for_url("**/accounts/login/**")
    assert house.rows("SELECT id FROM customers_customer WHERE phone = %s", f"+88{somebody.phone}") == []
    context.close()
