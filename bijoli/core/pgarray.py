"""Columns as PostgreSQL writes arrays in text ('{1,NULL,"a b"}'), for statements that take thousands of values in a few parameters.

The driver's own way asks each element for its type: twenty times as long.
"""

from __future__ import annotations

from collections.abc import Iterable


def pgarray(values: Iterable[object]) -> str:
    """One column of numbers, texts, booleans, times or UUIDs; None is NULL. The statement casts it: `%s::bigint[]`."""
    return "{" + ",".join([_element(value) for value in values]) + "}"


def columns(rows: Iterable[Iterable[object]]) -> list[str]:
    """Rows of equal length as one array a column."""
    return [pgarray(column) for column in zip(*rows, strict=True)]


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    text = str(value)  # a time as 2026-11-23 00:18:57+00:00, a boolean as True: PostgreSQL reads both
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    return f'"{text}"'
