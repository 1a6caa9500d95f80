"""Paying as people do who hesitate, press twice, go back, have no scripts, type tokens, help a neighbour, or owe a bill."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.phone.chromium import phone
from tests.phone.house import House
from tests.phone.sold import sells
from tests.phone.test_bill_screens import owes
from tests.phone.walks import Phone, at_gateway, choose, orders, taken, title, to_gateway, to_quote, walk

pytestmark = pytest.mark.phone


@pytest.mark.parametrize(("gateway", "choice"), [("bkash", "success"), ("nagad", "pay"), ("sslcommerz", "pay")])
def test_back_from_the_gateway_and_the_same_again_is_one_payment(house: House, english: Phone, gateway: str, choice: str) -> None:
    before = len(orders(house, english.person))
    with walk(english.context) as page:
        to_quote(page)
        to_gateway(page, gateway)
        hosted = page.url
        page.go_back()
        to_gateway(page, gateway)
        assert page.url == hosted
        choose(page, choice)
        title(page, english.said["on the meter"])
        assert len(orders(house, english.person)) == before + 1
        page.goto(hosted)
        expect(page.locator("main")).to_contain_text("This payment is over")
    assert taken(house, *orders(house, english.person)[:1]) == [50000]


def test_back_from_the_gateway_and_another_one_instead(house: House, bangla: Phone) -> None:
    with walk(bangla.context) as page:
        to_quote(page)
        to_gateway(page, "bkash")
        page.go_back()
        page.locator("button.gate.nagad").click()
        expect(page.locator(".note.off[role=alert]")).to_contain_text("এই ফর্ম")
        to_gateway(page, "nagad")
        choose(page, "pay")
        title(page, bangla.said["on the meter"])
    new, old = orders(house, bangla.person)[:2]
    assert (old["gateway"], new["gateway"]) == ("bkash", "nagad")
    assert taken(house, new, old) == [50000]


def test_back_after_paying_does_not_pay_again(house: House, english: Phone) -> None:
    """From the receipt back to the gateway's page, which is over, and to the form, which knows that it was paid."""
    before = len(orders(house, english.person))
    with walk(english.context) as page:
        to_quote(page)
        to_gateway(page, "sslcommerz")
        choose(page, "pay")
        title(page, english.said["on the meter"])
        for _ in range(3):
            page.go_back()
            if page.locator("button.gate").count():
                break
            if "/sslcommerz/" in page.url:
                expect(page.locator("main")).to_contain_text("This payment is over")
        page.locator("button.gate.sslcommerz").click()
        page.wait_for_url(re.compile(r"localhost:\d+/pay/[0-9a-f-]{36}/$"))
        title(page, english.said["on the meter"])
    assert len(orders(house, english.person)) == before + 1
    assert taken(house, orders(house, english.person)[0]) == [50000]


@pytest.mark.parametrize("gateway", ["bkash", "nagad", "sslcommerz"])
def test_two_quick_taps_are_one_payment(house: House, english: Phone, gateway: str) -> None:
    before = len(orders(house, english.person))
    begun = "SELECT count(*) AS n FROM payments_gatewaycall WHERE what = 'begin' AND gateway = %s"
    calls = house.rows(begun, gateway)[0]["n"]
    with walk(english.context) as page:
        to_quote(page)
        page.locator(f"button.gate.{gateway}").dblclick()
        at_gateway(page, gateway)
    assert len(orders(house, english.person)) == before + 1
    assert house.rows(begun, gateway)[0]["n"] == calls + 1


def test_without_scripts_across_sites(house: House, browser: Browser, bangla: Phone) -> None:
    context = phone(browser, house.url, java_script_enabled=False, storage_state=bangla.context.storage_state())
    with walk(context) as page:
        to_quote(page)
        to_gateway(page, "sslcommerz")
        page.locator("button[value=pay]").click()
        page.locator("form#back button").click()
        title(page, bangla.said["on the meter"])
        expect(page.locator("ol.way li.done")).to_have_count(3)
    context.close()


def test_eighteen_tokens_are_copied_and_ticked_off(house: House, bangla: Phone) -> None:
    sells(house, bangla.person.homes[1], tokens=18)
    with walk(bangla.context, "ERR_INTERNET_DISCONNECTED") as page:
        to_quote(page, 1, "২০০০")
        to_gateway(page, "nagad")
        choose(page, "pay")
        rows, chip = page.locator("ol.tokens li"), page.locator("#tokens .chip")
        expect(rows).to_have_count(18)
        shown = rows.nth(0).locator(".token").inner_text()
        assert re.fullmatch(r"(\d{4} ){4}\d{4}", shown)
        rows.nth(0).locator("[data-copy]").click()
        expect(rows.nth(0).locator("[data-copy]")).to_have_text("কপি হয়েছে")
        assert page.evaluate("navigator.clipboard.readText()") == shown.replace(" ", "")
        for place in range(3):
            rows.nth(place).locator("button[name=typed]").click()
            expect(rows.nth(place)).to_have_class("typed")
        rows.nth(1).locator("button[name=typed]").click()  # not typed in after all
        expect(rows.nth(1)).to_have_class("next")
        page.reload()
        expect(chip).to_contain_text("২")
        expect(page.locator("ol.tokens li.typed")).to_have_count(2)
        expect(rows.nth(1)).to_have_class("next")
        bangla.context.set_offline(True)  # where the meter hangs
        rows.nth(1).locator("button[name=typed]").click()
        expect(rows.nth(1)).to_have_class("typed")
        bangla.context.set_offline(False)
        expect(chip).to_contain_text("৩")
        assert len({rows.nth(n).locator(".token").inner_text() for n in range(18)}) == 18


def test_somebody_elses_meter(house: House, english: Phone) -> None:
    theirs = house.person().homes[0]
    house.reading(theirs, balance=77.25)
    sells(house, theirs)
    with walk(english.context) as page:
        page.goto("/recharge/")
        page.locator("a.link-card[href='/recharge/other/']").click()
        page.locator("#number").fill(theirs.meter)
        page.locator("#amount").fill("300")
        page.locator("form[action$='/other/'] > .button").click()
        expect(page.locator("main")).to_contain_text(theirs.meter[-4:])
        expect(page.locator("main")).not_to_contain_text(theirs.meter)
        to_gateway(page, "bkash")
        choose(page, "success")
        title(page, english.said["on the meter"])
        expect(page.locator("main")).not_to_contain_text(theirs.meter)
        house.later()
        house.reading(theirs, balance=377.25)
        page.reload()
        expect(page.locator("main")).not_to_contain_text("377.25")
    assert taken(house, orders(house, english.person)[0]) == [30000]


def test_a_bill_is_paid(house: House, bangla: Phone) -> None:
    home = bangla.person.homes[3]
    owes(house, home)
    with walk(bangla.context) as page:
        page.goto("/bills/")
        page.locator("details.switch summary").first.click()
        page.locator(".menu a").nth(3).click()
        page.locator("section.list a.item").first.click()
        page.locator("a.button[href$='/pay/']").click()
        to_gateway(page, "sslcommerz")
        choose(page, "pay")
        title(page, bangla.said["bill paid"])
        expect(page.locator("ol.way")).to_have_count(0)
        page.locator(".back, header a").first.click()
        page.locator("section.list a.item").first.click()
        expect(page.locator("a.button[href$='/pay/']")).to_have_count(0)
