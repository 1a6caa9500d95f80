"""A recharge and the alerts: paid through the engine, put on the meter by the head-end, told by its event and by the meter's next reading.

The numbers in brackets are the test vectors of the alert specification.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from bijoli.alerts import watch
from bijoli.alerts.models import Episode, Stage
from bijoli.alerts.tick import tick
from bijoli.core.payment import VendState
from bijoli.core.utility import ProtectedHours
from bijoli.customers.models import Account, Customer
from bijoli.delivery.models import Delivery, Notification
from bijoli.metering import numbers
from bijoli.metering.columns import Readings
from bijoli.metering.events import CreditTold as Credited
from bijoli.metering.events import Event, record_events
from bijoli.metering.models import Credit, Meter
from bijoli.metering.record import record
from bijoli.payments import vending
from bijoli.payments.headend.port import CreditTold, Split
from bijoli.payments.models import Order, Payment, Vend
from bijoli.payments.settling import settle
from tests import households
from tests.apps.alert_changes import state
from tests.apps.insight_homes import DHAKA
from tests.apps.payments.outside import ordered, outside, paid

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 27, 20, 45, tzinfo=DHAKA)
OFF, ON = 2, 1
Told = list[tuple[str, str]]


class Home:
    """One meter with its person and phone, at a time of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.person = FRIDAY, households.person()
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        households.phone(self.person)
        self.meter: Meter = households.meter(self.person)
        numbers.forget()
        state(self.meter)

    def reads(self, taka: float, relay: int = 0, **wait: float) -> None:
        """A reading now, unless it comes after a while."""
        self.now += timedelta(**wait)
        row = {"meter": self.meter.number, "at": int(self.now.timestamp()), "balance": round(taka * 100), "relay": relay}
        record(Readings.of([row]), self.now)
        watch.drain()

    def waits(self, **time: float) -> None:
        self.now += timedelta(**time)
        tick(self.now)

    def orders(self, taka: int) -> Order:
        split = {"gross": taka * 100, "vat": 0, "demand": 0, "rent": 0, "arrears": 0, "rebate": 0, "credited": taka * 100}
        account = Account.objects.get(usage_point__installations__meter=self.meter)
        mine: dict[str, Any] = {"customer_id": self.person.pk, "account_id": account.pk, "meter_id": self.meter.pk}
        return ordered(self.now, amount_paisa=taka * 100, quote={**split, "at": self.now.isoformat()}, **mine)

    def pays(self, taka: int) -> Vend:
        order = self.orders(taka)
        settle(order.pk, paid(taka * 100, f"T{order.pk}"), self.now)
        return Vend.objects.get(order=order)

    def arrives(self, vend: Vend) -> None:
        """The head-end confirms it, and tells of it as an event."""
        split = Split(**{name: value for name, value in vend.order.quote.items() if name in Split.__slots__})
        vending.apply(vend.pk, CreditTold(VendState.SENT), self.now)
        vending.apply(vend.pk, CreditTold(VendState.ON_METER, "", split), self.now)
        credit = Credited(vend.gross_paisa, vend.order.number, vend.gross_paisa)
        record_events([Event(int(self.meter.number), int(self.now.timestamp()), "headend", "credit", "", credit)], self.now)
        watch.drain()

    def recharges(self, taka: int) -> None:
        self.arrives(self.pays(taka))

    @property
    def stages(self) -> Told:
        """Everything decided, with the reason why it was not told."""
        return list(Stage.objects.order_by("pk").values_list("code", "suppressed"))

    @property
    def pushes(self) -> list[str]:
        return [code for code, reason in self.stages if not reason]

    @property
    def tray(self) -> dict[str, str]:
        """What became of each push."""
        return dict(Delivery.objects.values_list("notification__code", "status"))


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with outside():
        yield Home(monkeypatch)


def test_a_recharge_within_an_episode_starts_a_lap_and_one_that_lifts_it_ends_it(home: Home) -> None:  # (2)
    home.reads(150)
    for taka in (99, 101, 99, 119, 99):
        home.reads(taka, minutes=15)
    assert home.pushes == ["L1"]
    home.now += timedelta(days=2)
    home.recharges(21)
    home.reads(120, minutes=15)
    assert Episode.objects.get().closed_why == "recovered"
    home.reads(99, hours=2)
    assert home.pushes == ["L1", "L1"]
    home.now += timedelta(days=1)
    home.recharges(11)
    home.reads(110, minutes=15)
    assert Episode.objects.latest("pk").lap == 2  # the credit's event and the rise of the balance are one recharge
    home.reads(99, hours=1)
    assert home.stages[-1] == ("L1", "gap")


def test_a_daily_payer_is_told_l1_every_72_hours_and_l2_every_12_at_most(home: Home) -> None:  # (2)
    home.reads(150)
    for _ in range(10):
        for taka in (70, 20):
            home.reads(taka, hours=11)
        home.recharges(90)
        home.reads(110, hours=2)
    pushed = list(Stage.objects.filter(suppressed="").order_by("at").values_list("at", "code"))
    for code, hours in (("L1", 72), ("L2", 12)):
        times = [at for at, each in pushed if each == code]
        assert len(times) > 2
        assert all(later - before >= timedelta(hours=hours) for before, later in pairwise(times))


