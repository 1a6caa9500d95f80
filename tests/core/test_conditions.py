"""Bands, edges and rises: exact at their limits."""

import pytest

from bijoli.core.conditions import Relay, balance_band, balance_edges, closing_paisa, load_band, own_limits, rose
from bijoli.core.utility import Thresholds

LIMITS = Thresholds()


def test_the_edges_of_a_meter_without_own_limits():
    assert balance_edges(LIMITS) == (1, 50_00, 100_00, 120_00)


def test_an_own_limit_adds_itself_and_where_it_closes():
    assert balance_edges(LIMITS, [300_00, 300_00, 40_00]) == (1, 50_00, 100_00, 120_00, 300_00, 360_00)
    assert own_limits([300_00, 40_00, 100_00], LIMITS) == (300_00,)


def test_a_closing_limit_is_rounded_up():
    assert closing_paisa(100_01, LIMITS) == 120_02
    assert closing_paisa(100_00, LIMITS) == 120_00


@pytest.mark.parametrize(("balance", "band"), [(-1, 0), (0, 0), (1, 1), (4999, 1), (5000, 2), (9999, 2), (10000, 3), (12000, 4)])
def test_the_band_counts_edges_at_or_under_the_balance(balance, band):
    assert balance_band(balance, balance_edges(LIMITS)) == band


@pytest.mark.parametrize(("load", "band"), [(0, 0), (4750, 0), (4751, 1), (5000, 1), (5001, 2), (5500, 2), (5501, 3)])
def test_load_bands(load, band):
    assert load_band(load, 5000, LIMITS) == band


def test_a_rise_of_a_taka_is_a_recharge_and_unknown_is_no_rise():
    assert rose(0, 100)
    assert not rose(0, 99)
    assert not rose(None, 100)
    assert not rose(100, None)


def test_the_relay_has_the_numbers_of_the_tables():
    from bijoli.metering.models import Relay as Stored

    assert {relay.name: int(relay) for relay in Relay} == {name: value for name, value in zip(Stored.names, Stored.values, strict=True)}
