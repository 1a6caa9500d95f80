"""Recharge will be closed: who would run out inside is told once, before, with the least recharge; what is over or cancelled is cleared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from bijoli.core.tariff import quote
from bijoli.customers.models import Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.delivery.reads import listing, unread
from bijoli.insight import closing
from bijoli.insight.models import ClosureNotice, HomeProfile
from bijoli.metering.models import Credit, Meter, MeterState
from bijoli.payments.models import Closure, Vend
from tests.apps.insight_homes import DHAKA, account, home, steady
from tests.apps.payments.outside import ordered
from tests.core.test_tariff import BOOK

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=DHAKA)
STARTS, ENDS = NOW + timedelta(hours=34), NOW + timedelta(hours=42)  # Thursday 22:00 to Friday 06:00


def announced(starts: datetime = STARTS, ends: datetime = ENDS, **fields: Any) -> Closure:
    return Closure.objects.create(starts_at=starts, ends_at=ends, **{"announced_at": NOW, **fields})


def used(meter: Meter, taka: int, when: datetime = NOW) -> None:
    """The balance is so much, read then."""
    MeterState.objects.filter(meter=meter).update(balance_paisa=taka * 100, balance_at=int(when.timestamp()))


def look(now: datetime = NOW) -> list[Notification]:
    """A round, and what it told, in order."""
    before = set(Notification.objects.values_list("pk", flat=True))
    assert closing.look_ahead(now, 0, lambda: True) is None
    return [row for row in Notification.objects.order_by("pk") if row.pk not in before]


def end(now: datetime) -> None:
    assert closing.end(now, lambda: True)


def again(now: datetime = NOW) -> list[Notification]:
    Closure.objects.update(looked_at=None)
    return look(now)


@pytest.fixture
def middling(rahima: Customer) -> Meter:
    """A home that uses 8 units a day, some 60 taka, and has 70: it likely lasts into the night before the closing."""
    meter = home(rahima)
    steady(meter, 8000, NOW, balance_paisa=70_00)
    Credit.objects.create(meter=meter, at=NOW - timedelta(days=9), credited_paisa=1)
    return meter


def test_who_would_run_out_is_told_when_and_by_how_much_to_recharge(middling: Meter) -> None:
    announced()
    [row] = look()
    assert (row.kind, row.code, row.meter_id, row.severity) == ("closed", "C1", middling.pk, 2)
    facts, notice = row.facts, ClosureNotice.objects.get()
    assert datetime.fromisoformat(facts["lasts_until"]) < ENDS
    assert (datetime.fromisoformat(facts["starts_at"]), facts["balance_paisa"]) == (STARTS, 70_00)
    assert facts["recharge_paisa"] % 10_00 == 0
    assert (notice.recharge_paisa, notice.told_at) == (facts["recharge_paisa"], NOW)
    pushed = Delivery.objects.get()
    assert (pushed.status, pushed.expires_at) == ("queued", STARTS)


def test_with_that_recharge_the_home_is_not_told_and_with_ten_taka_less_it_is(middling: Meter) -> None:
    announced(ends=ENDS.replace(hour=23, minute=59, second=59))  # the amount is for whole days
    [row] = look()
    tariff, recharge = BOOK.at("LT-A", NOW.date()), row.facts["recharge_paisa"]
    for gross, told in ((recharge, 0), (recharge - 10_00, 1)):
        ClosureNotice.objects.all().delete()
        credited = quote(gross, tariff, sanctioned_w=5000, months_due=0).credited
        MeterState.objects.update(balance_paisa=70_00 + credited)
        assert len(again()) == told


def test_a_home_that_has_enough_a_postpaid_one_and_one_without_people_are_not_told(rahima: Customer) -> None:
    announced()
    rich, post, lonely = home(rahima), home(rahima, mode="postpaid"), home()
    for meter, taka in ((rich, 900), (post, 10), (lonely, 10)):
        steady(meter, 8000, NOW, balance_paisa=taka * 100)
    assert look() == []
    assert not ClosureNotice.objects.exists()


def test_told_once_a_closing_whoever_looks(middling: Meter) -> None:
    announced()
    assert len(look()) == 1
    assert look(NOW + timedelta(minutes=30)) == []  # not before an hour is over
    used(middling, 40, NOW + timedelta(hours=5))
    assert again(NOW + timedelta(hours=5)) == []


def test_who_comes_to_be_short_later_is_told_later(middling: Meter) -> None:
    announced()
    used(middling, 300)
    assert look() == []
    later = NOW + timedelta(hours=20)
    used(middling, 30, later)
    assert [row.code for row in look(later)] == ["C1"]


@pytest.mark.parametrize("why", ["too early", "begun", "over", "cancelled"])
def test_nothing_is_told_of_what_cannot_be_helped_or_is_far(middling: Meter, why: str) -> None:
    day = timedelta(days=1)
    announced(
        **{
            "too early": {"starts": NOW + closing.AHEAD + day, "ends": NOW + closing.AHEAD + 2 * day},
            "begun": {"starts": NOW - day, "ends": NOW + day},
            "over": {"starts": NOW - 2 * day, "ends": NOW - day},
            "cancelled": {"cancelled_at": NOW},
        }[why]
    )
    assert look() == []


def test_a_home_that_nobody_can_forecast_is_told_without_a_time_by_its_dearest_days_or_the_low_limit(middling: Meter) -> None:
    announced()
    HomeProfile.objects.update(body=None, day_paisa=60_00)
    [row] = look()
    assert {"lasts_until", "recharge_paisa"}.isdisjoint(row.facts)
    ClosureNotice.objects.all().delete()
    used(middling, 106)  # 42 hours at 60 taka a day are 105
    assert again() == []
    HomeProfile.objects.all().delete()
    used(middling, 100)
    assert again() == []
    used(middling, 99)
    assert len(again()) == 1


def test_without_a_known_recharge_the_charges_due_are_not_known_and_no_amount_is_said(middling: Meter) -> None:
    announced()
    Credit.objects.all().delete()
    assert "recharge_paisa" not in look()[0].facts


def test_the_charges_of_the_months_since_the_last_recharge_are_in_the_amount(middling: Meter) -> None:
    announced()
    first = look()[0].facts["recharge_paisa"]
    ClosureNotice.objects.all().delete()
    Credit.objects.update(at=NOW - timedelta(days=31))
    tariff = BOOK.at("LT-A", NOW.date())
    due = quote(0, tariff, sanctioned_w=5000, months_due=1)
    assert again()[0].facts["recharge_paisa"] - first >= due.demand + due.rent


def test_who_has_paid_is_not_told_while_the_recharge_is_on_its_way(middling: Meter) -> None:
    announced()
    order = ordered(NOW, meter_id=middling.pk, account_id=account(middling))
    vend = Vend.objects.create(order=order, meter=middling, gross_paisa=1, expected_paisa=1, sold_at=NOW)
    assert look() == []
    Vend.objects.filter(pk=vend.pk).update(state="sent")
    Vend.objects.filter(pk=vend.pk).update(state="refused")
    assert len(again()) == 1


def test_an_old_balance_says_nothing(middling: Meter) -> None:
    announced()
    used(middling, 10, NOW - timedelta(hours=37))
    assert look() == []


def test_a_finished_balance_is_told_too(middling: Meter) -> None:
    announced()
    used(middling, -20)
    [row] = look()
    assert datetime.fromisoformat(row.facts["lasts_until"]) == NOW


def test_a_cancelled_closing_is_told_to_those_who_were_told_and_to_nobody_else(middling: Meter, rahima: Customer) -> None:
    closure = announced()
    look()
    other = home(rahima)
    steady(other, 8000, NOW, balance_paisa=900_00)
    Closure.objects.filter(pk=closure.pk).update(cancelled_at=NOW)
    end(NOW)
    end(NOW + timedelta(minutes=5))
    assert list(Notification.objects.order_by("pk").values_list("code", "meter_id")) == [("C1", middling.pk), ("C0", middling.pk)]
    assert unread(rahima.pk) == 1
    assert dict(Delivery.objects.values_list("notification__code", "status")) == {"C1": "superseded", "C0": "queued"}


def test_a_closing_that_is_over_leaves_the_bell_without_a_word(middling: Meter, rahima: Customer) -> None:
    announced()
    look()
    end(ENDS - timedelta(seconds=1))
    assert unread(rahima.pk) == 1
    end(ENDS)
    assert unread(rahima.pk) == 0
    assert [row.superseded_at for row in listing(rahima.pk)] == [ENDS]


def test_the_second_closing_has_its_turn_when_the_first_has_begun(middling: Meter, rahima: Customer) -> None:
    announced()
    second = announced(ENDS + timedelta(hours=6), ENDS + timedelta(hours=12))
    look()
    assert again() == []
    during = STARTS + timedelta(hours=1)
    used(middling, 20, during)
    assert len(again(during)) == 1
    assert ClosureNotice.objects.latest("pk").closure_id == second.pk
    end(ENDS)
    assert unread(rahima.pk) == 1  # the first one's end leaves the second's notice


def test_the_round_stops_and_goes_on_and_notes_its_end(middling: Meter, rahima: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "SLICE", 1)
    closure = announced()
    second = home(rahima)
    steady(second, 8000, NOW, balance_paisa=10_00)
    turns = iter([True, False])
    reached = closing.look_ahead(NOW, middling.pk - 1, lambda: next(turns))
    assert reached == middling.pk
    assert Notification.objects.count() == 1
    assert closing.look_ahead(NOW, reached, lambda: True) is None
    assert Notification.objects.count() == 2
    closure.refresh_from_db()
    assert closure.looked_at == NOW


@pytest.mark.django_db(transaction=True)
def test_two_timers_tell_once(middling: Meter) -> None:
    announced()
    start = Barrier(2)

    def run() -> None:
        start.wait()
        closing.look_ahead(NOW, 0, lambda: True)
        connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Notification.objects.count() == ClosureNotice.objects.count() == 1


@pytest.mark.parametrize(("language", "wanted"), [("bn", ("২০ নভেম্বর", "রিচার্জ করুন")), ("en", ("20 November", "Recharge before"))])
def test_the_detail_page_and_the_list_say_it_and_lead_to_recharge(
    client: Any, rahima: Customer, middling: Meter, language: str, wanted: tuple[str, ...]
) -> None:
    rahima.language = language
    rahima.save()
    client.force_login(rahima)
    announced()
    [row] = look()
    page = client.get(f"/n/{row.public_id}/").content.decode()
    for words in wanted:
        assert words in page
    assert f'href="/recharge/{row.account.public_id}/"' in page if row.account else False
    assert wanted[-1] in client.get("/n/?kind=closed").content.decode()


@pytest.mark.parametrize(("least", "most", "said"), [(995_00, 25_000_00, 1000_00), (10_00, 10_00, None)])
def test_the_amount_is_one_that_the_utility_takes(middling: Meter, settings: Any, least: int, most: int, said: int | None) -> None:
    settings.UTILITY = replace(settings.UTILITY, paying=replace(settings.UTILITY.paying, least=least, most=most))
    announced()
    assert look()[0].facts.get("recharge_paisa") == said
