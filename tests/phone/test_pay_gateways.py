"""Each gateway as a person meets it: its own page on another site, every way back from there, and every way to get lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.phone.house import House
from tests.phone.walks import Phone, choose, head_end, orders, taken, title, to_gateway, to_quote, walk

pytestmark = pytest.mark.phone
HAPPY = [("bkash", "success", "bn"), ("nagad", "pay", "en"), ("sslcommerz", "pay", "bn")]
UNHAPPY = [
    ("bkash", "cancel", "en", "cancelled"),
    ("bkash", "failure", "bn", "failed"),
    ("bkash", "poor", "en", "failed"),
    ("nagad", "abort", "bn", "cancelled"),
    ("nagad", "fail", "en", "failed"),
    ("sslcommerz", "cancel", "en", "cancelled"),
    ("sslcommerz", "fail", "bn", "failed"),
]
PAYS = {"bkash": "success", "nagad": "pay", "sslcommerz": "pay"}
OPENS = {"bkash": "create", "nagad": "initialize", "sslcommerz": "session"}


@pytest.mark.parametrize(("gateway", "choice", "language"), HAPPY)
def test_paid_and_on_the_meter(house: House, phones: dict[str, Phone], gateway: str, choice: str, language: str) -> None:
    her, home = phones[language], phones[language].person.homes[0]
    with walk(her.context) as page:
        goes = to_quote(page)
        to_gateway(page, gateway)
        assert all(not cookie["value"] for cookie in her.context.cookies(page.url)), "the gateway got our cookies"
        choose(page, choice)
        title(page, her.said["on the meter"])
        expect(page.locator("ol.way li.done")).to_have_count(3)
        assert page.locator("#live .lines dd.total").inner_text() == goes
        expect(page.locator(".same")).to_be_visible()
        assert min(name.bounding_box()["width"] for name in page.locator("#live .lines dt").all()) > 80, "the names are squeezed"
        house.later()
        house.reading(home, balance=1234.5)
        expect(page.locator(".note.good .num, .note.good").first).to_contain_text("১,২৩৪.৫০" if language == "bn" else "1,234.50")
        page.locator("nav.bottom a[href*='/recharge/']").click()
        expect(page.locator("main")).not_to_contain_text("84.50")
    assert taken(house, orders(house, her.person)[0]) == [50000]


def test_each_step_is_seen_while_it_lasts(house: House, english: Phone) -> None:
    """The head-end fails, then takes the credit for later, then the meter itself reports it: the page follows without a touch."""
    head_end(house, {"fault": "error_before", "times": 1000})
    with walk(english.context) as page:
        to_quote(page, 2)
        to_gateway(page, "sslcommerz")
        choose(page, "pay")
        title(page, english.said["on its way"])
        expect(page.locator("ol.way li.done")).to_have_count(1)
        head_end(house, {"fault": "late", "seconds": 3600})
        expect(page.locator("ol.way li.done")).to_have_count(2)
        order = orders(house, english.person)[0]
        credited = house.rows("SELECT split FROM payments_vend WHERE order_id = %s", order["id"])[0]["split"]["credited"] / 100
        credit = {"order": order["number"], "channel": "SSLCOMMERZ", "gross": 500.0, "credited": credited, "tokens": []}
        house.event(english.person.homes[2], "credit", "prepay", credit=credit)
        expect(page.locator("ol.way li.done")).to_have_count(3)
        title(page, english.said["on the meter"])


@pytest.mark.parametrize(("gateway", "choice", "language", "said"), UNHAPPY)
def test_not_paid_is_said_and_tried_again(
    house: House, phones: dict[str, Phone], gateway: str, choice: str, language: str, said: str
) -> None:
    her = phones[language]
    with walk(her.context) as page:
        to_quote(page, amount="612.50")
        to_gateway(page, gateway)
        choose(page, choice)
        title(page, her.said[said])
        expect(page.locator("ol.way")).to_have_count(0)
        page.locator("#live a.button[href*='/quote/']").click()
        expect(page.locator("input[name=amount]")).to_have_value("612.50")
        expect(page.locator("button.gate:enabled")).to_have_count(3)
    assert taken(house, orders(house, her.person)[0]) == []


@pytest.mark.parametrize("gateway", PAYS)
def test_the_way_back_is_lost_and_the_order_found_in_the_app(house: House, english: Phone, gateway: str) -> None:
    house.gates.fault(gateway, "lost_return")
    house.gates.fault(gateway, "no_notice")
    with walk(english.context) as page:
        to_quote(page)
        to_gateway(page, gateway)
        page.locator(f"button[value={PAYS[gateway]}]").click()
        expect(page.locator("main")).to_contain_text("This window was closed")
        page.goto("/recharge/")
        page.locator("a.item[href*='/pay/']").first.click()
        title(page, english.said["on the meter"])
    assert taken(house, orders(house, english.person)[0]) == [50000]


@pytest.mark.parametrize(("gateway", "language"), [("bkash", "bn"), ("nagad", "en"), ("sslcommerz", "bn")])
def test_another_amount_than_ordered_is_looked_at_by_a_person(house: House, phones: dict[str, Phone], gateway: str, language: str) -> None:
    her = phones[language]
    house.gates.fault(gateway, "amount_tampered", paisa=100)
    with walk(her.context) as page:
        to_quote(page)
        to_gateway(page, gateway)
        choose(page, PAYS[gateway])
        title(page, her.said["looked at"])
        order = orders(house, her.person)[0]
        expect(page.locator("#live")).to_contain_text(order["number"])
        expect(page.locator("#live a[href^='tel:']")).to_be_visible()
        expect(page.locator("ol.way")).to_have_count(0)
    assert order["state"] == "review"
    assert taken(house, order) == [100]
    assert not house.rows("SELECT id FROM payments_vend WHERE order_id = %s", order["id"])


@pytest.mark.parametrize(("gateway", "instead"), [("bkash", "nagad"), ("nagad", "sslcommerz"), ("sslcommerz", "bkash")])
def test_a_gateway_that_does_not_answer(house: House, english: Phone, gateway: str, instead: str) -> None:
    house.gates.fault(gateway, "cut", call=OPENS[gateway])
    with walk(english.context) as page:
        to_quote(page)
        page.locator(f"button.gate.{gateway}").click()
        expect(page.locator(".note.off[role=alert]")).to_contain_text("did not answer. Nothing was paid.")
        to_gateway(page, instead)
        choose(page, PAYS[instead])
        title(page, english.said["on the meter"])
    new, old = orders(house, english.person)[:2]
    assert (old["gateway"], new["gateway"]) == (gateway, instead)
    assert taken(house, new, old) == [50000]


def test_a_gateway_that_rests_is_greyed(house: House, english: Phone) -> None:
    house.rows("DELETE FROM payments_gatewaycall WHERE gateway = 'nagad' RETURNING id")
    house.gates.fault("nagad", "http_500", call="initialize", times=100)
    with walk(english.context) as page:
        to_quote(page)
        for _ in range(5):
            key = page.locator("input[name=key]").input_value()
            page.locator("button.gate.nagad").click()
            expect(page.locator("input[name=key]")).not_to_have_value(key)
        expect(page.locator("button.gate.nagad")).to_be_disabled()
        expect(page.locator("button.gate.nagad")).to_contain_text("Does not answer at present")
        expect(page.locator("button.gate:enabled")).to_have_count(2)
    house.rows("DELETE FROM payments_gatewaycall WHERE gateway = 'nagad' RETURNING id")
