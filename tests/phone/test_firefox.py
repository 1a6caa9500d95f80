"""The whole truth, in stock Firefox: a reading at the meters' door, an encrypted push, the notification, the tap, the page, the bell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.phone.firefox import Firefox
from tests.phone.house import Home, House, Person
from tests.processes import wait_until

pytestmark = pytest.mark.phone
BANGLA = re.compile("[ঀ-৿]")


@dataclass(frozen=True, slots=True)
class Phone:
    """Somebody's Firefox, signed in, notifications on, Home open."""

    firefox: Firefox
    person: Person
    language: str

    def bell(self) -> int:
        """The number on the bell of the page that is open."""
        self.firefox.find("#bell b")
        shown = self.firefox.run("const count = document.querySelector('#bell b'); return count.hidden ? '0' : count.textContent")
        return int(shown)  # Bangla digits are digits to Python


def sign_in(firefox: Firefox, house: House, person: Person, language: str) -> None:
    """As a person does: language, number, code."""
    firefox.open(f"{house.url}/accounts/login/")
    if firefox.find("html").get_attribute("lang") != language:
        firefox.click(f"button[name=language][value={language}]")
        firefox.find(f"html[lang={language}]")
    firefox.type("input[name=phone]", person.phone)
    firefox.click("form[action='/accounts/login/'] button")
    firefox.type("#code-form input[name=code]", house.code(person))
    firefox.click("#code-form button")
    firefox.find("body[data-signed-in]")


def turn_on_push(firefox: Firefox, house: House) -> None:
    firefox.open(f"{house.url}/settings/")
    wait_until("the button to turn it on", lambda: firefox.sees("#push-on"))
    firefox.click("#push-on")
    wait_until("notifications are on", lambda: firefox.sees("#push-off"))


@contextmanager
def ready(house: House, language: str) -> Iterator[Phone]:
    """The phone of somebody new, all set up."""
    person = house.person()
    with Firefox(person.phone, house.push_url) as firefox:
        sign_in(firefox, house, person, language)
        turn_on_push(firefox, house)
        yield Phone(firefox, person, language)


@pytest.fixture(scope="module", params=["bn", "en"])
def phone(request: pytest.FixtureRequest, house: House) -> Iterator[Phone]:
    with ready(house, request.param) as it:
        yield it


@pytest.fixture(scope="module")
def bangla_phone(house: House) -> Iterator[Phone]:
    with ready(house, "bn") as it:
        yield it


def low(house: House, home: Home) -> None:
    house.reading(home, balance=520)
    house.reading(home, balance=84.5)


def finished(house: House, home: Home) -> None:
    house.reading(home, balance=210, relay="closed")
    house.reading(home, balance=-3, relay="open_credit")


def overload(house: House, home: Home) -> None:
    house.reading(home, load_kw=1.2)
    house.reading(home, load_kw=5.25)


def tamper(house: House, home: Home) -> None:
    house.event(home, "251")


KINDS: dict[str, tuple[Callable[[House, Home], None], int, dict[str, str]]] = {
    "L1": (low, 0, {"bn": "৮৪.৫০", "en": "84.50"}),
    "Z2": (finished, 1, {"bn": "বিদ্যুৎ", "en": "power"}),
    "O1": (overload, 2, {"bn": "৫.২৫", "en": "5.25"}),
    "T1": (tamper, 3, {"bn": "১৬৯৯৯", "en": "16999"}),
}


@pytest.mark.parametrize("code", KINDS)
def test_each_alert_reaches_the_phone_and_its_tap_opens_the_detail(house: House, phone: Phone, code: str) -> None:
    cause, place, words = KINDS[code]
    firefox = phone.firefox
    firefox.clear_alerts()
    firefox.open(house.url)
    before = phone.bell()
    cause(house, phone.person.homes[place])

    alert = firefox.wait_for_alert()
    assert bool(BANGLA.search(alert.title)) is (phone.language == "bn")
    assert words[phone.language].lower() in f"{alert.title} {alert.body}".lower()
    assert phone.person.homes[place].meter not in alert.body, "a lock screen is public"
    told = house.wait_for(phone.person, code, "status", "displayed")
    wait_until("the bell shows one more", lambda: phone.bell() == before + 1)

    firefox.tap(alert)
    firefox.wait_for_page(f"/n/{told['public_id']}/")
    assert alert.title in firefox.text("main h1")
    house.wait_for(phone.person, code, "status", "opened")
    house.wait_for(phone.person, code, "read_at")
    wait_until("the bell is as before", lambda: phone.bell() == before)
    assert firefox.alerts() == []


