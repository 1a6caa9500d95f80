"""Reads a utility's folder: `utility.toml`, `complaints.toml` and `offices.csv`. What the keys mean stands in docs/utility.md."""

from __future__ import annotations

import csv
import tomllib
from datetime import date, time
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from bijoli.config.complaints import read_desk
from bijoli.core.complaint import Desk
from bijoli.core.utility import Office, Paying, ProtectedHours, SlabGuard, Thresholds, Utility


def read_utility(folder: Path) -> Utility:
    """The utility of `folder`. Raises ImproperlyConfigured, naming the file and the key, for what cannot be read."""
    path = folder / "utility.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        holidays = frozenset(_day(day) for day in table.get("holidays", []))
        return _utility(table, holidays, _complaints(folder / "complaints.toml", holidays), _offices(folder / "offices.csv"))
    except FileNotFoundError as error:
        raise ImproperlyConfigured(f"{error.filename}: not found; BIJOLI_UTILITY must name a folder with a utility.toml") from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"{path}: {type(error).__name__}: {error}") from None


def _complaints(path: Path, holidays: frozenset[date]) -> Desk:
    try:
        return read_desk(path, holidays)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"{path}: {type(error).__name__}: {error}") from None


def _utility(table: dict[str, Any], holidays: frozenset[date], complaints: Desk, offices: tuple[Office, ...]) -> Utility:
    quiet = table.get("quiet_hours", {})
    return Utility(
        name=dict(table["name"]),
        short_name=dict(table["short_name"]),
        hotline=str(table["hotline"]),
        zone=table.get("zone", "Asia/Dhaka"),
        languages=tuple(table.get("languages", ("bn", "en"))),
        country_code=str(table.get("country_code", "880")),
        accent=(table["colours"]["accent_light"], table["colours"]["accent_dark"]),
        thresholds=Thresholds(**table.get("thresholds", {})),
        quiet_from=quiet.get("from", time(22, 0)),
        quiet_until=quiet.get("until", time(7, 0)),
        protected=_protected(table.get("protected_hours", {})),
        slab_guard=SlabGuard(**table.get("slab_guard", {})),
        load_step_w=_positive(table.get("load_step_w", 1000)),
        holidays=holidays,
        paying=_paying(table.get("paying", {})),
        complaints=complaints,
        offices=offices,
        demo=bool(table.get("demo", False)),
    )


def _protected(table: dict[str, Any]) -> ProtectedHours:
    return ProtectedHours(
        daily_from=table.get("from"),
        daily_until=table.get("until"),
        weekly_days=tuple(table.get("weekly_days", ())),
        on_holidays=bool(table.get("on_holidays", False)),
    )


def _paying(table: dict[str, Any]) -> Paying:
    quick = tuple(table.get("quick", Paying().quick))
    if not all(isinstance(amount, int) and amount > 0 for amount in quick):
        raise ValueError("paying.quick: whole paisa over 0")
    return Paying(**{**table, "quick": quick})


def _positive(given: object) -> int:
    if not isinstance(given, int) or given <= 0:
        raise ValueError(f"load_step_w: {given!r} is no whole number of watts over 0")
    return given


def _day(given: object) -> date:
    if not isinstance(given, date):
        raise ValueError(f"holidays: {given!r} is no date")
    return given


def _offices(path: Path) -> tuple[Office, ...]:
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Office(
                division=row["division"],
                name={"bn": row["name_bn"], "en": row["name_en"]},
                circle=row.get("circle", ""),
                zone=row.get("zone", ""),
                address={"bn": row.get("address_bn", ""), "en": row.get("address_en", "")},
                phone=row.get("phone", ""),
            )
            for row in csv.DictReader(file)
        )
