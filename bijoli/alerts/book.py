"""The open episodes of a batch of meters: read at once, decided on in memory, written at once. One transaction around it all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max

from bijoli.alerts import rows
from bijoli.alerts.models import Episode, Stage
from bijoli.alerts.storms import guarded
from bijoli.alerts.telling import tell_all, telling
from bijoli.core.alerts import Decision, Memory, Reached, Standing, dump, load
from bijoli.core.alerts.flap import WITHIN_S
from bijoli.core.alerts.stages import L1_ACROSS_EPISODES_S, LOW, TAMPER
from bijoli.delivery.clear import clear


@dataclass(slots=True)
class _Case:
    """An episode in work; `row` is unsaved while it is new."""

    row: Episode
    memory: Memory


@dataclass(slots=True)
class Book:
    """`standing` is what the rules ask for; `decided` writes down what they answer; `write` saves and tells."""

    now: datetime
    _open: dict[tuple[int, str], _Case] = field(default_factory=dict)
    _standing: dict[int, Standing] = field(default_factory=lambda: defaultdict(Standing))
    _touched: dict[int, _Case] = field(default_factory=dict)
    _reached: list[tuple[_Case, Reached]] = field(default_factory=list)
    _untrue: list[_Case] = field(default_factory=list)

    @classmethod
    def read(cls, meter_ids: Collection[int], now: datetime, low: Collection[int] = ()) -> Book:
        """The open episodes of the meters, locked, and when the latest ones opened; for the `low` ones, of which L1 may be told,
        when it last was.
        """
        book = cls(now)
        for row in Episode.objects.select_for_update().filter(meter_id__in=meter_ids, closed_at=None):
            book._open[row.meter_id, row.kind] = _Case(row, load(row.kind, row.memory))
        memories: dict[int, dict[str, Memory]] = defaultdict(dict)
        for (meter, kind), case in book._open.items():
            memories[meter][kind] = case.memory
        l1 = _l1_pushes(low, now) if low else {}
        openings = _openings(meter_ids, now)
        for meter in meter_ids:
            book._standing[meter] = Standing(**memories[meter], l1_pushed_at=l1.get(meter), openings=openings[meter])  # type: ignore[arg-type]
        return book

    def standing(self, meter_id: int) -> Standing:
        return self._standing[meter_id]

    def decided(self, meter_id: int, decisions: list[Decision]) -> None:
        """Notes what one observation meant for a meter. Its stages come in the order of severity."""
        stages = []
        for decision in decisions:
            case = self._case(meter_id, decision)
            stages += [(case, stage) for stage in decision.stages]
        self._reached += sorted(stages, key=lambda pair: -pair[1].severity)
        self._standing[meter_id] = self._standing[meter_id].after(decisions)

    def _case(self, meter_id: int, decision: Decision) -> _Case:
        key = (meter_id, decision.kind)
        if decision.opened:
            row = Episode(meter_id=meter_id, kind=decision.kind, opened_at=decision.at, created_at=self.now)
            self._open[key] = _Case(row, decision.memory)
        case = self._open[key]
        case.memory = decision.memory
        if decision.closed:
            case.row.closed_at, case.row.closed_why = decision.at, decision.closed
            del self._open[key]
        over = decision.closed == "recovered" or decision.memory.calm_since is not None
        if over and not any(stage.shown for stage in decision.stages):
            self._untrue.append(case)  # nothing is said that would replace what people were told
        self._touched[id(case)] = case
        return case

    def write(self) -> int:
        """Saves episodes and stages and tells people. Returns how many stages were shown to somebody."""
        cases = list(self._touched.values())
        # Before this batch's own stages are stored: a balance that was low for a moment within the batch is told all the same
        self._clear([case.row.pk for case in self._untrue if case.row.pk])
        for case in cases:
            case.row.lap, case.row.memory = case.memory.lap, dump(case.memory)
        rows.update_episodes([case.row for case in cases if case.row.pk])
        new = [case.row for case in cases if not case.row.pk]
        rows.insert_episodes(new)  # after the closings: one open a kind
        stages = rows.insert_stages([(case.row.pk, reached) for case, reached in self._reached], self.now)
        pairs = zip(stages, self._reached, strict=True)
        tellings = [telling(stage, case.row.meter_id, reached) for stage, (case, reached) in pairs if reached.shown]
        tell_all(guarded(tellings, [(row.meter_id, row.kind) for row in new], self.now), self.now)
        return len(tellings)

    def _clear(self, episodes: list[int]) -> None:
        if episodes:
            clear(list(Stage.objects.filter(episode_id__in=episodes).values_list("pk", flat=True)), self.now)


def _openings(meter_ids: Collection[int], now: datetime) -> dict[int, dict[str, tuple[int, ...]]]:
    """By meter and kind. Staff alone close a tamper alert: how often it opened is of no account."""
    since = now - timedelta(seconds=3 * WITHIN_S)  # wide enough for changes that waited
    found: dict[int, dict[str, tuple[int, ...]]] = defaultdict(dict)
    episodes = Episode.objects.filter(meter_id__in=meter_ids, opened_at__gte=since).exclude(kind=TAMPER)
    for meter, kind, at in episodes.values_list("meter_id", "kind", "opened_at"):
        found[meter][kind] = (*found[meter].get(kind, ()), int(at.timestamp()))
    return found


def _l1_pushes(meter_ids: Collection[int], now: datetime) -> dict[int, int]:
    # wide enough for changes that waited, and narrow enough for the index
    since = now - timedelta(seconds=3 * L1_ACROSS_EPISODES_S)
    stages = Stage.objects.filter(episode__meter_id__in=meter_ids, episode__kind=LOW, code="L1", suppressed="", at__gte=since)
    return {meter: int(at.timestamp()) for meter, at in stages.values_list("episode__meter_id").annotate(Max("at"))}
