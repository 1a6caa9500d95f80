"""Credit that is sold at the town's door reaches the town's meters: once, whatever dies in between, and the site hears of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from urllib.request import urlopen
from uuid import uuid4

import numpy as np
import pytest

from bijoli.core.payment import VendState
from bijoli.metering import numbers
from bijoli.metering.models import Credit, MeterState, Relay
from bijoli.payments.headend.http import HttpHeadEnd
from bijoli.payments.headend.port import CreditOrder, Dues, HeadEndRefused
from bijoli.simulator.causes import Wish
from bijoli.simulator.control import serve
from bijoli.simulator.credits import MANY, TYPING_SECONDS
from bijoli.simulator.headend import Headend
from bijoli.simulator.people import DEMO_METERS
from bijoli.simulator.store import Store
from bijoli.simulator.town import build, opened, town_folder
from bijoli.simulator.vending.engine import Refused, Wanted
from bijoli.simulator.vending.listen import environment, token_of

pytestmark = pytest.mark.django_db(transaction=True)
HOME, _, VILLAGE, FLAT = DEMO_METERS
VAT, REBATE = 5000 * 500 // 105, 238  # of 500 taka, nothing due
CREDITED = 478_57


@pytest.fixture
def town(live_server, settings, tmp_path) -> Iterator[str]:
    settings.DATA_FOLDER = tmp_path
    numbers.forget()
    build(live_server.url, 5, 2, on_progress=lambda *_: None)
    yield live_server.url
    numbers.forget()


@contextmanager
def running(url: str) -> Iterator[tuple[Headend, HttpHeadEnd]]:
    """The town's head-end with its door open; its turns are the test's to make. Nobody owes a month's charges."""
    with opened(url) as headend, serve(headend, 0) as control:
        headend.meters.state.due[:] = 0
        threading.Thread(target=control.serve_forever, args=(0.02,), daemon=True).start()
        door = f"http://127.0.0.1:{control.server_port}"
        assert environment(door, town_folder())["BIJOLI_HEADEND"] == door
        try:
            with closing(HttpHeadEnd(door, token_of(town_folder()))) as ours:
                yield headend, ours
        finally:
            control.shutdown()


def turn(headend: Headend) -> None:
    """One turn of the head-end."""
    headend.report()
    with closing(headend.line(3)) as gateway:
        headend.deliver(gateway)


def order(meter: str = HOME, **fields) -> CreditOrder:
    now = datetime.now(UTC)
    given = {"key": uuid4(), "number": "R261122AAAAAAAAA", "meter": meter, "gross": 500_00, "expected": CREDITED, "sold_at": now}
    return CreditOrder(**{**given, "channel": "bkash", **fields})


def balance(headend: Headend, row: int = 0) -> int:
    return int(headend.meters.state.balance[row])


def test_a_recharge_reaches_the_meter_and_the_site_within_a_turn(town):
    with running(town) as (headend, ours):
        before, sold = balance(headend), order()
        assert ours.credit(sold).state == VendState.ACCEPTED
        assert (balance(headend), ours.confirm(sold.key).state) == (before, VendState.ACCEPTED)
        turn(headend)
        told = ours.confirm(sold.key)
        assert (told.state, told.split.credited) == (VendState.ON_METER, CREDITED)
        assert before + CREDITED - 100 < balance(headend) <= before + CREDITED
        turn(headend)
        assert balance(headend) <= before + CREDITED
    credit = Credit.objects.get(order=sold.number)
    assert (credit.meter.number, credit.gross_paisa, credit.credited_paisa, credit.channel) == (HOME, 500_00, CREDITED, "bKash")
    assert (credit.vat_paisa, credit.rebate_paisa, credit.charges, credit.tokens) == (2381, REBATE, [], [])
    assert MeterState.objects.get(meter__number=HOME).balance_paisa == balance_of(town)


def balance_of(town: str) -> int:
    with opened(town) as headend:
        return balance(headend)


def test_the_doors_own_threads_and_turns_make_it_quick(town):
    """With the head-end really running nobody has to ask for a turn."""
    with running(town) as (headend, ours):
        stopped = threading.Event()
        turns = threading.Thread(target=headend.run, args=(stopped,))
        turns.start()
        try:
            sold = order()
            ours.credit(sold)
            end = time.monotonic() + 20
            while not Credit.objects.filter(order=sold.number).exists() and time.monotonic() < end:
                time.sleep(0.02)
        finally:
            stopped.set()
            turns.join()
        assert ours.confirm(sold.key).state == VendState.ON_METER
    assert Credit.objects.filter(order=sold.number).count() == 1


def test_charges_are_those_that_the_meter_owes_and_are_paid_once(town):
    with running(town) as (headend, ours):
        headend.meters.state.due[0] = 2
        now = datetime.now(UTC)
        assert ours.dues(HOME, now) == Dues(2, 0)
        no = ours.credit(order(gross=1000_00, expected=1))
        assert (no.reason, no.split.demand, no.split.rent) == ("changed", 252_00, 80_00)
        ours.credit(order(gross=1000_00, expected=no.split.credited))
        assert ours.dues(HOME, now) == Dues(0, 0), "it is on its way"
        turn(headend)
        assert ours.dues(HOME, now) == Dues(0, 0)
        assert headend.meters.state.due[0] == 0
    credit = Credit.objects.get(meter__number=HOME, gross_paisa=1000_00)
    assert credit.charges == [{"name": "demand", "paisa": 252_00}, {"name": "rent", "paisa": 80_00}]


