"""The head-end's books: meters and the credits they were given, in one SQLite file that outlives a kill at any moment.

Several threads and processes may use it. A credit, the charges it pays and the balance it makes are one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from bijoli.simulator.vending.rule import Split

PATIENCE = 30.0  # seconds that one writer waits for another
TABLES = """
create table if not exists meter (
  number text primary key, tariff text not null, sanctioned_w integer not null, phases integer not null, charged integer not null,
  arrears integer not null, balance integer not null, relay text not null, tokens integer not null, blocked integer not null);
create table if not exists credit (
  seq integer primary key autoincrement, key text not null unique, number text not null, meter text not null, gross integer not null,
  expected integer not null, sold_at text not null, state text not null, split text not null, tokens text not null,
  charged integer not null, taken_at real not null, ready_at real not null, on_meter_at real,
  channel text not null);
create index if not exists credit_day on credit (taken_at, seq);
create index if not exists credit_meter on credit (meter, seq);
create index if not exists credit_waits on credit (seq) where on_meter_at is null;
"""


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter as the head-end knows it. `charged`: the last month (since 1970) whose charges were taken, -1 where it is not said; `arrears`
    and `balance` paisa; `tokens`: how many the next credit comes as, 0 for a meter that is reached over the air."""

    number: str
    tariff: str
    sanctioned_w: int
    phases: int
    charged: int = -1
    arrears: int = 0
    balance: int = 0
    relay: str = "closed"
    tokens: int = 0
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit that was taken. `state` is accepted or tokens, as it was answered; times are seconds since 1970. `ready_at`: from when
    the meter may have it; `on_meter_at`: from when it has."""

    key: str
    number: str
    meter: str
    gross: int
    expected: int
    sold_at: str
    state: str
    split: Split
    tokens: tuple[str, ...]
    charged: int
    taken_at: float
    ready_at: float
    on_meter_at: float | None
    channel: str = ""
    seq: int = 0

    def stands(self, now: float) -> str:
        """Its state at an instant."""
        return "on_meter" if self.on_meter_at is not None and self.on_meter_at <= now else self.state

    def told(self, now: float) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self) | {"state": self.stands(now)}


class Store:
    """The books in a folder that is closed to others."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / "vending.sqlite"
        self._own = threading.local()
        self._db.executescript(TABLES)

    @property
    def _db(self) -> sqlite3.Connection:
        """This thread's connection."""
        if not hasattr(self._own, "db"):
            self._own.db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            self._own.db.execute("pragma journal_mode=wal")
            self._own.db.execute("pragma synchronous=normal")  # a killed process loses nothing; a power cut may lose the last moment
        db: sqlite3.Connection = self._own.db
        return db

    def close(self) -> None:
        """Closes this thread's connection."""
        if hasattr(self._own, "db"):
            self._own.db.close()
            del self._own.db

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile; all or nothing of it stays."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def meter(self, number: str) -> Meter | None:
        row = self._db.execute("select * from meter where number = ?", (number,)).fetchone()
        return _meter(row) if row else None

    def meters(self) -> list[Meter]:
        return [_meter(row) for row in self._db.execute("select * from meter order by number")]

    def keep_meters(self, meters: list[Meter], over: bool = True) -> None:
        """Puts meters in; over what was there, or only those that were not."""
        verb = "replace" if over else "ignore"
        values = [tuple(getattr(one, field.name) for field in fields(Meter)) for one in meters]
        self._db.executemany(f"insert or {verb} into meter values ({', '.join('?' * len(fields(Meter)))})", values)

    def add(self, credit: Credit) -> Credit:
        """Puts a credit in, inside `alone`. Returns it with its number in the sequence."""
        values = {**asdict(credit), "split": json.dumps(asdict(credit.split)), "tokens": json.dumps(credit.tokens), "seq": None}
        marks = ", ".join(f":{name}" for name in values)
        done = self._db.execute(f"insert into credit ({', '.join(values)}) values ({marks})", values)
        return replace(credit, seq=done.lastrowid or 0)

    def credit(self, key: str) -> Credit | None:
        found = self._credits("where key = ?", key)
        return found[0] if found else None

    def credits(self, since: float = 0, until: float = 1e12, after: int = 0, most: int = -1) -> list[Credit]:
        """Credits taken in [since, until), in their sequence after `after`."""
        return self._credits("where taken_at >= ? and taken_at < ? and seq > ? order by seq limit ?", since, until, after, most)

    def waiting(self, meter: str, now: float) -> list[Credit]:
        """Credits that are not on this meter yet."""
        return self._credits("where meter = ? and (on_meter_at is null or on_meter_at > ?) order by seq", meter, now)

    def to_deliver(self) -> list[Credit]:
        """Credits of which it is not known yet when they are on their meters, in their sequence."""
        return self._credits("where on_meter_at is null order by seq")

    def arrived(self, keys: list[str], at: float) -> None:
        """These are on their meters."""
        with self.alone():
            self._db.executemany("update credit set on_meter_at = ? where key = ? and on_meter_at is null", [(at, key) for key in keys])

    def counted(self, meter: str) -> int:
        """How many credits a meter was given."""
        return int(self._db.execute("select count(*) from credit where meter = ?", (meter,)).fetchone()[0])

    def _credits(self, which: str, *values: object) -> list[Credit]:
        names = [field.name for field in fields(Credit)]
        rows = self._db.execute(f"select {', '.join(names)} from credit {which}", values)
        return [_credit(dict(zip(names, row, strict=True))) for row in rows]


def _meter(row: tuple[Any, ...]) -> Meter:
    return replace(Meter(*row), blocked=bool(row[-1]))


def _credit(row: dict[str, Any]) -> Credit:
    return Credit(**(row | {"split": Split(**json.loads(row["split"])), "tokens": tuple(json.loads(row["tokens"]))}))
