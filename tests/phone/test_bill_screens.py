"""The screens of a postpaid account: its bills, one bill, paying it; in both languages and both themes, as a person and as axe see them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from bijoli.core.money import to_taka
from bijoli.core.tariff import charge
from bijoli.tariffs.reads import file_book
from tests.phone.chromium import LOOKS
from tests.phone.house import DHAKA, Home, House, Person
from tests.phone.test_screens import looking, seen

pytestmark = pytest.mark.phone
UNITS = (182, 214, 305, 341, 268, 226)  # kWh of six months, the last one the latest


def bill(home: Home, month: date, units: int, register: int) -> dict[str, Any]:
    """A month's bill, due 22 days after the month."""
    after = (month + timedelta(days=31)).replace(day=1)
    lines = charge(units * 1000, file_book().at("LT-A", month), sanctioned_w=5000)
    written = [
        {"name": line.name, "amount": str(to_taka(line.paisa))}
        | ({"kwh": line.energy_wh / 1000, "rate": str(to_taka(line.rate))} if line.energy_wh and line.rate else {})
        for line in lines
    ]
    return {
        "number": f"{month:%m%y}{home.account}",
        "account": home.account,
        "month": f"{month:%Y-%m}",
        "issued_on": f"{after + timedelta(days=2)}",
        "due_on": f"{datetime.now(DHAKA).date() + timedelta(days=4) if units == UNITS[-1] else after + timedelta(days=22)}",
        "disconnect_on": f"{datetime.now(DHAKA).date() + timedelta(days=30)}",
        "meter": home.meter,
        "previous_kwh": register,
        "current_kwh": register + units,
        "energy_kwh": units,
        "lines": written,
        "total": str(to_taka(sum(line.paisa for line in lines))),
    }


def owes(house: House, home: Home) -> None:
    """The home is postpaid from now on, and has two bills to pay."""
    house.rows("UPDATE customers_account SET mode = 'postpaid' WHERE number = %s RETURNING id", home.account)
    token, month, bills = house.command("billsource", "house").strip().splitlines()[-1], datetime.now(DHAKA).date().replace(day=1), []
    for units in reversed(UNITS):
        month = (month - timedelta(days=1)).replace(day=1)
        bills.append(bill(home, month, units, 4000 + len(bills) * 300))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urlopen(Request(f"{house.url}/till/bills", json.dumps(bills[:2]).encode(), headers), timeout=30) as answer:  # noqa: S310 ours
        assert json.load(answer)["accepted"] == 2


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    """Somebody whose first home is postpaid, with six bills: one overdue, one due, the others too."""
    somebody = house.person()
    owes(house, somebody.homes[0])
    house.command("upkeep", "bills told")  # the timer's turn comes each minute: longer than a test waits
    house.month(somebody.homes[0])
    house.reading(somebody.homes[0], register_kwh=870, load_kw=1.1)
    return somebody


@pytest.fixture(scope="module", params=LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser, person: Person) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, person) as found:
        yield found


def test_what_is_told_of_a_new_bill_and_what_may_be_switched_off(look: tuple[BrowserContext, str], house: House, person: Person) -> None:
    context, called = look
    house.wait_for(person, "B1", "made_at")
    page = context.new_page()
    page.goto("/n/?kind=bill")
    seen(page, f"notifications-bill-{called}")
    page.locator("a.item").first.click()
    page.wait_for_url("**/n/*-*/")
    seen(page, f"notification-B1-{called}")
    page.locator("a.button[href*='/bills/']").click()
    page.wait_for_url("**/bills/*/*/")
    page.goto("/settings/alerts/")
    page.locator("details.account").first.evaluate("one => { one.open = true }")
    seen(page, f"alert-settings-postpaid-{called}")
    page.close()


def test_bills_one_bill_and_paying_it(look: tuple[BrowserContext, str]) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/")
    seen(page, f"home-postpaid-{called}")
    page.goto("/bills/")
    seen(page, f"bills-{called}")
    page.goto(page.url.rstrip("/") + "/pay/")
    seen(page, f"bills-pay-{called}")
    page.goto("/bills/")
    page.locator("section.list a.item").first.click()
    page.wait_for_load_state()
    seen(page, f"bill-{called}")
    page.locator("a.button:not(.soft)").click()
    page.wait_for_load_state()
    seen(page, f"bill-pay-{called}")
    page.locator("details.more summary").click()
    page.locator("input#amount").fill("৫০")
    page.locator("details.more button").click()
    expect(page.locator("input#amount[aria-invalid]")).to_be_focused()
    seen(page, f"bill-pay-wrong-{called}")
    page.locator("input#amount").fill("500")
    page.locator("details.more button").click()
    expect(page.locator("p.balance")).to_contain_text("500.00" if called.startswith("en") else "৫০০.০০")
    expect(page.locator("input[name=amount][type=hidden]")).to_have_value("500.00")
    seen(page, f"bill-pay-part-{called}")
    page.close()
