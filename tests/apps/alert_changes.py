"""Changes as `record` would queue them, for tests of what comes after."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from bijoli.alerts.models import Stage
from bijoli.metering.models import Change, Meter, MeterState


def now() -> datetime:
    return timezone.now().replace(microsecond=0)


def state(meter: Meter, **values: Any) -> MeterState:
    """The meter's newest known values, as `record` would keep them."""
    return MeterState.objects.update_or_create(meter=meter, defaults={"sanctioned_load_w": 5000, **values})[0]


def change(meter: Meter, at: datetime | None = None, **values: Any) -> Change:
    """One row of the queue: a reading, unless said otherwise. Times are now unless said otherwise."""
    moment = at or now()
    return Change.objects.create(meter=meter, at=int(moment.timestamp()), received_at=max(moment, now() - timedelta(hours=1)), **values)


def balances(meter: Meter, *taka: float, begin: datetime | None = None, before: float | None = None) -> None:
    """Readings a minute apart, the last of them now."""
    moment = begin or now() - timedelta(minutes=len(taka) - 1)
    for value in taka:
        known = None if before is None else round(before * 100)
        change(meter, moment, balance_paisa=round(value * 100), before_paisa=known)
        before, moment = value, moment + timedelta(minutes=1)


def stages(meter: Meter, *, pushed: bool = True) -> list[str]:
    """Codes in the order of deciding; with `pushed=False` also what was not pushed."""
    rows = Stage.objects.filter(episode__meter=meter).order_by("pk")
    return [row.code for row in rows if not (pushed and row.suppressed)]
