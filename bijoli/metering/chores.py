"""The chores of the meters' data and of what lies below it (`upkeep` says when)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bijoli.customers import guests, sessions
from bijoli.metering import feederpower, months, partitions
from bijoli.metering.compact import compact
from bijoli.metering.upkeep import Chore, add, whole


def _compacted(now: datetime, go_on: Callable[[], bool]) -> bool:
    return compact(now, go_on) == 0


add(Chore("raw days ahead", whole(partitions.make_ahead), every=timedelta(hours=1)))
add(Chore("raw readings in order", whole(_compacted), every=timedelta(minutes=1)))
add(Chore("raw readings gone", whole(partitions.drop_old)))
add(Chore("months", months.pack))
add(Chore("invitations", whole(guests.sweep)))
add(Chore("power of feeders", whole(feederpower.drop_old)))
add(Chore("sessions", whole(lambda _now, go_on: sessions.sweep(go_on))))
