"""Bars as SVG, made on the server: sized in percent, so they fit any width, and painted by classes, so no style stands inline.

A chart is a picture with one sentence for screen readers; its table stands beside it in the page (templates/web/parts/table.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

LEAST_HEIGHT = 1.5  # percent: a zero is drawn, as a line
NO_VALUE_HEIGHT = 7.0
HEADROOM = 0.82  # the highest bar's share of the height; its number stands above
BAR_SHARE = 0.64  # of the width that a bar has to itself


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `value` None is unknown, which is drawn as a gap and never as zero; `text` is its number in words' digits."""

    name: str
    value: int | None
    text: str = ""
    short: str = ""
    now: bool = False
    over: bool = False


def bars(items: Sequence[Bar], says: str, height: int = 112, limit: int | None = None, numbers: bool = False) -> SafeString:
    """The chart. `says` is its one sentence, `limit` a dashed line in the bars' unit (its words stand in the page's legend),
    `numbers` writes each value above its bar."""
    top = max([item.value or 0 for item in items] + [limit or 0, 1])
    scale = 100 * HEADROOM / top
    step = 100 / max(1, len(items))
    inside = "".join(_bar(item, place * step, step, scale, numbers) for place, item in enumerate(items))
    base = '<line class="base" x1="0" x2="100%" y1="100%" y2="100%"/>'
    y = f"{100 - (limit or 0) * scale:.2f}%"
    line = "" if limit is None else f'<line class="limit" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
    return mark_safe(  # noqa: S308 - numbers of ours, and words escaped
        f'<svg class="chart" width="100%" height="{height}" role="img" aria-label="{escape(says)}">{base}{inside}{line}</svg>'
    )


def _bar(item: Bar, x: float, step: float, scale: float, numbers: bool) -> str:
    width, left = step * BAR_SHARE, x + step * (1 - BAR_SHARE) / 2
    if item.value is None:
        return (
            f'<rect class="gap" x="{left:.2f}%" y="{100 - NO_VALUE_HEIGHT:.1f}%" width="{width:.2f}%" height="{NO_VALUE_HEIGHT}%" rx="3"/>'
        )
    tall = max(LEAST_HEIGHT, max(0, item.value) * scale)
    css = "col" + (" now" if item.now else "") + (" over" if item.over else "")
    rect = (
        f'<rect class="{css}" x="{left:.2f}%" y="{100 - tall:.2f}%" width="{width:.2f}%" height="{tall:.2f}%" rx="{4 if step > 6 else 2}"/>'
    )
    if not numbers:
        return rect
    bold = ' class="now"' if item.now else ""
    return rect + f'<text{bold} x="{x + step / 2:.2f}%" y="{100 - tall:.2f}%" dy="-5" text-anchor="middle">{escape(item.text)}</text>'
