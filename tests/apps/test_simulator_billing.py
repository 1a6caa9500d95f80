"""The town's billing system: months' bills of postpaid meters by their registers, sent once through the real door."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from django.utils import timezone

from bijoli.core.tariff import charge
from bijoli.customers.models import Account
from bijoli.metering import numbers
from bijoli.payments import bills as reads
from bijoli.payments.models import Bill, BillReject
from bijoli.simulator import billing
from bijoli.simulator.meters import HOUR, MONTHS
from bijoli.simulator.store import Store
from bijoli.simulator.town import build, tariff_book, town_folder, wake

pytestmark = pytest.mark.django_db(transaction=True)
FLAT = 3  # the demo person's postpaid place


@pytest.fixture
def town(live_server, settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    numbers.forget()
    build(live_server.url, 8, 1, on_progress=lambda *_: None)
    yield live_server.url
    numbers.forget()


def aged(meters, months):
    """As if the town had run for so many months."""
    for back in range(1, months + 1):
        meters.state.turns[:, back] = meters.state.turns[:, 0] - back * 240_000
    return meters


def test_the_turn_of_a_month_is_written_down(town):
    store = Store(town_folder())
    meters = wake(store, store.plan())
    before = meters.state.turns.copy()
    assert (before[:, 0] >= 0).all()
    rows = np.arange(len(meters.homes))
    register = meters.state.register_ws // HOUR
    meters.advance(rows, meters.state.at + 40 * 86_400)
    assert (meters.state.turns[:, 0] == register).all()
    passed = int(meters.state.month[0] - store.state().month[0])
    assert (meters.state.turns[:, passed] == before[:, 0]).all()
    store.keep_state(meters.state)
    assert (store.state().turns == meters.state.turns).all()


def test_bills_come_once_add_up_and_the_last_ones_are_open(town):
    store = Store(town_folder())
    meters = aged(wake(store, store.plan()), 6)
    now = int(timezone.now().timestamp())
    sent = billing.send(meters, store, town, now)
    assert sent == Bill.objects.count() > 0
    assert billing.send(meters, store, town, now) == 0
    assert not BillReject.objects.exists()
    assert set(Bill.objects.values_list("account__mode", flat=True)) == {"postpaid"}
    flat = Account.objects.get(number=meters.homes.account[FLAT])
    mine = reads.of_account(flat.pk, timezone.now())
    first_open = [bill for bill in mine if bill.open]
    assert 1 <= len(first_open) <= 2
    assert all(part.way == "elsewhere" for bill in mine for part in bill.paid)
    one = mine[0]
    lines = charge(240_000, tariff_book().at("LT-A", one.month), sanctioned_w=int(meters.homes.sanctioned_w[FLAT]))
    assert (one.energy_wh, one.total_paisa) == (240_000, sum(line.paisa for line in lines))


def test_a_new_months_bill_is_not_told_as_paid(town):
    store = Store(town_folder())
    meters = aged(wake(store, store.plan()), 4)
    month = billing._month(int(meters.state.month[0]))
    found = list(billing.bills(meters, billing._next(month), history=False))
    assert found
    assert not any("paid" in bill for bill in found)
    early = billing.bills(meters, month + timedelta(days=1), history=True)
    assert all(bill["issued_on"] <= month + timedelta(days=1) for bill in early)  # the last month's is not made yet


def test_months_by_their_number():
    assert billing._month(0) == date(1970, 1, 1)
    assert billing._month(12 * 56 + 10) == date(2026, 11, 1)
    assert MONTHS > 6
