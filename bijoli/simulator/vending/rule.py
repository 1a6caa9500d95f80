"""What the head-end keeps of a recharge, from the written rule (docs/tariff.md), in exact fractions of a taka.

On purpose nothing of it comes from `core.tariff`: where both come to the same paisa, both have understood the rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

HALF = Fraction(1, 2)


class RuleError(ValueError):
    """The file has no rule for this meter; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Split:
    """Where the paisa of a recharge go: credited = gross - vat - demand - rent - arrears + rebate."""

    gross: int
    vat: int
    demand: int
    rent: int
    arrears: int
    rebate: int
    credited: int

    @property
    def enough(self) -> bool:
        """Whether anything is left for energy."""
        return self.credited > 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a class pays from a day on, in taka: demand charge by kW and month, rent by month and phases; rates as parts of one."""

    demand: Fraction
    rent: Mapping[str, Fraction]
    vat: Fraction
    rebate: Fraction
    with_recharge: bool  # else demand charge and rent leave the balance at the month's turn


class Rules:
    """The terms of all classes of a tariff file."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._classes: dict[str, dict[date, Terms]] = {}
        for given in table["tariff"]:
            shared = [common for common in table.get("common", []) if common["from"] <= given["from"]]
            newest: Mapping[str, Any] = max(shared, key=lambda common: common["from"], default={})
            self._classes.setdefault(given["code"], {})[given["from"]] = _terms({**newest, **given})

    def split(self, gross: int, code: str, day: date, *, sanctioned_w: int, phases: int, months: int, arrears: int = 0) -> Split:
        """Splits `gross` paisa, sold on a local day, for a meter whose charges of so many months are due. Raises RuleError."""
        terms = self.terms(code, day)
        months = months if terms.with_recharge else 0
        vat = _paisa(Fraction(gross, 100) * terms.vat / (1 + terms.vat))  # it is inside the amount
        demand = _paisa(terms.demand * Fraction(sanctioned_w, 1000) * months)
        rent = _paisa(_rent(terms, phases, code) * months) if months else 0
        left = gross - vat - demand - rent - arrears
        rebate = _paisa(Fraction(left, 100) * terms.rebate) if left > 0 else 0
        return Split(gross, vat, demand, rent, arrears, rebate, left + rebate)

    def terms(self, code: str, day: date) -> Terms:
        """The newest terms of a class that have begun by that day. Raises RuleError."""
        begun = [since for since in self._classes.get(code, {}) if since <= day]
        if not begun:
            raise RuleError(f"no tariff {code} on {day}")
        return self._classes[code][max(begun)]

    def codes(self) -> list[str]:
        """The classes of the file."""
        return sorted(self._classes)


@cache
def rules_of(folder: Path) -> Rules:
    """The rules of a utility's folder."""
    return Rules(tomllib.loads((folder / "tariff.toml").read_text(encoding="utf-8"), parse_float=Decimal))


def _terms(given: Mapping[str, Any]) -> Terms:
    return Terms(
        demand=Fraction(given["demand"]),
        rent={str(phases): Fraction(taka) for phases, taka in given["rent"].items()},
        vat=Fraction(given["vat_percent"]) / 100,
        rebate=Fraction(given["rebate_percent"]) / 100,
        with_recharge=given.get("charges_taken", "recharge") == "recharge",
    )


def _rent(terms: Terms, phases: int, code: str) -> Fraction:
    if str(phases) not in terms.rent:
        raise RuleError(f"tariff {code} has no rent of a meter with {phases} phases")
    return terms.rent[str(phases)]


def _paisa(taka: Fraction) -> int:
    """To the nearest paisa, half up."""
    return floor(taka * 100 + HALF)
