"""A tenant sees the home from moving in: each page says the same whether or not somebody lived there before."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.alerts.models import Episode, Stage
from bijoli.customers import holdings, rights, sharing
from bijoli.customers.models import Access, Account, Customer
from bijoli.customers.reads import account, accounts
from bijoli.customers.seen import SeenId
from bijoli.delivery import reads
from bijoli.delivery.models import Notification
from bijoli.delivery.queue import claim
from bijoli.delivery.tell import tell
from bijoli.insight import reads as insight
from bijoli.insight.models import HomeProfile, Question
from bijoli.metering import localday, numbers
from bijoli.metering import months as packing
from bijoli.metering import reads as metering
from bijoli.metering.columns import Readings
from bijoli.metering.events import CreditTold, Event, record_events
from bijoli.metering.models import Credit, Day, Meter, MeterState
from bijoli.metering.record import record
from bijoli.payments.models import Bill
from tests.apps.payments.billing import bill
from tests.households import meter, person, phone, telling

pytestmark = pytest.mark.django_db
DHAKA = ZoneInfo("Asia/Dhaka")
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=DHAKA)
MIDDLE, BEGIN = date(2026, 11, 10), date(2026, 10, 1)  # of the running month; and a month before it, whole
PAGES = [
    "/",
    "/n/",
    "/help/",
    "/help/power/{}/",
    "/help/complaints/new/?account={}&charge=2026-09-20",
    "/recharge/{}/",
    "/settings/alerts/",
    "/usage/{}/",
    "/usage/{}/?days=7",
    "/usage/{}/?month=2026-09",
    "/usage/{}/?month=2026-11&show=taka",
    "/usage/{}/daily.csv",
    "/usage/{}/daily.csv?month=2026-11",
    "/usage/{}/load.csv",
    "/usage/{}/load/",
    "/usage/{}/load/?month=2026-09",
    "/usage/{}/load/?month=2026-11",
    "/usage/{}/months.csv",
    "/usage/{}/months/",
    "/usage/{}/months/?show=taka",
    "/usage/{}/why/",
    "/usage/{}/why/?month=2026-09",
    "/usage/{}/why/?month=2026-11",
]


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers.forget()
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=DHAKA)


def home(role: str, since: date, mode: str = "prepaid") -> tuple[Customer, Meter, str]:
    """A home that was lived in for months, which the role sees since a day: readings, loads, recharges, alerts, a question."""
    one, owner = person(language="en"), person(language="en", name="Owner")
    made = meter(owner)
    point = made.installations.get().usage_point
    point.tariff, point.account.mode = "LT-A", mode
    point.save()
    point.account.save()
    Access.objects.create(customer=one, account=point.account, role=role, sees_from=midnight(since), since=midnight(since))
    MeterState.objects.get_or_create(meter=made, defaults={"sanctioned_load_w": 5000})
    first = date(2026, 7, 15)
    for n in range((NOW.date() - first).days):
        day = first + timedelta(days=n)
        at = midnight(day) + timedelta(hours=23, minutes=30)
        values = {"register": 1_000_000 + n * 8000, "balance": 90_000_00 - n * 50_00, "load": 6660 if day < since else 2000}
        record(Readings.of([{"meter": int(made.number), "at": int(at.timestamp()), **values}]), NOW)
    for day in (since - timedelta(days=20), since + timedelta(days=2)):
        paid_at = int(midnight(day).timestamp()) + 3600
        record_events([Event(int(made.number), paid_at, "credit", "1", f"c{day}", CreditTold(777_00, order=f"R{day}"))], NOW)
    past = midnight(since) - timedelta(days=3)
    episode = Episode.objects.create(meter=made, kind="overload", opened_at=past, memory={"opened": int(past.timestamp())})
    episode.stages.create(code="O1", at=past, received_at=past, load_w=6660)
    asked = {"first": past.date(), "last": past.date(), "part": made.pk, "paisa": -777, "arithmetic": {}, "created_at": past}
    Question.objects.create(account=point.account, customer=owner, **asked)
    return one, made, str(point.account.public_id)


def forget_the_past(made: Meter, since: date) -> None:
    """As if nobody had lived there before."""
    Day.objects.filter(meter=made, day__lt=localday.number(since)).delete()
    Credit.objects.filter(meter=made, at__lt=midnight(since)).delete()
    Episode.objects.filter(opened_at__lt=midnight(since)).delete()
    Notification.objects.filter(at__lt=midnight(since)).delete()
    Question.objects.all().delete()
    Bill.objects.filter(month__lt=since).delete()
    HomeProfile.objects.all().delete()


def said(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200, page
    return re.sub(r'name="(csrf|csrfmiddlewaretoken|draft|key)" (value|content)="[^"]+"|nonce="[^"]+"', "", answer.content.decode())


def walk(one: Customer, place: str, pages: list[str]) -> dict[str, str]:
    client = Client()
    client.force_login(one)
    return {page: said(client, page.format(place)) for page in pages}


def changed(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, str]]:
    """By page the first line that is another one."""
    lines = {page: zip(before[page].splitlines(), after[page].splitlines(), strict=False) for page in before if before[page] != after[page]}
    return {page: next(((old[-300:], new[-300:]) for old, new in pairs if old != new), ("", "")) for page, pairs in lines.items()}


@pytest.mark.parametrize("since", [MIDDLE, BEGIN])
@pytest.mark.parametrize("role", rights.FROM_MOVING_IN)
def test_no_page_knows_who_lived_there_before(role: str, since: date) -> None:
    one, made, place = home(role, since)
    pages = [page for page in PAGES if role == "tenant" or "complaints" not in page]
    before = walk(one, place, pages)
    forget_the_past(made, since)
    after = walk(one, place, pages)
    assert changed(before, after) == {}
    assert "6.66" not in "".join(before.values())


def test_the_same_walk_as_owner_sees_the_past() -> None:
    _one, made, place = home("tenant", MIDDLE)
    owner = Customer.objects.get(name="Owner")
    pages = [page for page in PAGES if "usage" in page and "?days=7" not in page]
    before = walk(owner, place, pages)
    forget_the_past(made, MIDDLE)
    after = walk(owner, place, pages)
    assert {page for page in pages if before[page] == after[page]} <= {"/usage/{}/why/?month=2026-09"}


def test_a_part_month_is_said_to_be_one() -> None:
    one, _made, place = home("tenant", MIDDLE)
    pages = walk(one, place, ["/usage/{}/months/", "/usage/{}/months.csv", "/usage/{}/why/", "/usage/{}/"])
    assert "You see this home from 10 November 2026 on: November 2026 is a part month." in pages["/usage/{}/months/"]
    assert "part month" in pages["/usage/{}/why/"]
    assert "You see this home from 10 November 2026 on." in pages["/usage/{}/"]
    head, newest, *rest = pages["/usage/{}/months.csv"].splitlines()
    assert head.endswith("part_month_from")
    assert (newest.split(",")[0], newest.split(",")[-1]) == ("2026-11", "2026-11-10")
    assert all(line.endswith(",,,,,") for line in rest)
    assert newest.split(",")[1] == "112.000"  # 14 whole days of 8 units, from the first register of the day of moving in


def test_a_month_that_begins_with_moving_in_is_whole() -> None:
    one, _made, place = home("tenant", BEGIN)
    seen = accounts(one.pk)[0]
    months = metering.months(seen.id, date(2026, 8, 1), NOW.date())
    assert [(one.energy_wh, one.whole, one.begins) for one in months[:2]] == [(None, False, None), (None, False, None)]
    assert (months[2].energy_wh, months[2].whole, months[2].begins) == (30 * 8000, True, None)
    assert "part month" not in walk(one, place, ["/usage/{}/months/"])["/usage/{}/months/"]


def test_packed_months_are_cut_too() -> None:
    one, made, _place = home("tenant", date(2026, 9, 11))
    seen = accounts(one.pk)[0]
    loose = metering.months(seen.id, date(2026, 8, 1), NOW.date())
    assert packing.pack_slice(made.pk, made.pk, *packing.bounds(NOW))
    assert metering.months(seen.id, date(2026, 8, 1), NOW.date()) == loose
    assert [(part.energy_wh, part.begins) for part in loose[:2]] == [(None, None), (19 * 8000, date(2026, 9, 11))]


def test_a_forecast_learns_of_own_days_alone() -> None:
    one, made, _place = home("tenant", BEGIN)
    seen, now = accounts(one.pk)[0], NOW.replace(hour=23, minute=40)
    record(Readings.of([{"meter": int(made.number), "at": int(NOW.timestamp()), "register": 9_000_000, "balance": 900_00}]), NOW)
    own = insight.forecast_of([seen.id], now)[seen.id]
    Day.objects.filter(day__lt=localday.number(BEGIN)).update(last_wh=None, first_wh=None)
    assert insight.forecast_of([seen.id], now)[seen.id] == own
    part = SeenId(seen.id, midnight(MIDDLE))  # of the month of moving in the slab is not known: nothing is forecast
    assert insight.outlook(part, now) is None
    assert insight.outlook(seen.id, now) is not None


def test_bills_begin_with_the_first_whole_month() -> None:
    one, _made, place = home("tenant", date(2026, 9, 10), mode="postpaid")
    flat = Account.objects.get(public_id=place)
    for month, number in (("2026-08", "B8"), ("2026-09", "B9"), ("2026-10", "B10")):
        bill(flat, NOW, month=month, number=number, issued_on=f"{month}-28", due_on=f"{month}-28")
    client = Client()
    client.force_login(one)
    shown = client.get(f"/bills/{place}/").content.decode()
    assert [str(each.public_id) in shown for each in Bill.objects.order_by("month")] == [False, False, True]
    assert [client.get(f"/bills/{place}/{each.public_id}/").status_code for each in Bill.objects.order_by("month")] == [404, 404, 200]
    assert client.get(f"/bills/{place}/pay/").status_code == 302  # "all of it" would pay the older ones first
    Access.objects.filter(customer=one).update(role="payer")
    assert client.get(f"/bills/{place}/{Bill.objects.order_by('month')[0].public_id}/").status_code == 200


@pytest.mark.parametrize("at", [midnight(MIDDLE) - timedelta(minutes=1), midnight(MIDDLE)])
def test_what_was_told_in_an_earlier_role_is_hidden_and_does_not_leave(at: datetime) -> None:
    one = person(language="en")
    made = meter(one, role="tenant", sees_from=midnight(MIDDLE))
    phone(one)
    tell([telling(made, at=at)], NOW)
    seen = at >= midnight(MIDDLE)
    assert len(reads.listing(one.pk)) == reads.unread(one.pk) == len(reads.unread_ids(one.pk)) == seen
    assert [each.live for each in claim(10, NOW)] == [seen]
    held = json.dumps(dict(notifications=holdings._held["notifications"][0](one.pk)), default=str)
    assert ("8450" in held) is seen


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 11, 9), date(2026, 11, 10)])
def test_a_step_of_price_tells_of_its_whole_month(day: date) -> None:
    one = person()
    made = meter(one, role="tenant", sees_from=midnight(day))
    flat = Account.objects.get()
    at = midnight(date(2026, 11, 12))
    Notification.objects.create(customer=one, account=flat, meter=made, kind="slab", code="S1", severity=1, at=at, made_at=at)
    assert len(reads.listing(one.pk)) == reads.unread(one.pk) == (day.day == 1)


def test_the_owner_says_since_when_and_may_say_it_earlier() -> None:
    owner, one = person(language="en"), person(language="en")
    meter(owner)
    flat, client = Account.objects.get(), Client()
    client.force_login(owner)
    page = f"/settings/accounts/{flat.public_id}/people/"
    assert client.post(page, {"phone": one.phone, "role": "tenant", "sees_from": "2026-11-26"}).status_code == 422
    assert client.post(page, {"phone": one.phone, "role": "tenant"}).status_code == 302
    assert sharing.answer(one.pk, sharing.for_me(one.pk, NOW)[0].public_id, accept=True, now=NOW)
    assert account(one.pk, flat.public_id).sees_from == NOW.date()  # type: ignore[union-attr]
    where = f"{page}{one.public_id}/"
    assert "sees the home from 25 November 2026 on" in client.get(page).content.decode()
    client.post(where, {"until": "", "sees_from": "2027-01-01"})
    client.post(where, {"until": ""})
    assert account(one.pk, flat.public_id).sees_from == NOW.date()  # type: ignore[union-attr]
    client.post(where, {"until": "", "sees_from": "2026-08-01"})
    assert account(one.pk, flat.public_id).sees_from == date(2026, 8, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("role", sorted(rights.RIGHTS))
def test_which_roles_begin(role: str) -> None:
    one = person()
    meter(one, role=role, since=midnight(MIDDLE) + timedelta(hours=14))
    assert accounts(one.pk)[0].sees_from == (MIDDLE if role in ("tenant", "viewer") else None)


def test_one_made_a_tenant_of_a_family_member_begins_today() -> None:
    owner, one = person(), person()
    meter(owner)
    flat = Account.objects.get()
    Access.objects.create(customer=one, account=flat, role="family", since=midnight(BEGIN))
    sharing.invite(owner.pk, flat.pk, one.phone, "tenant", None, NOW)
    sharing.answer(one.pk, sharing.for_me(one.pk, NOW)[0].public_id, accept=True, now=NOW)
    assert accounts(one.pk)[0].sees_from == NOW.date()


def test_the_story_of_an_alert_begins_there() -> None:
    one, made, _place = home("tenant", MIDDLE)
    stage = Stage.objects.get()
    late = Stage.objects.create(episode=stage.episode, code="O2", at=midnight(MIDDLE), received_at=midnight(MIDDLE), load_w=5550)
    at = {"stage_id": late.pk, "meter": made, "account": Account.objects.get(), "at": late.at, "made_at": NOW}
    told = Notification.objects.create(customer=one, kind="overload", code="O2", severity=2, **at)
    html = walk(one, "", [f"/n/{told.public_id}/"])[f"/n/{told.public_id}/"]
    assert html.count("far over") or html.count("Load")
    assert "6.66" not in html
