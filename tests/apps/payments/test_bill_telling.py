"""Pushes for bills: new, nearly due, overdue; each once, to whom may see bills, and never of what is paid, replaced or long past."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from bijoli.core.utility import Paying
from bijoli.customers import rights
from bijoli.customers.alertchoices import set_alert_choices
from bijoli.customers.models import Account, Customer
from bijoli.customers.rights import Right
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.queue import claim
from bijoli.delivery.wording import words
from bijoli.metering import upkeep
from bijoli.metering.models import Installation
from bijoli.payments import billtelling
from bijoli.payments.models import Bill
from tests.apps.payments.billing import NOW, amounts, bill, brought, home, on, paid, row
from tests.households import person, phone

pytestmark = pytest.mark.django_db
DUE = date(2026, 11, 25)  # of the bills that billing.py makes; NOW is the 20th, at noon


@pytest.fixture
def her() -> Customer:
    made = person(language="en")
    phone(made)
    return made


@pytest.fixture
def theirs(her: Customer) -> Account:
    return home(her)


def look(now: datetime = NOW) -> list[tuple[str, str]]:
    """A turn of the chore; the codes and push states of all that was told so far, in its order."""
    assert billtelling.tell_due(now, lambda: True)
    return [(one.code, one.deliveries.get().status) for one in Notification.objects.order_by("pk")]


def test_each_stage_is_told_once_and_takes_the_place_of_the_one_before(theirs: Account) -> None:
    mine = bill(theirs)
    assert look() == look(NOW + timedelta(minutes=1)) == [("B1", "queued")]
    assert look(on(date(2026, 11, 21))) == [("B1", "queued")]
    assert look(on(date(2026, 11, 22))) == look(on(DUE)) == [("B1", "superseded"), ("B2", "queued")]
    after = on(DUE + timedelta(days=1))
    assert look(after) == look(after + timedelta(days=40)) == [("B1", "superseded"), ("B2", "superseded"), ("B3", "queued")]
    told = Notification.objects.order_by("-pk")[0]
    assert told.facts["bill"] == str(mine.public_id)
    assert told.facts["paisa"] == 105_000  # with the late fee of 5 % that the tariff adds


def test_the_reminder_comes_so_many_days_before_as_is_set(theirs: Account, settings: Any) -> None:
    settings.BILL_DAYS = 5
    bill(theirs)
    assert look() == [("B2", "queued")]
    settings.BILL_DAYS = 0
    bill(theirs, due_on="2026-11-21")
    assert [code for code, _ in look()] == ["B2", "B1"]
    assert [code for code, _ in look(on(date(2026, 11, 21)))] == ["B2", "B1", "B2"]


def test_a_paid_bill_is_told_no_more_and_leaves_the_bell(theirs: Account, settings: Any) -> None:
    settings.UTILITY = replace(settings.UTILITY, paying=Paying(partial=True, over=True))
    first, second = bill(theirs), bill(theirs, month="2026-09")
    look()
    look()
    paid(theirs, 100_000, first)
    states = {one.facts["bill"]: one.superseded_at is not None for one in Notification.objects.filter(kind="bill")}
    assert states == {str(first.public_id): True, str(second.public_id): False}
    assert Delivery.objects.get(notification__facts__bill=str(first.public_id)).status == "superseded"
    paid(theirs, 40_000, second)
    look(on(DUE))
    assert [one.facts["paisa"] for one in Notification.objects.filter(code="B2")] == [60_000]
    brought(row(theirs, second.number, month="2026-09", paid="600.00", paid_on="2026-11-25"), now=on(DUE))
    look(on(DUE + timedelta(days=1)))
    assert not Notification.objects.filter(code="B3").exists()


def test_a_correction_is_told_and_what_it_replaces_is_not(theirs: Account) -> None:
    first = bill(theirs)
    look()
    bill(theirs, replaces=first.number, **amounts("500.00"))
    look()
    old, new = Notification.objects.order_by("pk")
    assert old.superseded_at is not None
    assert words(_told(new), "en", "Home").title == "A corrected bill has come"


def _told(one: Notification) -> Any:
    one.meter_number = one.meter.number if one.meter else ""
    return one


def test_a_history_that_is_loaded_makes_no_storm(theirs: Account) -> None:
    rows = [
        row(theirs, month=f"2025-{month:02d}", issued_on=f"2025-{month:02d}-05", due_on=f"2025-{month:02d}-25") for month in range(1, 13)
    ]
    assert brought(*rows).accepted == 12
    assert look() == []
    week_ago = NOW - timedelta(days=9)
    bill(theirs, now=week_ago)  # came before anybody was told of bills: it is no news
    assert look() == []
    bill(theirs, month="2026-09", due_on="2026-11-12")
    assert look() == []
    bill(theirs, month="2026-09", due_on="2026-11-13")
    assert look() == [("B3", "queued")]


def test_several_bills_of_one_home_are_all_told(theirs: Account) -> None:
    for _ in range(3):
        bill(theirs)
    assert look() == [("B1", "queued")] * 3
    assert len({one.facts["bill"] for one in Notification.objects.all()}) == 3


def test_more_than_fit_into_one_transaction_are_told_in_several(theirs: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billtelling, "TOLD_AT_ONCE", 2)
    for _ in range(5):
        bill(theirs)
    assert not billtelling.tell_due(NOW, lambda: False)
    assert len(look()) == 5


def test_reminders_wait_for_the_morning_and_a_new_bill_is_silent_at_night(theirs: Account) -> None:
    midnight = on(date(2026, 11, 21)) + timedelta(hours=13)  # 01:00 on the 22nd in Dhaka
    bill(theirs)
    bill(theirs, due_on="2026-11-30")
    Bill.objects.filter(due_on=DUE).update(told="B1")
    look(midnight)
    assert [(one.notification.code, one.silent) for one in Delivery.objects.all()] == [("B1", True)]
    look(midnight + timedelta(hours=7))
    assert [(one.notification.code, one.silent) for one in Delivery.objects.order_by("pk")] == [("B1", True), ("B2", False)]


def test_own_quiet_hours_make_it_silent(her: Customer, theirs: Account) -> None:
    Customer.objects.filter(pk=her.pk).update(quiet_from=time(11), quiet_until=time(13))
    bill(theirs)
    look()
    assert Delivery.objects.get().silent


def test_who_has_switched_it_off_has_the_entry_without_a_push(her: Customer, theirs: Account) -> None:
    assert set_alert_choices(her.pk, theirs.public_id, muted=["B1"], own_limit_paisa=None)
    bill(theirs)
    assert look() == [("B1", "suppressed")]
    assert look(on(DUE)) == [("B1", "suppressed"), ("B2", "queued")]
    assert Delivery.objects.earliest("pk").reason == "opted out"


def test_only_roles_that_see_bills_are_told(her: Customer, theirs: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rights.RIGHTS, "owner", frozenset(Right) - {Right.BALANCE})
    bill(theirs)
    assert look() == []


def test_a_home_without_a_meter_is_not_told_and_not_looked_at_again(theirs: Account) -> None:
    Installation.objects.update(removed_at=NOW - timedelta(days=1))
    mine = bill(theirs)
    assert look() == []
    assert Bill.objects.get(pk=mine.pk).told == "B1"


def test_the_push_names_nobody(theirs: Account) -> None:
    mine = bill(theirs)
    look()
    [one] = claim(10, NOW)
    said = str(words(one, "en", "")).replace(mine.number, "NUMBER")
    assert "NUMBER" not in said
    assert theirs.number not in said
    assert "৳ 1,000 to pay, 25 November at the latest" in said.replace("\xa0", " ")


def test_the_page_of_a_notification_leads_to_its_bill_and_the_settings_offer_three_switches(her: Customer, theirs: Account) -> None:
    now, client = timezone.now(), Client()
    today = timezone.localdate(now)
    mine = bill(theirs, now=now, issued_on=f"{today}", due_on=f"{today + timedelta(days=20)}", number=f"N{uuid4().hex[:8]}")
    upkeep.run(now, only="bills told")
    client.force_login(her)
    told = Notification.objects.get()
    page = client.get(f"/n/{told.public_id}/").content.decode()
    assert f"/bills/{theirs.public_id}/{mine.public_id}/" in page
    assert "A new bill has come" in client.get("/n/?kind=bill").content.decode()
    form = client.get("/settings/alerts/").content.decode()
    assert [f'value="{code}" checked' in form for code in ("B1", "B2", "B3", "L0")] == [True, True, True, False]
