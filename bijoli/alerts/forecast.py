"""Where a forecast is plugged in. The rules ask it about each meter that has a change, or whose open episode is due.

A forecast that falls under 24 or 6 hours, or rises over 36, between two limits of the balance is no change that `record` sees: who plugs
one in also queues such a meter, as a reading with its last known balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bijoli.core.alerts import Context
from bijoli.core.alerts.forecast import Forecast, Unknown

_plugged: Forecast = Unknown()


def plug(forecast: Forecast) -> Forecast:
    """Asks this one from now on. Returns the former."""
    global _plugged
    former, _plugged = _plugged, forecast
    return former


def foreseen(known: Mapping[int, Context], now: datetime) -> dict[int, Context]:
    """The contexts with what the forecast says of them; as they are where it knows nothing."""
    run_out = _plugged.run_out_s({meter: context.latest for meter, context in known.items()}, now)
    return {meter: replace(context, run_out_s=run_out[meter]) if meter in run_out else context for meter, context in known.items()}