def test_a_test_message_shows_its_measured_seconds(house: House, phone: Phone) -> None:
    firefox = phone.firefox
    firefox.open(f"{house.url}/settings/")
    wait_until("the test button", lambda: firefox.sees("#push-try"))
    firefox.click("#push-try")
    wait_until("the seconds until shown", lambda: firefox.text("#trial [data-step=displayed] b"))
    firefox.wait_for_alert()
    firefox.clear_alerts()


def test_power_off_and_on_again_while_the_phone_sleeps_shows_only_that_it_is_on(house: House, bangla_phone: Phone) -> None:
    firefox, person = bangla_phone.firefox, bangla_phone.person
    home = person.homes[0]
    house.reading(home, balance=300, relay="closed")
    with firefox.asleep():
        house.reading(home, balance=-2, relay="open_credit")
        house.wait_for(person, "Z2", "sent_at")
        house.reading(home, balance=448, relay="closed")
        house.wait_for(person, "ZR", "sent_at")
        assert firefox.alerts() == []

    alert = firefox.wait_for_alert()
    house.wait_for(person, "ZR", "displayed_at")
    assert "৪৪৮" in alert.title + alert.body
    assert [alert] == firefox.alerts()
    off = house.told(person, "Z2")
    assert off is not None
    assert off["displayed_at"] is None
    firefox.clear_alerts()


def test_a_phone_whose_push_service_was_away_gets_what_waited(house: House, bangla_phone: Phone) -> None:
    firefox, person = bangla_phone.firefox, bangla_phone.person
    with house.without_push_service():
        house.event(person.homes[1], "251")
        wait_until("a first try", lambda: house.rows("SELECT 1 FROM delivery_delivery WHERE attempts > 0 AND status = 'queued'"))
    firefox.wait_for_alert(60)
    house.wait_for(person, "T1", "displayed_at")
    firefox.clear_alerts()


def test_a_subscription_that_ended_is_removed(house: House, bangla_phone: Phone) -> None:
    person = bangla_phone.person
    [device] = _devices(house, person)
    house.end_subscription(device["endpoint"])
    overload(house, person.homes[2])
    wait_until("the phone is gone from the list", lambda: _devices(house, person)[0]["gone_at"])
    told = house.told(person, "O1")
    assert told is not None
    assert (told["status"], "410" in told["reason"]) == ("failed", True)


def _devices(house: House, person: Person) -> list[dict[str, Any]]:
    return house.rows(
        "SELECT d.endpoint, d.gone_at FROM delivery_device d JOIN customers_customer c ON c.id = d.customer_id WHERE c.phone = %s",
        f"+88{person.phone}",
    )


def test_a_closed_browser_gets_the_push_at_its_next_start_without_any_page(house: House) -> None:
    with ready(house, "en") as phone:
        person = phone.person
    low(house, person.homes[0])
    house.wait_for(person, "L1", "sent_at")
    with Firefox(person.phone, house.push_url) as firefox:
        alert = firefox.wait_for_alert()
        assert "84.50" in alert.body
        firefox.tap(alert)
        firefox.wait_for_page("/n/")
        house.wait_for(person, "L1", "read_at")


def test_after_signing_out_the_phone_gets_nothing(house: House) -> None:
    with ready(house, "bn") as phone:
        firefox, person = phone.firefox, phone.person
        firefox.click("form[data-sign-out] button")
        firefox.find("input[name=phone]")
        low(house, person.homes[0])
        told = wait_until("it is told", lambda: house.told(person, "L1"))
        wait_until("the phone is gone from the list", lambda: _devices(house, person)[0]["gone_at"])
        assert told["displayed_at"] is None
        assert firefox.alerts() == []
