"""A person with a home, and complaints of theirs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bijoli.complaints.models import Complaint
from bijoli.complaints.submitting import Draft, submit
from bijoli.customers.models import Account, Customer, Limit
from tests import households
from tests.households import NOON

Submits = Callable[..., Complaint]


@pytest.fixture
def her(db: None) -> Customer:
    person = households.person(language="en", name="Rahima")
    households.meter(person, nickname="Home")
    return person


@pytest.fixture
def account(her: Customer) -> Account:
    return Account.objects.get(access__customer=her)


@pytest.fixture
def complain(her: Customer, account: Account) -> Submits:
    """complain("no_supply"): hers, of her account, at noon of a working Sunday."""

    def make(category: str = "no_supply", *, text: str = "No light since the morning", at: datetime = NOON, **more: Any) -> Complaint:
        Limit.objects.all().delete()
        given = {"key": uuid.uuid4(), "account_id": account.pk, **more}
        return submit(her.pk, Draft(category=category, text=text, **given), at)

    return make


def jpeg(width: int = 40, height: int = 30, **options: Any) -> bytes:
    written = BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(written, "JPEG", **options)
    return written.getvalue()
