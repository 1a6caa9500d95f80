"""Bars as SVG, made on the server: sized in percent, so they fit any width, and painted by classes, so no style stands inline.

A chart is a picture with one sentence for screen readers; its table stands beside it in the page. Each bar carries its own reading
(`says`), which static/web/graph.js shows and reads aloud as a finger or the arrow keys move over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from django.utils.safestring import SafeString, mark_safe

LEAST_HEIGHT = 1.5  # percent: a zero is drawn, as a line
NO_VALUE_HEIGHT = 7.0
HEADROOM = 0.82  # the highest bar's share of the height; its number stands above
BAR_SHARE = 0.64  # of the width that a bar has to itself
PAST_SHARE = 0.86  # of last year's bar, which stands behind
PAIR_SHARE = 0.36  # of each of two bars side by side
GRID_LINES = 3
GUTTER = 9  # percent of the width at the left, for the words of the grid's lines


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `value` None is unknown, which is drawn as a gap and never as zero; `text` is its number in words' digits.

    `says` is its reading, "8.8 units|Friday, 13 November": what matters before the bar, the rest behind. `past` stands faint behind it (a
    year ago), `beside` at its right (`value` may then be unknown and `beside` not), `level` is a point of the line over all bars. `part`:
    not the whole of it is known.
    """

    name: str
    value: int | None
    text: str = ""
    short: str = ""
    now: bool = False
    over: bool = False
    says: str = ""
    past: int | None = None
    beside: int | None = None
    level: int | None = None
    part: bool = False


def bars(
    items: Sequence[Bar],
    says: str,
    height: int = 112,
    limit: int | None = None,
    numbers: bool = False,
    axis: Callable[[int], str] | None = None,
    pairs: bool = False,
) -> SafeString:
    """The chart. `says` is its one sentence, `limit` a dashed line in the bars' unit (its words stand in the page's legend), `numbers`
    writes each value above its bar, `axis` draws lines at round values and says them, `pairs` draws each bar with the one beside it."""
    values = [value or 0 for item in items for value in (item.value, item.past, item.beside, item.level)]
    top = max([*values, limit or 0, 1])
    scale = 100 * HEADROOM / top
    step = 100 / max(1, len(items))
    shape = _pair if pairs else _bar
    inside = "".join(shape(item, place * step, step, scale, numbers) for place, item in enumerate(items))
    base = '<line class="base" x1="0" x2="100%" y1="100%" y2="100%"/>'
    y = f"{100 - (limit or 0) * scale:.2f}%"
    line = "" if limit is None else f'<line class="limit" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
    drawn = f"{base}{inside}{line}{_level(items, step, scale)}"
    if axis:
        drawn = f'{_grid(top, scale, axis)}<svg x="{GUTTER}%" width="{100 - GUTTER}%" height="100%">{drawn}</svg>'
    return mark_safe(  # noqa: S308 - numbers of ours, and words escaped
        f'<svg class="chart" width="100%" height="{height}" role="img" aria-label="{escape(says)}">{drawn}</svg>'
    )


def _grid(top: int, scale: float, axis: Callable[[int], str]) -> str:
    """Lines at one, two and five times a power of ten, at most GRID_LINES of them."""
    size = 1
    while top // size >= 10:
        size *= 10
    tick = next((size * times for times in (1, 2, 5, 10) if top // (size * times) <= GRID_LINES), size * 10) if top >= 1 else 1
    lines = []
    for value in range(tick, top + 1, tick):
        y = f"{100 - value * scale:.2f}%"
        lines.append(
            f'<line class="grid" x1="{GUTTER}%" x2="100%" y1="{y}" y2="{y}"/><text class="axis" x="0" y="{y}" dy="4">{axis(value)}</text>'
        )
    return "".join(lines)


def _rect(css: str, x: float, width: float, value: int, scale: float, round_: int) -> str:
    tall = max(LEAST_HEIGHT, max(0, value) * scale)
    return f'<rect class="{css}" x="{x:.2f}%" y="{100 - tall:.2f}%" width="{width:.2f}%" height="{tall:.2f}%" rx="{round_}"/>'


def _gap(x: float, width: float) -> str:
    return f'<rect class="gap" x="{x:.2f}%" y="{100 - NO_VALUE_HEIGHT:.1f}%" width="{width:.2f}%" height="{NO_VALUE_HEIGHT}%" rx="3"/>'


def _says(item: Bar, drawn: str) -> str:
    return f'<g data-t="{escape(item.says)}">{drawn}</g>' if item.says else drawn


def _bar(item: Bar, x: float, step: float, scale: float, numbers: bool) -> str:
    width, left, round_ = step * BAR_SHARE, x + step * (1 - BAR_SHARE) / 2, 4 if step > 6 else 2
    past = "" if item.past is None else _rect("past", x + step * (1 - PAST_SHARE) / 2, step * PAST_SHARE, item.past, scale, round_)
    if item.value is None:
        return _says(item, past + _gap(left, width))
    css = "col" + (" now" if item.now else "") + (" over" if item.over else "") + (" part" if item.part else "")
    drawn = past + _rect(css, left, width, item.value, scale, round_)
    if numbers:
        bold, tall = ' class="now"' if item.now else "", max(LEAST_HEIGHT, max(0, item.value) * scale)
        drawn += f'<text{bold} x="{x + step / 2:.2f}%" y="{100 - tall:.2f}%" dy="-5" text-anchor="middle">{escape(item.text)}</text>'
    return _says(item, drawn)


def _pair(item: Bar, x: float, step: float, scale: float, numbers: bool) -> str:
    width, left = step * PAIR_SHARE, x + step * (1 - 2 * PAIR_SHARE) / 2
    first = _gap(left, width) if item.value is None else _rect("col one", left, width, item.value, scale, 3)
    second = _gap(left + width, width) if item.beside is None else _rect("col two", left + width, width, item.beside, scale, 3)
    return _says(item, first + second)


def _level(items: Sequence[Bar], step: float, scale: float) -> str:
    """The line from level to level; broken where one is unknown."""
    points = [
        None if item.level is None else (place * step + step / 2, 100 - max(0, item.level) * scale) for place, item in enumerate(items)
    ]
    lines = [
        f'<line class="level" x1="{a[0]:.2f}%" y1="{a[1]:.2f}%" x2="{b[0]:.2f}%" y2="{b[1]:.2f}%"/>' for a, b in pairwise(points) if a and b
    ]
    return "".join(lines) + "".join(f'<circle class="level" cx="{at[0]:.2f}%" cy="{at[1]:.2f}%" r="3.5"/>' for at in points if at)
