"""What a tariff file may say beside rates: shared rules, hours of the times of use; and that a tariff written back is the same."""

import json
import tomllib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.tariff import (
    Hours,
    Slab,
    Tariff,
    TariffError,
    charge,
    late_fee,
    quote,
    read_one,
    read_tariff,
    split_by_time,
    table_of,
    time_of,
    turn_charges,
)

FILE = Path(__file__).resolve().parents[2] / "utilities" / "demo" / "tariff.toml"
TABLE = tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)
BOOK = read_tariff(TABLE)
TODAY = date(2026, 11, 22)
HOME, OFFICE = BOOK.at("LT-A", TODAY), BOOK.at("LT-E", TODAY)
DHAKA = ZoneInfo("Asia/Dhaka")


def with_common(**change):
    return read_tariff(TABLE | {"common": [TABLE["common"][0] | change]}).at("LT-A", TODAY)


def test_a_late_bill_grows_by_the_tariff_s_share():
    assert late_fee(1069_43, HOME) == 53_47
    common = {key: value for key, value in TABLE["common"][0].items() if key != "late_percent"}
    assert late_fee(1069_43, read_tariff(TABLE | {"common": [common]}).at("LT-A", TODAY)) is None


def test_a_postpaid_meter_pays_rent_only_where_the_tariff_has_one():
    def bill(tariff, phases=1):
        return {line.name: line.paisa for line in charge(150_000, tariff, sanctioned_w=2_000, phases=phases)}

    assert "rent" not in bill(HOME)
    rented = with_common(rent_postpaid={"1": 10})
    assert bill(rented)["rent"] == 10_00
    assert bill(rented)["vat"] == 50_93  # not on the rent
    assert "rent" not in bill(rented, phases=3)
    assert bill(with_common(rent_postpaid={"1": 10}, vat_on=["energy", "demand", "rent"]))["vat"] == 51_43


def test_a_bill_may_be_rounded_to_whole_taka():
    lines = charge(150_000, with_common(round_bill=1), sanctioned_w=2_000)
    assert (lines[-1].name, lines[-1].paisa, sum(line.paisa for line in lines)) == ("rounding", -43, 1069_00)


def test_charges_leave_with_the_recharge_or_at_the_turn_of_the_month():
    assert turn_charges(HOME, sanctioned_w=2_000) == 0
    monthly = with_common(charges_taken="month")
    assert turn_charges(monthly, sanctioned_w=2_000) == 124_00
    split = quote(1000_00, monthly, sanctioned_w=2_000, months_due=3)
    assert (split.demand, split.rent, split.rebate, split.credited) == (0, 0, 4_76, 957_14)


def test_a_class_may_say_a_shared_thing_in_its_own_way():
    given = [table | {"vat_percent": 15} if table["code"] == "LT-E" else table for table in TABLE["tariff"]]
    book = read_tariff(TABLE | {"tariff": given})
    assert (book.at("LT-E", TODAY).vat_permille, book.at("LT-A", TODAY).vat_permille) == (150, 50)


def test_the_book_knows_what_comes():
    later = read_one(table_of(HOME) | {"from": "2027-01-01", "demand": "45"})
    book = BOOK.with_tariffs([later])
    assert BOOK.history("LT-A")[-1] == BOOK.at("LT-A", TODAY)
    assert book.history("LT-A") == (HOME, later)
    replaced = read_one(table_of(later) | {"demand": "46"})
    assert book.with_tariffs([replaced]).at("LT-A", date(2027, 1, 1)) == replaced
    assert book.at("LT-A", date(2026, 12, 31)) == HOME


@pytest.mark.parametrize(
    ("hour", "minute", "name"), [(16, 59, "off_peak"), (17, 0, "peak"), (22, 59, "peak"), (23, 0, "off_peak"), (0, 0, "off_peak")]
)
def test_the_time_of_use_at_a_moment(hour, minute, name):
    assert time_of(datetime(2026, 7, 1, hour, minute, tzinfo=DHAKA), OFFICE) == name


def test_intervals_are_split_by_time_of_use():
    start = datetime(2026, 7, 1, tzinfo=DHAKA)
    intervals = [(start + timedelta(minutes=30 * index), 100) for index in range(48)]
    assert split_by_time(intervals, OFFICE) == {"off_peak": 3_600, "peak": 1_200}
    assert split_by_time([], BOOK.at("LT-D3", TODAY)) == {"off_peak": 0, "super_off_peak": 0, "peak": 0}


def test_no_time_of_use_where_there_are_no_rates_or_no_hours():
    noon = datetime(2026, 7, 1, 12, tzinfo=DHAKA)
    with pytest.raises(TariffError, match="LT-A of 2024-02-01 has no time of use for 12:00"):
        time_of(noon, HOME)
    silent = read_one({key: value for key, value in table_of(OFFICE).items() if key != "hours"})
    with pytest.raises(TariffError, match="no time of use"):
        split_by_time([(noon, 1)], silent)


