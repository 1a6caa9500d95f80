"""Statements that pages ask again and again: bound on the server and kept prepared, so the database plans each once a connection.

Django's own cursors bind on the client and never prepare; planning then costs more than answering. These are Django's cursors all the same:
they stand in transactions, and tests count them. For SQL by hand whose parameters have one type each; errors are Django's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]  # the stubs lack it

PREPARE_AFTER = 3  # executions


def fetch(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    with _cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@contextmanager
def _cursor() -> Iterator[Any]:
    connection.ensure_connection()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    before = raw.prepare_threshold, raw.cursor_factory
    raw.prepare_threshold, raw.cursor_factory = PREPARE_AFTER, ServerBindingCursor
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        raw.prepare_threshold, raw.cursor_factory = before
