"""The figures as tables, for a page and for paper alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from bijoli.reports.benefit import Funnel
from bijoli.reports.complaints import Handled
from bijoli.reports.gather import Report
from bijoli.reports.measures import MEASURES
from bijoli.reports.models import Indicator, Saving
from bijoli.reports.period import Asked
from bijoli.reports.selfoff import Off
from bijoli.reports.typed import IndicatorView, SavingView
from bijoli.staff.base import Cell, Section
from bijoli.staff.desks import say
from bijoli.staff.reporting import words
from bijoli.web import complaintwords
from bijoli.web.paper.document import Section as Printed
from bijoli.web.templatetags.bijoli import fulldate

SHORT = 12  # letters


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words as long as the head. `empty` is said where there are none."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    empty: str = ""
    slim: bool = False

    def page(self, links: Sequence[str] = ()) -> Section:
        """As a page's table; `links` are the addresses of its rows' first cells."""
        rows = [say.texts([_whole(cell) for cell in row]) for row in self.rows]
        for row, url in zip(rows, links, strict=False):
            row[0] = Cell(row[0].text, url)
        return Section(self.title, self.head, rows, self.empty, self.slim)

    def paper(self) -> Printed:
        rows = self.rows or [[self.empty, *[""] * (len(self.head) - 1)]]
        return Printed(self.title, self.head, rows, note=self.note)


def _whole(cell: str) -> str:
    """Few letters stay on one line: "no data", an amount."""
    return cell.replace(" ", "\u00a0") if len(cell) <= SHORT else cell


def benefit(report: Report) -> list[Table]:
    """By division, kind, and day."""
    found = report.benefit
    return [
        _persons(gettext("By division"), gettext("Division"), ((say.office(one), part) for one, part in found.divisions.items())),
        _persons(gettext("By kind of alert"), gettext("Kind"), ((words.kind(one), part) for one, part in found.kinds.items()), False),
        _persons(gettext("By day"), gettext("Day"), ((fulldate(one), part) for one, part in found.days.items() if part.alerts)),
    ]


def _persons(title: str, first: str, rows: Iterable[tuple[str, Funnel]], registered: bool = True) -> Table:
    head = [first, *([gettext("Registered")] if registered else []), gettext("Reached"), gettext("Shown"), gettext("Beneficiaries")]
    head += [gettext("Recharged"), gettext("Load lowered"), gettext("Opened"), gettext("Replied")]
    cells = [
        [name, *([say.count(one.registered or 0)] if registered else [])]
        + [say.count(count) for count in (one.reached, one.shown, one.acted, one.recharged, one.eased, one.opened, one.replied)]
        for name, one in rows
    ]
    return Table(title, head, cells, empty=gettext("No alert in this time."), slim=True)


def times(report: Report) -> Table:
    head = [gettext("Kind"), gettext("Step"), gettext("How many"), gettext("Half within")]
    head += [gettext("95 of 100 within"), gettext("99 of 100 within")]
    rows = [
        [words.kind(kind), words.step(step), say.count(took.count), words.span(took.p50), words.span(took.p95), words.span(took.p99)]
        for kind, spans in report.times.items()
        for step, took in spans.items()
    ]
    return Table(gettext("Delivery times"), head, rows, empty=gettext("No push in this time."), slim=True)


def selfoff(report: Report) -> Table:
    head = [gettext("Division"), gettext("Self-disconnections"), gettext("Balance not back yet"), gettext("Length known")]
    head.append(gettext("Half were back within"))

    def row(name: str, one: Off) -> list[str]:
        return [name, say.count(one.count), say.count(one.still), say.count(one.known), words.span(one.median_s)]

    found = report.selfoff
    parts = [row(say.office(name), one) for name, one in found.divisions.items()]
    return Table(gettext("Self-disconnections"), head, [row(words.place(report.asked), found.total), *parts], slim=True)


def complaints(report: Report) -> list[Table]:
    """By category and division."""
    found = report.complaints
    whole = (gettext("All of them"), found.total)
    categories = [(complaintwords.category(key)[0], one) for key, one in found.categories.items()]
    divisions = [(say.office(key) if key else gettext("None"), one) for key, one in found.divisions.items()]
    return [
        _handled(gettext("Complaints by category"), gettext("Category"), [whole, *categories]),
        _handled(gettext("Complaints by division"), gettext("Division"), divisions),
    ]


def _handled(title: str, first: str, rows: Iterable[tuple[str, Handled]]) -> Table:
    head = [first, gettext("How many"), gettext("Resolved"), gettext("Late"), gettext("Opened again"), gettext("Rating")]
    head += [gettext("First step, half within"), gettext("90 of 100 within"), gettext("Resolved, half within"), gettext("90 of 100 within")]
    cells = [
        [name, *map(say.count, (one.count, one.resolved, one.late, one.reopened))]
        + [words.no_data() if one.rating is None else words.numeral(Decimal(one.rating))]
        + [words.span(seconds) for seconds in (one.first_p50, one.first_p90, one.resolved_p50, one.resolved_p90)]
        for name, one in rows
        if one.count
    ]
    return Table(title, head, cells, empty=gettext("No complaint in this time."), slim=True)


def savings(rows: Iterable[SavingView], measured_in: Asked) -> Table:
    """The TCVQ table. What was measured here says so, with its number and days."""
    head = [gettext("What"), gettext("Before"), gettext("After"), gettext("Saving"), gettext("Saving, %"), gettext("How measured")]
    head += [gettext("Sample"), gettext("Period")]
    cells = [
        [
            words.dimension(one.dimension),
            words.amount(one.dimension, one.before),
            words.amount(one.dimension, one.after),
            words.amount(one.dimension, one.saved),
            words.percent(one.percent),
            how(one.row),
            sample(one.row, one.sample),
            _period(one.row, measured_in),
        ]
        for one in rows
    ]
    note = gettext("Saving: before less after; for quality, after less before. Nothing is reckoned where one of the two is not known.")
    return Table(gettext("Time, cost, visits, quality: before and after"), head, cells, note)


def how(row: Saving | None) -> str:
    """Where `before` comes from, and how `after` was measured."""
    if row is None:
        return words.no_data()
    before = [gettext("Before: %(source)s") % {"source": row.source}] if row.source else []
    after = str(MEASURES[row.measure].how) if row.measure in MEASURES else row.how
    return "; ".join([*before, *([gettext("After: %(how)s") % {"how": after}] if after else [])]) or words.no_data()


def sample(row: Saving | None, measured: int | None) -> str:
    if row is None:
        return words.no_data()
    if row.measure:
        return words.numeral(measured)
    return row.sample or words.no_data()


def _period(row: Saving | None, measured_in: Asked) -> str:
    if row is not None and row.measure:
        return words.days(measured_in.first, measured_in.last)
    return words.days(row.since if row else None, row.until if row else None)


def indicators(rows: Iterable[IndicatorView]) -> Table:
    head = [gettext("Indicator"), gettext("Unit"), gettext("Target"), gettext("Value"), gettext("Of the target"), gettext("Reached?")]
    head.append(gettext("Source"))
    cells = [
        [
            name(one.row),
            unit(one.row),
            _figure(one.row, one.row.target),
            _figure(one.row, one.value),
            words.percent(one.percent) if one.percent is not None else "",
            _reached(one.reached),
            str(MEASURES[one.row.measure].how) if one.row.measure in MEASURES else one.row.source or words.no_data(),
        ]
        for one in rows
    ]
    return Table(gettext("Indicators"), head, cells, empty=gettext("No indicator is written yet."))


def _figure(row: Indicator, value: Decimal | None) -> str:
    """A measured time as people say it, all else as a number."""
    timed = row.measure in MEASURES and MEASURES[row.measure].minutes
    return words.minutes(value) if timed else words.numeral(value)


def _reached(reached: bool | None) -> str:
    if reached is None:
        return words.no_data()
    return gettext("reached") if reached else gettext("not reached")


def name(row: Indicator) -> str:
    return row.name_bn if words.language() == "bn" else row.name_en


def unit(row: Indicator) -> str:
    if row.measure in MEASURES and MEASURES[row.measure].minutes and not row.unit_en:
        return gettext("minutes")
    return row.unit_bn if words.language() == "bn" else row.unit_en


def history(rows: Sequence[Sequence[Cell]]) -> Section:
    """Who wrote which version and when, the newest first."""
    return Section(gettext("Who wrote it"), [gettext("When"), gettext("Who"), gettext("What")], rows, gettext("Nothing is written yet."))


def definitions() -> Table:
    return Table(gettext("What the words mean"), [gettext("Word"), gettext("Meaning")], words.definitions())
