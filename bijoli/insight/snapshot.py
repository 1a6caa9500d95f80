"""An explanation as JSON, kept with a question: what the customer saw, whatever is corrected later."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bijoli.core.explain import Explanation, Line, Point, Recharge
from bijoli.insight.explanations import Span

VERSION = 1


def taken(span: Span) -> dict[str, Any]:
    """Amounts are paisa, energy Wh, times seconds since 1970 UTC; `tariffs` name class, first day and source."""
    why = span.why
    return {
        "version": VERSION,
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "start": asdict(why.start),
        "end": asdict(why.end),
        "lines": [asdict(line) for line in why.lines],
        "energy_wh": why.energy_wh,
        "expected": why.expected,
        "remainder": why.remainder,
        "unknown": list(why.unknown),
        "tariffs": [{"code": one.code, "since": one.since.isoformat(), "source": one.source} for one in why.tariffs],
    }


def restored(kept: dict[str, Any]) -> Explanation:
    """The explanation again, without its tariffs (`tariffs` names them). Raises ValueError for another version."""
    if kept["version"] != VERSION:
        raise ValueError(f"snapshot version {kept['version']} is not known")
    lines = tuple(Line(**(line | {"recharge": _recharge(line["recharge"])})) for line in kept["lines"])
    return Explanation(Point(**kept["start"]), Point(**kept["end"]), lines, tuple(kept["unknown"]), kept["energy_wh"])


def tariffs(kept: dict[str, Any]) -> list[dict[str, str]]:
    """Class, first day and source of each tariff in it."""
    return list(kept["tariffs"])


def _recharge(kept: dict[str, Any] | None) -> Recharge | None:
    return None if kept is None else Recharge(**(kept | {"charges": tuple((name, paisa) for name, paisa in kept["charges"])}))
