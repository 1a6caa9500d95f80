"""What one of the Usage place's views shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from django.utils.safestring import SafeString, mark_safe

from bijoli.core import bangla
from bijoli.web.chart import Bar
from bijoli.web.figures.sheet import Sheet

YEAR = 12  # bars that are months: each second name is left out where the screen is narrow


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure of a few that stand side by side."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """`items` are the bars as drawn, `limit` their line; `graph` None: nothing is known. `names` stand under the bars, true for the running
    one; `legend` are marks (CSS classes) and their words; `notes` say what is not whole."""

    graph: SafeString | None
    names: Sequence[tuple[str, bool]]
    picked: tuple[str, str]
    legend: Sequence[tuple[str, str]]
    stats: Sequence[Stat]
    sheet: Sheet
    items: Sequence[Bar]
    limit: int | None = None
    notes: Sequence[str] = ()

    @property
    def under(self) -> SafeString:
        """The names under the bars."""
        spans = "".join(f'<span class="now">{escape(name)}</span>' if now else f"<span>{escape(name)}</span>" for name, now in self.names)
        css = "names" + (" gutter" if self.axis else "") + (" months" if len(self.names) == YEAR else "")
        return mark_safe(f'<div class="{css}" aria-hidden="true">{spans}</div>')  # noqa: S308 - escaped above

    @property
    def figures(self) -> SafeString:
        """The stats side by side."""
        parts = [
            f"<div><dt>{escape(stat.name)}</dt><dd><b>{escape(stat.value)}</b>"
            f"{f' <small>{escape(stat.unit)}</small>' if stat.unit else ''}</dd></div>"
            for stat in self.stats
        ]
        return mark_safe("".join(parts))  # noqa: S308 - escaped above

    @property
    def axis(self) -> bool:
        """Whether the chart has a gutter at its left."""
        return self.graph is not None and 'class="axis"' in self.graph


def picked(items: Sequence[Bar]) -> tuple[str, str]:
    """The reading that stands over the chart before anybody touches it: the last known bar's."""
    for item in reversed(items):
        if item.says and not (item.value is None and item.beside is None):
            first, _, rest = item.says.partition("|")
            return first, rest
    return "", ""


def names(items: Sequence[Bar]) -> list[tuple[str, bool]]:
    return [(item.name, item.now) for item in items]


def day_words(day: date, language: str) -> str:
    """ "শুক্রবার, ১৩ নভেম্বর"."""
    long = bangla.WEEKDAYS_LONG[language][day.weekday()]
    return f"{long}, {bangla.digits(str(day.day), language)} {bangla.MONTHS[language][day.month - 1]}"


def links(items: Sequence[tuple[str, str, bool]], here: str = "true") -> SafeString:
    """Choices side by side: address, words, whether it is the one that is shown (`here` is what aria-current says of it)."""
    chosen = f' aria-current="{here}"'
    parts = [f'<a href="{escape(url)}"{chosen if shown else ""}>{escape(words)}</a>' for url, words, shown in items]
    return mark_safe("".join(parts))  # noqa: S308 - escaped above
