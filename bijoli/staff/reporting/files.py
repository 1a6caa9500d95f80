"""The reports as CSV: for programs, in Latin digits and plain units, in every language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from bijoli.reports.gather import Report, lines
from bijoli.reports.typed import IndicatorView, SavingView
from bijoli.web.csvout import Cell

Table = tuple[Sequence[str], Iterable[Sequence[Cell]]]  # the head, the rows

SAVING = ["what", "before", "after", "saving", "saving_percent", "source_of_before", "measure", "how", "sample", "from", "until"]
INDICATOR = ["indicator_bn", "indicator_en", "unit_en", "target", "value", "percent_of_target", "reached", "measure", "source"]


def benefit(found: Report) -> Table:
    """Every figure on a line of its own; seconds and counts."""
    return ["part", "of", "measure", "value"], lines(found)


def savings(rows: Iterable[SavingView]) -> Table:
    """The TCVQ table: minutes, taka, percent, counts."""
    cells = []
    for one in rows:
        row = one.row
        words = [row.source, row.measure, row.how, _sample(one), row.since, row.until] if row else [None] * 6
        cells.append([one.dimension, *map(_number, (one.before, one.after, one.saved, one.percent)), *words])
    return SAVING, cells


def indicators(rows: Iterable[IndicatorView]) -> Table:
    cells = [
        [
            *(one.row.name_bn, one.row.name_en, one.row.unit_en),
            *map(_number, (one.row.target, one.value, one.percent)),
            *(None if one.reached is None else str(one.reached).lower(), one.row.measure, one.row.source),
        ]
        for one in rows
    ]
    return INDICATOR, cells


def _sample(one: SavingView) -> str | int | None:
    return one.sample if one.sample is not None else (one.row.sample if one.row else None)


def _number(value: Decimal | None) -> str | None:
    """With two decimals, or up to four where it has them: half a second is 0.0083 minutes."""
    if value is None:
        return None
    exact, fixed = value.quantize(Decimal("0.0001")), value.quantize(Decimal("0.01"))
    return f"{fixed if fixed == exact else exact.normalize():f}"
