"""What a closure would mean: how many meters would run out of balance inside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bijoli.payments import closures
from bijoli.staff.desks import say


@dataclass(frozen=True, slots=True)
class Preview:
    """`meters` that would run out inside, as said; empty where that is not reckoned here. `overlaps`: others that are announced then."""

    meters: str
    overlaps: list[str]


def preview(starts_at: datetime, ends_at: datetime, now: datetime) -> Preview:
    """Looks ahead; nothing is kept."""
    others = [one for one in closures.coming(now) if one.starts_at < ends_at and one.ends_at > starts_at]
    return Preview(_meters(starts_at, ends_at, now), [f"{say.when(one.starts_at)} – {say.when(one.ends_at)}" for one in others])


def _meters(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    return ""
