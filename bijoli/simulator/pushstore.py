"""What the local push service remembers: browsers, their subscriptions, and the messages that wait. One SQLite file, or memory alone.

Times are seconds since 1970 UTC and come in as arguments.
"""

from __future__ import annotations

import secrets
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

TABLES = """
create table if not exists agent (uaid text primary key);
create table if not exists subscription (
  token text primary key, uaid text not null, channel text not null, key text not null, gone integer not null default 0);
create unique index if not exists subscription_live on subscription (uaid, channel) where gone = 0;
create table if not exists message (
  id text primary key, token text not null, uaid text not null, channel text not null, body blob not null,
  encoding text not null, ttl integer not null, expires real not null, topic text not null, urgency text not null);
create index if not exists message_waits on message (uaid);
create index if not exists message_topic on message (token, topic);
"""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one page subscribed to. `key` is the only sender's public key (base64url), empty where any sender may push."""

    token: str
    uaid: str
    channel: str
    key: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Message:
    """An encrypted message on its way to one browser. `ttl` in seconds; 0 is for a browser that is connected now, or for nobody."""

    id: str
    token: str
    uaid: str
    channel: str
    body: bytes
    encoding: str
    ttl: int
    expires: float
    topic: str
    urgency: str


class Store:
    """Subscriptions and waiting messages that outlive a restart. Durable against a crash of the program, not of the machine."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "pushservice.sqlite" if folder else ":memory:", isolation_level=None)
        self._db.executescript("pragma journal_mode=wal; pragma synchronous=off;" + TABLES)

    def close(self) -> None:
        self._db.close()

    def agent(self, uaid: str) -> str:
        """The browser's id: its own where we gave it one, else a new one (the browser then drops what it had subscribed)."""
        if uaid and self._db.execute("select 1 from agent where uaid = ?", (uaid,)).fetchone():
            return uaid
        made = uuid.uuid4().hex
        self._db.execute("insert into agent values (?)", (made,))
        return made

    def register(self, uaid: str, channel: str, key: str) -> str:
        """Subscribes; the answer is the secret part of the endpoint. The same channel again replaces the former subscription."""
        self.unregister(uaid, channel)
        token = secrets.token_urlsafe(24)
        self._db.execute("insert into subscription values (?, ?, ?, ?, 0)", (token, uaid, channel, key))
        return token

    def unregister(self, uaid: str, channel: str) -> None:
        found = self._db.execute("select token from subscription where uaid = ? and channel = ? and gone = 0", (uaid, channel))
        for (token,) in found.fetchall():
            self.retire(token)

    def subscription(self, token: str) -> Subscription | None:
        row = self._db.execute("select token, uaid, channel, key, gone from subscription where token = ?", (token,)).fetchone()
        return Subscription(row[0], row[1], row[2], row[3], bool(row[4])) if row else None

    def retire(self, token: str) -> bool:
        """Ends a subscription (410 from now on) and drops what waits for it. False where there is none that lives."""
        ended = self._db.execute("update subscription set gone = 1 where token = ? and gone = 0", (token,))
        self._db.execute("delete from message where token = ?", (token,))
        return ended.rowcount == 1

    def keep(self, message: Message) -> list[str]:
        """Stores a message; one with the same Topic that still waits is replaced (RFC 8030, 5.4). Returns the ids replaced."""
        replaced: list[str] = []
        if message.topic:
            same = self._db.execute("delete from message where token = ? and topic = ? returning id", (message.token, message.topic))
            replaced = [id for (id,) in same.fetchall()]
        self._db.execute(f"insert into message values ({', '.join('?' * 10)})", astuple(message))
        return replaced

    def waiting(self, uaid: str, now: float) -> Iterator[Message]:
        """The messages of one browser in order of arrival; what is expired goes."""
        self._db.execute("delete from message where uaid = ? and expires < ?", (uaid, now))
        rows = self._db.execute("select * from message where uaid = ? order by rowid", (uaid,)).fetchall()
        return (Message(*row) for row in rows)

    def drop(self, id: str, uaid: str = "") -> bool:
        """Forgets a message: acknowledged by its browser (`uaid` given), or cancelled by its sender."""
        gone = self._db.execute("delete from message where id = ? and (uaid = ? or ? = '')", (id, uaid, uaid))
        return gone.rowcount == 1