PEAK = {"from": time(17), "until": time(23)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hours": {"peak": PEAK}}, "LT-C1.*at 00:00 there is no time of use"),
        ({"hours": {"peak": PEAK, "off_peak": {"from": time(22), "until": time(17)}}}, "at 22:00 there is off_peak and peak"),
        ({"hours": {"peak": {"from": 17, "until": time(23)}}}, "17 is no time of day"),
        ({"vat_on": ["energie"]}, "vat_on: 'energie' is not one of demand, energy"),
        ({"charges_taken": "never"}, "charges_taken: 'never' is not one of month, recharge"),
        ({"vat_percent": "105"}, "not between 0 and 100"),
        ({"late_percent": "5.25"}, "finer than a tenth"),
        ({"rent": {"1": -40}}, "-40 taka is below zero"),
        ({"rent": {"one": 40}}, "invalid literal"),
        ({"vat_percent": Decimal("NaN")}, "cannot be right"),
        ({"vat": 5}, "common 1: ValueError: unknown: vat"),
        ({"from": "soon"}, "common 1: ValueError"),
        ({"from": datetime(2024, 2, 1, tzinfo=DHAKA)}, "is no date"),
    ],
)
def test_a_shared_table_that_cannot_be_right_is_refused(change, says):
    with pytest.raises(TariffError, match=says):
        read_tariff(TABLE | {"common": [TABLE["common"][0] | change]})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lifline": {}}, "unknown: lifline"),
        ({"slabs": [{"upto_kwh": 75, "rate": 5, "extra": 1}, {"rate": 6}]}, "unknown: extra"),
        ({"slabs": [{"upto_kwh": "0.0005", "rate": 5}, {"rate": 6}]}, "no finer than a Wh"),
        ({"slabs": [{"upto_kwh": 75, "rate": 6}, {"rate": 5}]}, "must not become cheaper"),
        ({"slabs": [5]}, "AttributeError|TypeError"),
        ({"slabs": [{"upto_kwh": 75}]}, "rate is missing"),
        ({"demand": True}, "True is no number"),
        ({"demand": "1e999999999"}, "cannot be right"),
        ({"demand": "1e-999999999"}, "cannot be right"),
        ({"code": " "}, "code: ' ' is no text"),
        ({"code": "LT/A"}, "has a slash"),
        ({"code": "LT-A "}, "a blank at an end"),
        ({"name": {"en": 5}}, "name: 5 is no text"),
    ],
)
def test_one_tariff_that_cannot_be_right_is_refused(change, says):
    with pytest.raises(TariffError, match=says):
        read_one(table_of(HOME) | change)


def test_a_file_with_a_strange_table_or_a_class_twice_is_refused():
    with pytest.raises(TariffError, match="unknown table: tarif"):
        read_tariff(TABLE | {"tarif": []})
    with pytest.raises(TariffError, match="tariff 10 \\(LT-A\\): there is another one from 2024-02-01"):
        read_tariff(TABLE | {"tariff": [*TABLE["tariff"], TABLE["tariff"][0]]})
    with pytest.raises(TariffError, match="no table"):
        read_tariff({"tariff": ["LT-A"]})


AMOUNTS = st.integers(0, 100_000)
TIMES = st.sampled_from([
    ({}, {}),
    ({"peak": 5}, {}),
    ({"peak": 5, "rest": 3}, {"peak": (Hours(time(17), time(23)),), "rest": (Hours(time(23), time(5)), Hours(time(5), time(17)))}),
])  # fmt: skip


@st.composite
def tariffs(draw):
    ends = sorted(draw(st.sets(st.integers(1, 10**7), max_size=6)))
    rates = sorted(draw(st.lists(AMOUNTS, min_size=len(ends) + 1, max_size=len(ends) + 1)))
    times, hours = draw(TIMES)
    return Tariff(
        code=draw(st.sampled_from(["LT-A", "MT-1"])),
        name={"bn": "আবাসিক", "en": "Residential"},
        since=draw(st.dates()),
        slabs=tuple(Slab(end, rate) for end, rate in zip([*ends, None], rates, strict=True)),
        lifeline=draw(st.none() | st.builds(Slab, st.integers(1, 10**6), st.integers(0, rates[0]))),
        demand=draw(AMOUNTS),
        times=times,
        vat_permille=draw(st.integers(0, 1000)),
        vat_on=draw(st.frozensets(st.sampled_from(["energy", "demand", "rent"]))),
        rebate_permille=draw(st.integers(0, 1000)),
        rent=draw(st.dictionaries(st.sampled_from([1, 3]), AMOUNTS)),
        source=draw(st.text(max_size=20)),
        rent_postpaid=draw(st.dictionaries(st.sampled_from([1, 3]), AMOUNTS)),
        late_permille=draw(st.none() | st.integers(0, 1000)),
        hours=hours,
        charges_taken=draw(st.sampled_from(["recharge", "month"])),
        bill_step=draw(st.sampled_from([1, 100])),
    )


@given(tariffs())
def test_a_tariff_written_back_through_json_is_the_same(tariff):
    assert read_one(json.loads(json.dumps(table_of(tariff)))) == tariff
