"""Two who read the same rule come to the same paisa: our quote, and the simulated head-end that shares no line with it."""

import tomllib
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from bijoli.core.tariff import quote, read_tariff
from bijoli.simulator.vending.rule import RuleError, Rules, rules_of

TABLE = tomllib.loads((settings.UTILITY_FOLDER / "tariff.toml").read_text(encoding="utf-8"), parse_float=Decimal)
RULES = rules_of(Path(settings.UTILITY_FOLDER))
DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("taka", "kw", "phases", "months", "parts"),
    [  # vat, demand, rent, rebate, credit: the worked examples of the domain facts
        (1000, 2, 1, 1, (4762, 8400, 4000, 414, 83252)),
        (500, 2, 1, 0, (2381, 0, 0, 238, 47857)),
        (1000, 2, 1, 3, (4762, 25200, 12000, 290, 58328)),
        (2000, 8, 3, 1, (9524, 33600, 25000, 659, 132535)),
        (200, 2, 1, 2, (952, 16800, 8000, 0, -5752)),
    ],
)
def test_the_worked_examples(taka, kw, phases, months, parts):
    split = RULES.split(taka * 100, "LT-A", DAY, sanctioned_w=kw * 1000, phases=phases, months=months)
    assert (split.vat, split.demand, split.rent, split.rebate, split.credited) == parts
    assert split.enough == (parts[-1] > 0)


def test_arrears_come_off_before_the_rebate():
    split = RULES.split(1000_00, "LT-A", DAY, sanctioned_w=2000, phases=1, months=1, arrears=100_00)
    assert (split.arrears, split.rebate, split.credited) == (10000, 364, 73202)


def test_a_class_or_a_meter_that_the_file_does_not_have():
    with pytest.raises(RuleError, match="no tariff LT-X"):
        RULES.split(1, "LT-X", DAY, sanctioned_w=1, phases=1, months=0)
    with pytest.raises(RuleError, match="no tariff LT-A on 2023"):
        RULES.split(1, "LT-A", date(2023, 1, 1), sanctioned_w=1, phases=1, months=0)
    with pytest.raises(RuleError, match="2 phases"):
        RULES.split(1, "LT-A", DAY, sanctioned_w=1, phases=2, months=1)


PERCENT = st.decimals(0, 30, places=1)
AMOUNTS = st.decimals(0, 500, places=2)
FILES = st.builds(
    lambda vat, rebate, rent1, rent3, demand, newer, taken: {
        "common": [
            {"from": date(2024, 2, 1), "vat_percent": vat, "vat_on": ["energy"], "rebate_percent": rebate, "rent": {"1": rent1, "3": rent3}}
            | {"charges_taken": taken}
        ],
        "tariff": [
            {"code": "X", "from": since, "name": {"en": "X"}, "demand": charge, "slabs": [{"rate": Decimal(5)}]}
            for since, charge in ((date(2024, 2, 1), demand), (date(2026, 7, 1), newer))
        ],
    },
    PERCENT, PERCENT, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from(["recharge", "month"]),
)  # fmt: skip
METERS = st.fixed_dictionaries({"sanctioned_w": st.integers(1, 200_000), "phases": st.sampled_from([1, 3])})
DUE = st.fixed_dictionaries({"months": st.integers(0, 30), "arrears": st.integers(0, 10_000_00)})


@given(FILES, METERS, DUE, st.integers(1, 100_000_00), st.dates(date(2024, 2, 1), date(2027, 12, 31)))
def test_our_quote_is_the_head_ends_own_calculation_with_any_tariff(table, at, due, gross, day):
    ours = quote(gross, read_tariff(table).at("X", day), months_due=due["months"], arrears=due["arrears"], **at)
    assert asdict(Rules(table).split(gross, "X", day, **at, **due)) == {name: getattr(ours, name) for name in asdict(ours)}


@given(st.sampled_from(RULES.codes()), METERS, DUE, st.integers(1, 100_000_00))
def test_our_quote_is_the_head_ends_own_calculation_with_the_utilitys_file(code, at, due, gross):
    ours = quote(gross, read_tariff(TABLE).at(code, DAY), months_due=due["months"], arrears=due["arrears"], **at)
    assert asdict(RULES.split(gross, code, DAY, **at, **due)) == asdict(ours)
