"""What the head-end says of a meter now, in words; for its people and for staff."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from bijoli.core.bangla import duration
from bijoli.core.conditions import Relay
from bijoli.customers.limits import TooOften
from bijoli.payments import standing
from bijoli.payments.standing import NoAnswer, Told
from bijoli.web.templatetags.bijoli import language, taka, when, within


@dataclass(frozen=True, slots=True)
class Asked:
    """`rows` are name and value; without an answer there are none, and `words` say why."""

    words: str
    rows: tuple[tuple[str, str], ...] = ()


def ask(meter_number: str, who: str, now: datetime, *, prepaid: bool) -> Asked:
    """Asks, and says what came of it. A postpaid meter has no balance to be told."""
    try:
        return _said(standing.ask(meter_number, who, now), prepaid)
    except TooOften as limit:
        span = duration(math.ceil(limit.seconds / 60) * 60, language())
        return Asked(gettext("It was asked several times just now. It can be asked again in %(time)s.") % {"time": span})
    except NoAnswer as none:
        if none.why == standing.REFUSED:
            return Asked(gettext("The meter system cannot say: it does not know this meter."))
        return Asked(gettext("The meter system does not answer just now. What stands here is what the meter last reported."))


def _said(told: Told, prepaid: bool) -> Asked:
    balance = taka(told.balance) if told.balance is not None else gettext("not known")
    rows = [(gettext("Switch in the meter"), _timed(switch(told.relay), told.relay_at))]
    rows += [(gettext("Balance"), _timed(balance, told.balance_at))] if prepaid else []
    words = gettext("Answered by the meter system, %(when)s. It is no reading: what the meter reports itself comes as usual.")
    return Asked(words % {"when": within(told.at)}, tuple(rows))


def _timed(value: str, at: datetime | None) -> str:
    return f"{value} · {when(at)}" if at else value


def switch(relay: Relay) -> str:
    """The relay in words."""
    return {
        Relay.CLOSED: gettext("on"),
        Relay.OPEN_CREDIT: gettext("off: no balance"),
        Relay.OPEN_OVERLOAD: gettext("off: overload"),
        Relay.OPEN_OTHER: gettext("off"),
    }.get(relay, gettext("not known"))
