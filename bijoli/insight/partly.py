"""A home as somebody knows it who sees it only from a day on: nothing in a forecast rests on what another used there before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bijoli.insight.clock import Clock
from bijoli.insight.homes import Home
from bijoli.insight.learning import learn_since, longest_back


def as_seen(home: Home, since: datetime, clock: Clock) -> Home:
    """The home by what its meter told from `since` on.

    In the month of `since` its use so far, and with it the slab, is not known: then nothing is forecast. Until the profile of the last
    night knows no day before `since`, it is learnt anew of the days since, for this answer alone.
    """
    at = int(since.timestamp())
    if home.balance_at is not None and home.balance_at < at:
        home = replace(home, balance=None, balance_at=None, under_way=0)
    if clock.begins < at:
        home = replace(home, month_wh=None)
    if clock.now - since < timedelta(days=longest_back()):
        home = replace(home, body=learn_since(home.meter_id, since, clock.now), day_paisa=None)
    return home
