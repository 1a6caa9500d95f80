"""When does the balance end? A range learnt from one home's own days, priced by slabs, never a cut inside protected hours.

`learn` makes a small `Profile` of a home's habits; `run_out`, `enough_until`, `month_total` and `crossing` ask it. How it works
and how well: docs/forecast.md.
"""

from bijoli.core.forecast.learn import learn
from bijoli.core.forecast.model import TUNING, Crossing, Profile, ProfileError, RunOut, Tuning, Unknown
from bijoli.core.forecast.month import crossing, month_total
from bijoli.core.forecast.runout import enough_until, run_out

__all__ = [
    "TUNING",
    "Crossing",
    "Profile",
    "ProfileError",
    "RunOut",
    "Tuning",
    "Unknown",
    "crossing",
    "enough_until",
    "learn",
    "month_total",
    "run_out",
]
