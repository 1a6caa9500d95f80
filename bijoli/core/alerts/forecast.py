"""The port of whoever forecasts how long a balance lasts. Until one is plugged in (`bijoli.alerts.forecast`) nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bijoli.core.alerts.model import Snapshot


class Forecast(Protocol):
    """Says of meters how long their balance will last."""

    def run_out_s(self, latest: Mapping[int, Snapshot], now: datetime) -> Mapping[int, int]:
        """Seconds until each balance is used up, by meter id. What is not known is left out: unknown is neither zero nor for ever."""


class Unknown:
    """Knows of no meter: L2 comes of the balance alone, and L3 never."""

    def run_out_s(self, latest: Mapping[int, Snapshot], now: datetime) -> Mapping[int, int]:
        return {}
