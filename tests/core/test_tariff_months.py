"""A month by its days: charged by date over a change of the tariff, and where in the slabs it stands."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.tariff import (
    Position,
    Slab,
    charge,
    day_costs,
    energy_cost,
    half_up,
    month_cost,
    month_lines,
    read_tariff,
    slab_position,
)

FILE = Path(__file__).resolve().parents[2] / "utilities" / "demo" / "tariff.toml"
BOOK = read_tariff(tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal))
HOME = BOOK.at("LT-A", date(2026, 11, 22))
FIRST = date(2026, 7, 1)
DEARER = replace(
    HOME,
    since=date(2026, 7, 15),
    demand=50_00,
    slabs=tuple(Slab(slab.upto_wh, slab.rate + 100) for slab in HOME.slabs),
    lifeline=Slab(50_000, 500),
)
CHANGED = BOOK.with_tariffs([DEARER])
OFFICE = replace(BOOK.at("LT-E", FIRST), since=date(2026, 7, 15), times={"peak": 1600, "off_peak": 1200})

DAYS_WH = st.lists(st.integers(0, 40_000), min_size=1, max_size=31)


def month(energies, first=FIRST):
    return [(first + timedelta(days=index), wh) for index, wh in enumerate(energies)]


def total(lines, *names):
    return sum(line.paisa for line in lines if line.name in names)


def test_a_change_in_the_middle_of_a_month_is_charged_by_date():
    """14 days of 5 kWh at the old rates, then the 71st to 80th unit at the new ones."""
    days = month([5_000] * 16)
    costs = day_costs(days, CHANGED, "LT-A")
    assert sum(costs[:14]) == month_cost(70_000, HOME) == 368_20
    assert costs[14:] == [5 * 626, 5 * 820]
    lines = month_lines(days, CHANGED, "LT-A", sanctioned_w=2_000)
    assert [(line.since.day, line.energy_wh, line.rate, line.paisa) for line in lines if line.name == "energy"] == [
        (1, 70_000, 526, 368_20),
        (15, 5_000, 626, 31_30),
        (15, 5_000, 820, 41_00),
    ]
    assert total(lines, "demand") == 84_00  # by the tariff of the first day
    assert lines[-1].name == "vat"
    assert total(lines, "vat") == half_up((440_50 + 84_00) * 50, 1000)


def test_losing_the_lifeline_after_a_change_is_a_line_of_its_own():
    """40 units at 4.63; at the new rates the other 20 cost 6.26, and the first 40 cost 1.26 more than the new lifeline rate."""
    lines = month_lines([(FIRST, 40_000), (date(2026, 7, 15), 20_000)], CHANGED, "LT-A", sanctioned_w=1_000, prepaid=True)
    assert [(line.name, line.paisa) for line in lines] == [
        ("energy", 185_20), ("energy", 125_20), ("lifeline", 50_40), ("demand", 42_00), ("rent", 40_00), ("rebate", -1_80), ("vat", 20_14),
    ]  # fmt: skip
    assert total(lines, "vat") == half_up((360_80 + 42_00) * 50, 1000)


def test_a_month_by_times_of_use_over_a_change():
    book = BOOK.with_tariffs([OFFICE])
    days = [(FIRST, 10_000), (date(2026, 7, 2), 10_000), (date(2026, 7, 20), 10_000)]
    times = [{"peak": 4_000, "off_peak": 6_000}, {"peak": 10_000}, {"peak": 3_000, "off_peak": 7_000}]
    lines = month_lines(days, book, "LT-E", sanctioned_w=5_000, times=times)
    assert {(line.time, line.since.day): (line.energy_wh, line.paisa) for line in lines if line.name == "energy"} == {
        ("peak", 1): (14_000, 14 * 1562),
        ("off_peak", 1): (6_000, 6 * 1171),
        ("peak", 20): (3_000, 3 * 1600),
        ("off_peak", 20): (7_000, 7 * 1200),
    }
    with pytest.raises(ValueError, match="adds up to 9999 Wh"):
        month_lines(days[:1], book, "LT-E", sanctioned_w=5_000, times=[{"peak": 9_999}])


@pytest.mark.parametrize(
    "days",
    [[(FIRST, 1), (FIRST, 1)], [(date(2026, 7, 2), 1), (FIRST, 1)], [(date(2026, 7, 31), 1), (date(2026, 8, 1), 1)]],
)
def test_days_of_two_months_or_out_of_order_are_refused(days):
    with pytest.raises(ValueError, match="not days of one month in order"):
        day_costs(days, BOOK, "LT-A")


def test_a_month_without_days_has_no_lines():
    assert day_costs([], BOOK, "LT-A") == []
    with pytest.raises(ValueError, match="needs its days"):
        month_lines([], BOOK, "LT-A", sanctioned_w=1)


@pytest.mark.parametrize(
    ("kwh", "position"),
    [
        (0, Position(None, 463, 0, 50_000, 50_000, 526, 31_50)),
        (50, Position(None, 463, 0, 50_000, 0, 526, 31_50)),
        (51, Position(0, 526, 0, 75_000, 24_000, 720, 0)),
        (75, Position(0, 526, 0, 75_000, 0, 720, 0)),
        (76, Position(1, 720, 75_000, 200_000, 124_000, 759, 0)),
        (600, Position(4, 1267, 400_000, 600_000, 0, 1461, 0)),
        (601, Position(5, 1461, 600_000, None, None, None, 0)),
    ],
)
def test_where_a_month_stands(kwh, position):
    assert slab_position(kwh * 1000, HOME) == position


def test_a_flat_class_stands_in_its_one_slab():
    assert slab_position(1_000_000, BOOK.at("LT-B", FIRST)) == Position(0, 525, 0, None, None, None, 0)
    with pytest.raises(ValueError, match="cannot be negative"):
        slab_position(-1, HOME)


@given(DAYS_WH, st.integers(0, 100_000))
def test_days_of_one_tariff_add_up_to_the_month(energies, before):
    costs = day_costs(month(energies), BOOK, "LT-A", before)
    assert sum(costs) == month_cost(before + sum(energies), HOME) - month_cost(before, HOME)
    assert min(costs) >= 0


@given(DAYS_WH)
def test_days_over_a_change_add_up_stretch_by_stretch_and_to_the_lines(energies):
    costs, old = day_costs(month(energies), CHANGED, "LT-A"), sum(energies[:14])
    assert sum(costs[:14]) == month_cost(old, HOME)
    assert sum(costs[14:]) == energy_cost(old, sum(energies[14:]), DEARER)
    lines = month_lines(month(energies), CHANGED, "LT-A", sanctioned_w=2_000)
    assert total(lines, "energy", "lifeline") == sum(costs)
    assert sum(line.energy_wh or 0 for line in lines) == sum(energies)


@given(DAYS_WH, st.booleans())
def test_a_month_without_a_change_has_the_lines_of_a_bill(energies, prepaid):
    lines = month_lines(month(energies), BOOK, "LT-A", sanctioned_w=3_000, prepaid=prepaid)
    assert tuple(replace(line, since=None) for line in lines) == charge(sum(energies), HOME, sanctioned_w=3_000, prepaid=prepaid)


@given(st.integers(0, 800_000))
def test_a_crossing_costs_its_step_and_the_next_rate(month_wh):
    where = slab_position(month_wh, HOME)
    assert where.from_wh <= month_wh
    if where.left_wh is not None:
        assert abs(energy_cost(where.upto_wh, 1_000, HOME) - where.step_paisa - where.next_rate) <= 1
        assert abs(energy_cost(month_wh, where.left_wh, HOME) * 1000 - where.left_wh * where.rate) <= 1000
