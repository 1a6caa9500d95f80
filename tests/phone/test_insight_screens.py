"""The slab notice and the overload coach as they come in earnest: readings, the night's learning, the round, the page; in every look."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.phone.chromium import LOOKS
from tests.phone.house import DAY_S, Home, House, Person
from tests.phone.test_screens import looking, seen

pytestmark = pytest.mark.phone
EDGES_KWH = (50, 75, 200, 300, 400, 600)


@pytest.fixture(scope="module")
def person(house: House) -> Person:
    """Somebody whose month comes near to an edge, and whose power tripped three evenings."""
    somebody = house.person()
    home, shop = somebody.homes[:2]
    house.month(home)
    house.command("upkeep", "homes")
    near_an_edge(house, home)
    house.command("upkeep", "slabs ahead")
    house.wait_for(somebody, "S1", "made_at")
    evening = int(time.time()) // DAY_S * DAY_S + 13 * 3600  # 19:00 in Dhaka
    for day in (2, 3, 4):
        at = evening - day * DAY_S
        house._post(
            "events", *({"meter": shop.meter, "at": at + s, "profile": "is15959", "code": code} for s, code in ((0, "215"), (20, "301")))
        )
    house.reading(shop, balance=730, load_kw=6.25)
    house.wait_for(somebody, "O2", "made_at")
    return somebody


def near_an_edge(house: House, home: Home) -> None:
    """The meter reports that the month stands three hundredths before the next edge."""
    sql = """SELECT h.month_wh, s.register_wh FROM insight_homeprofile h JOIN metering_meterstate s ON s.meter_id = h.meter_id
     JOIN metering_meter m ON m.id = h.meter_id WHERE m.number = %s"""
    [found] = house.rows(sql, home.meter)
    used = (found["register_wh"] - found["month_wh"]) / 1000
    edge = next(edge for edge in EDGES_KWH if edge * 0.97 > used)
    house.reading(home, balance=300, register_kwh=found["month_wh"] / 1000 + edge * 0.97, load_kw=0.5)
    time.sleep(1)  # the next reading of this meter is another second's


@pytest.fixture(scope="module", params=LOOKS, ids=[f"{language}-{theme}" for language, theme in LOOKS])
def look(request: pytest.FixtureRequest, house: House, browser: Browser, person: Person) -> Iterator[tuple[BrowserContext, str]]:
    with looking(request.param, house, browser, person) as found:
        yield found


@pytest.mark.parametrize("code", ["S1", "O2"])
def test_the_detail(house: House, look: tuple[BrowserContext, str], person: Person, code: str) -> None:
    context, called = look
    told = house.told(person, code)
    assert told is not None
    page = context.new_page()
    page.goto(f"/n/{told['public_id']}/")
    if code == "O2":
        expect(page.locator("section[aria-labelledby=coach]")).to_contain_text("3" if called.startswith("en") else "৩")
    seen(page, f"detail-{code}-{called}")
    page.close()


def test_the_list_and_its_filter(look: tuple[BrowserContext, str]) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/n/?kind=slab")
    expect(page.locator("main .item")).to_have_count(1)
    seen(page, f"notifications-slab-{called}")
    page.close()


def test_a_push_is_asked_for(look: tuple[BrowserContext, str]) -> None:
    context, called = look
    page = context.new_page()
    page.goto("/settings/alerts/")
    page.locator("details.account summary").first.click()
    wish = page.locator("input[name=ask]").first
    wish.set_checked(not wish.is_checked())
    wanted = wish.is_checked()
    page.locator("details.account button").first.click()
    page.locator("details.account summary").first.click()
    expect(page.locator("input[name=ask]").first).to_be_checked(checked=wanted)
    seen(page, f"alert-settings-wish-{called}")
    page.close()
