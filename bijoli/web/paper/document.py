"""What stands on a paper that the customer keeps: a statement, a receipt, a bill. Words and figures ready to print, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

Fact = tuple[str, str]  # its name, its value
Cell = str | None  # None is unknown, which is printed as a dash that a note explains


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `value` is a number in any unit, None a gap; `short` its name under the axis, "" for none; `over` paints it as too high."""

    value: int | None
    short: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over the whole width. `top` names the height of the highest bar; `limit` is a dashed line in their unit, `limit_text` its name.

    `says` is read aloud instead of the picture, if at least one bar has a name: Typst gives a picture without letters no tag.
    """

    title: str
    bars: Sequence[Bar]
    says: str
    top: str = ""
    limit: int | None = None
    limit_text: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A table. Rows and `totals` are as long as `head`. Columns of numbers are found by their cells and stand at the decimal point."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The whole paper. `title` and `subtitle` (the period) go into the file's metadata: they name no person and no account.

    `made` is aware and local: it is printed, and it is the only time in the file. `figures` are the few that matter, printed large.
    """

    title: str
    subtitle: str
    made: datetime
    language: str
    facts: Sequence[Fact] = ()
    figures: Sequence[Fact] = ()
    chart: Chart | None = None
    sections: Sequence[Section] = ()
    footer: str = ""
