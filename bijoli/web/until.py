"""How long the balance lasts, in words: roughly, with its range, and when supply may really be cut. What is not known says why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from bijoli.core import bangla
from bijoli.core.forecast import RunOut, Unknown
from bijoli.core.money import TAKA
from bijoli.insight.reads import Enough

SOON = timedelta(days=3)  # before that the hour of a cut is no news


@dataclass(frozen=True, slots=True)
class Lasts:
    """`words` is the sentence that people came for; `range` and `cut` stand under it, empty where there is nothing to add."""

    words: str
    range: str = ""
    cut: str = ""
    known: bool = True


def lasts(found: RunOut | Unknown | None, now: datetime, language: str) -> Lasts | None:
    """`now` is local. None where the page says all there is to say without it: no balance, or finished already."""
    if found is None or (isinstance(found, Unknown) and found.reason == "no_balance"):
        return None
    if isinstance(found, Unknown):
        return Lasts(_why(found), known=False)
    if found.likely is not None and found.likely <= now:
        return None
    return Lasts(_words(found, now, language), _range(found, now, language), _cut(found, now, language))


def _words(found: RunOut, now: datetime, language: str) -> str:
    if found.likely is None:
        return gettext("Lasts for more than a month")
    return gettext("Lasts until about %(when)s") % {"when": bangla.about(found.likely, now, language)}


def _range(found: RunOut, now: datetime, language: str) -> str:
    if found.early is None or found.likely is None:
        return ""
    early = bangla.about(max(found.early, now), now, language)
    if found.late is None:
        return gettext("Not before %(early)s, as you have used lately") % {"early": early}
    late = bangla.about(found.late, now, language)
    if early == late:
        return ""
    return gettext("Between %(early)s and %(late)s, as you have used lately") % {"early": early, "late": late}


def _cut(found: RunOut, now: datetime, language: str) -> str:
    """Protected hours after the balance has ended, where there are such and it is soon."""
    if found.cut is None or found.likely is None or found.cut <= found.likely or found.likely - now > SOON:
        return ""
    return gettext("Supply would not be cut before %(when)s: protected hours.") % {"when": bangla.when(found.cut, now, language)}


def _why(found: Unknown) -> str:
    if found.reason == "idle":
        return gettext("Almost nothing is used at present: how long it lasts cannot be said.")
    if found.reason == "old_reading":
        return gettext("The last reading is too old to say how long it lasts.")
    return gettext("How long it lasts can be said after two weeks of readings.")


def enough(found: Enough | Unknown, now: datetime, language: str) -> str:
    """Whether the balance is enough until a day, on the careful side; empty where that cannot be said."""
    if isinstance(found, Unknown):
        return ""
    day = bangla.day(found.day, now.date(), language)
    if not found.short_paisa:
        return gettext("Enough until the end of %(day)s, as you have used lately.") % {"day": day}
    amount = bangla.taka(-(-found.short_paisa // TAKA) * TAKA, language, 0)
    return gettext("To be enough until the end of %(day)s, about %(amount)s more should reach the meter.") % {"day": day, "amount": amount}
