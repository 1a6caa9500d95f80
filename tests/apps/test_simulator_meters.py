"""The simulated meters agree with the tariff to the paisa, keep their balances among themselves, and can be played again."""

import tomllib
from dataclasses import fields
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.tariff import energy_cost, month_cost, read_tariff
from bijoli.simulator.calendar import Calendar
from bijoli.simulator.chance import chance, pick
from bijoli.simulator.household import settle
from bijoli.simulator.loads import Loads
from bijoli.simulator.meters import CLOSED, OPEN_CREDIT, Meters
from bijoli.simulator.shape import shipped
from bijoli.tariffs.columns import Costs

BOOK = read_tariff(tomllib.loads((settings.UTILITY_FOLDER / "tariff.toml").read_text(encoding="utf-8"), parse_float=Decimal))
CALENDAR = Calendar(settings.UTILITY)
SHAPES = shipped()
START = 1_793_469_600  # 2026-10-31 18:00 UTC, midnight in Dhaka: a month begins


def town(meters=40, seed=1, at=START):
    homes = settle(meters, seed, ["North", "South"])
    state = Meters.fresh(homes, CALENDAR, np.full(meters, at) + homes.stagger)
    return Meters(homes, Loads(homes, SHAPES, CALENDAR), BOOK, CALENDAR, state)


def run(meters, days, at=START):
    rows = np.arange(len(meters.homes))
    return [meters.advance(rows, at + 900 * step + meters.homes.stagger) for step in range(1, days * 96 + 1)]


@given(st.lists(st.tuples(st.sampled_from(BOOK.codes(date(2026, 11, 22))), st.integers(0, 3_000_000)), min_size=1, max_size=30))
def test_costs_in_columns_are_those_of_the_tariff(months):
    codes = [code for code, _ in months]
    costs = Costs.of(BOOK, codes, date(2026, 11, 22)).month(np.arange(len(codes)), np.array([wh for _, wh in months]))
    assert costs.tolist() == [month_cost(wh, BOOK.at(code, date(2026, 11, 22))) for code, wh in months]


def test_balances_fall_by_the_slabs_and_rise_by_the_credits_only():
    meters = town()
    before = meters.state.copy()
    recharges = [recharge for _, told in run(meters, 12) for recharge in told]
    for row in np.flatnonzero(meters.homes.prepaid):
        tariff = BOOK.at(meters.homes.tariff[row], date(2026, 11, 5))
        used = int(meters.state.register_ws[row] // 3600 - before.month_ws[row] // 3600)
        credited = sum(recharge.split.credited for recharge in recharges if recharge.row == row)
        assert meters.state.balance[row] == before.balance[row] + credited - energy_cost(0, used, tariff)
    assert recharges


def test_a_new_month_takes_its_charges_from_the_first_recharge():
    meters = town()
    told = sorted(
        ((recharge.row, recharge.at, recharge.split) for _, recharges in run(meters, 45) for recharge in recharges), key=lambda one: one[:2]
    )
    december: dict[int, list] = {}
    for row, at, split in told:
        if CALENDAR.local(at).month == 12:
            december.setdefault(row, []).append((split.demand > 0, split.rent > 0))
    assert len(december) > 20
    assert all(charged == [(True, True)] + [(False, False)] * (len(charged) - 1) for charged in december.values())


def test_registers_run_with_the_reported_loads():
    meters = town(meters=6)
    readings = [told for told, _ in run(meters, 1)]
    energy = np.diff([told.register_wh for told in readings], axis=0)
    expected = np.array([told.load_w for told in readings[1:]]) / 4
    assert np.abs(energy - expected).max() <= 1
    assert all((told.load_w <= meters.homes.sanctioned_w * 0.95).all() for told in readings)


def test_a_finished_balance_cuts_the_supply_outside_protected_hours_only():
    meters = town(meters=4)
    meters.state.balance[:] = -100
    meters.state.held[:] = 1
    rows = np.array([0, 3])  # home and the postpaid flat
    evening, morning = START + 20 * 3600, START + 24 * 3600 + 11 * 3600  # Sunday 20:00; Monday 11:00
    assert meters.advance(rows, np.full(2, evening))[0].relay.tolist() == [CLOSED, CLOSED]
    assert meters.advance(rows, np.full(2, morning))[0].relay.tolist() == [OPEN_CREDIT, CLOSED]
    dark, _ = meters.advance(rows, np.full(2, morning + 900))
    assert dark.load_w[0] == 0
    meters.recharge(0, morning + 1000, 500_00, "bKash")
    lit, _ = meters.advance(rows, np.full(2, morning + 1800))
    assert lit.relay[0] == CLOSED
    assert meters.advance(rows, np.full(2, morning + 2700))[0].load_w[0] > 0


def test_a_recharge_that_does_not_pay_what_is_due_is_refused():
    meters = town(meters=4)
    meters.state.due[0] = 3
    with pytest.raises(ValueError, match="does not pay the charges"):
        meters.recharge(0, START, 200_00, "bKash")


def test_the_same_seed_tells_the_same_story_and_another_seed_another():
    first, second, other = town(), town(), town(seed=2)
    told = [list(map(str, run(meters, 2))) for meters in (first, second, other)]
    assert told[0] == told[1] != told[2]


def test_a_stopped_town_goes_on_as_if_it_had_not_stopped():
    whole, stopped = town(), town()
    run(whole, 3)
    run(stopped, 1)
    resumed = Meters(stopped.homes, stopped.loads, BOOK, CALENDAR, stopped.state.copy())
    run(resumed, 2, at=START + 86400)
    for field in fields(whole.state):
        assert getattr(whole.state, field.name).tolist() == getattr(resumed.state, field.name).tolist()


def test_chance_is_even_and_can_be_asked_again():
    asked = chance(7, np.arange(100_000), 12, 3)
    assert asked.mean() == pytest.approx(0.5, abs=0.01)
    assert np.histogram(asked, 10, (0, 1))[0].min() > 9_500
    assert chance(7, np.array([41]), 12, 3)[0] == asked[41]
    assert np.bincount(pick(7, np.arange(100_000), 1, [8, 1, 1])).tolist() == pytest.approx([80_000, 10_000, 10_000], rel=0.05)
