"""The rules of the four alert kinds: episodes, stages, laps, gaps and holds. What is told, when, and why not (docs/alerts.md).

`decide` answers one observation, `remind` the passing of time, `found` a finding of the staff. All are pure: frozen values in and out.
"""

from bijoli.core.alerts.decide import decide
from bijoli.core.alerts.memory import Memory, dump, load
from bijoli.core.alerts.model import Context, Decision, Observation, Reached, Snapshot, Standing
from bijoli.core.alerts.tamper import found
from bijoli.core.alerts.timer import decide as remind

__all__ = ["Context", "Decision", "Memory", "Observation", "Reached", "Snapshot", "Standing", "decide", "dump", "found", "load", "remind"]