def test_finished_in_protected_hours_then_off_then_a_recharge_restores(home: Home, settings: Any) -> None:  # (4)
    hours = ProtectedHours(time(16), time(10), weekly_days=(4, 5))
    settings.UTILITY = replace(settings.UTILITY, protected=hours)
    home.reads(20, ON)
    vend = home.pays(100)
    home.reads(-35, ON, minutes=15)
    assert home.pushes[-1:] == ["Z1"]  # a recharge on its way holds back what is low, never what is finished
    assert Notification.objects.get(code="Z1").facts["protected_until"] == "2026-11-29T10:00:00+06:00"
    home.now = datetime(2026, 11, 29, 10, 0, tzinfo=DHAKA)
    home.reads(-40, OFF)
    assert home.pushes[-1] == "Z2"
    home.arrives(vend)
    home.reads(60, ON, minutes=1)
    assert [code for code in home.pushes if code[0] == "Z"] == ["Z1", "Z2", "ZR"]
    assert ("L1", "told by restored") in home.stages


def test_off_waits_for_a_sleeping_phone_and_the_recharge_leaves_restored_alone(home: Home) -> None:  # (6)
    home.reads(-5, OFF)
    assert home.tray == {"Z2": "queued"}
    home.recharges(500)
    assert home.tray == {"Z2": "queued", "P1": "suppressed"}  # credit is sold, but the supply is not on yet
    home.reads(495, ON, minutes=1)
    assert home.tray == {"Z2": "superseded", "P1": "suppressed", "ZR": "queued"}
    assert list(Notification.objects.filter(read_at=None, superseded_at=None).values_list("code", flat=True)) == ["ZR"]


def test_a_payment_that_the_gateway_posts_twice_is_one_recharge_and_one_restored(home: Home) -> None:  # (18)
    home.reads(-5, OFF)
    order = home.orders(500)
    for _ in range(2):
        settle(order.pk, paid(500_00, "T1"), home.now)
    vend = Vend.objects.get(order=order)
    for _ in range(2):
        home.arrives(vend)
    home.reads(495, ON, minutes=1)
    home.reads(495, ON, minutes=15)
    assert (Payment.objects.count(), Vend.objects.count(), Credit.objects.count()) == (1, 1, 1)
    assert home.pushes == ["Z2", "ZR"]


def test_a_paid_recharge_holds_a_low_balance_back_and_when_it_arrives_nothing_is_told(home: Home) -> None:
    home.reads(150)
    vend = home.pays(500)
    home.reads(95, minutes=5)
    assert home.stages == [("L1", "recharge")]
    assert not Notification.objects.exists()
    home.now += timedelta(minutes=2)
    home.arrives(vend)
    home.waits(minutes=40)
    home.reads(590)
    assert home.pushes == []
    assert Episode.objects.get().closed_why == "recovered"


def test_a_recharge_that_does_not_arrive_is_waited_for_half_an_hour(home: Home) -> None:
    home.reads(150)
    home.pays(500)
    home.reads(95, minutes=5)
    home.waits(minutes=24, seconds=50)
    assert home.pushes == []
    home.waits(seconds=10)
    home.waits(seconds=10)
    assert home.stages == [("L1", "recharge"), ("L1", "")]
    assert Notification.objects.get().facts["balance_paisa"] == 95_00


def test_a_reading_from_before_the_recharge_that_comes_after_it_is_no_news(home: Home) -> None:
    home.reads(150)
    home.now += timedelta(minutes=20)
    vend, read_at = home.pays(500), home.now - timedelta(minutes=5)
    home.arrives(vend)
    row = {"meter": home.meter.number, "at": int(read_at.timestamp()), "balance": 95_00}
    record(Readings.of([row]), home.now)
    watch.drain()
    assert home.stages == [("L1", "recharge")]
    home.reads(594, minutes=10)
    assert home.pushes == []


def test_what_was_told_within_a_day_in_another_episode_is_not_told_by_the_timer_either(home: Home) -> None:
    home.reads(150)
    home.reads(99, minutes=15)
    home.reads(130, hours=1)
    home.pays(500)
    home.reads(98, minutes=1)
    home.waits(minutes=31)
    assert home.pushes == ["L1"]


def test_tokens_wait_for_the_person_and_hold_nothing_back(home: Home) -> None:
    home.reads(150)
    vend = home.pays(500)
    vending.apply(vend.pk, CreditTold(VendState.SENT), home.now)
    vending.apply(vend.pk, CreditTold(VendState.TOKENS, tokens=("12345678901234567890",)), home.now)
    home.reads(95, minutes=5)
    assert home.pushes == ["L1"]


def test_low_balance_leads_to_the_recharge_page_of_its_account(home: Home, client: Any) -> None:
    home.reads(150)
    home.reads(95, minutes=15)
    client.force_login(Customer.objects.get(pk=home.person.pk))
    notice = Notification.objects.get()
    account = Account.objects.get(usage_point__installations__meter=home.meter)
    page = client.get(f"/n/{notice.public_id}/").content.decode()
    assert f'href="/recharge/{account.public_id}/"' in page
