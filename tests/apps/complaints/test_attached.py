"""A charge that nothing explains and a payment go with a complaint, as they were then."""

import re
import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone

from bijoli.complaints.models import Complaint
from bijoli.payments.models import Order
from tests import households
from tests.apps.staff.conftest import member
from tests.towndays import Town

__all__ = ["member"]
pytestmark = pytest.mark.django_db
NEW = "/help/complaints/new/"
ON = date(2026, 10, 15)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode().replace("\u00a0", " ")))


@pytest.fixture
def town(db):
    return Town()


@pytest.fixture
def charged(town, client):
    """An account from which 25 taka went on 15 October, and its person signed in."""
    row = town.home_of("LT-A")
    town.take(row, 25_00, ON)
    client.force_login(town.person(row, language="en"))
    return town.account(row)


def form(account, **fields):
    return {"draft": str(uuid.uuid4()), "category": "balance", "account": str(account.public_id), "text": "Why?", **fields}


def test_a_charge_comes_with_its_whole_sum(client, charged):
    page = client.get(f"/usage/{charged.public_id}/why/?month=2026-10&day=2026-10-15").content.decode()
    link = re.search(rf'href="{NEW}\?([^"]*charge=2026-10-15[^"]*)"', page)
    assert link is not None
    shown = client.get(f"{NEW}?{link.group(1).replace('&amp;', '&')}")
    assert "৳ 25.00 · 15 October" in text(shown)
    client.post(NEW, form(charged, charge="2026-10-15"))
    (fact,) = Complaint.objects.get().facts
    assert (fact["kind"], fact["paisa"], fact["first"], fact["last"]) == ("charge", -25_00, "2026-10-15", "2026-10-15")
    assert fact["sum"]["remainder"] == -25_00
    assert "৳ 25.00 · 15 October" in text(client.get(f"/help/complaints/{Complaint.objects.get().public_id}/"))


def test_staff_see_the_whole_sum(client, charged, member):
    client.post(NEW, form(charged, charge="2026-10-15"))
    shown = text(member("service").client.get(f"/staff/complaints/complaint/{Complaint.objects.get().public_id}/"))
    assert "The sum as the customer saw it" in shown
    assert "Tariff LT-A" in shown


def test_a_charge_of_another_account_does_not(client, charged, town):
    other = town.account(town.home_of("LT-E"))
    assert client.post(NEW, form(other, charge="2026-10-15")).status_code == 422
    client.post(NEW, form(charged, charge="2027-10-15"))
    assert Complaint.objects.get().facts == []


def test_a_payment_comes_with_its_number_and_state(client, her, account):
    now = timezone.now()
    made = {"number": "R2611281234567", "key": uuid.uuid4(), "purpose": "recharge", "account": account, "amount_paisa": 500_00}
    order = Order.objects.create(**made, customer=her, gateway="bkash", state="paid", paid_at=now, expires_at=now + timedelta(hours=1))
    client.force_login(her)
    shown = text(client.get(f"{NEW}?order={order.public_id}&category=not_credited"))
    assert "R2611281234567" in shown
    client.post(NEW, form(account, category="not_credited", order=str(order.public_id)))
    (fact,) = Complaint.objects.get().facts
    assert (fact["kind"], fact["number"], fact["paisa"], fact["state"]) == ("order", "R2611281234567", 500_00, "paid")
    client.force_login(households.person(language="en"))
    assert "R2611281234567" not in text(client.get(f"{NEW}?order={order.public_id}"))
