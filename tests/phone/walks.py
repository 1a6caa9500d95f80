"""A person on the way to a gateway and back, on a phone that writes down every complaint of the browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.phone.chromium import phone
from tests.phone.house import House, Person
from tests.phone.sold import sells
from tests.phone.test_chromium import sign_in

SIZE = {"width": 390, "height": 844}
ORDER = re.compile(r"//localhost:\d+/pay/[0-9a-f-]{36}/$")
SAID = {
    "bn": {"on its way": "পরিশোধ হয়েছে, মিটারে যাচ্ছে", "on the meter": "মিটারে যোগ হয়েছে", "failed": "পরিশোধ ব্যর্থ হয়েছে"},
    "en": {"on its way": "Paid, on its way to the meter", "on the meter": "On the meter", "failed": "Payment failed"},
}
SAID["bn"] |= {"cancelled": "পরিশোধ বাতিল করা হয়েছে", "looked at": "আমরা বিষয়টি দেখছি", "bill paid": "বিল পরিশোধ হয়েছে"}
SAID["en"] |= {"cancelled": "Payment cancelled", "looked at": "We are looking into it", "bill paid": "The bill is paid"}


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone on which this person is signed in; `said`: what the app says in their language."""

    context: BrowserContext
    person: Person
    said: dict[str, str]


@contextmanager
def signed_in(house: House, browser: Browser) -> Iterator[dict[str, Phone]]:
    """Two people by their language, each with three prepaid homes for which credit is sold."""
    found = {}
    for language, said in SAID.items():
        somebody = house.person()
        for home in somebody.homes[:3]:
            house.reading(home, balance=84.5, register_kwh=870, load_kw=1.1)
            sells(house, home)
        context = phone(browser, house.url, viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
        house.forget_limits()
        page = context.new_page()
        sign_in(page, house, somebody, language)
        page.close()
        found[language] = Phone(context, somebody, said)
    try:
        yield found
    finally:
        for each in found.values():
            each.context.close()


@contextmanager
def walk(context: BrowserContext, *expected: str) -> Iterator[Page]:
    """A page of this phone. At the end nothing was broken: no script, no rule of a page's policy, no file that is missing.

    `expected`: what a complaint may hold all the same.
    """
    page, said = context.new_page(), list[str]()
    page.on("console", lambda told: said.append(f"{told.type} at {page.url}: {told.text}") if told.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(f"script at {page.url}: {error}"))
    try:
        yield page
    finally:
        page.close()
    wrong = [one for one in said if not any(words in one for words in expected)]
    assert not wrong, "\n".join(wrong)


def to_quote(page: Page, place: int = 0, amount: str = "500") -> str:
    """By the navigation bar, the person's n-th account and an amount, to the quote; returns what goes to the meter, as it is written."""
    page.goto("/")
    page.locator("nav.bottom a[href*='/recharge/']").click()
    if place:
        page.locator("details.switch summary").first.click()
        page.locator(".menu a").nth(place).click()
        page.wait_for_url(re.compile(r"/recharge/[0-9a-f-]{36}/"))
    page.locator("#amount").fill(amount)
    page.locator("form[action$='/quote/'] .button").click()
    return page.locator(".offer .lines dd.total").inner_text()


def to_gateway(page: Page, gateway: str) -> None:
    """Presses the gateway's button and waits for its own page, which belongs to another site."""
    page.locator(f"button.gate.{gateway}").click()
    at_gateway(page, gateway)


def at_gateway(page: Page, gateway: str) -> None:
    page.wait_for_url(re.compile(rf"//127\.0\.0\.1:\d+/{gateway}/pay/"))


def choose(page: Page, choice: str) -> None:
    """Presses a button of the hosted page and waits for the way back to the order's page."""
    page.locator(f"button[value={choice}]").click()
    page.wait_for_url(ORDER)


def title(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("h1").last).to_have_text(words)


def orders(house: House, person: Person) -> list[dict[str, Any]]:
    """The person's orders, newest first."""
    return house.rows(
        """SELECT o.id, o.public_id, o.number, o.state, o.gateway, o.amount_paisa FROM payments_order o
           JOIN customers_customer c ON c.id = o.customer_id WHERE c.phone = %s ORDER BY o.id DESC""",
        f"+88{person.phone}",
    )


def taken(house: House, *found: dict[str, Any]) -> list[int]:
    """Paisa that the gateways took for these orders, payment by payment."""
    return [one["paisa"] for order in found for one in house.gates.money(order=order["number"]) if one["kind"] == "payment"]


def head_end(house: House, *faults: dict[str, Any]) -> None:
    """From now on these go wrong, and no others."""
    body = json.dumps(faults).encode()
    request = Request(f"http://127.0.0.1:{house.vend_port}/_faults", body, {"Content-Type": "application/json"}, method="PUT")
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 200
