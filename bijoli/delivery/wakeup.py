"""Hears NOTIFY on a connection of its own, so that a sleeping worker starts at once."""

from __future__ import annotations

from typing import Any

from django.db import connection


class Wakeup:
    """LISTENs on `channel`. `fileno()` is for a selector; `heard()` never blocks."""

    def __init__(self, channel: str) -> None:
        self._wrapper = connection.copy()
        self._wrapper.ensure_connection()
        self._wrapper.set_autocommit(True)
        with self._wrapper.cursor() as cursor:
            cursor.execute(f'LISTEN "{channel}"')

    @property
    def _raw(self) -> Any:
        return self._wrapper.connection

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def heard(self) -> bool:
        """Whether somebody notified since it was asked last."""
        with self._wrapper.wrap_database_errors:
            return any([True for _ in self._raw.notifies(timeout=0)])  # all of them, so that nothing is left to read

    def close(self) -> None:
        self._wrapper.close()
