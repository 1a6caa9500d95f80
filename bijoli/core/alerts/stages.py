"""The table of stages: how grave each is, how long a push of it is worth delivering, and how soon it may be told again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

LOW, ZERO, OVERLOAD, TAMPER = "low", "zero", "overload", "tamper"
KINDS = (LOW, ZERO, OVERLOAD, TAMPER)

MINUTE, HOUR, DAY = 60, 3600, 86_400
LATE_S = 6 * HOUR  # a cause older than this is told in the centre only

# Why a stage is not pushed. The first two are shown in the centre, the others are only recorded.
LATE, CENTRE = "late", "centre only"
GAP, RESTORED, FLAP, RECHARGE = "gap", "told by restored", "flap", "recharge"
WORK, POWER, UNTOLD = "work order", "power failure", "not told"  # for staff alone
SHOWN_WITHOUT_PUSH = frozenset({LATE, CENTRE})


class Severity(IntEnum):
    """Order in which pushes leave, highest first; the numbers are those of the delivery tables."""

    INFO = 0
    NOTICE = 1
    WARNING = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class StageRule:
    """What holds for every telling of one stage. `gap_s`: least seconds between two pushes of it in one episode.

    `supersedes`: kinds whose unread notifications of the same meter it makes needless, so that a sleeping phone wakes to the newest alone.
    `sms_s`: so long it may stay unseen before an SMS says it; `sms_alone`: at once to whoever has no phone that takes pushes.
    """

    kind: str
    severity: Severity
    ttl_s: int
    urgency: str = "high"
    gap_s: int = 0
    pushed: bool = True
    supersedes: tuple[str, ...] = ()
    sms_s: int | None = None
    sms_alone: bool = False


STAGES: dict[str, StageRule] = {
    "L0": StageRule(LOW, Severity.NOTICE, DAY, urgency="normal"),
    "L1": StageRule(LOW, Severity.NOTICE, DAY, gap_s=72 * HOUR, sms_s=12 * HOUR, sms_alone=True),
    "L2": StageRule(LOW, Severity.WARNING, DAY, gap_s=12 * HOUR, sms_s=4 * HOUR, sms_alone=True),
    "L3": StageRule(LOW, Severity.HIGH, DAY, gap_s=6 * HOUR, sms_s=30 * MINUTE, sms_alone=True),
    "Z1": StageRule(ZERO, Severity.HIGH, 6 * HOUR, sms_s=30 * MINUTE, sms_alone=True),
    "Z2": StageRule(ZERO, Severity.CRITICAL, 4 * HOUR, sms_s=3 * MINUTE, sms_alone=True),
    "Z3": StageRule(ZERO, Severity.CRITICAL, 4 * HOUR, sms_s=3 * MINUTE, sms_alone=True),
    "ZR": StageRule(ZERO, Severity.INFO, 4 * HOUR, supersedes=(ZERO, LOW)),
    "O1": StageRule(OVERLOAD, Severity.WARNING, 15 * MINUTE, gap_s=HOUR),
    "O2": StageRule(OVERLOAD, Severity.HIGH, 15 * MINUTE, gap_s=15 * MINUTE, sms_s=10 * MINUTE),
    "O3": StageRule(OVERLOAD, Severity.CRITICAL, 15 * MINUTE, gap_s=HOUR, sms_s=3 * MINUTE, sms_alone=True),
    "OR": StageRule(OVERLOAD, Severity.INFO, 15 * MINUTE, pushed=False, supersedes=(OVERLOAD,)),
    "T1": StageRule(TAMPER, Severity.HIGH, 3 * DAY, sms_s=HOUR, sms_alone=True),
    "T2": StageRule(TAMPER, Severity.HIGH, 3 * DAY, sms_s=HOUR, sms_alone=True),
    "TR": StageRule(TAMPER, Severity.HIGH, 3 * DAY, supersedes=(TAMPER,)),
}
RETURNING_S = 15 * MINUTE  # after a feeder's power returned nobody is told of an overload
WORK_AROUND_S = 2 * HOUR  # before and after an approved work order
L1_ACROSS_EPISODES_S = 24 * HOUR
RECHARGE_S = 30 * MINUTE  # so long a low balance is not told of while a paid recharge is on its way
FLAP_CALM_S = 6 * HOUR  # so long must a condition that came and went stay away
