"""Whether our quote of a recharge is what the head-end really takes: random cases, our tariff rules beside the simulated head-end's own.

The two share no code: `core.tariff` reckons in whole paisa and permille, the simulated head-end in fractions of a taka, each from its own
reading of the tariff file. The cases go over all classes of the file, sanctioned loads, phases, months due, arrears, and amounts; half of
them over tariffs with rates by chance.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

UTILITY = Path(__file__).resolve().parents[1] / "utilities" / "demo"
CASES = 100_000
SEED = 5
A_TABLE = 500  # cases that share one tariff file
DAY = date(2026, 11, 22)
SHOWN = 5


def measure(cases: int = CASES) -> dict[str, float]:
    """Keys: money.quotes, money.quote_mismatches."""
    dice, count, wrong = random.Random(SEED), 0, 0
    for table in _tables(dice, cases):
        count, wrong = count + min(A_TABLE, cases - count), wrong + _compare(table, dice, min(A_TABLE, cases - count))
    print(f"{count} recharges quoted, {wrong} of them not as the head-end takes them")
    return {"money.quotes": count, "money.quote_mismatches": wrong}


def _tables(dice: random.Random, cases: int) -> Iterator[dict[str, Any]]:
    """The utility's file, and by turns one with rates by chance."""
    file = tomllib.loads((UTILITY / "tariff.toml").read_text(encoding="utf-8"), parse_float=Decimal)
    for turn in range(-(-cases // A_TABLE)):
        yield _by_chance(file, dice) if turn % 2 else file


def _by_chance(file: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    def taka(most: int) -> Decimal:
        return Decimal(dice.randrange(most * 100)) / 100

    def percent(most: int) -> Decimal:
        return Decimal(dice.randrange(most * 10)) / 10

    rates = {"vat_percent": percent(30), "rebate_percent": percent(10), "rent": {"1": taka(300), "3": taka(900)}}
    common = file["common"][0] | rates | {"charges_taken": dice.choice(["recharge", "recharge", "month"])}
    return {"common": [common], "tariff": [one | {"demand": taka(200)} for one in file["tariff"]]}


def _compare(table: dict[str, Any], dice: random.Random, cases: int) -> int:
    """How many of so many cases differ in any part."""
    from bijoli.core.tariff import quote, read_tariff
    from bijoli.simulator.vending.rule import Rules

    book, rules, wrong = read_tariff(table), Rules(table), 0
    for _ in range(cases):
        code, gross = dice.choice(rules.codes()), dice.choice((dice.randint(1, 1_000_000), dice.randint(1, 100) * 10_000))
        load_w, phases = dice.choice((dice.randint(1, 100) * 1000, dice.randint(1, 100_000))), dice.choice((1, 3))
        months, arrears = dice.choice((0, 1, 1, dice.randint(2, 24))), dice.choice((0, 0, dice.randint(1, 200_000)))
        ours = quote(gross, book.at(code, DAY), sanctioned_w=load_w, phases=phases, months_due=months, arrears=arrears)
        theirs = rules.split(gross, code, DAY, sanctioned_w=load_w, phases=phases, months=months, arrears=arrears)
        if asdict(ours) != asdict(theirs):
            wrong += 1
            if wrong <= SHOWN:
                print(f"{code} {gross} {load_w} W {phases} phases {months} months {arrears}: {ours} {theirs}")
    return wrong
