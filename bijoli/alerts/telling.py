"""Hands the stages that people are to see over to delivery."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bijoli.core.alerts import Reached
from bijoli.core.alerts.stages import LOW, STAGES, ZERO
from bijoli.delivery.tell import Telling, tell

LEAST_TTL_S = 900  # a balance that should be used up by now is worth a warning all the same


def telling(stage_id: int, meter_id: int, reached: Reached) -> Telling:
    """A stage as delivery wants it: how grave, how long worth sending, and the values for the words."""
    rule = STAGES[reached.code]
    run_out = reached.facts.get("run_out_s")
    return Telling(
        stage_id=stage_id,
        meter_id=meter_id,
        kind=reached.kind,
        code=reached.code,
        severity=rule.severity,
        at=reached.at,
        received_at=reached.received_at,
        facts=_facts(reached),
        ttl_s=max(run_out, LEAST_TTL_S) if reached.code == "L3" and run_out is not None else rule.ttl_s,
        urgency=rule.urgency,
        push=reached.push,
        reason=reached.reason,
        own_limit_paisa=reached.own_limit,
        supersedes=rule.supersedes,
        sms_s=rule.sms_s,
        sms_alone=rule.sms_alone,
    )


def _facts(reached: Reached) -> dict[str, Any]:
    values = {"balance_paisa": reached.balance, "load_w": reached.load, "limit": reached.limit, "relay": int(reached.relay) or None}
    return {name: value for name, value in values.items() if value is not None} | dict(reached.facts)


def tell_all(tellings: Sequence[Telling], now: datetime) -> None:
    """Tells in rounds, one telling of a meter and kind at a time: so that "restored" finds the "off" of the same batch and replaces it.

    Low and finished count as one kind: "restored" replaces what was said of both, and nothing that is said after it.
    """
    turns: Counter[tuple[int, str]] = Counter()
    rounds: dict[int, list[Telling]] = defaultdict(list)
    for one in tellings:
        key = (one.meter_id, LOW if one.kind == ZERO else one.kind)
        turns[key] += 1
        rounds[turns[key]].append(one)
    for number in sorted(rounds):
        tell(rounds[number], now)
