"""The Bills place: what is to be paid until when, each bill, its paper, paying it whole, in part, over, twice, and nobody else's."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.core.utility import Paying
from bijoli.customers.models import Account, Customer
from bijoli.payments import gateways
from bijoli.payments.gateways.port import Begun, GatewayAway, Payable
from bijoli.payments.models import Bill, Order
from tests.apps.papers import read
from tests.apps.payments import billing
from tests.apps.payments.billing import amounts, bill, home, paid
from tests.households import person

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


class Gate:
    """A gateway that is outside: it opens sessions, or does not answer."""

    name, executes = "bkash", False

    def __init__(self) -> None:
        self.begun: list[Payable] = []
        self.away = False

    def begin(self, payable: Payable) -> Begun:
        if self.away:
            raise GatewayAway("no answer")
        self.begun.append(payable)
        return Begun(url=f"https://gate.test/{payable.number}", ref=payable.number)


@pytest.fixture
def gate(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    settings.GATEWAYS = ["bkash"]
    settings.UTILITY = replace(settings.UTILITY, paying=Paying(partial=True, over=True))
    monkeypatch.setitem(gateways.MAKERS, "bkash", lambda: made)
    gateways.gateway.cache_clear()
    return made


@pytest.fixture
def her() -> Customer:
    return person(language="en")


@pytest.fixture
def flat(her: Customer) -> Account:
    return home(her)


@pytest.fixture
def client(her: Customer) -> Client:
    made = Client()
    made.force_login(her)
    return made


def due(account: Account, days: int = 3, **fields: Any) -> Bill:
    days_ = {"issued_on": f"{TODAY - timedelta(days=30)}", "due_on": f"{TODAY + timedelta(days=days)}"}
    lines = "energy:394.50:75:5.26;energy:540.00:75:7.20;demand:42.00;vat:23.50"
    return bill(account, now=timezone.now(), **{**days_, "month": f"{TODAY:%Y-%m}", "lines": lines, **fields})


def of(one: Bill, end: str = "") -> str:
    return f"/bills/{one.account.public_id}/{one.public_id}/{end}"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_without_a_bill_the_place_says_so(client: Client, flat: Account) -> None:
    assert "Your next bill will stand here" in text(client.get(f"/bills/{flat.public_id}/"))


def test_the_bill_that_is_due(client: Client, flat: Account, gate: Gate) -> None:
    mine = due(flat, disconnect_on=f"{TODAY + timedelta(days=20)}")
    said = text(client.get(f"/bills/{flat.public_id}/"))
    assert "৳ 1,000.00" in said
    assert "৳ 1,050.00" in said  # after the last day
    assert "Pay bill" in said
    assert of(mine, "pay/") in client.get(f"/bills/{flat.public_id}/").content.decode()


def test_home_shows_the_bill_its_last_day_and_the_button(client: Client, flat: Account, gate: Gate) -> None:
    mine = due(flat)
    shown = client.get("/").content.decode()
    assert "1,000.00" in shown
    assert "Last day:" in shown
    assert of(mine, "pay/") in shown
    paid(flat, 100_000, mine, timezone.now())
    assert "1,000.00" not in client.get("/").content.decode()


def test_an_overdue_bill_has_its_late_fee(client: Client, flat: Account, gate: Gate) -> None:
    mine = due(flat, days=-2)
    said = text(client.get(of(mine)))
    assert "Overdue" in said
    assert "1,050.00" in said
    assert "৳ 50.00" in said
    flat.usage_point.tariff = "XX"
    flat.usage_point.save()
    assert "not known to this app" in text(client.get(of(mine)))


def test_a_bill_shows_its_slabs_registers_and_payments(client: Client, flat: Account, her: Customer, gate: Gate) -> None:
    mine = due(flat, late="12.34")
    billing.money(billing.order(flat, 40_000, mine, timezone.now()), timezone.now())
    said = text(client.get(of(mine)))
    for words in ("75 units at ৳ 5.26", "৳ 394.50", "1,150", "123456", mine.number, "৳ 400.00", "৳ 600.00", "৳ 612.34"):
        assert words in said, words


def test_the_paper_has_what_a_bill_must_show(client: Client, flat: Account) -> None:
    mine = due(flat, disconnect_on=f"{TODAY + timedelta(days=20)}")
    answer = client.get(of(mine, "pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert flat.number not in answer["Content-Disposition"]
    printed = " ".join(page.text for page in read(answer.content))
    for words in (flat.number, mine.number, "123456", "1,000.00", "1,050.00", "394.50", "Hotline"):
        assert words in printed, words


def form(client: Client, one: Bill, **query: str) -> dict[str, str]:
    """The pay form's hidden fields."""
    shown = client.get(of(one, "pay/"), query).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(key|amount)" value="([^"]+)"', shown))


def test_paying_leads_to_the_gateway_and_twice_is_once(client: Client, flat: Account, her: Customer, gate: Gate) -> None:
    mine = due(flat)
    fields = form(client, mine)
    assert fields["amount"] == "1000.00"
    first = client.post(of(mine, "pay/"), {**fields, "gateway": "bkash"})
    again = client.post(of(mine, "pay/"), {**fields, "gateway": "bkash"})
    order = Order.objects.get()
    assert (first.status_code, again["Location"]) == (303, first["Location"])
    assert (order.amount_paisa, order.bill_id, order.customer_id, order.state) == (100_000, mine.pk, her.pk, "pending")
    assert [each.amount_paisa for each in gate.begun] == [100_000]


@pytest.mark.parametrize(("typed", "amount"), [("400", 40_000), ("১,২০০.৫০", 120_050)])
def test_a_part_or_more(client: Client, flat: Account, gate: Gate, typed: str, amount: int) -> None:
    mine = due(flat)
    client.post(of(mine, "pay/"), {**form(client, mine, amount=typed), "gateway": "bkash"})
    assert Order.objects.get().amount_paisa == amount


@pytest.mark.parametrize("typed", ["99", "999", "x", "0", "-5", "99999999999999999999"])
def test_an_amount_that_may_not_be_is_refused_before_paying(client: Client, flat: Account, gate: Gate, typed: str) -> None:
    mine = due(flat)
    assert 'role="alert"' in client.get(of(mine, "pay/"), {"amount": typed}).content.decode()
    answer = client.post(of(mine, "pay/"), {"key": str(uuid.uuid4()), "amount": typed, "gateway": "bkash"})
    assert 'role="alert"' in answer.content.decode()
    assert 'name="gateway"' not in answer.content.decode()  # nobody shall pay another amount by mistake
    assert not Order.objects.exists()


def test_only_the_whole_where_parts_are_not_allowed(client: Client, flat: Account, gate: Gate, settings: Any) -> None:
    settings.UTILITY = replace(settings.UTILITY, paying=Paying())
    mine = due(flat)
    shown = client.get(of(mine, "pay/")).content.decode()
    assert "Pay another amount" not in shown
    answer = client.post(of(mine, "pay/"), {"key": str(uuid.uuid4()), "amount": "500", "gateway": "bkash"})
    assert "can only be paid as a whole" in text(answer)


def test_a_gateway_that_is_away_is_told_kindly(client: Client, flat: Account, gate: Gate) -> None:
    mine = due(flat)
    gate.away = True
    answer = client.post(of(mine, "pay/"), {**form(client, mine), "gateway": "bkash"})
    assert "Nothing was paid" in text(answer)
    assert "<form" in answer.content.decode()


def test_all_that_is_open_is_paid_at_once(client: Client, flat: Account, gate: Gate) -> None:
    due(flat, days=-2, month="2026-01")
    due(flat)
    assert f"/bills/{flat.public_id}/pay/" in client.get("/").content.decode()
    page = f"/bills/{flat.public_id}/pay/"
    fields = dict(re.findall(r'<input type="hidden" name="(key|amount)" value="([^"]+)"', client.get(page).content.decode()))
    assert fields["amount"] == "2050.00"
    client.post(page, {**fields, "gateway": "bkash"})
    order = Order.objects.get()
    assert (order.bill_id, order.amount_paisa) == (None, 205_000)
    assert billing.money(order, timezone.now()).state == "done"
    receipt = text(client.get(f"/pay/{order.public_id}/"))
    assert "৳ 50.00" in receipt  # the late fee
    assert "Bill of January 2026" in receipt
    assert client.get(page)["Location"] == f"/bills/{flat.public_id}/"


def test_a_paid_bill_is_not_paid_again(client: Client, flat: Account, gate: Gate) -> None:
    mine = due(flat)
    paid(flat, 100_000, mine, timezone.now())
    assert client.get(of(mine, "pay/"))["Location"] == of(mine)
    assert "Paid" in text(client.get(of(mine)))


def test_a_viewer_looks_and_does_not_pay(flat: Account, gate: Gate) -> None:
    mine, viewer = due(flat), person(language="en")
    viewer.access.create(account=flat, role="viewer", since=timezone.now() - timedelta(days=40))
    client = Client()
    client.force_login(viewer)
    assert "Pay bill" not in text(client.get(of(mine)))
    assert client.get(of(mine, "pay/")).status_code == 404


@pytest.mark.parametrize("end", ["", "pdf", "pay/"])
def test_nobody_elses_bill(client: Client, flat: Account, gate: Gate, end: str) -> None:
    theirs = due(home(person()))
    assert client.get(of(theirs, end)).status_code == 404
    assert client.get(f"/bills/{flat.public_id}/{theirs.public_id}/{end}").status_code == 404  # her account, their bill
    assert client.get(f"/bills/{theirs.account.public_id}/{due(flat).public_id}/{end}").status_code == 404


def test_six_months_are_few_questions(client: Client, flat: Account, gate: Gate, django_assert_max_num_queries: Any) -> None:
    for back in range(6):
        month = (TODAY.replace(day=15) - timedelta(days=30 * back)).replace(day=1)
        due(flat, days=10 - 30 * back, month=f"{month:%Y-%m}", issued_on=f"{month - timedelta(days=40)}", **amounts("500.00"))
    client.get(f"/bills/{flat.public_id}/")
    with django_assert_max_num_queries(25):
        client.get(f"/bills/{flat.public_id}/")
