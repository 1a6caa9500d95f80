"""What doors may know of alerts: what is open, how an episode went, and why something was decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language, gettext

from bijoli.alerts.models import Episode, Stage
from bijoli.core.alerts import load
from bijoli.core.alerts.stages import LATE, SHOWN_WITHOUT_PUSH, STAGES
from bijoli.delivery.wording import words

SHOWN = ["", *SHOWN_WITHOUT_PUSH]


@dataclass(frozen=True, slots=True)
class OpenEpisode:
    """A condition that lasts. `code` is the last stage that people were shown; empty where none was."""

    kind: str
    code: str
    opened_at: datetime
    severity: int


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of an episode, as people see it. `at` is the meter's time; paisa, W."""

    kind: str
    code: str
    at: datetime
    decided_at: datetime
    balance_paisa: int | None
    load_w: int | None
    limit: int | None
    facts: dict[str, Any]
    reason: str
    meter_number: str = ""

    @property
    def title(self) -> str:
        """In the active language, as the notification said it."""
        return words(self, get_language() or "en", "").title

    @property
    def remark(self) -> str:
        """Why no push came with it; empty where one did."""
        return {"": "", LATE: gettext("shown here only: the reading came late")}.get(self.reason, gettext("shown here only"))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was told or not. `told` is a push; else `reason` says why not (core.alerts.stages: late, gap, flap …)."""

    kind: str
    code: str
    times: int
    lap: int
    told: bool
    reason: str
    at: datetime
    decided_at: datetime
    balance_paisa: int | None
    load_w: int | None
    limit: int | None
    facts: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    closed_why: str


def open_episodes(meter_ids: Collection[int]) -> dict[int, list[OpenEpisode]]:
    """By meter id, the gravest first. The caller asks for meters of the person's own accounts only.

    An episode that came and went too often, and is kept open only to see whether it stays away, is none for people.
    """
    found: dict[int, list[OpenEpisode]] = defaultdict(list)
    rows = Episode.objects.filter(meter_id__in=meter_ids, closed_at=None).prefetch_related("stages")
    for row in rows:
        if load(row.kind, row.memory).calm_since is not None:
            continue
        shown = sorted((stage.decided_at, stage.pk, stage.code) for stage in row.stages.all() if stage.suppressed in SHOWN)
        code = shown[-1][2] if shown else ""
        severity = max((STAGES[code].severity for _, _, code in shown), default=0)
        found[row.meter_id].append(OpenEpisode(row.kind, code, row.opened_at, severity))
    return {meter: sorted(episodes, key=lambda one: (-one.severity, one.opened_at)) for meter, episodes in found.items()}


def story(stage_id: int, since: datetime | None = None) -> list[StageView]:
    """The stages of this stage's episode, from `since` up to now, that people were shown, oldest first.

    Another person's own limit (L0) is theirs alone: only the L0 that was asked for is among them.
    """
    own = Q(pk=stage_id) | ~Q(code="L0")
    lately = Q() if since is None else Q(at__gte=since)
    stages = Stage.objects.filter(own, lately, episode__stages=stage_id, suppressed__in=SHOWN).select_related("episode__meter")
    return [
        StageView(
            kind=stage.episode.kind,
            code=stage.code,
            at=stage.at,
            decided_at=stage.decided_at,
            balance_paisa=stage.balance_paisa,
            load_w=stage.load_w,
            limit=stage.limit,
            facts={"balance_paisa": stage.balance_paisa, "load_w": stage.load_w, "limit": stage.limit, "relay": stage.relay, **stage.facts},
            reason=stage.suppressed,
            meter_number=stage.episode.meter.number,
        )
        for stage in stages.order_by("decided_at", "pk")
    ]


def why(meter_number: str, since: datetime) -> list[Reason]:
    """What was decided about a meter since then, and why, oldest first: for staff and for `manage.py cause`, never for customers."""
    stages = Stage.objects.filter(episode__meter__number=meter_number, decided_at__gte=since).select_related("episode")
    return [
        Reason(
            kind=stage.episode.kind,
            code=stage.code,
            times=stage.times,
            lap=stage.lap,
            told=not stage.suppressed,
            reason=stage.suppressed,
            at=stage.at,
            decided_at=stage.decided_at,
            balance_paisa=stage.balance_paisa,
            load_w=stage.load_w,
            limit=stage.limit,
            facts=stage.facts,
            opened_at=stage.episode.opened_at,
            closed_at=stage.episode.closed_at,
            closed_why=stage.episode.closed_why,
        )
        for stage in stages.order_by("decided_at", "pk")
    ]


def ended(meter_number: str, since: datetime) -> list[tuple[str, str]]:
    """Kind and reason of each alert of a meter that ended since then, told or not: for staff, never for customers."""
    rows = Episode.objects.filter(meter__number=meter_number, closed_at__gte=since.replace(microsecond=0))
    return list(rows.order_by("closed_at", "pk").values_list("kind", "closed_why"))
