"""What a change of a meter's condition is: balance bands, load bands, a rise that means a recharge.

Both sides of the `change` queue stand on this file: `record` keeps a reading when one of these changes, and the rules act on nothing else.
Money in paisa, loads in W.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from enum import IntEnum

from bijoli.core.utility import Thresholds

RISE_PAISA = 100  # a balance that rises by this much was recharged
CALM_READINGS = 2  # "two full intervals": consecutive readings with a known load


class Relay(IntEnum):
    """State of the disconnect switch as a reading reports it; the numbers are those of the metering tables."""

    UNKNOWN = 0
    CLOSED = 1
    OPEN_CREDIT = 2
    OPEN_OVERLOAD = 3
    OPEN_OTHER = 4


def closing_paisa(limit: int, thresholds: Thresholds) -> int:
    """The balance from which a low balance under `limit` is over: 1.2 x the limit, rounded up to a whole paisa."""
    return -(-limit * thresholds.close_permille // 1000)


def own_limits(limits: Iterable[int], thresholds: Thresholds) -> tuple[int, ...]:
    """The limits of people that count, ascending: those above the utility's own."""
    return tuple(sorted({limit for limit in limits if limit > thresholds.low_paisa}))


def balance_edges(thresholds: Thresholds, limits: Iterable[int] = ()) -> tuple[int, ...]:
    """Every balance at which something may change for a meter, ascending. The first is 1: a balance above zero."""
    lows = {thresholds.low_paisa, *own_limits(limits, thresholds)}
    closings = {closing_paisa(limit, thresholds) for limit in lows}
    return tuple(sorted({1, thresholds.very_low_paisa} | lows | closings))


def balance_band(balance: int, edges: Sequence[int]) -> int:
    """How many edges lie at or under the balance; 0 is a finished balance."""
    return bisect_right(edges, balance)


def rose(before: int | None, balance: int | None) -> bool:
    """Whether the balance rose so much since the last known one that it was recharged. Unknown is no rise."""
    return before is not None and balance is not None and balance - before >= RISE_PAISA


def over(load: int, sanctioned: int, permille: int) -> bool:
    """Whether the load lies above so many parts per thousand of the sanctioned load."""
    return load * 1000 > sanctioned * permille


def load_band(load: int, sanctioned: int, thresholds: Thresholds) -> int:
    """0 calm, 1 between, 2 over the sanctioned load, 3 far over it."""
    steps = (thresholds.overload_close_permille, thresholds.overload_open_permille, thresholds.overload_high_permille)
    return sum(over(load, sanctioned, step) for step in steps)
