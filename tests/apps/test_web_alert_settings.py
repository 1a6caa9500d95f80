"""The alert settings: own limits, what may be switched off, quiet hours, and what then becomes of alerts; the centre's filters."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.customers.alertchoices import set_alert_choices, set_quiet_hours
from bijoli.customers.models import Access, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.tell import tell
from bijoli.metering import numbers
from bijoli.metering.columns import Readings
from bijoli.metering.limits import set_edges
from bijoli.metering.models import Meter, MeterState
from bijoli.metering.record import record
from tests.households import NIGHT, meter, person, phone, telling

pytestmark = pytest.mark.django_db
PAGE = "/settings/alerts/"
EVERY = ["L0", "O1", "S1"]


@pytest.fixture
def owner() -> Customer:
    return person(language="en")


@pytest.fixture
def home(owner: Customer) -> Meter:
    numbers.forget()
    made = meter(owner, nickname="Home")
    MeterState.objects.create(meter=made, sanctioned_load_w=5000)
    return made


@pytest.fixture
def page(client: Client, owner: Customer) -> Client:
    client.force_login(owner)
    return client


def account_of(at: Meter) -> str:
    return str(at.installations.get().usage_point.account.public_id)


def choose(page: Client, at: Meter, limit: str = "", on: list[str] | None = None) -> Any:
    """What the form of this account sends; `on` are the switches that are ticked."""
    return page.post(PAGE, {"account": account_of(at), "limit": limit, "on": EVERY if on is None else on})


def choices(at: Meter) -> Access:
    return Access.objects.get(account__usage_point__installations__meter=at)


def read(at: Meter, minutes_ago: int, **values: Any) -> None:
    """A reading, through record and watch."""
    moment = int((timezone.now() - timedelta(minutes=minutes_ago)).timestamp())
    record(Readings.of([{"meter": int(at.number), "at": moment, **values}]), timezone.now())
    watch.drain()


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_guest_is_led_to_sign_in(client: Client) -> None:
    for answer in (client.get(PAGE), client.post(PAGE, {"from": "21:00", "until": "06:00"})):
        assert answer.headers["Location"].startswith("/accounts/login/")


def test_the_settings_lead_here_and_the_page_says_what_is_always_on(page: Client, home: Meter) -> None:
    assert f'href="{PAGE}"' in page.get("/settings/").content.decode()
    said = text(page.get(PAGE))
    for words in ("Home", "Always on", "Balance under ৳ 100", "nobody can switch them off", "silently, never late"):
        assert words in said
    assert 'value="22:00"' in page.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("typed", "paisa"), [("300", 30000), ("৩০০", 30000), ("৩০০.৫০", 30050), (" ৳ 1,00,000 ", 10_000_000), ("100.01", 10001), ("", None)]
)
def test_a_limit_is_taken_in_either_digits(page: Client, home: Meter, typed: str, paisa: int | None) -> None:
    Access.objects.update(own_limit_paisa=20000)
    assert choose(page, home, typed).headers["Location"] == PAGE
    assert choices(home).own_limit_paisa == paisa


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("100", "Choose more than ৳ 100."),
        ("0", "Choose more than ৳ 100."),
        ("100000.01", "The limit can be ৳ 1,00,000 at most."),
        ("three hundred", "Write an amount in taka"),
        ("-300", "Write an amount in taka"),
        ("300.555", "Write an amount in taka"),
        ("12,50", "Write an amount in taka"),
        ("1e5", "Write an amount in taka"),
        ("9" * 400, "Write an amount in taka"),
        ("\x00", "Write an amount in taka"),
    ],
)
def test_a_bad_limit_gets_words_and_keeps_what_was_typed(page: Client, home: Meter, typed: str, words: str) -> None:
    Access.objects.update(own_limit_paisa=20000)
    answer = choose(page, home, typed, on=["L0"])
    assert words in text(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert 'value="O1" checked' not in answer.content.decode()
    assert (choices(home).own_limit_paisa, choices(home).muted_kinds) == (20000, [])


def test_the_words_come_in_bangla_too(page: Client, owner: Customer, home: Meter) -> None:
    Customer.objects.update(language="bn")
    assert "৳ ১০০-এর বেশি লিখুন" in text(choose(page, home, "৯৯"))
    choose(page, home, "300.5")
    assert 'value="৩০০.৫০"' in page.get(PAGE).content.decode()


def test_someone_elses_account_is_not_there(page: Client, home: Meter) -> None:
    stranger = meter(person())
    assert choose(page, stranger, "300", on=[]).status_code == 404
    assert choices(stranger).own_limit_paisa is None
    assert account_of(stranger) not in page.get(PAGE).content.decode()
    for nobody in (str(uuid4()), "nonsense", ""):
        assert page.post(PAGE, {"account": nobody}).status_code == 404


def test_access_that_has_ended_is_not_there_and_changes_nothing(page: Client, owner: Customer, home: Meter) -> None:
    Access.objects.update(until=timezone.now())
    assert choose(page, home, "300").status_code == 404
    account = choices(home).account.public_id
    assert not set_alert_choices(owner.pk, account, muted=["L0"], own_limit_paisa=30000)
    assert choices(home).own_limit_paisa is None


def test_one_persons_choices_are_not_anothers(page: Client, owner: Customer, home: Meter) -> None:
    other = Access.objects.create(customer=person(), account=choices(home).account)
    choose(page, home, "300", on=[])
    other.refresh_from_db()
    assert (other.own_limit_paisa, other.muted_kinds) == (None, [])
    assert Access.objects.get(customer=owner).muted_kinds == EVERY


@pytest.mark.parametrize("muted", [["L1"], ["L0", "Z2"], ["T1"]])
def test_nobody_can_switch_off_what_is_always_on(page: Client, owner: Customer, home: Meter, muted: list[str]) -> None:
    with pytest.raises(ValueError, match="may not be switched off"):
        set_alert_choices(owner.pk, choices(home).account.public_id, muted=muted, own_limit_paisa=None)
    with pytest.raises(ValueError, match="out of bounds"):
        set_alert_choices(owner.pk, choices(home).account.public_id, muted=[], own_limit_paisa=100_00)
    choose(page, home, on=["O1", "X", *muted])
    assert set(choices(home).muted_kinds) <= {"L0", "S1"}


def test_a_push_before_a_price_step_is_asked_for_and_the_notice_declined(page: Client, owner: Customer, home: Meter) -> None:
    other = Access.objects.create(customer=person(), account=choices(home).account)
    answer = page.post(PAGE, {"account": account_of(home), "limit": "", "on": EVERY, "ask": ["S1", "L1", "X"]})
    assert answer.headers["Location"] == PAGE
    mine = Access.objects.get(customer=owner)
    assert (mine.muted_kinds, mine.asked_kinds) == ([], ["S1"])
    assert re.search(r'name="ask" value="S1" checked', page.get(PAGE).content.decode())
    page.post(PAGE, {"account": account_of(home), "limit": "", "on": ["L0", "O1"]})
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.muted_kinds, mine.asked_kinds, other.asked_kinds) == (["S1"], [], [])
    with pytest.raises(ValueError, match="need not be asked for"):
        set_alert_choices(owner.pk, mine.account.public_id, muted=[], own_limit_paisa=None, asked=["L1"])


def test_a_bad_limit_forgets_no_wish(page: Client, home: Meter) -> None:
    answer = page.post(PAGE, {"account": account_of(home), "limit": "99", "on": EVERY, "ask": ["S1"]})
    assert re.search(r'name="ask" value="S1" checked', answer.content.decode())


def test_a_postpaid_account_has_no_limit_to_set(page: Client, home: Meter) -> None:
    Access.objects.update(own_limit_paisa=20000, muted_kinds=["L0"])
    account = choices(home).account
    account.mode = "postpaid"
    account.save()
    assert 'name="limit"' not in page.get(PAGE).content.decode()
    choose(page, home, "300", on=[])
    assert (choices(home).own_limit_paisa, choices(home).muted_kinds) == (20000, sorted([*EVERY, "B1", "B2", "B3"]))


def test_299_is_told_under_an_own_limit_of_300_and_no_more_without_it(page: Client, owner: Customer, home: Meter) -> None:
    phone(owner)
    read(home, 60, balance=29900)
    assert not Notification.objects.exists()
    choose(page, home, "৩০০")
    read(home, 45, balance=29900)
    assert [one.code for one in Notification.objects.all()] == ["L0"]
    assert Delivery.objects.get().status == "queued"
    read(home, 30, balance=40000)
    choose(page, home, "")
    assert MeterState.objects.get().edges is None
    read(home, 15, balance=29900)
    assert Notification.objects.count() == 1


def test_a_limit_that_did_not_change_leaves_the_meter_alone(page: Client, home: Meter) -> None:
    Access.objects.update(own_limit_paisa=30000)
    set_edges([home.pk])
    read(home, 60, balance=50000)
    band = MeterState.objects.get().balance_band
    choose(page, home, "300", on=["O1"])
    assert MeterState.objects.get().balance_band == band >= 0


@pytest.mark.parametrize(("on", "status", "reason"), [(["L0"], "suppressed", "opted out"), (EVERY, "queued", "")])
def test_a_muted_overload_is_recorded_and_not_pushed(
    page: Client, owner: Customer, home: Meter, on: list[str], status: str, reason: str
) -> None:
    phone(owner)
    choose(page, home, on=on)
    read(home, 15, load=5010)
    told = Delivery.objects.get(notification__code="O1")
    assert (told.status, told.reason) == (status, reason)
    assert f"/n/{told.notification.public_id}/" in page.get("/n/").content.decode()


def silent_at_night(at: Meter, code: str = "L1", **fields: Any) -> bool:
    tell([telling(at, code, at=NIGHT, **fields)], NIGHT)
    return bool(Delivery.objects.latest("pk").silent)


def test_quiet_hours_are_the_persons_own(page: Client, owner: Customer, home: Meter) -> None:
    phone(owner)
    assert silent_at_night(home)
    assert page.post(PAGE, {"from": "01:30", "until": "01:30"}).headers["Location"] == PAGE
    assert not silent_at_night(home)
    assert "None" in text(page.get(PAGE))
    page.post(PAGE, {"from": "২৩:০০", "until": "6:15"})
    owner.refresh_from_db()
    assert (owner.quiet_from, owner.quiet_until) == (time(23), time(6, 15))
    assert silent_at_night(home)
    page.post(PAGE, {"from": "23:00", "until": "06:15", "default": "1"})
    owner.refresh_from_db()
    assert (owner.quiet_from, owner.quiet_until) == (None, None)


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [("22:00", "", "Give both times"), ("", "07:00", "Give both times"), ("24:00", "07:00", "hours and minutes"), ("ten", "7", "hours")],
)
def test_wrong_hours_get_words_and_change_nothing(page: Client, owner: Customer, begin: str, end: str, words: str) -> None:
    answer = page.post(PAGE, {"from": begin, "until": end})
    assert words in text(answer)
    owner.refresh_from_db()
    assert owner.quiet_from is None
    with pytest.raises(ValueError, match="two ends"):
        set_quiet_hours(owner.pk, time(1), None)


def test_the_form_needs_its_token(owner: Customer, home: Meter) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert choose(strict, home, "300").status_code == 403


def told(at: Meter, code: str, count: int = 1) -> None:
    for _ in range(count):
        tell([telling(at, code, at=timezone.now())], timezone.now())


def entries(answer: Any) -> int:
    return int(answer.content.decode().count('class="item'))


def test_the_centre_shows_one_kind_or_one_account(page: Client, owner: Customer, home: Meter) -> None:
    shop = meter(owner, nickname="Shop")
    told(home, "L1")
    told(home, "T1")
    told(shop, "T1")
    assert entries(page.get("/n/")) == 3
    assert entries(page.get("/n/?kind=tamper")) == 2
    assert entries(page.get(f"/n/?kind=tamper&account={account_of(shop)}")) == 1
    assert entries(page.get(f"/n/?account={account_of(home)}")) == 2
    assert entries(page.get("/n/?kind=nonsense&account=nonsense")) == 3
    assert "Nothing of this kind" in text(page.get("/n/?kind=overload"))
    assert re.search(r'href="\?kind=tamper" aria-current="true"', page.get("/n/?kind=tamper").content.decode())
    assert page.get(f"/n/?account={account_of(meter(person()))}").status_code == 404


def test_older_ones_keep_the_filter(page: Client, owner: Customer, home: Meter) -> None:
    meter(owner)
    told(home, "L1", 3)
    told(home, "T1", 31)
    first = page.get(f"/n/?kind=tamper&account={account_of(home)}").content.decode()
    older = re.search(r'href="(\?[^"]*before=[^"]+)"', first)
    assert older is not None
    rest = page.get("/n/" + older.group(1).replace("&amp;", "&"))
    assert entries(rest) == 1
    assert 'href="?kind=low&amp;account=' in rest.content.decode()
