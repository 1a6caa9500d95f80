"""The slab card: which slab the month has reached, what the next one costs and when it comes, in words and as a strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.core.tariff import Position, Tariff
from bijoli.insight.reads import Outlook

BEYOND = 1.25  # the strip ends so far behind the last edge, or behind the month's use


@dataclass(frozen=True, slots=True)
class SlabCard:
    """`lines` are sentences; `strip` the slabs as a picture; `since` the tariff's first day ("tariff as of")."""

    used: str
    strip: SafeString
    lines: Sequence[str]
    total: str
    code: str
    since: date


def slab_card(found: Outlook | None, now: datetime, language: str) -> SlabCard | None:
    """None where the month's use is not known, and for a class with a single rate: it has no slabs to speak of."""
    if found is None or (len(found.tariff.slabs) == 1 and not found.tariff.lifeline):
        return None
    return SlabCard(
        used=bangla.kwh(found.month_wh, language),
        strip=_strip(found.month_wh, found.position, found.tariff, language),
        lines=_lines(found, now, language),
        total=_total(found, language),
        code=found.tariff.code,
        since=found.tariff.since,
    )


def _lines(found: Outlook, now: datetime, language: str) -> list[str]:
    place = found.position
    rate = bangla.taka(place.rate, language)
    if place.left_wh is None or place.next_rate is None:
        return [gettext("Each unit costs %(rate)s now: the highest slab.") % {"rate": rate}]
    left, following = bangla.part(place.left_wh, 1000, language, 1), bangla.taka(place.next_rate, language)
    lines = [gettext("Each unit costs %(rate)s now; after %(left)s more units %(next)s.") % {"rate": rate, "left": left, "next": following}]
    if place.step_paisa:
        lines.append(
            gettext("The lifeline rate is then lost for the whole month, which costs %(step)s more.")
            % {"step": bangla.taka(place.step_paisa, language)}
        )
    if found.crossing and found.crossing.likely:
        when = bangla.day(found.crossing.likely.date(), now.date(), language)
        lines.append(gettext("As you have used lately that is about %(when)s.") % {"when": when})
    elif found.total:
        lines.append(gettext("As you have used lately that is not reached this month."))
    return lines


def _total(found: Outlook, language: str) -> str:
    if found.total is None:
        return ""
    low, high = (bangla.part(value, 1000, language, 0) for value in (found.total.low, found.total.high))
    return gettext("The month will have about %(low)s to %(high)s units.") % {"low": low, "high": high}


def _strip(month_wh: int, place: Position, tariff: Tariff, language: str) -> SafeString:
    """Slabs side by side, as wide as their units; what is used is filled, the edges are named."""
    edges = [slab.upto_wh for slab in tariff.slabs if slab.upto_wh is not None]
    shown = [edge for edge in edges if edge <= 4 * max(month_wh, edges[0])] or edges[:1]
    full = max(shown[-1] * BEYOND, month_wh * 1.1)
    parts, start = [], 0.0
    for edge in [*shown, None]:
        end = full if edge is None else float(edge)
        width, filled = 100 * (end - start) / full, 100 * max(0.0, min(month_wh, end) - start) / full
        x = 100 * start / full
        parts.append(f'<rect class="slab" x="{x + 0.4:.2f}%" y="0" width="{max(0.5, width - 0.8):.2f}%" height="14" rx="4"/>')
        if filled > 0:
            parts.append(f'<rect class="used" x="{x + 0.4:.2f}%" y="0" width="{max(0.5, filled - 0.8):.2f}%" height="14" rx="4"/>')
        if edge is not None:
            parts.append(f'<text x="{100 * end / full:.2f}%" y="31" text-anchor="middle">{bangla.part(edge, 1000, language, 0)}</text>')
        start = end
    says = gettext("Slabs of the month: %(used)s units used") % {"used": bangla.kwh(month_wh, language)}
    return mark_safe(f'<svg class="strip" width="100%" height="36" role="img" aria-label="{says}">{"".join(parts)}</svg>')  # noqa: S308 - ours
