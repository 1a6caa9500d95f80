"""The turns of months and of a tariff class, as instants."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date

from bijoli.core.tariff import TariffBook
from bijoli.core.turns import Period
from bijoli.metering import localday


def periods(book: TariffBook, code: str, first: date, last: date) -> list[Period]:
    """From the month of `first` to `last`: one period for each month, and one more for each tariff that begins within one.

    Raises TariffError where the class has no tariff on `last`; before its first tariff there is no period.
    """
    book.at(code, last)
    history = book.history(code)
    turns = {month for month in months(first, last) if month >= history[0].since}
    turns |= {tariff.since for tariff in history if first.replace(day=1) <= tariff.since <= last}
    return [Period(_begins(day), _begins(day.replace(day=1)), book.at(code, day)) for day in sorted(turns)]


def months(first: date, last: date) -> list[date]:
    """The first days of the months from that of `first` to that of `last`."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def within(dated: Sequence[Period], start: int, end: int) -> Sequence[Period]:
    """The periods of a stretch of time, the one that holds its start first."""
    begins = [period.begins for period in dated]
    return dated[max(0, bisect_right(begins, start) - 1) : bisect_right(begins, end - 1)]


def _begins(day: date) -> int:
    return localday.midnight(localday.number(day))
