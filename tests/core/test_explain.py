"""A prepaid balance explained to the paisa: worked cases, what is not known, and that everything always adds up."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.explain import (
    BACKWARDS,
    ESTIMATE,
    POSITION,
    REGISTER,
    TURN,
    Explanation,
    Line,
    Point,
    Recharge,
    Use,
    energy_lines,
    explain,
)
from bijoli.core.tariff import Slab, Tariff, energy_cost, read_tariff
from bijoli.core.turns import Period, Registers, uses

FILE = Path(__file__).resolve().parents[2] / "utilities" / "demo" / "tariff.toml"
BOOK = read_tariff(tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal))
HOME, SHOP = (BOOK.at(code, date(2026, 11, 22)) for code in ("LT-A", "LT-E"))
DEARER = replace(HOME, since=date(2026, 11, 15), slabs=tuple(Slab(slab.upto_wh, slab.rate + 50) for slab in HOME.slabs))
HOUR, DAY = 3600, 86400
MONTH = 1_000 * DAY  # a first midnight


def one(before: int | None, wh: int, paid: int, *recharges: Recharge, tariff: Tariff = HOME, old: int = 500_00) -> Explanation:
    """A day on which the balance went from `old` to `old - paid`."""
    start, end = Point(MONTH, old, 10_000_000), Point(MONTH + DAY, old - paid, 10_000_000 + wh)
    return explain(start, end, [Use(before, wh, tariff)], recharges)


def figures(found: Explanation) -> list[tuple[str, int | None, int | None, int]]:
    return [(line.name, line.energy_wh, line.rate, line.paisa) for line in found.lines]


def test_a_day_in_one_slab():
    found = one(100_000, 3_200, 23_04)
    assert figures(found) == [("energy", 3_200, 720, -23_04)]
    assert (found.expected, found.unexplained, found.amiss) == (476_96, 0, False)


def test_a_slab_is_crossed_within_the_day():
    found = one(198_000, 5_000, 14_40 + 22_77)
    assert figures(found) == [("energy", 2_000, 720, -14_40), ("energy", 3_000, 759, -22_77)]
    assert found.unexplained == 0


def test_the_unit_that_loses_the_lifeline_pays_for_the_month():
    """50 units cost 231.50 at the lifeline rate and 263.00 at the first slab's."""
    found = one(50_000, 1_000, 36_76)
    assert figures(found) == [("lifeline", 50_000, 63, -31_50), ("energy", 1_000, 526, -5_26)]
    assert found.unexplained == 0
    assert figures(one(40_000, 5_000, 23_15)) == [("energy", 5_000, 463, -23_15)]


def test_a_recharge_with_its_charges():
    """The public example: 1,000 on 2 kW, single phase, one month due."""
    paid = Recharge(MONTH + HOUR, 832_52, 1000_00, 47_62, 4_14, (("demand", 84_00), ("rent", 40_00)), "bKash")
    found = one(100_000, 1_000, 7_20 - 832_52, paid)
    assert figures(found) == [("recharge", None, None, 832_52), ("energy", 1_000, 720, -7_20)]
    assert (found.unexplained, paid.off, found.wrong_splits) == (0, 0, [])


def test_a_split_that_does_not_add_up_is_a_finding_of_its_own():
    paid = Recharge(MONTH + HOUR, 807_52, 1000_00, 47_62, 4_14, (("demand", 84_00), ("rent", 40_00)))
    found = one(100_000, 0, -807_52, paid)
    assert (paid.off, found.unexplained, found.wrong_splits) == (25_00, 0, [paid])
    assert replace(paid, vat=None).off is None


def test_a_deduction_nobody_told_of_is_found():
    found = one(100_000, 3_200, 23_04 + 25_00)
    assert (found.unexplained, found.remainder, found.amiss) == (-25_00, -25_00, True)


@pytest.mark.parametrize(("extra", "amiss"), [(0, False), (100, False), (-100, False), (101, True), (-101, True)])
def test_up_to_a_taka_is_rounding(extra, amiss):
    assert one(100_000, 3_200, 23_04 + extra).amiss is amiss


