"""Record a batch of readings: one transaction, one statement for a batch in which no meter occurs twice.

1. numbers -> dense ids; times ahead of ours are set aside; rows sorted by meter and time.
2. rounds: the first reading of each meter, then the second, ...: so each crossing counts, in order. A round is one statement.
3. what the statement did not take is a repeat or late; late rows and estimates correct their days.
4. the raw readings are kept as packed segments.
5. `watch` is woken where there are changes.
Recorded twice, in any order: the same days, and no change twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from bijoli.metering import binary, localday, numbers, rollup, segments, statements
from bijoli.metering.binary import Column
from bijoli.metering.columns import Outcome, Readings, Status

AHEAD = 600  # seconds that a meter's clock may be ahead of ours
CHANNEL = "bijoli_change"
NEVER = -1  # the last reading of a meter that has no state
_SEGMENT = "INSERT INTO metering_segment (day, first_meter, last_meter, readings, received_at, body) VALUES (%s, %s, %s, %s, %s, %s)"
_LAST = "SELECT meter_id, last_at FROM metering_meterstate WHERE meter_id = ANY(%s::int[])"

Index = NDArray[np.intp]
Cursor = psycopg.Cursor[Any]


def record(readings: Readings, now: datetime) -> Outcome:
    """Records a batch that was received at `now` (aware).

    On return all of it is committed, or in the caller's transaction where there is one.
    """
    outcome = Outcome(np.zeros(len(readings), np.int8))
    ids = numbers.ids(readings.meter)
    outcome.status[ids < 0] = Status.UNKNOWN
    outcome.status[(readings.at > now.timestamp() + AHEAD) & (ids >= 0)] = Status.QUARANTINED
    rows = _sorted(readings, ids, outcome.status)
    if not len(rows):
        return outcome
    days = localday.days(readings.at[rows])
    with transaction.atomic(), binary.cursor() as cursor:
        _Batch(cursor, readings.take(rows), ids[rows], days, now).run(rows, outcome)
    return outcome


def _sorted(readings: Readings, ids: NDArray[np.int32], status: NDArray[np.int8]) -> Index:
    """The rows to record by meter, time and quality (known first). The same reading a second time in the batch is marked as a repeat."""
    rows = np.flatnonzero(status == Status.ACCEPTED)
    keys = (readings.estimated[rows], readings.at[rows], ids[rows])
    order = np.lexsort(keys)
    rows = rows[order]
    same = np.zeros(len(rows), bool)
    same[1:] = np.logical_and.reduce([np.diff(key[order].astype(np.int64)) == 0 for key in keys])
    status[rows[same]] = Status.REPEATED
    return rows[~same]


class _Batch:
    """One batch inside its transaction: columns sorted by meter and time, `status` beside them."""

    def __init__(self, cursor: Cursor, readings: Readings, ids: NDArray[np.int32], days: NDArray[np.int32], now: datetime) -> None:
        self.cursor, self.readings, self.ids, self.days, self.now = cursor, readings, ids, days, now
        self.status = np.zeros(len(ids), np.int8)
        self.changes = 0

    def run(self, rows: Index, outcome: Outcome) -> None:
        self.cursor.execute(statements.SESSION, prepare=True)
        known = np.flatnonzero(~self.readings.estimated)
        if (np.diff(self.ids[known]) == 0).any():  # a meter occurs twice: no round for what is late already, as when a day is sent again
            self._judge(known)
            known = known[self.status[known] == Status.ACCEPTED]
        for chosen in self._rounds(known):
            self._round(chosen)
        estimates = np.flatnonzero(self.readings.estimated)
        self._judge(estimates)
        self._correct_days()
        self._keep_raw()
        if self.changes:
            self.cursor.execute("SELECT pg_notify(%s, '')", (CHANNEL,), prepare=True)
        outcome.status[rows] = self.status
        outcome.changes = self.changes

    def _rounds(self, known: Index) -> list[Index]:
        """The first reading of each meter, the second of each, ..."""
        own = self.ids[known]
        starts = np.flatnonzero(np.diff(own, prepend=-1))
        if len(starts) == len(known):
            return [known] if len(known) else []
        turn = np.arange(len(known)) - np.repeat(starts, np.diff(starts, append=len(known)))
        order = np.argsort(turn, kind="stable")  # within a round still by meter
        return np.split(known[order], np.flatnonzero(np.diff(turn[order])) + 1)

    def _round(self, chosen: Index) -> None:
        rows = self.readings
        columns = {"meter": Column(self.ids[chosen]), "relay": Column(rows.relay[chosen]), "day": Column(self.days[chosen])}
        for name in ("at", "balance", "register", "load"):
            columns[name] = Column(getattr(rows, name)[chosen])
        limits = settings.UTILITY.thresholds
        self.cursor.execute(statements.record(limits), {**columns, "now": self.now, "rows": len(chosen)}, prepare=True, binary=True)
        updated, changes, meters = self.cursor.fetchone() or (0, 0, None)
        self.changes += changes
        if updated < len(chosen):
            self._judge(chosen[~np.isin(self.ids[chosen], np.array(meters or [], np.int32))])

    def _judge(self, chosen: Index) -> None:
        """Marks rows that did not move their meter's state on: the meter's latest again, or older than it, or of no meter at all."""
        if not len(chosen):
            return
        meters = np.unique(self.ids[chosen])
        self.cursor.execute(_LAST, (Column(meters),), prepare=True, binary=True)
        last = np.full(len(meters), NEVER, np.int64)
        for meter, at in self.cursor.fetchall():
            last[np.searchsorted(meters, meter)] = at
        latest, at = last[np.searchsorted(meters, self.ids[chosen])], self.readings.at[chosen]
        self.status[chosen[at < latest]] = Status.LATE
        self.status[chosen[at == latest]] = Status.REPEATED
        if (gone := latest == NEVER).any():  # what we remember of this meter is no longer true
            self.status[chosen[gone]] = Status.UNKNOWN
            numbers.forget()

    def _correct_days(self) -> None:
        late, estimates = self.status == Status.LATE, self.readings.estimated
        if (known := late & ~estimates).any():  # states before days, as the rounds lock them
            rollup.latest(self.cursor, self.ids[known], self.readings.take(known))
        if (chosen := self._kept() & (late | estimates)).any():
            rollup.correct(self.cursor, self.ids[chosen], self.days[chosen], self.readings.take(chosen))

    def _kept(self) -> NDArray[np.bool_]:
        """What goes into segments and days. An estimate for the time of the latest reading may hold what that one did not."""
        stored = (self.status == Status.ACCEPTED) | (self.status == Status.LATE)
        kept: NDArray[np.bool_] = stored | (self.readings.estimated & (self.status == Status.REPEATED))
        return kept

    def _keep_raw(self) -> None:
        kept: Any = slice(None)
        if self.status.any():
            kept = np.flatnonzero(self._kept())
        rows = self.readings
        values = [column[kept] for column in (rows.balance, rows.register, rows.load, rows.relay, rows.estimated)]
        pieces = segments.cut(self.ids[kept], self.days[kept], rows.at[kept], values)
        for day, first, last, count, body in pieces:
            self.cursor.execute(_SEGMENT, (day, first, last, count, self.now, body), prepare=True, binary=True)
