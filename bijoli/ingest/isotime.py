"""A column of times in the usual form, `2026-11-22T10:15:00+06:00` or `2026-11-22T04:15:00Z`, to seconds since 1970 UTC at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bijoli.metering.columns import Ints

Letters = NDArray[np.uint8]  # a row for each place in the text, so that each place is one run of memory
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_MARKS = {4: "-", 7: "-", 10: "T", 13: ":", 16: ":"}
_DIGITS = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
_OFFSET_DIGITS = [20, 21, 23, 24]
WITH_OFFSET, UTC = 25, 20  # characters


def seconds(column: list[str]) -> Ints | None:
    """None where one of the texts has another form or names no time that exists; which, is for the reader of single texts to say."""
    if not column or set(map(len, column)) not in ({WITH_OFFSET}, {UTC}):
        return None
    joined = "".join(column)
    if not joined.isascii():
        return None
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(len(column), -1).T.copy()
    if not (_numeric(letters, _DIGITS) and all((letters[place] == ord(mark)).all() for place, mark in _MARKS.items())):
        return None
    offset, local = _offset(letters), _local(letters)
    return None if offset is None or local is None else local - offset


def _numeric(letters: Letters, places: list[int]) -> bool:
    return bool((letters[places] - np.uint8(ord("0")) <= 9).all())


def _two(letters: Letters, place: int) -> Ints:
    number: Ints = letters[place].astype(np.int64) * 10 + letters[place + 1].astype(np.int64) - 11 * ord("0")
    return number


def _offset(letters: Letters) -> Ints | None:
    """Seconds that local time is ahead of UTC."""
    if len(letters) == UTC:
        return np.zeros(letters.shape[1], np.int64) if (letters[19] == ord("Z")).all() else None
    ahead, behind = letters[19] == ord("+"), letters[19] == ord("-")
    if not ((ahead | behind).all() and (letters[22] == ord(":")).all() and _numeric(letters, _OFFSET_DIGITS)):
        return None
    hours, minutes = _two(letters, 20), _two(letters, 23)
    if (hours > 23).any() or (minutes > 59).any():
        return None
    seconds: Ints = np.where(ahead, 1, -1) * (hours * 3600 + minutes * 60)
    return seconds


def _local(letters: Letters) -> Ints | None:
    """Seconds from 1970 to the local time, as if it were UTC."""
    year, month, day = _two(letters, 0) * 100 + _two(letters, 2), _two(letters, 5), _two(letters, 8)
    hour, minute, second = _two(letters, 11), _two(letters, 14), _two(letters, 17)
    if (month < 1).any() or (month > 12).any() or (year < 1).any():
        return None
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = _DAYS[month] + ((month == 2) & leap)
    if ((day < 1) | (day > longest) | (hour > 23) | (minute > 59) | (second > 59)).any():
        return None
    return _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second


def _days(year: Ints, month: Ints, day: Ints) -> Ints:
    """Days since 1970 of the proleptic Gregorian calendar, counting years from March (H. Hinnant, days_from_civil)."""
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days: Ints = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    return days
