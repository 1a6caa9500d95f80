"""Whether the database answers and fits this version of the program."""

from __future__ import annotations

import time
from functools import cache

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

OLDEST = 18  # RETURNING old.*, new.*


def unready() -> str:
    """Why no work can be done now, in words that a stranger may read; empty where it can."""
    try:
        missing = missing_migrations()
    except (DatabaseError, InterfaceError):
        return "the database does not answer"
    return f"{len(missing)} parts of the database are not up to date: manage.py migrate" if missing else ""


def missing_migrations() -> list[str]:
    """The apps whose tables are older than the program. One small query."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(app for app, name in _latest() if (app, name) not in applied)


def version() -> int:
    """The server's major version."""
    connection.ensure_connection()
    return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]  # PostgreSQL's own wrapper has it


def size() -> int:
    """Bytes of all its tables and indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def ahead() -> float:
    """Seconds that this machine's clock is ahead of the database's; negative where it is behind."""
    with connection.cursor() as cursor:
        asked = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        theirs = float(cursor.fetchone()[0])
        return (asked + time.time()) / 2 - theirs


@cache
def _latest() -> tuple[tuple[str, str], ...]:
    """The last migration of each app, from the program's files; they do not change while it runs."""
    return tuple(MigrationLoader(None).graph.leaf_nodes())
