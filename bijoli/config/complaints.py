"""Reads a utility's `complaints.toml`: categories, promises and working hours. What the keys mean stands in docs/complaints.md."""

from __future__ import annotations

import re
import tomllib
from datetime import date, time
from pathlib import Path
from typing import Any

from bijoli.core.complaint import Category, Desk, WorkingHours

KEY = re.compile(r"[a-z][a-z_]{1,29}")


def read_desk(path: Path, holidays: frozenset[date]) -> Desk:
    """The desk of a file; one without categories, which takes no complaints, where there is no file. Raises ValueError, KeyError."""
    if not path.exists():
        return Desk()
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    working = table.get("working", {})
    groups = {str(key): _names(name) for key, name in table.get("groups", {}).items()}
    categories = tuple(_category(one, groups) for one in table.get("category", []))
    if len({one.key for one in categories}) < len(categories):
        raise ValueError("category: a key stands twice")
    return Desk(
        categories=categories,
        groups=groups,
        working=WorkingHours(
            begin=working.get("from", time(9, 0)),
            until=working.get("until", time(17, 0)),
            weekdays=frozenset(working.get("weekdays", WorkingHours().weekdays)),
            holidays=holidays,
        ),
        escalate=_escalate(table.get("escalate", Desk().escalate)),
        reopen_days=_whole("reopen_days", table.get("reopen_days", Desk().reopen_days)),
    )


def _category(table: dict[str, Any], groups: dict[str, dict[str, str]]) -> Category:
    key, by, group = str(table["key"]), table.get("by", "work"), str(table["group"])
    if not KEY.fullmatch(key):
        raise ValueError(f"category {key!r}: small letters and underscores, at most 30")
    if by not in ("work", "clock") or group not in groups:
        raise ValueError(f"category {key}: by is work or clock, group one of the groups")
    return Category(
        key=key,
        name=_names(table["name"]),
        hours=_whole(f"category {key}: hours", table["hours"]),
        by_clock=by == "clock",
        danger=bool(table.get("danger", False)),
        of_account=bool(table.get("account", True)),
        private=bool(table.get("private", False)),
        group=group,
        icon=str(table.get("icon", "help")),
    )


def _names(table: dict[str, str]) -> dict[str, str]:
    return {"bn": str(table["bn"]), "en": str(table["en"])}


def _escalate(given: Any) -> tuple[int, ...]:
    steps = tuple(given)
    if not all(isinstance(hours, int) and hours >= 0 for hours in steps) or list(steps) != sorted(steps):
        raise ValueError("escalate: whole hours, ascending")
    return steps


def _whole(name: str, given: object) -> int:
    if not isinstance(given, int) or given <= 0:
        raise ValueError(f"{name}: a whole number over 0")
    return given
