"""The pages as a person sees them: what is theirs, what is known, how old it is, and nothing of anybody else."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.customers.models import Access, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.tell import tell
from bijoli.metering.columns import Readings
from bijoli.metering.events import CreditTold, Event, record_events
from bijoli.metering.models import Meter, MeterState
from bijoli.metering.record import record
from tests.households import meter, person, telling

pytestmark = pytest.mark.django_db
STAGES = ["L0", "L1", "L2", "L3", "Z1", "Z2", "Z3", "ZR", "O1", "O2", "O3", "OR", "T1", "T2", "TR"]
ENDED = ("/", "/n/", "/usage/", "/recharge/", "/bills/", "/help/", "/settings/")


@pytest.fixture
def owner() -> Customer:
    return person(language="en", name="Rahima")


@pytest.fixture
def home(owner: Customer) -> Meter:
    made = meter(owner, nickname="Home")
    MeterState.objects.get_or_create(meter=made, defaults={"sanctioned_load_w": 5000})
    return made


@pytest.fixture
def page(client: Client, owner: Customer) -> Client:
    client.force_login(owner)
    return client


def public_id(at: Meter) -> str:
    return str(at.installations.get().usage_point.account.public_id)


def read(at: Meter, when: datetime, **values: Any) -> None:
    """A reading, recorded as the machines' door records it."""
    record(Readings.of([{"meter": int(at.number), "at": int(when.timestamp()), **values}]), when)


def told(at: Meter, code: str = "L1", when: datetime | None = None, **facts: Any) -> Notification:
    """A stage, told to everyone of the meter."""
    moment = when or timezone.now()
    own = {"own_limit_paisa": 30000} if code == "L0" else {}
    Access.objects.update(own_limit_paisa=own.get("own_limit_paisa"))
    tell([telling(at, code, at=moment, facts={"balance_paisa": 8450, "limit": 10000, **facts}, **own)], moment)
    return Notification.objects.latest("pk")


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("path", ENDED)
def test_a_guest_is_led_to_sign_in(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"].startswith("/accounts/login/")


def test_home_says_how_much_is_left_and_of_when(page: Client, home: Meter) -> None:
    read(home, timezone.now() - timedelta(minutes=4), balance=64250, load=900)
    said = text(page.get("/"))
    assert "642.50" in said
    assert "4 minutes ago" in said
    assert "Good" in said
    assert f"•••• {home.number[-4:]}" in said
    assert home.number not in said


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"balance": 9999}, "Balance is low"),
        ({"balance": 10000}, "Good"),
        ({"balance": 0}, "Balance finished"),
        ({"balance": -350}, "Balance finished"),
        ({"balance": 64250, "relay": 2}, "Power off"),
        ({"balance": 64250, "relay": 3}, "The load was too high"),
        ({"load": 100}, "Balance not known"),
    ],
)
def test_the_state_is_said_in_words(page: Client, home: Meter, values: dict[str, int], words: str) -> None:
    read(home, timezone.now(), **values)
    assert words in text(page.get("/"))


def test_an_own_limit_makes_a_higher_balance_low(page: Client, home: Meter) -> None:
    Access.objects.update(own_limit_paisa=30000)
    read(home, timezone.now(), balance=29900)
    assert "Balance is low" in text(page.get("/"))


def test_a_silent_meter_and_an_old_value_are_marked(page: Client, home: Meter) -> None:
    read(home, timezone.now() - timedelta(hours=9), balance=64250)
    answer = page.get("/")
    assert "Meter silent" in text(answer)
    assert 'class="old"' in answer.content.decode()


def test_what_is_not_known_is_never_zero(page: Client, home: Meter) -> None:
    said = text(page.get("/"))
    assert "No reading yet" in said
    assert "No data" in said
    assert "৳ 0.00" not in said


def test_a_person_without_an_account_is_told_what_to_do(page: Client) -> None:
    for path in ("/", "/usage/", "/recharge/"):
        assert "No account is linked to your number yet" in text(page.get(path))


def test_a_postpaid_account_shows_use_and_has_bills_instead(page: Client, home: Meter) -> None:
    account = home.installations.get().usage_point.account
    account.mode = "postpaid"
    account.save()
    for ago, register in ((26, 1000), (2, 9000), (0, 9500)):
        read(home, timezone.now() - timedelta(hours=ago), register=register)
    answer = page.get("/")
    assert "Recharge" not in text(answer)
    assert f"/bills/{account.public_id}/" in answer.content.decode()
    assert page.get(f"/recharge/{account.public_id}/").headers["Location"] == f"/bills/{account.public_id}/"
    assert "Your next bill will stand here" in text(page.get(f"/bills/{account.public_id}/"))


def test_recharges_stand_with_every_charge(page: Client, home: Meter) -> None:
    charges = [{"name": "demand", "paisa": 8400}, {"name": "Fan subsidy", "paisa": 100}]
    credit = CreditTold(35395, "TX-1", 50000, 2381, 176, charges, "bKash", ["12345678901234567890"])
    record_events([Event(int(home.number), int(timezone.now().timestamp()) - 60, "prepay", "credit", credit=credit)], timezone.now())
    said = text(page.get(f"/recharge/{public_id(home)}/"))
    for words in ("৳ 500.00", "−23.81", "Demand charge", "−84.00", "Fan subsidy", "1.76", "353.95", "TX-1", "1234 5678 9012 3456 7890"):
        assert words in said


