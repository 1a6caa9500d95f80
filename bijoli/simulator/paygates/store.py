"""What the simulated gateways remember: sessions, and the money they took and gave back. One SQLite file, or memory alone.

Once a call here has returned, the death of the process loses nothing of it. Times are seconds since 1970 UTC.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TABLES = """
create table if not exists session (
  gateway text not null, ref text not null, number text not null, paisa integer not null, state text not null, at real not null,
  data text not null, primary key (gateway, ref));
create index if not exists session_number on session (gateway, number);
create table if not exists txn (
  gateway text not null, kind text not null, id text not null, ref text not null, number text not null, paisa integer not null,
  state text not null, at real not null, data text not null, primary key (gateway, kind, id));
create index if not exists txn_number on txn (gateway, number);
create index if not exists txn_at on txn (gateway, at);
create table if not exists kept (gateway text not null, name text not null, value text not null, primary key (gateway, name));
"""
PAYMENT, REFUND = "payment", "refund"


@dataclass(slots=True)
class Session:
    """One attempt to pay, opened by a merchant. `number` is the merchant's order number, `state` the gateway's own word."""

    gateway: str
    ref: str
    number: str
    paisa: int
    state: str
    at: float
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Transaction:
    """Money that moved: `kind` payment (to the merchant) or refund (back). `state` is the gateway's own word."""

    gateway: str
    kind: str
    id: str
    ref: str
    number: str
    paisa: int
    state: str
    at: float
    data: dict[str, Any] = field(default_factory=dict)


class Store:
    """The gateways' books."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "paygates.sqlite" if folder else ":memory:", isolation_level=None)
        self._db.executescript("pragma journal_mode=wal; pragma synchronous=off;" + TABLES)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All that is written within, or nothing of it. Not to be nested, no await within."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def keep(self, session: Session) -> None:
        """Writes a session, new or changed."""
        values = (session.gateway, session.ref, session.number, session.paisa, session.state, session.at, json.dumps(session.data))
        self._db.execute("insert or replace into session values (?, ?, ?, ?, ?, ?, ?)", values)

    def session(self, gateway: str, ref: str) -> Session | None:
        rows = self._sessions("gateway = ? and ref = ?", gateway, ref)
        return rows[0] if rows else None

    def sessions(self, gateway: str, number: str) -> list[Session]:
        """All attempts of one order number, oldest first."""
        return self._sessions("gateway = ? and number = ? order by at, rowid", gateway, number)

    def _sessions(self, where: str, *values: object) -> list[Session]:
        rows = self._db.execute(f"select gateway, ref, number, paisa, state, at, data from session where {where}", values)
        return [Session(gateway, ref, number, paisa, state, at, json.loads(data)) for gateway, ref, number, paisa, state, at, data in rows]

    def add(self, made: Transaction) -> None:
        """Money that moves, new. Raises sqlite3.IntegrityError where the id is known."""
        head = (made.gateway, made.kind, made.id, made.ref, made.number)
        self._db.execute(
            "insert into txn values (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*head, made.paisa, made.state, made.at, json.dumps(made.data))
        )

    def change(self, changed: Transaction) -> None:
        """The state and data of a transaction."""
        key = (changed.gateway, changed.kind, changed.id)
        values = (changed.state, json.dumps(changed.data), *key)
        self._db.execute("update txn set state = ?, data = ? where gateway = ? and kind = ? and id = ?", values)

    def transaction(self, gateway: str, id: str, kind: str = PAYMENT) -> Transaction | None:
        rows = self._transactions("gateway = ? and kind = ? and id = ?", gateway, kind, id)
        return rows[0] if rows else None

    def transactions(self, gateway: str = "", *, number: str = "", ref: str = "", kind: str = "") -> list[Transaction]:
        """What moved, oldest first; of all gateways and orders where none is named."""
        asked = {"gateway": gateway, "number": number, "ref": ref, "kind": kind}
        given = {name: value for name, value in asked.items() if value}
        where = " and ".join(f"{name} = ?" for name in given) or "true"
        return self._transactions(f"{where} order by at, rowid", *given.values())

    def between(self, gateway: str, start: float, end: float) -> list[Transaction]:
        """What moved from `start` until before `end`."""
        return self._transactions("gateway = ? and at >= ? and at < ? order by at, rowid", gateway, start, end)

    def _transactions(self, where: str, *values: object) -> list[Transaction]:
        rows = self._db.execute(f"select gateway, kind, id, ref, number, paisa, state, at, data from txn where {where}", values)
        return [
            Transaction(gateway, kind, id, ref, number, paisa, state, at, json.loads(data))
            for gateway, kind, id, ref, number, paisa, state, at, data in rows
        ]

    def remember(self, gateway: str, name: str, value: Any) -> None:
        """Anything else that must outlive the process: tokens and when they were granted."""
        self._db.execute("insert or replace into kept values (?, ?, ?)", (gateway, name, json.dumps(value)))

    def recall(self, gateway: str, name: str, default: Any = None) -> Any:
        row = self._db.execute("select value from kept where gateway = ? and name = ?", (gateway, name)).fetchone()
        return json.loads(row[0]) if row else default
