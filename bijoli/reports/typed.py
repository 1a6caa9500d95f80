"""What the staff typed into the reports: the newest of each, its history, and the verbs that write a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any
from uuid import UUID, uuid4

from bijoli.reports.gather import Report, report
from bijoli.reports.measures import Found, measured
from bijoli.reports.models import Dimension, Indicator, Saving, Sheet
from bijoli.reports.period import Asked, fiscal

MOST = 50  # versions that are shown of one thing
INDICATORS = 100  # in a year
Counts = Callable[[Asked], Report]  # how a report is come by: counted now, or as it is kept
HIGHER_IS_BETTER = (Dimension.QUALITY.value,)


@dataclass(frozen=True, slots=True)
class SavingView:
    """A row of the TCVQ table in the dimension's unit. `row` None: nothing is typed yet. Unknown values are None."""

    dimension: str
    row: Saving | None
    before: Decimal | None
    after: Decimal | None
    sample: int | None  # of what was measured here

    @property
    def saved(self) -> Decimal | None:
        """How much better it is: less, or for quality more."""
        if self.before is None or self.after is None:
            return None
        better = self.before - self.after
        return -better if self.dimension in HIGHER_IS_BETTER else better

    @property
    def percent(self) -> Decimal | None:
        saved = self.saved
        return None if saved is None or not self.before else 100 * saved / self.before


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """An indicator with its value, typed or measured. `percent` of the target; None where one of the two is not known."""

    row: Indicator
    value: Decimal | None
    sample: int | None

    @property
    def reached(self) -> bool | None:
        if self.value is None or self.row.target is None:
            return None
        return self.value <= self.row.target if self.row.lower else self.value >= self.row.target

    @property
    def percent(self) -> Decimal | None:
        target = self.row.target
        if self.value is None or not target or self.row.lower:
            return None
        return 100 * self.value / target


def sheet() -> Sheet | None:
    """The service sheet as it holds."""
    return Sheet.objects.order_by("-pk").first()


def sheets() -> list[Sheet]:
    return list(Sheet.objects.order_by("-pk")[:MOST])


def saving(dimension: str) -> Saving | None:
    return Saving.objects.filter(dimension=dimension).order_by("-pk").first()


def savings(dimension: str) -> list[Saving]:
    return list(Saving.objects.filter(dimension=dimension).order_by("-pk")[:MOST])


def table(asked: Asked, counted: Counts = report) -> list[SavingView]:
    """All rows of the TCVQ table; what is measured here is measured over the days asked for, once for all of them."""
    found_in = cache(partial(counted, asked))
    newest = {one.dimension: one for one in Saving.objects.order_by("dimension", "-pk").distinct("dimension")}
    found = []
    for dimension in Dimension.values:
        row = newest.get(dimension)
        value = measured(row.measure, found_in) if row and row.measure else None
        found.append(SavingView(dimension, row, row.before if row else None, _value(row.after if row else None, value), _sample(value)))
    return found


def indicators(year: int, asked: Asked, counted: Counts = report) -> list[IndicatorView]:
    """Those of a fiscal year, in their order; measured ones over the year until the last day asked for, in its divisions."""
    first, last = fiscal(year)
    found_in = cache(partial(counted, Asked(first, min(last, max(first, asked.last)), asked.now, asked.divisions)))
    newest = Indicator.objects.filter(year=year).order_by("indicator", "-pk").distinct("indicator")[:INDICATORS]
    rows = sorted((one for one in newest if not one.dropped), key=lambda one: (one.position, one.pk))
    return [_indicator(row, measured(row.measure, found_in) if row.measure else None) for row in rows]


def indicator(key: UUID) -> Indicator | None:
    return Indicator.objects.filter(indicator=key).order_by("-pk").first()


def versions(key: UUID) -> list[Indicator]:
    return list(Indicator.objects.filter(indicator=key).order_by("-pk")[:MOST])


def keep_sheet(by: int, now: datetime, given: dict[str, Any]) -> Sheet:
    """Writes a new version of the service sheet."""
    return Sheet.objects.create(by_id=by, at=now, **given)


def keep_saving(by: int, now: datetime, dimension: str, given: dict[str, Any]) -> Saving:
    """Writes a new version of a row. A `before` without its source, and an `after` beside a measure, the database refuses."""
    return Saving.objects.create(by_id=by, at=now, dimension=dimension, **given)


def keep_indicator(by: int, now: datetime, key: UUID | None, given: dict[str, Any]) -> Indicator:
    """Writes a new version of an indicator, or a new one."""
    return Indicator.objects.create(by_id=by, at=now, indicator=key or uuid4(), **given)


def _indicator(row: Indicator, found: Found | None) -> IndicatorView:
    return IndicatorView(row, _value(row.value, found), _sample(found))


def _value(typed: Decimal | None, found: Found | None) -> Decimal | None:
    return found[0] if found else typed


def _sample(found: Found | None) -> int | None:
    return found[1] if found else None
