"""The likely end alone and only as far as the alert rules look: a fifth of the work of `run_out`, for many meters at once."""

from __future__ import annotations

from datetime import datetime

from bijoli.core.forecast.model import Profile
from bijoli.core.forecast.path import Path
from bijoli.core.forecast.runout import Tariffs, _ends

HORIZON_DAYS = 2


def likely_end(paisa: int, at: datetime, month_wh: int, profile: Profile, tariffs: Tariffs) -> datetime | None:
    """When `paisa`, known at `at` (local), is likely used up; None where that is more than two days away. As `run_out` says.

    The caller has asked `unknown` before.
    """
    return _ends(paisa, month_wh, Path(profile, at, "likely"), tariffs, None, HORIZON_DAYS)