@pytest.mark.parametrize("language", ["bn", "en"])
@pytest.mark.parametrize("code", STAGES)
def test_the_detail_of_every_stage(page: Client, owner: Customer, home: Meter, code: str, language: str) -> None:
    owner.language = language
    owner.save()
    answer = page.get(f"/n/{told(home, code, load_w=5600, sanctioned_w=5000, counter=2).public_id}/")
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == language
    assert answer.content.decode().count("<h1") == 1


def test_the_detail_of_an_overload_shows_the_loads_around_it(page: Client, home: Meter) -> None:
    now = timezone.now().replace(microsecond=0)
    for quarter, load in enumerate((3000, 4000, 5600, 4200)):
        read(home, now - timedelta(minutes=15 * (3 - quarter)), load=load)
    told_at = now - timedelta(minutes=15)
    answer = page.get(f"/n/{told(home, 'O1', when=told_at, load_w=5600, sanctioned_w=5000).public_id}/")
    assert answer.content.decode().count('class="col') == 4
    assert "5.6" in text(answer)
    assert "over the limit" in text(answer)


def test_the_seconds_from_the_meter_to_the_phone_are_shown(page: Client, home: Meter) -> None:
    one = told(home)
    moment = one.received_at or timezone.now()
    Delivery.objects.filter(notification=one).update(
        status="displayed", sent_at=moment + timedelta(seconds=0.3), displayed_at=moment + timedelta(seconds=0.8)
    )
    said = text(page.get(f"/n/{one.public_id}/"))
    assert "0.8 seconds" in said
    assert "Shown on your phone" in said


def test_why_no_push_came_is_said(page: Client, home: Meter) -> None:
    assert "notifications are not on for any of your phones" in text(page.get(f"/n/{told(home).public_id}/"))


def test_opening_the_list_is_not_reading_but_the_button_is(page: Client, home: Meter) -> None:
    one = told(home)
    assert 'data-count="1"' in page.get("/n/").content.decode()
    page.get(f"/n/{one.public_id}/")
    assert page.get("/unread").json()["unread"] == 1
    assert page.post(f"/n/{one.public_id}/read").headers["Location"] == f"/n/{one.public_id}/"
    assert page.get("/unread").json() == {"unread": 0, "ids": []}


def test_all_can_be_marked_as_read(page: Client, home: Meter) -> None:
    told(home, "L1")
    told(home, "T1")
    page.post("/n/read")
    assert page.get("/unread").json()["unread"] == 0
    assert page.get("/n/read").status_code == 405


def test_the_list_goes_by_days_and_pages(page: Client, home: Meter) -> None:
    start = timezone.now() - timedelta(days=40)
    for day in range(40):
        Notification.objects.filter(pk=told(home, "L1").pk).update(made_at=start + timedelta(days=day))
    answer = page.get("/n/")
    assert answer.content.decode().count('class="item') == 30
    older = re.search(r'href="(\?before=[^"]+)"', answer.content.decode())
    assert older is not None
    rest = page.get("/n/" + older.group(1)).content.decode()
    assert rest.count('class="item') == 10
    assert "?before=" not in rest
    assert page.get("/n/?before=nonsense").status_code == 200


def test_what_was_replaced_or_late_says_so(page: Client, home: Meter) -> None:
    Notification.objects.filter(pk=told(home).pk).update(superseded_at=timezone.now())
    told(home, "T1", late=True)
    said = text(page.get("/n/"))
    assert "No longer so" in said
    assert "Told late by the meter" in said


def test_nobody_sees_what_is_another_persons(page: Client) -> None:
    stranger = meter(person())
    secret = told(stranger)
    paths = [f"/{place}/{public_id(stranger)}/" for place in ("usage", "recharge", "bills")] + [f"/n/{secret.public_id}/"]
    for path in paths:
        answer = page.get(path)
        assert answer.status_code == 404
        assert "This page does not exist" in text(answer)
    page.post(f"/n/{secret.public_id}/read")
    assert Notification.objects.get(pk=secret.pk).read_at is None


def test_access_that_has_ended_shows_nothing_more(page: Client, owner: Customer, home: Meter) -> None:
    one = told(home)
    Access.objects.filter(customer=owner).update(until=timezone.now() - timedelta(seconds=1))
    assert page.get(f"/usage/{public_id(home)}/").status_code == 404
    assert page.get(f"/n/{one.public_id}/").status_code == 404


def test_home_asks_the_database_no_more_for_more_accounts(page: Client, owner: Customer, home: Meter) -> None:
    page.get("/")  # the session is noted as in use
    with CaptureQueriesContext(connection) as one:
        page.get("/")
    for _ in range(12):
        meter(owner)
    with CaptureQueriesContext(connection) as new:
        page.get("/")  # the homes that came are learnt, all of them at once
    assert len(new) <= len(one) + 12
    with CaptureQueriesContext(connection) as many:
        page.get("/")
    assert len(many) == len(one) <= 16
