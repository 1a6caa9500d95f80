"""Access that ends, ends everywhere at once: what a phone keeps, what waits to be told, and what of one's own money stays."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.customers import linking
from bijoli.customers.models import Access, Account, Customer
from bijoli.delivery import reads
from bijoli.delivery.models import Notification
from bijoli.payments import telling as payments
from bijoli.payments.models import Order
from tests.households import meter, person, phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def left() -> tuple[Customer, Account, Client]:
    """Somebody with two accounts, signed in; the first is the one they will leave."""
    one, client = person(language="en"), Client()
    first = meter(one, role="family")
    meter(one)
    client.force_login(one)
    return one, Account.objects.get(usage_point__installations__meter=first), client


def kept_for(client: Client, page: str = "/") -> Any:
    return client.get(page).headers.get("X-Kept-For")


def test_a_phone_s_kept_pages_go_with_the_next_answer(left: tuple[Customer, Account, Client]) -> None:
    one, account, client = left
    before = kept_for(client)
    assert before
    assert {kept_for(client, page) for page in ("/", "/help/", "/settings/", f"/usage/{account.public_id}/")} == {before}
    linking.end(one.pk, account.pk, timezone.now())
    after = kept_for(client)
    assert after not in (None, before)
    assert kept_for(client, f"/usage/{account.public_id}/") == after  # the 404 says it as well
    assert str(account.public_id) not in client.get("/").content.decode()


@pytest.mark.parametrize("change", [{"role": "payer"}, {"role": "tenant"}, {"until": timezone.now() - timedelta(days=1)}])
def test_a_smaller_role_is_another_word(left: tuple[Customer, Account, Client], change: dict[str, Any]) -> None:
    one, account, client = left
    before = kept_for(client)
    Access.objects.filter(customer=one, account=account).update(**change)
    assert kept_for(client) != before


def test_nobody_has_another_s_word(left: tuple[Customer, Account, Client]) -> None:
    _one, account, client = left
    other, second = person(), Client()
    Access.objects.create(customer=other, account=account, role="family")
    second.force_login(other)
    assert kept_for(second) not in (None, kept_for(client))
    assert kept_for(Client(), "/help/") is None


@pytest.mark.parametrize("has_left", [False, True])
def test_who_left_is_still_told_of_their_own_money(left: tuple[Customer, Account, Client], has_left: bool) -> None:
    one, account, _client = left
    phone(one)
    now = timezone.now()
    given = {"number": "B1", "key": uuid.uuid4(), "purpose": "recharge", "amount_paisa": 500_00, "gateway": "bkash"}
    order = Order(customer=one, account=account, **given)
    if has_left:
        linking.end(one.pk, account.pk, now)
    payments.tell(order, payments.LOOKED_AT, now)
    told = Notification.objects.get()
    assert told.account_id == (None if has_left else account.pk)
    assert [view.code for view in reads.listing(one.pk)] == ["P3"]
    assert account.number not in str(told.facts)
