"""Record events and credits: each is kept once, known or not; those on which the alert rules may act are handed on.

1. The database's unique constraints decide what is new: the source's id, or (meter, time, profile, code); a credit's order.
2. The states of the meters concerned are locked, in order, so that "before" is true.
3. A change for each event that alerts and for each credit, in the order of meter times.
4. The state learns what the event tells: the switch, and that the next reading must be looked at by the rules again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.db import connection, transaction

from bijoli.core.metering import meaning
from bijoli.metering import feederpower, numbers
from bijoli.metering.columns import Outcome, Status
from bijoli.metering.models import Change, Credit, MeterEvent, MeterState, Relay
from bijoli.metering.record import AHEAD, CHANNEL

CREDITED: list[Callable[[Sequence[tuple[int, str]]], None]] = []  # called with (meter id, order) of new credits, before the commit


@dataclass(frozen=True, slots=True)
class CreditTold:
    """A recharge that a head-end told of; None where it did not say."""

    credited_paisa: int
    order: str = ""
    gross_paisa: int | None = None
    vat_paisa: int | None = None
    rebate_paisa: int | None = None
    charges: list[dict[str, Any]] = field(default_factory=list)
    channel: str = ""
    tokens: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Event:
    """A code that a meter sent. `meter` is its number as an integer, `at` seconds since 1970 UTC."""

    meter: int
    at: int
    profile: str
    code: str
    source_id: str = ""
    credit: CreditTold | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event or credit that is new, of a meter that we have."""

    row: int
    meter_id: int
    event: Event

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.event.at, UTC)

    @property
    def key(self) -> tuple[Any, ...]:
        """What the database knows it by."""
        event, credit = self.event, self.event.credit
        if credit:
            return (
                (self.meter_id, "credit", order_of(event, credit))
                if order_of(event, credit)
                else (self.meter_id, event.at, credit.credited_paisa)
            )
        return (self.meter_id, event.source_id) if event.source_id else (self.meter_id, event.at, event.profile, event.code)


def order_of(event: Event, credit: CreditTold) -> str:
    """A credit's order number; the source's own event id serves where there is none."""
    return credit.order or event.source_id


def record_events(events: Sequence[Event], now: datetime) -> Outcome:
    """Records events received at `now` (aware). Returns what became of each, in the order given."""
    outcome = Outcome(np.zeros(len(events), np.int8))
    ids = numbers.ids(np.array([event.meter for event in events], np.int64))
    told = []
    for row, (event, meter_id) in enumerate(zip(events, ids.tolist(), strict=True)):
        if meter_id < 0:
            outcome.status[row] = Status.UNKNOWN
        elif event.at > now.timestamp() + AHEAD:
            outcome.status[row] = Status.QUARANTINED
        else:
            told.append(Told(row, meter_id, event))
    with transaction.atomic():
        new = _first_ones(told, now)
        feederpower.note(_power(new))
        outcome.changes = _hand_on(new, now)
        _tell_sellers(new)
    fresh = {one.row for one in new}
    outcome.status[[one.row for one in told if one.row not in fresh]] = Status.REPEATED
    return outcome


def _first_ones(told: list[Told], now: datetime) -> list[Told]:
    """Stores what is new, and returns it by meter time."""
    firsts: dict[tuple[Any, ...], Told] = {}
    for one in told:
        firsts.setdefault(one.key, one)
    in_order = sorted(firsts.values(), key=lambda one: (one.meter_id, one.event.at))
    new = _insert(MeterEvent, [(one, _event_values(one)) for one in in_order if not one.event.credit], now)
    new += _insert(Credit, [(one, _credit_values(one)) for one in in_order if one.event.credit], now)
    return sorted(new, key=lambda one: (one.event.at, one.row))


def _event_values(one: Told) -> dict[str, Any]:
    event, known = one.event, meaning(one.event.profile, one.event.code)
    return {
        "profile": event.profile,
        "code": event.code,
        "source_id": event.source_id,
        "kind": known.kind if known else "",
        "begins": known.begins if known else None,
    }


