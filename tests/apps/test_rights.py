"""What each role sees and does, page by page: the table of customers/rights.py held against the real pages, alerts and pushes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from bijoli.alerts import disputes
from bijoli.customers import rights
from bijoli.customers.models import Access, Account, Customer
from bijoli.customers.rights import RIGHTS, Right
from bijoli.delivery import reads
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.queue import claim
from bijoli.delivery.tell import tell
from bijoli.metering.models import Meter
from tests.households import meter, person, phone, telling

pytestmark = pytest.mark.django_db
ROLES = sorted(RIGHTS)
SEES = {  # the specification, written out: what a role may open
    "owner": {"usage", "months", "load", "recharges", "csv", "why", "recharge", "people"},
    "family": {"usage", "months", "load", "recharges", "csv", "why", "recharge"},
    "tenant": {"usage", "months", "load", "csv", "why", "recharge"},
    "payer": {"recharge"},
    "viewer": {"usage", "months", "load", "csv", "why", "recharge"},
}
PAGES = {
    "usage": "/usage/{}/",
    "months": "/usage/{}/months/",
    "load": "/usage/{}/load/",
    "recharges": "/usage/{}/recharges/",
    "csv": "/usage/{}/daily.csv",
    "why": "/usage/{}/why/",
    "recharge": "/recharge/{}/",
    "people": "/settings/accounts/{}/people/",
}
TOLD = {"owner": {"low", "overload", "tamper"}, "family": {"low", "overload", "tamper"}, "tenant": {"low", "overload", "tamper"}}
TOLD |= {"viewer": {"low", "overload", "tamper"}, "payer": {"low"}}


def there(role: str) -> tuple[Customer, Meter, Client]:
    """Somebody with this role at a meter, signed in."""
    one, client = person(language="en"), Client()
    made = meter(one, role=role)
    client.force_login(one)
    return one, made, client


def account(at: Meter) -> Account:
    return Account.objects.get(usage_point__installations__meter=at)


def test_every_role_has_its_row() -> None:
    assert set(RIGHTS) == set(Access.Role.values) == set(SEES) == set(TOLD)
    assert "owner" not in rights.GIVEN
    assert not any(rights.may("stranger", right) for right in Right)


@pytest.mark.parametrize("page", sorted(PAGES))
@pytest.mark.parametrize("role", ROLES)
def test_pages_by_role(role: str, page: str) -> None:
    _one, made, client = there(role)
    answer = client.get(PAGES[page].format(account(made).public_id))
    assert answer.status_code == (200 if page in SEES[role] else 404)


@pytest.mark.parametrize("role", ROLES)
def test_home_and_the_bars_show_what_the_role_may(role: str) -> None:
    _one, made, client = there(role)
    html = client.get("/").content.decode()
    assert ("Last 7 days" in html) is ("usage" in SEES[role])
    assert (f"/usage/{account(made).public_id}/" in html) is ("usage" in SEES[role])
    assert ("Balance" in html) is True
    recharge = client.get(f"/recharge/{account(made).public_id}/").content.decode()
    assert ("/why/" in recharge) is ("why" in SEES[role])


@pytest.mark.parametrize("role", ROLES)
def test_who_is_told_of_what(role: str) -> None:
    one, made, client = there(role)
    phone(one)
    now = timezone.now()
    tell([telling(made, code, at=now) for code in ("L1", "O1", "T1")], now)
    assert set(Notification.objects.values_list("kind", flat=True)) == TOLD[role]
    assert reads.unread(one.pk) == len(TOLD[role]) == len(reads.listing(one.pk))
    switches = client.get("/settings/alerts/").content.decode()
    assert ('value="O1"' in switches) is ("overload" in TOLD[role])


def test_a_role_made_smaller_takes_what_was_told_before() -> None:
    one, made, client = there("family")
    phone(one)
    now = timezone.now()
    tell([telling(made, code, at=now) for code in ("L1", "O1")], now)
    Access.objects.update(role="payer")
    over, low = Notification.objects.get(kind="overload"), Notification.objects.get(kind="low")
    assert [view.kind for view in reads.listing(one.pk)] == ["low"]
    assert reads.unread(one.pk) == 1
    assert client.get(f"/n/{over.public_id}/").status_code == 404
    assert client.get(f"/n/{low.public_id}/").status_code == 200
    claimed = claim(10, now)
    assert {each.kind: (each.live, each.badge) for each in claimed} == {"low": (True, 1), "overload": (False, 1)}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_say_that_something_is_wrong(role: str) -> None:
    one, made, client = there(role)
    now = timezone.now()
    tell([telling(made, at=now)], now)
    told = Notification.objects.get()
    may = Right.COMPLAIN in RIGHTS[role]
    assert client.get(f"/n/{told.public_id}/wrong/").status_code == (200 if may else 404)
    assert ("/wrong/" in client.get(f"/n/{told.public_id}/").content.decode()) is may
    if not may:
        with pytest.raises(disputes.DisputeError):
            disputes.say_wrong(one.pk, told.account_id or 0, told.stage_id or 0, "wrong", now)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["low", "overload", "slab", "tamper", "pay", "bill", "closed", "test"])
def test_the_rule_in_sql_is_the_one_in_python(role: str, kind: str) -> None:
    told = "(SELECT %s AS kind, jsonb_build_object('of', %s::text) AS facts) n"
    sql = f"SELECT {rights.is_told_sql('n', 'a')} FROM {told}, (SELECT %s AS role) a"
    with connection.cursor() as cursor:
        cursor.execute(sql, [kind, "", role])
        assert cursor.fetchone() == (rights.is_told(role, kind),)
        cursor.execute(sql, ["storm", kind, role])  # one notice for many meters: as what it tells of
        assert cursor.fetchone() == (rights.is_told(role, kind),)


def test_access_that_is_over_hides_everything_at_once() -> None:
    one, made, client = there("family")
    phone(one)
    now = timezone.now()
    tell([telling(made, at=now)], now)
    told, mine = Notification.objects.get(), account(made).public_id
    Access.objects.update(until=now - timedelta(seconds=1))
    for page in [*(each.format(mine) for each in PAGES.values()), f"/n/{told.public_id}/"]:
        assert client.get(page).status_code == 404, page
    assert (reads.unread(one.pk), reads.listing(one.pk), reads.unread_ids(one.pk)) == (0, [], [])
    assert [each.live for each in claim(10, now)] == [False]
    assert Delivery.objects.count() == 1


def test_somebody_elses_recharges_are_for_owner_and_family() -> None:
    for role in ROLES:
        _one, made, client = there(role)
        html = client.get(f"/recharge/{account(made).public_id}/").content.decode()
        assert ("You see here what you have paid yourself." in html) is (Right.RECHARGES not in RIGHTS[role])