def test_charges_that_leave_the_balance_itself():
    start, end = Point(MONTH - HOUR, 500_00, 1_000), Point(MONTH + DAY, 376_00, 1_000)
    found = explain(start, end, [], charges=[Line("demand", -84_00, MONTH), Line("rent", -40_00, MONTH)])
    assert (found.unexplained, found.expected) == (0, 376_00)


def test_what_is_not_known_is_named_and_never_zero():
    start, end = Point(MONTH, 500_00, 1_000), Point(MONTH + DAY, 400_00, 2_000)
    cases = {
        REGISTER: explain(start, replace(end, wh=None), None),
        BACKWARDS: explain(start, replace(end, wh=900), None),
        ESTIMATE: explain(start, replace(end, sure=False), [Use(100_000, 1_000, HOME)]),
        POSITION: explain(start, end, [Use(None, 1_000, HOME)]),
        TURN: explain(start, end, [Use(100_000, 1_000, HOME, sure=False)]),
    }
    for why, found in cases.items():
        assert (found.unknown, found.unexplained, found.amiss) == ((why,), None, False)
    assert [cases[why].remainder for why in (REGISTER, BACKWARDS, POSITION)] == [None] * 3
    assert cases[ESTIMATE].remainder == cases[TURN].remainder == -92_80


def test_one_rate_for_all_needs_no_position():
    assert one(None, 1_000, 13_01, tariff=SHOP).unexplained == 0


# How energy falls on months and tariffs


def at_turn(known: list[tuple[int, int]], since: int | None = None) -> Registers:
    return Registers([(at, wh, True) for at, wh in known], since)


def test_energy_is_cut_at_the_months_turn_and_starts_its_slabs_anew():
    registers = at_turn([(MONTH - 30 * DAY - 60, 0), (MONTH - 600, 299_000), (MONTH + HOUR, 301_000)])
    start, end = Point(MONTH - 2 * HOUR, 500_00, 298_000), Point(MONTH + HOUR, 0, 301_000)
    found = uses(start, end, registers, [Period(MONTH - 30 * DAY, MONTH - 30 * DAY, HOME), Period(MONTH, MONTH, HOME)])
    assert found == [Use(298_000, 1_000, HOME), Use(0, 2_000, HOME)]


def test_a_new_tariff_counts_from_its_day_on_and_the_position_goes_on():
    turn = MONTH + 14 * DAY
    registers = at_turn([(MONTH - 60, 0), (turn - 60, 90_000)])
    start, end = Point(turn - HOUR, 0, 89_000), Point(turn + HOUR, 0, 92_000)
    found = uses(start, end, registers, [Period(MONTH, MONTH, HOME), Period(turn, MONTH, DEARER)])
    assert found == [Use(89_000, 1_000, HOME), Use(90_000, 2_000, DEARER)]
    assert found is not None
    lines = explain(start, end, found).lines
    assert [(line.rate, line.paisa) for line in lines] == [(720, -7_20), (770, -15_40)]


def test_a_silent_turn_is_an_estimate():
    registers = at_turn([(MONTH - 30 * DAY, 0), (MONTH - 12 * HOUR, 100_000), (MONTH + 12 * HOUR, 104_000)])
    start, end = Point(MONTH - 12 * HOUR, 500_00, 100_000), Point(MONTH + 12 * HOUR, 0, 104_000)
    periods = [Period(MONTH - 30 * DAY, MONTH - 30 * DAY, HOME), Period(MONTH, MONTH, HOME)]
    found = uses(start, end, registers, periods)
    assert found == [Use(100_000, 2_000, HOME, sure=False), Use(0, 2_000, HOME, sure=False)]
    assert explain(start, end, found).unknown == (TURN,)
    still = at_turn([(MONTH - 30 * DAY - 60, 0), (MONTH - 12 * HOUR, 100_000), (MONTH + 12 * HOUR, 100_000)])
    assert uses(start, replace(end, wh=100_000), still, periods) == [Use(0, 0, HOME)], "nothing was used: no doubt"