def _credit_values(one: Told) -> dict[str, Any]:
    credit = one.event.credit
    assert credit is not None  # noqa: S101 - the caller chose credits
    return {
        "order": order_of(one.event, credit),
        "credited_paisa": credit.credited_paisa,
        "gross_paisa": credit.gross_paisa,
        "vat_paisa": credit.vat_paisa,
        "rebate_paisa": credit.rebate_paisa,
        "charges": credit.charges,
        "channel": credit.channel,
        "tokens": credit.tokens,
    }


def _insert(model: type[MeterEvent | Credit], rows: list[tuple[Told, dict[str, Any]]], now: datetime) -> list[Told]:
    """Those of the rows that were not there yet: an id is drawn for each beforehand, and what has it afterwards is new."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, len(rows)])
        keys = [key for (key,) in cursor.fetchall()]
    made = [
        model(pk=key, meter_id=one.meter_id, at=one.at, received_at=now, **values) for key, (one, values) in zip(keys, rows, strict=True)
    ]
    model._default_manager.bulk_create(made, ignore_conflicts=True)  # type: ignore[arg-type]
    stored = set(model._default_manager.filter(pk__in=keys).values_list("pk", flat=True))
    return [one for key, (one, _) in zip(keys, rows, strict=True) if key in stored]


def _hand_on(new: list[Told], now: datetime) -> int:
    """Writes the changes and lets the states know. Returns how many changes there are."""
    wanted = [one for one in new if one.event.credit or _alerts(one)]
    if not wanted:
        return 0
    meters = sorted({one.meter_id for one in wanted})
    states = {state.pk: state for state in MeterState.objects.select_for_update().filter(pk__in=meters).order_by("pk")}
    changes = []
    for one in wanted:
        if state := states.get(one.meter_id):
            changes.append(_change(one, state, now))
            _learn(one, state)
    Change.objects.bulk_create(changes)
    MeterState.objects.bulk_update(states.values(), ["relay", "calm", "balance_band"], batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return len(changes)


def _tell_sellers(new: list[Told]) -> None:
    credits = [(one.meter_id, order_of(one.event, one.event.credit)) for one in new if one.event.credit]
    for listener in CREDITED if credits else ():
        listener(credits)


def _power(new: list[Told]) -> list[tuple[int, int, bool]]:
    """What the events say of the supply's own power: (meter, time, failed)."""
    known = [(one, meaning(one.event.profile, one.event.code)) for one in new if not one.event.credit]
    said = [(one, event) for one, event in known if event and event.kind in ("power_fail", "power_restore")]
    return [(one.meter_id, one.event.at, event.kind == "power_fail" and event.begins is not False) for one, event in said]


def _alerts(one: Told) -> bool:
    known = meaning(one.event.profile, one.event.code)
    return known is not None and known.alerts


def _change(one: Told, state: MeterState, now: datetime) -> Change:
    event, known = one.event, meaning(one.event.profile, one.event.code)
    change = Change(meter_id=one.meter_id, at=event.at, received_at=now, before_paisa=state.balance_paisa, relay_before=state.relay)
    if event.credit:
        change.source = Change.Source.CREDIT
        change.credited_paisa = event.credit.credited_paisa
    elif known:
        change.source = Change.Source.EVENT
        change.event_kind, change.event_begins, change.event_code = known.kind, known.begins, event.code
    return change


def _learn(one: Told, state: MeterState) -> None:
    """An event may open what only a later reading closes: that reading must not pass as "nothing changed"."""
    known = meaning(one.event.profile, one.event.code)
    kind = known.kind if known else ""
    if kind in ("zero_balance", "low_balance"):
        state.balance_band = -1
    elif kind == "overload":
        state.calm = 0
    elif kind == "supply_off" and one.event.at >= state.last_at and state.relay in (Relay.UNKNOWN, Relay.CLOSED):
        state.relay = Relay.OPEN_OTHER
    elif kind == "supply_on" and one.event.at >= state.last_at:
        state.relay = Relay.CLOSED


def map_again() -> int:
    """Gives events that had no meaning when they came the one that their codes have by now. Returns how many; alerts nobody."""
    count = 0
    unmapped = MeterEvent.objects.filter(kind="")
    for profile, code in list(unmapped.values_list("profile", "code").distinct()):
        if known := meaning(profile, code):
            count += unmapped.filter(profile=profile, code=code).update(kind=known.kind, begins=known.begins)
    return count
