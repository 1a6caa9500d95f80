"""Load the register: accounts, usage points, meters, installations, people and their access, set by set.

Lines come in pieces; a piece goes through temporary tables in one transaction. Loading the same again changes nothing. An account that
comes with another meter at a later date had its meter exchanged: the old installation ends, a new one begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db import connection, models, transaction

from bijoli.customers.models import Access, Account, Customer
from bijoli.metering import loadsql
from bijoli.metering.limits import set_edges
from bijoli.metering.models import Installation, Meter, MeterState, UsagePoint
from bijoli.metering.register import BadLine, Line

PIECE = 50_000  # lines in a transaction
_STAGED = attrgetter(*loadsql.LINE)

Cursor = Any  # Django's cursor wrapper; psycopg's `copy` shows through it


@dataclass(slots=True)
class Loaded:
    """What a file brought."""

    lines: int = 0
    meters: int = 0
    exchanged: int = 0
    people: int = 0
    links: int = 0
    bad: list[BadLine] = field(default_factory=list)


def load(lines: Iterable[Line]) -> Iterator[Loaded]:
    """Loads the lines piece by piece; yields what has been brought so far after each."""
    loaded = Loaded()
    every = iter(lines)
    while piece := list(islice(every, PIECE)):
        with transaction.atomic(), connection.cursor() as cursor:
            _Piece(cursor, piece, loaded).run()
        loaded.lines += len(piece)
        yield loaded


class _Piece:
    def __init__(self, cursor: Cursor, lines: Sequence[Line], loaded: Loaded) -> None:
        self.cursor, self.lines, self.loaded = cursor, lines, loaded

    def run(self) -> None:
        self._stage()
        self._insert(Account, loadsql.ACCOUNTS, "ON CONFLICT (number) DO UPDATE SET mode = excluded.mode WHERE x.mode <> excluded.mode")
        self._insert(UsagePoint, loadsql.POINTS, loadsql.POINTS_AGAIN)
        self.loaded.meters += self._insert(Meter, loadsql.METERS)
        self._run(loadsql.PROFILES)
        self._insert(MeterState, loadsql.STATES, "ON CONFLICT (meter_id) DO NOTHING")
        self._run(loadsql.STEPS)
        self._run(loadsql.STEPPED)
        for (step,) in self._rows(loadsql.STEP_NUMBERS):
            self._install(step)
        self._run(loadsql.SANCTIONED)
        self._people()
        set_edges([meter for (meter,) in self._rows(loadsql.METERS_WITH_OWN_LIMITS)])

    def _stage(self) -> None:
        self._run(loadsql.STAGE)
        with self.cursor.copy("COPY load_line FROM STDIN") as copy:
            for line in self.lines:
                copy.write_row(_STAGED(line))
        with self.cursor.copy("COPY load_person FROM STDIN") as copy:
            for line in self.lines:
                for phone in line.phones:
                    copy.write_row((line.line, line.account, phone, line.name, line.role, line.nickname))
        self._run(loadsql.STAGED)

    def _install(self, step: int) -> None:
        """One meter of each account: what stands already is left, what contradicts refused, the rest closes the old and opens the new."""
        self._run(loadsql.DONE, step)
        for sql, column, reason in loadsql.REFUSALS:
            refused = self._rows(sql, step)
            self.loaded.bad += [BadLine(line, column, reason) for (line,) in refused]
        self.loaded.exchanged += self._run(loadsql.CLOSE, step)
        self._insert(Installation, loadsql.OPEN, "", step)

    def _people(self) -> None:
        self.loaded.people += self._insert(Customer, loadsql.CUSTOMERS, "ON CONFLICT (phone) DO NOTHING")
        self._run(loadsql.NAMES)
        self.loaded.links += self._insert(Access, loadsql.ACCESS)
        self._run(loadsql.ACCESS_AGAIN)

    def _insert(self, model: type[models.Model], select: loadsql.Insert, tail: str = "", *params: object) -> int:
        """INSERT ... SELECT with the model's own defaults for the columns that the SELECT does not give."""
        given, source = select
        columns, constants = dict(given), []
        for column in model._meta.concrete_fields:
            if column.column not in columns and column.db_default is models.NOT_PROVIDED and not isinstance(column, models.AutoField):
                columns[column.column], constant = _default(column)
                constants += constant
        names, values = ", ".join(columns), ", ".join(columns.values())
        self.cursor.execute(f"INSERT INTO {model._meta.db_table} AS x ({names}) SELECT {values} {source} {tail}", [*constants, *params])
        return int(self.cursor.rowcount)

    def _run(self, sql: str, *params: object) -> int:
        self.cursor.execute(sql, params)
        return int(self.cursor.rowcount)

    def _rows(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql, params)
        return list(self.cursor.fetchall())


def _default(column: models.Field[Any, Any]) -> tuple[str, list[Any]]:
    """The SQL of a column's default, and its parameter where it has one."""
    if isinstance(column, models.UUIDField):
        return "gen_random_uuid()", []
    value = column.get_default()
    return "%s", [column.get_db_prep_save(value, connection)]
