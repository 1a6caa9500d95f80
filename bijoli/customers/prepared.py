"""Statements that pages ask again and again: bound on the server and kept prepared, so the database plans each once a connection.

Django's own cursors bind on the client and never prepare; planning then costs more than answering. These are Django's cursors all the same:
they stand in transactions, and tests count them. For SQL by hand whose parameters have one type each; errors are Django's.

PostgreSQL keeps a plan only while it seems no worse than one made for the values at hand. A kept plan is for a list of ten; where the list
holds one home, one made for it seems cheaper, and so it plans anew each time, at several times the answer's cost. `among` hides the length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]  # the stubs lack it

PREPARE_AFTER = 3  # executions


def among(parameter: str = "%s") -> str:
    """What a column of whole numbers is to equal: any of the list that the parameter holds. The plan is kept whatever the list's length."""
    return f"ANY(ARRAY(SELECT unnest({parameter}::bigint[])))"


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