def test_a_new_meter_begins_its_month_where_it_was_put_up():
    start, end = Point(MONTH + 10 * DAY, 0, 2_000), Point(MONTH + 11 * DAY, 0, 5_000)
    known = [(MONTH + 10 * DAY - 600, 1_500)]
    period = [Period(MONTH, MONTH, HOME)]
    assert uses(start, end, at_turn(known, MONTH + 10 * DAY - 900), period) == [Use(500, 3_000, HOME)]
    assert uses(start, end, at_turn(known), period) == [Use(None, 3_000, HOME)], "it stood there and told nothing"


def test_a_register_beside_a_balance():
    registers = Registers([(100, 1_000, True), (200, 1_000, True), (300, 2_000, True), (300, 9, False)])
    found = {at: registers.beside(at) for at in (50, 100, 150, 250, 300, 400)}
    told = {at: (read.wh, read.sure) if read else None for at, read in found.items()}
    assert told == {50: None, 100: (1_000, True), 150: (1_000, True), 250: (1_500, False), 300: (2_000, True), 400: None}


# What holds for any day

money = st.integers(-1_000_00, 10_000_00)
tariffs = st.sampled_from([BOOK.at(code, date(2026, 11, 22)) for code in BOOK.codes(date(2026, 11, 22))] + [DEARER])
use = st.builds(Use, st.none() | st.integers(0, 900_000), st.integers(0, 200_000), tariffs, st.booleans())
recharge = st.builds(Recharge, st.integers(-HOUR, 30 * HOUR), st.integers(0, 5_000_00))


@given(old=money, new=money, cuts=st.lists(use, max_size=4), paid=st.lists(recharge, max_size=4), sure=st.booleans())
def test_everything_adds_up_or_is_unknown(old, new, cuts, paid, sure):
    start, end = Point(0, old, 0), Point(DAY, new, sum(one.wh for one in cuts), sure)
    found = explain(start, end, cuts, paid)
    credited = sum(one.credited for one in paid if 0 < one.at <= DAY)
    assert sum(line.paisa for line in found.lines if line.name == "recharge") == credited
    if found.remainder is None:
        assert POSITION in found.unknown
    else:
        assert start.paisa + sum(line.paisa for line in found.lines) + found.remainder == end.paisa
    if found.unexplained is not None:
        assert sure
        energy = sum(energy_cost(one.before_wh or 0, one.wh, one.tariff) for one in cuts)
        assert found.unexplained == new - old - credited + energy


@given(tariff=tariffs, edges=st.lists(st.integers(0, 1_200_000), min_size=2, max_size=8, unique=True).map(sorted))
def test_the_parts_of_a_month_are_the_whole_however_it_is_cut(tariff, edges):
    cut = [line.paisa for low, high in pairwise(edges) for line in energy_lines(Use(low, high - low, tariff))]
    assert -sum(cut) == energy_cost(edges[0], edges[-1] - edges[0], tariff)
    assert all(line.paisa <= 0 for low, high in pairwise(edges) for line in energy_lines(Use(low, high - low, tariff)))


@given(
    readings=st.lists(st.tuples(st.integers(-DAY, 40 * DAY), st.integers(0, 3_000)), min_size=2, max_size=12, unique_by=lambda one: one[0]),
    at=st.integers(0, 10),
)
def test_no_energy_is_lost_at_a_turn(readings, at):
    known, register = [], 0
    for moment, wh in sorted(readings):
        register += wh
        known.append((MONTH + moment, register))
    (first, first_wh), (last, last_wh) = known[0], known[-1]
    inside = [MONTH + day * DAY for day in (0, 14, 31) if first < MONTH + day * DAY <= last]
    begins = [first, *inside]
    periods = [Period(begin, max(MONTH + day * DAY for day in (-31, 0, 31) if MONTH + day * DAY <= begin), HOME) for begin in begins]
    found = uses(Point(first, 0, first_wh), Point(last, 0, last_wh), at_turn(known), periods)
    assert found is not None
    assert sum(one.wh for one in found) == last_wh - first_wh
