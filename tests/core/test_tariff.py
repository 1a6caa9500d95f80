"""The tariff to the paisa: the public worked examples, the edges of the slabs, and what holds for any month."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.tariff import TariffError, charge, energy_cost, energy_lines, least_gross, month_cost, quote, read_tariff

FILE = Path(__file__).resolve().parents[2] / "utilities" / "demo" / "tariff.toml"
TABLE = tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)
BOOK = read_tariff(TABLE)
TODAY = date(2026, 11, 22)
HOME = BOOK.at("LT-A", TODAY)
MONTH_WH = st.integers(0, 2_000_000)


def bill(kwh, kw, code="LT-A", **more):
    lines = charge(kwh * 1000, BOOK.at(code, TODAY), sanctioned_w=kw * 1000, **more)
    totals = {name: sum(line.paisa for line in lines if line.name == name) for name in ("energy", "demand", "rent", "rebate", "vat")}
    return totals | {"total": sum(line.paisa for line in lines)}


@pytest.mark.parametrize(
    ("kwh", "kw", "energy", "demand", "vat", "total"),
    [
        (40, 2, 185_20, 84_00, 13_46, 282_66),
        (50, 2, 231_50, 84_00, 15_78, 331_28),
        (51, 2, 268_26, 84_00, 17_61, 369_87),
        (150, 2, 934_50, 84_00, 50_93, 1069_43),
        (300, 2, 2053_50, 84_00, 106_88, 2244_38),
        (450, 4, 3489_00, 168_00, 182_85, 3839_85),
        (650, 5, 6120_00, 210_00, 316_50, 6646_50),
    ],
)
def test_postpaid_bills_match_the_worked_examples(kwh, kw, energy, demand, vat, total):
    assert bill(kwh, kw) == {"energy": energy, "demand": demand, "rent": 0, "rebate": 0, "vat": vat, "total": total}


@pytest.mark.parametrize(
    ("kwh", "taka"),
    [(75, 394_50), (76, 401_70), (200, 1294_50), (400, 2855_50), (401, 2868_17), (600, 5389_50), (601, 5404_11), (1000, 11233_50)],
)
def test_energy_at_the_edges_of_the_slabs(kwh, taka):
    assert month_cost(kwh * 1000, HOME) == taka


@pytest.mark.parametrize(
    ("gross", "kw", "phases", "months", "vat", "demand", "rent", "rebate", "credited"),
    [
        (1000_00, 2, 1, 1, 47_62, 84_00, 40_00, 4_14, 832_52),
        (500_00, 2, 1, 0, 23_81, 0, 0, 2_38, 478_57),
        (1000_00, 2, 1, 3, 47_62, 252_00, 120_00, 2_90, 583_28),
        (2000_00, 8, 3, 1, 95_24, 336_00, 250_00, 6_59, 1325_35),
        (200_00, 2, 1, 2, 9_52, 168_00, 80_00, 0, -57_52),
    ],
)
def test_a_recharge_is_split_as_in_the_worked_examples(gross, kw, phases, months, vat, demand, rent, rebate, credited):
    split = quote(gross, HOME, sanctioned_w=kw * 1000, phases=phases, months_due=months)
    assert (split.vat, split.demand, split.rent, split.rebate, split.credited) == (vat, demand, rent, rebate, credited)
    assert split.enough == (credited > 0)


def test_the_51st_unit_loses_the_lifeline_rate_for_the_whole_month():
    assert energy_cost(50_000, 1_000, HOME) == 36_76
    assert energy_cost(49_000, 1_000, HOME) == 4_63
    assert energy_cost(51_000, 1_000, HOME) == 5_26
    assert [(line.energy_wh, line.rate) for line in energy_lines(50_000, HOME)] == [(50_000, 463)]


def test_a_prepaid_bill_has_rent_and_rebate():
    assert bill(150, 2, prepaid=True) == {
        "energy": 934_50, "demand": 84_00, "rent": 40_00, "rebate": -4_67, "vat": 50_93, "total": 1104_76,
    }  # fmt: skip
    assert bill(150, 8, prepaid=True, phases=3)["rent"] == 250_00


def test_flat_classes_and_times_of_use():
    assert bill(100, 5, "LT-E")["energy"] == 1301_00
    assert bill(100, 5, "LT-E", times_wh={"off_peak": 60_000, "peak": 40_000})["energy"] == 1327_40
    with pytest.raises(ValueError, match="adds up to 60000 Wh, not 100000"):
        bill(100, 5, "LT-E", times_wh={"peak": 60_000})
    with pytest.raises(TariffError, match="no rate for night"):
        bill(100, 5, "LT-E", times_wh={"night": 100_000})


def test_all_classes_of_the_file_can_be_asked_for():
    assert BOOK.codes(TODAY) == ["LT-A", "LT-B", "LT-C1", "LT-C2", "LT-D1", "LT-D2", "LT-D3", "LT-E", "LT-T"]
    assert {code: (BOOK.at(code, TODAY).slabs[-1].rate, BOOK.at(code, TODAY).demand) for code in BOOK.codes(TODAY)} == {
        "LT-A": (1461, 4200), "LT-B": (525, 4200), "LT-C1": (1076, 4800), "LT-C2": (1515, 12000), "LT-D1": (755, 6000),
        "LT-D2": (971, 9000), "LT-D3": (962, 9000), "LT-E": (1301, 9000), "LT-T": (2017, 12000),
    }  # fmt: skip


def test_a_later_order_counts_from_its_day_and_past_months_keep_theirs():
    later = next(tariff for tariff in TABLE["tariff"] if tariff["code"] == "LT-B") | {"from": date(2027, 1, 1), "slabs": [{"rate": 6}]}
    book = read_tariff(TABLE | {"tariff": [*TABLE["tariff"], later]})
    assert book.at("LT-B", date(2026, 12, 31)).slabs[0].rate == 525
    assert book.at("LT-B", date(2027, 1, 1)).slabs[0].rate == 600
    with pytest.raises(TariffError, match="no tariff 'LT-B' for 2023-01-01, the first is of 2024-02-01"):
        book.at("LT-B", date(2023, 1, 1))
    with pytest.raises(TariffError, match="no tariff 'LT-X'"):
        book.at("LT-X", TODAY)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"slabs": [{"upto_kwh": 75, "rate": 5}]}, "only the last has no upto_kwh"),
        ({"slabs": [{"upto_kwh": 75, "rate": 5}, {"upto_kwh": 50, "rate": 6}, {"rate": 7}]}, "slabs must rise"),
        ({"slabs": [{"rate": 5.26}]}, "is a float"),
        ({"slabs": [{"rate": "4.635"}]}, "no whole number of paisa"),
        ({"lifeline": {"upto_kwh": 50, "rate": 6}}, "no higher than the first slab"),
        ({"demand": "a lot"}, "'a lot' is no number"),
        ({"from": date(2020, 1, 1)}, "no \\[\\[common\\]\\] table from 2020-01-01"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused_by_name(change, says):
    with pytest.raises(TariffError, match=says) as refused:
        read_tariff(TABLE | {"tariff": [TABLE["tariff"][0] | change]})
    assert "LT-A" in str(refused.value)


@given(MONTH_WH, MONTH_WH)
def test_more_energy_never_costs_less(some, other):
    assert (month_cost(some, HOME) <= month_cost(other, HOME)) or some > other


@given(st.lists(st.integers(0, 50_000), max_size=40))
def test_a_balance_falls_by_the_month_s_cost_however_finely_it_is_read(parts):
    month = fallen = 0
    for part in parts:
        fallen += energy_cost(month, part, HOME)
        month += part
    assert fallen == month_cost(month, HOME)


@given(st.sampled_from([slab.upto_wh for slab in HOME.slabs[:-1]]), st.integers(1, 1000))
def test_past_an_edge_each_watt_hour_costs_the_next_slab(edge, beyond):
    following = next(slab for slab in HOME.slabs if slab.upto_wh is None or slab.upto_wh > edge)
    assert abs(energy_cost(edge, beyond, HOME) * 1000 - beyond * following.rate) <= 500


@given(st.integers(1, 10_000_000), st.integers(500, 50_000), st.integers(0, 12), st.integers(0, 100_000))
def test_a_split_adds_up(gross, sanctioned_w, months_due, arrears):
    split = quote(gross, HOME, sanctioned_w=sanctioned_w, months_due=months_due, arrears=arrears)
    assert split.gross == split.credited + split.vat + split.demand + split.rent + split.arrears - split.rebate


AMOUNTS = range(10_00, 25_000_00 + 1, 10_00)


@given(credited=st.integers(0, 26_000_00), months=st.integers(0, 5), arrears=st.integers(0, 900_00), kw=st.integers(1, 20))
def test_the_least_recharge_is_enough_and_a_step_less_is_not(credited, months, arrears, kw):
    tariff = BOOK.at("LT-A", date(2026, 11, 18))
    due = {"sanctioned_w": kw * 1000, "months_due": months, "arrears": arrears}
    gross = least_gross(credited, tariff, AMOUNTS, **due)
    if gross is None:
        assert quote(AMOUNTS[-1], tariff, **due).credited < credited
        return
    assert quote(gross, tariff, **due).credited >= credited
    assert gross == AMOUNTS[0] or quote(gross - 10_00, tariff, **due).credited < credited
