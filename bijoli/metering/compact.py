"""Raw readings put in order: from pieces as they came to segments in which one meter's day lies together.

1. *spread*: pieces of scattered meters (they cross a block of 4,096) become pieces of one block each, before a read has to open many.
2. *settle*: the pieces of a block become segments of 64 meters, together with what was settled of these meters before; of the running day
   each time they have grown by half, of a finished one in the end, and again when late readings came.
One transaction a step: a crash undoes it whole. `record` only adds pieces, so neither waits for the other; a second compactor takes none of
the first one's. What came twice becomes one (`once`), in the order of arrival, which is kept with the readings until their day is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
from django.db import transaction

from bijoli.metering import binary, localday, segments
from bijoli.metering.once import once
from bijoli.metering.segments import ARRIVAL, BLOCK, GROUP, METER, Matrix

MOST = 1_000_000  # readings a step: some 200 MB of memory
WIDE_PIECES, WIDE_READINGS = 64, 256_000  # scattered pieces that may wait
PIECES_AT_LEAST, PIECES_AT_MOST = 24, 500  # of a block, before it is settled whatever it has grown by
LATE = timedelta(hours=3)  # after its midnight a day counts as finished
LONG_AGO = datetime.min.replace(tzinfo=UTC)
WAITS = timedelta(hours=1)  # late readings of a finished day gather for so long

Cursor = psycopg.Cursor[Any]
_ACROSS = f"first_meter / {BLOCK} <> last_meter / {BLOCK}"
_WAITING = f"""SELECT day, {_ACROSS} AS wide, CASE WHEN {_ACROSS} THEN 0 ELSE first_meter / {BLOCK} END AS block,
 count(*), sum(readings), min(received_at)
FROM metering_segment WHERE NOT settled GROUP BY 1, 2, 3 ORDER BY 1, 2 DESC, 3"""
_SETTLED = "SELECT sum(readings) FROM metering_segment WHERE day = %s AND settled AND first_meter BETWEEN %s AND %s"
_TAKE_WIDE = f"SELECT id, readings FROM metering_segment WHERE day = %s AND NOT settled AND {_ACROSS} ORDER BY id FOR UPDATE SKIP LOCKED"
_TAKE_BLOCK = """SELECT id, readings FROM metering_segment WHERE day = %s AND NOT settled AND first_meter >= %s AND last_meter < %s
 ORDER BY id FOR UPDATE SKIP LOCKED"""
_TAKE_GROUP = "SELECT id, readings FROM metering_segment WHERE day = %s AND settled AND first_meter BETWEEN %s AND %s FOR UPDATE"
_REMOVE = "DELETE FROM metering_segment WHERE day = %s AND id = ANY(%s::bigint[]) RETURNING id, received_at, body"
_ADD = """INSERT INTO metering_segment (day, first_meter, last_meter, readings, received_at, body, settled)
 VALUES (%s, %s, %s, %s, %s, %s, %s)"""


@dataclass(frozen=True, slots=True)
class Task:
    """Pieces of one day that are to be merged: scattered ones (`block` None), or those of a block. `late`: the day is over."""

    day: int
    block: int | None
    late: bool


def compact(now: datetime, go_on: Callable[[], bool]) -> int:
    """Does what is due, step by step, as long as `go_on()`. Returns how many readings were written anew; 0: nothing was due."""
    written = 0
    for task in due(now):
        if not go_on():
            break
        written += run(task)
    return written


def due(now: datetime) -> list[Task]:
    """What is worth merging now, the oldest day first and scattered pieces before their blocks."""
    today = localday.day(int((now - LATE).timestamp()))
    tasks = []
    with binary.cursor() as cursor:
        for day, wide, block, pieces, count, since in cursor.execute(_WAITING).fetchall():
            late = day < today
            if late:
                ready = now - since >= WAITS or count >= MOST
            elif wide:
                ready = pieces >= WIDE_PIECES or count >= WIDE_READINGS
            else:
                ready = pieces >= PIECES_AT_LEAST and (pieces >= PIECES_AT_MOST or count * 2 >= _settled(cursor, day, block))
            if ready:
                tasks.append(Task(day, None if wide else block, late))
    return tasks


def _settled(cursor: Cursor, day: int, block: int) -> int:
    found = cursor.execute(_SETTLED, (day, block * BLOCK, block * BLOCK + BLOCK - 1), prepare=True).fetchone()
    return int(found[0] or 0) if found else 0


def run(task: Task) -> int:
    """One step in one transaction. Returns how many readings were written anew."""
    with transaction.atomic(), binary.cursor() as cursor:
        if task.block is None:
            taken = cursor.execute(_TAKE_WIDE, (task.day,), prepare=True).fetchall()
            return _spread(cursor, task, _some(taken))
        edges = (task.block * BLOCK, (task.block + 1) * BLOCK)
        taken = cursor.execute(_TAKE_BLOCK, (task.day, *edges), prepare=True).fetchall()
        return _settle(cursor, task, _some(taken))


def _some(taken: Iterable[tuple[int, int]]) -> list[int]:
    """The first of these pieces, as many as one step may hold; at least one."""
    chosen: list[int] = []
    count = 0
    for own, readings in taken:
        if chosen and count + readings > MOST:
            break
        chosen.append(own)
        count += readings
    return chosen


def _spread(cursor: Cursor, task: Task, chosen: list[int]) -> int:
    """Scattered pieces -> pieces of one block each."""
    rows, received = _taken_out(cursor, task.day, chosen)
    for piece in _split(rows, BLOCK):
        _put(cursor, task.day, piece, received, settled=False)
    return len(rows[METER])


def _settle(cursor: Cursor, task: Task, chosen: list[int]) -> int:
    """Pieces of a block, and what is settled of their meters -> segments of 64 meters."""
    rows, received = _taken_out(cursor, task.day, chosen)
    written = 0
    for group in _split(rows, GROUP):
        first = int(group[METER, 0]) // GROUP * GROUP
        before = cursor.execute(_TAKE_GROUP, (task.day, first, first + GROUP - 1), prepare=True).fetchall()
        merged = group
        if before:
            stored, stored_at = _taken_out(cursor, task.day, [own for own, _ in before])
            merged, received = once(np.concatenate([stored, group], axis=1)), max(received, stored_at)
        if task.late:
            merged[ARRIVAL] = merged[ARRIVAL].min()  # all that comes now came later
        _put(cursor, task.day, merged, received, settled=True)
        written += len(merged[METER])
    return written


def _taken_out(cursor: Cursor, day: int, chosen: list[int]) -> tuple[Matrix, datetime]:
    """Removes segments; their rows together, each reading once, and when the last of them came."""
    rows = cursor.execute(_REMOVE, (day, chosen), prepare=True, binary=True).fetchall()
    parts = [np.empty((8, 0), np.int64), *(segments.unpack(bytes(body), own) for own, _, body in sorted(rows))]
    received = max((received for _, received, _ in rows), default=LONG_AGO)
    return once(np.concatenate(parts, axis=1)), received


def _split(rows: Matrix, size: int) -> list[Matrix]:
    """Cut at multiples of `size` of the meters' ids."""
    edges = np.flatnonzero(np.diff(rows[METER] // size)) + 1
    return np.split(rows, edges, axis=1) if rows.shape[1] else []


def _put(cursor: Cursor, day: int, rows: Matrix, received: datetime, *, settled: bool) -> None:
    body = segments.pack(rows)
    values = (day, int(rows[METER, 0]), int(rows[METER, -1]), rows.shape[1], received, body, settled)
    cursor.execute(_ADD, values, prepare=True, binary=True)
