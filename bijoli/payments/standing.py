"""Asks the head-end how a meter stands now. The answer is shown and kept nowhere: readings come by the meters' own way alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from bijoli.core.conditions import Relay
from bijoli.customers import limits
from bijoli.payments import calls
from bijoli.payments.headend import head_end
from bijoli.payments.headend.port import HeadEndAway, HeadEndRefused

AWAY, REFUSED = "away", "refused"


class NoAnswer(Exception):
    """The head-end cannot say. `why`: away (no answer, or it rests after failures), refused (it does not know the meter, or us)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Told:
    """What the head-end said at `at`. `balance` is paisa; None, and Relay.UNKNOWN, are not known; `*_at` is when the head-end had it."""

    at: datetime
    balance: int | None
    balance_at: datetime | None
    relay: Relay
    relay_at: datetime | None


def offered() -> bool:
    """Whether there is a head-end to be asked."""
    return bool(settings.HEADEND)


def ask(meter_number: str, who: str, now: datetime) -> Told:
    """One question, of which `who` (an account, seen by its people or by staff) has few. Raises limits.TooOften, NoAnswer."""
    limits.count("standing", who, now)
    if calls.resting(calls.HEAD_END, now):
        raise NoAnswer(AWAY)
    try:
        with calls.noted(calls.HEAD_END, "standing"):
            told = head_end().standing(meter_number)
    except HeadEndAway:
        raise NoAnswer(AWAY) from None
    except HeadEndRefused:
        raise NoAnswer(REFUSED) from None
    return Told(now, told.balance, told.balance_at, Relay(told.relay), told.relay_at)
