"""One observation, all rules: the order in which the kinds are asked, and what stands above what."""

from __future__ import annotations

from datetime import datetime

from bijoli.core.alerts import low, overload, tamper, zero
from bijoli.core.alerts.flap import is_flapping
from bijoli.core.alerts.model import Context, Decision, Observation, Standing
from bijoli.core.alerts.stages import OVERLOAD, ZERO


def decide(seen: Observation, context: Context, standing: Standing, now: datetime) -> list[Decision]:
    """What one observation means for a meter: at most one decision for each kind, none where nothing changes.

    A postpaid account has no balance: overload and tamper alone hold for it. `now` only tells what is late.
    """
    decisions = _balance(seen, context, standing, now) if context.prepaid else []
    flapping = is_flapping(standing, OVERLOAD, seen.epoch)
    rest = (overload.decide(seen, context, standing.overload, now, flapping=flapping), tamper.decide(seen, context, standing.tamper, now))
    return decisions + [decision for decision in rest if decision]


def _balance(seen: Observation, context: Context, standing: Standing, now: datetime) -> list[Decision]:
    finished = zero.decide(seen, context, standing.zero, now, flapping=is_flapping(standing, ZERO, seen.epoch))
    return with_low(finished, seen, context, standing, now)


def with_low(finished: Decision | None, seen: Observation, context: Context, standing: Standing, now: datetime) -> list[Decision]:
    """LOW stands under ZERO: an open ZERO closes it, a restored one opens it without a word, save where "restored" itself was not told."""
    above = low.Zero.OPEN if finished or standing.zero else low.Zero.NONE
    if finished and finished.closed:
        above = low.Zero.NONE if finished.memory.flapping else low.Zero.RESTORED
    beneath = low.decide(seen, context, standing, above, now)
    return [decision for decision in (finished, beneath) if decision]
