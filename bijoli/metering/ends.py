"""What is kept of one meter's day, and how two views of it become one: the same whatever came first, and however often.

The rule is that of `statements.merge_days`: further out goes first, at the same time a known value before an estimate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ends:
    """First and last known values of one meter's day with their times (seconds since 1970 UTC), and the maximum load.

    `estimated`: which of the four are estimates, bits as in models.Day.
    """

    first_wh: int | None = None
    first_wh_at: int | None = None
    first_paisa: int | None = None
    first_paisa_at: int | None = None
    last_wh: int | None = None
    last_wh_at: int | None = None
    last_paisa: int | None = None
    last_paisa_at: int | None = None
    max_w: int | None = None
    max_at: int | None = None
    estimated: int = field(default=0, compare=False)  # how a figure is known does not make it another figure

    @classmethod
    def of(cls, values: Iterable[Any]) -> Ends:
        """From values in the order of the fields."""
        return cls(*values)


COLUMNS = tuple(Ends.__slots__)
Timed = tuple[int | None, int | None]


def span(days: Iterable[Ends]) -> Ends:
    """Days of one meter, oldest first, as one stretch: its first and last known values and its highest load."""
    values: list[Any] = [None] * 10
    for ends in days:
        for place in (0, 2):
            if values[place + 1] is None:
                values[place : place + 2] = _timed(ends, place // 2)
        for place in (4, 6):
            if getattr(ends, COLUMNS[place + 1]) is not None:
                values[place : place + 2] = _timed(ends, place // 2)
        if ends.max_w is not None and (values[8] is None or ends.max_w > values[8]):
            values[8:] = ends.max_w, ends.max_at
    return Ends(*values)


def together(one: Ends, other: Ends) -> Ends:
    """Two views of one day; where both know a value of the same time and quality, that of `one` goes."""
    values: list[Any] = []
    bits = 0
    for place, sign in enumerate((1, 1, -1, -1)):
        bit = 1 << place
        mine, theirs = _timed(one, place), _timed(other, place)
        if _goes(theirs, mine, sign, one.estimated & bit > other.estimated & bit):
            values += theirs
            bits |= other.estimated & bit
        else:
            values += mine
            bits |= one.estimated & bit
    return Ends.of([*values, *_highest(one, other), bits])


def _timed(ends: Ends, place: int) -> Timed:
    name = COLUMNS[2 * place]
    return getattr(ends, name), getattr(ends, f"{name}_at")


def _goes(value: Timed, before: Timed, sign: int, better: bool) -> bool:
    """Whether a value goes before the other one: it is further out, or as far out and better."""
    at, than = value[1], before[1]
    if at is None or than is None:
        return at is not None
    return at * sign < than * sign or (at == than and better)


def _highest(one: Ends, other: Ends) -> Timed:
    """The higher maximum, of equal ones the earlier."""
    if other.max_w is None or (one.max_w is not None and (-one.max_w, one.max_at or 0) <= (-other.max_w, other.max_at or 0)):
        return one.max_w, one.max_at
    return other.max_w, other.max_at
