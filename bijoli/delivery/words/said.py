"""What the words of one notification are made of, and what they become. The language is active while they are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from bijoli.core import bangla
from bijoli.core.utility import Utility


@dataclass(frozen=True, slots=True)
class Words:
    """`title` and `body` for the lock screen and the list, `explanation` for the detail page.

    `action`: recharge, usage, bill, pay, profile, call or none.
    """

    title: str
    body: str
    explanation: str
    action: str


@dataclass(frozen=True, slots=True)
class Said:
    """One notification's values, and how to write them. `at` is local time; `place` is the account's nickname or the masked meter.

    `brief` is for a push, which has no room for the explanation: it stays empty, and its sentences are not even made.
    """

    code: str
    at: datetime
    facts: dict[str, Any]
    place: str
    language: str
    utility: Utility
    brief: bool = False

    def number(self, key: str) -> int | None:
        """A whole number among the facts; None where it is not known."""
        value = self.facts.get(key)
        return value if isinstance(value, int) else None

    def taka(self, paisa: int, decimals: int = 2) -> str:
        return bangla.taka(paisa, self.language, decimals)

    def count(self, value: int) -> str:
        return bangla.number(value, self.language)

    def kw(self, watt: int) -> str:
        return bangla.kw(watt, self.language)

    @property
    def hotline(self) -> str:
        return bangla.digits(self.utility.hotline, self.language)

    @property
    def when(self) -> str:
        """The meter's time with its date: true on whichever day it is read."""
        return self.moment(self.at)

    def moment(self, at: datetime) -> str:
        return f"{bangla.day(at.date(), _other_day(at.date()), self.language)}, {bangla.clock(at, self.language)}"

    def weekday_and_clock(self, at: datetime) -> str:
        return f"{WEEKDAYS[at.weekday()]} {bangla.clock(at, self.language)}"

    def time(self, key: str) -> datetime | None:
        """A time among the facts (ISO 8601), local."""
        text = self.facts.get(key)
        return datetime.fromisoformat(text).astimezone(ZoneInfo(self.utility.zone)) if isinstance(text, str) else None

    def day(self, key: str) -> date | None:
        """A day among the facts (ISO 8601)."""
        text = self.facts.get(key)
        return date.fromisoformat(text) if isinstance(text, str) else None

    def written(self, on: date) -> str:
        """A date that stays true on whichever day it is read, with its year where that is not the notice's own."""
        return bangla.day(on, _other_day(on).replace(year=self.at.year), self.language)

    def explained(self, *sentences: Callable[[], str]) -> str:
        """A paragraph; says so where the meter told late."""
        if self.brief:
            return ""
        late = _("The meter told us of this late.") if self.facts.get("late") else ""
        return " ".join(sentence for sentence in (*(make() for make in sentences), late) if sentence)


def _other_day(day: date) -> date:
    """A day of the same year from which `day` is neither today nor a neighbour, so that it is written as a date."""
    return day.replace(month=7 if day.month < 6 else 1, day=15)
