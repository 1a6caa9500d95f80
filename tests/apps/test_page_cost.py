"""What makes pages dear is counted, not timed: how often the database is asked, and how often it plans anew what it was asked before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bijoli.customers.models import Access, Customer
from bijoli.metering import numbers
from bijoli.metering.columns import Readings
from bijoli.metering.models import Meter
from bijoli.metering.record import record
from tests.households import meter, person

pytestmark = pytest.mark.django_db
MOST = {"": 11, "months/": 10, "load/": 10, "recharges/": 11}  # queries: session, person, accounts, bell, and the view's own
MOST_OF_HOME = 18
ASKED = 20
TRIED = 5  # plans for the values at hand that PostgreSQL tries before it may keep one
PLANS = """SELECT statement, custom_plans, generic_plans FROM pg_prepared_statements
WHERE statement LIKE '%%ANY(ARRAY(SELECT unnest(%%'"""


@pytest.fixture
def owner() -> Customer:
    numbers.forget()
    return person(language="bn")


@pytest.fixture
def page(client: Client, owner: Customer) -> Client:
    client.force_login(owner)
    return client


def home(*people: Customer) -> Meter:
    """With some days of readings."""
    made = meter(*people)
    now = timezone.now()
    for day in range(9, -1, -1):
        at = int((now - timedelta(days=day)).timestamp())
        told = {"meter": int(made.number), "at": at, "register": 1_000_000 - day * 8000, "balance": 900_00 + day * 50_00, "load": 900}
        record(Readings.of([told]), now)
    return made


def address(made: Meter) -> str:
    return f"/usage/{made.installations.get().usage_point.account.public_id}/"


def queries(page: Client, path: str) -> list[str]:
    page.get(path)  # what is learnt or kept at the first asking
    with CaptureQueriesContext(connection) as seen:
        answer = page.get(path)
    assert answer.status_code == 200
    return [query["sql"] for query in seen]


@pytest.mark.parametrize("view", list(MOST))
def test_a_usage_page_asks_the_database_little(page: Client, owner: Customer, view: str) -> None:
    asked = queries(page, address(home(owner)) + view)
    assert len(asked) <= MOST[view], asked


def test_home_asks_as_often_for_three_homes_as_for_one(page: Client, owner: Customer) -> None:
    home(owner)
    one = queries(page, "/")
    assert len(one) <= MOST_OF_HOME, one
    home(owner)
    home(owner)
    assert len(queries(page, "/")) == len(one)


def plans() -> dict[str, tuple[int, int]]:
    """By statement that is kept prepared here: planned for the values at hand, planned once for all."""
    with connection.cursor() as cursor:
        cursor.execute(PLANS)
        return {statement: (custom, kept) for statement, custom, kept in cursor.fetchall()}


@pytest.mark.parametrize("path", ["home", *MOST])
def test_what_every_page_asks_is_planned_once(page: Client, owner: Customer, path: str) -> None:
    made: Any = home(owner)
    for _ in range(60):
        meter(person())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_account, customers_access, metering_usagepoint, metering_installation, metering_meter")
    assert Access.objects.count() > ASKED
    before = plans()
    for _ in range(ASKED):
        page.get("/" if path == "home" else address(made) + path)
    asked = {said: [now - then for now, then in zip(after, before.get(said, (0, 0)), strict=True)] for said, after in plans().items()}
    often = {said: counts for said, counts in asked.items() if sum(counts) >= ASKED - TRIED}
    assert len(often) >= 2
    assert {said: counts for said, counts in often.items() if counts[0] > TRIED} == {}