def test_supply_that_was_cut_comes_back(town):
    with running(town) as (headend, ours):
        headend.cause(Wish("zero", HOME))
        assert ours.standing(HOME).relay == Relay.OPEN_CREDIT
        ours.credit(order())
        turn(headend)
        standing = ours.standing(HOME)
        assert (standing.relay, standing.balance) == (Relay.CLOSED, CREDITED - 300)
    assert MeterState.objects.get(meter__number=HOME).relay == Relay.CLOSED


def test_a_keypad_meter_has_it_when_its_tokens_were_typed_in(town):
    with running(town) as (headend, ours):
        start, (first, second) = headend.clock(), (order(VILLAGE), order(VILLAGE, number="R261122BBBBBBBBB"))
        told, many = ours.credit(first), ours.credit(second)
        assert (told.state, len(told.tokens), len(many.tokens)) == (VendState.TOKENS, 1, MANY)
        turn(headend)
        assert ours.confirm(first.key).state == VendState.TOKENS
        headend.clock = headend.vending.clock = lambda: start + TYPING_SECONDS + 5
        turn(headend)
        assert ours.confirm(first.key).state == ours.confirm(second.key).state == VendState.ON_METER
    assert Credit.objects.get(order=second.number).tokens == list(many.tokens)


def test_a_visitors_recharge_comes_after_what_was_sold(town):
    with running(town) as (headend, ours):
        headend.meters.state.due[2] = 1
        no = ours.credit(order(VILLAGE, expected=1))
        ours.credit(order(VILLAGE, expected=no.split.credited))
        headend.cause(Wish("recharge", VILLAGE, amount=500_00))
        assert int(headend.meters.state.due[2]) == 0
    charged = Credit.objects.filter(meter__number=VILLAGE, gross_paisa=500_00).order_by("at").values_list("charges", flat=True)
    assert [bool(charges) for charges in charged][-2:] == [True, False]


@pytest.mark.parametrize("dies_at", ["keep_state", "arrived", "post"])
def test_a_crash_while_credit_is_put_on_meters_neither_loses_nor_doubles_it(town, monkeypatch, dies_at):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with running(town) as (headend, ours):
        before, sold = balance(headend), order()
        headend.store.keep_state(headend.meters.state)
        ours.credit(sold)
        target = headend.vending.store if dies_at == "arrived" else headend.store
        with monkeypatch.context() as patch:
            patch.setattr(type(target), dies_at, die)
            with pytest.raises(Killed):
                headend.report()
    with running(town) as (headend, ours):
        turn(headend)
        turn(headend)
        assert ours.confirm(sold.key).state == VendState.ON_METER
        assert before + CREDITED - 100 < balance(headend) <= before + CREDITED
        after = balance(headend)
    assert Credit.objects.filter(order=sold.number).count() == 1
    assert MeterState.objects.get(meter__number=HOME).balance_paisa == after


def test_months_sold_before_the_meter_has_turned_its_month_are_not_taken_again(town):
    with opened(town) as headend:
        meters, row = headend.meters, np.array([0])
        meters.state.due[0] = 0
        meters.state.month[0] -= 1  # the meter has last reported in the month before
        month = int(meters.calendar.months(np.array([int(time.time())]))[0])
        sold = datetime.now(UTC)
        assert headend.vending.dues(HOME, sold)[0] == 1
        wanted = Wanted(str(uuid4()), "R1", HOME, 500_00, 0, sold)
        with pytest.raises(Refused, match="changed") as no:
            headend.vending.credit(wanted)
        headend.vending.credit(replace(wanted, expected=no.value.split.credited))
        headend.report()
        assert (int(meters.state.month[0]), int(meters.state.due[0])) == (month, 0)
        assert meters.recharge(0, int(meters.state.at[row][0]), 500_00, "bKash").split.demand == 0


def test_postpaid_and_strange_meters_are_not_sold_for(town):
    with running(town) as (_, ours):
        for number in (FLAT, "066099999999"):
            assert ours.credit(order(number)).reason == "unknown_meter"
            with pytest.raises(HeadEndRefused, match="unknown_meter"):
                ours.dues(number, datetime.now(UTC))


def test_a_town_that_begins_anew_forgets_what_was_sold(town):
    with running(town) as (_, ours):
        ours.credit(order())
        url = f"{ours._client.base_url}/_credits"
        with urlopen(url, timeout=5) as answer:  # noqa: S310 loopback
            assert len(json.load(answer)) == 1
    store = Store(town_folder())
    store.forget()
    assert not list(store.folder.glob("vending.sqlite*"))


def test_a_town_of_before_goes_on(town):
    store = Store(town_folder())
    with np.load(store.folder / "state.npz") as kept:
        old = {name: kept[name] for name in kept.files if name != "taken"}
    np.savez(store.folder / "state.npz", **old)
    assert store.state().taken.tolist() == [0] * 5
