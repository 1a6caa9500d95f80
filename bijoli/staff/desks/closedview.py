"""What a closure would mean: how many homes would run out of balance before it ends, and what else is announced for then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, ngettext

from bijoli.insight import closingcounts
from bijoli.payments import closures
from bijoli.staff.desks import say


@dataclass(frozen=True, slots=True)
class Preview:
    """`homes` whose balance may not last until recharge is open again, as said. `overlaps`: others that are announced for then."""

    homes: str
    overlaps: list[str]


def preview(starts_at: datetime, ends_at: datetime, now: datetime) -> Preview:
    """Looks ahead; nothing is kept."""
    others = [one for one in closures.coming(now) if one.starts_at < ends_at and one.ends_at > starts_at]
    return Preview(_meters(ends_at, now), [f"{say.when(one.starts_at)} – {say.when(one.ends_at)}" for one in others])


def _meters(ends_at: datetime, now: datetime) -> str:
    found = closingcounts.preview(ends_at, now)
    if found is None:
        return gettext("This took too long to be reckoned: the database is busy. Try again later.")
    shown = {"count": say.count(found.homes)}
    if found.about:
        return ngettext("About %(count)s home", "About %(count)s homes", found.homes) % shown
    return ngettext("%(count)s home", "%(count)s homes", found.homes) % shown
