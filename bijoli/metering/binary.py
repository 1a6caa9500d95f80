"""numpy columns as PostgreSQL's binary array parameters, without a step per value, and statements that stay prepared.

A binary array is a header and (length, value) pairs in network order: a structured array in memory is that already.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray
from psycopg.adapt import Buffer, PyFormat
from psycopg.pq import Format

# numpy item size -> (oid of the type, oid of its array)
OIDS = {2: (21, 1005), 4: (23, 1007), 8: (20, 1016)}


class Column:
    """A column of int16, int32 or int64 as one statement parameter: smallint[], integer[] or bigint[]."""

    __slots__ = ("values",)

    def __init__(self, values: NDArray[Any], kind: Any = None) -> None:
        self.values = np.ascontiguousarray(values, kind)


class _ColumnDumper(psycopg.adapt.Dumper):
    format = Format.BINARY

    def get_key(self, obj: Any, format: PyFormat) -> Any:
        return (Column, obj.values.dtype.itemsize)

    def upgrade(self, obj: Any, format: PyFormat) -> _ColumnDumper:
        dumper = _ColumnDumper(Column)
        dumper.oid = OIDS[obj.values.dtype.itemsize][1]
        return dumper

    def dump(self, obj: Any) -> Buffer:
        values = obj.values
        size = values.dtype.itemsize
        pairs = np.empty(len(values), [("length", ">i4"), ("value", values.dtype.newbyteorder(">"))])
        pairs["length"] = size
        pairs["value"] = values
        dimensions = 1 if len(values) else 0
        header = [dimensions, 0, OIDS[size][0], *([len(values), 1] if dimensions else [])]
        return np.array(header, ">i4").tobytes() + pairs.tobytes()


@contextmanager
def cursor() -> Iterator[psycopg.Cursor[Any]]:
    """A cursor on Django's own connection that binds parameters on the server, knows `Column`, and keeps its statements prepared.

    Django's own cursors bind on the client and turn preparing off; both are put back. Errors are Django's, as from its own cursors.
    """
    connection.ensure_connection()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    before, raw.prepare_threshold = raw.prepare_threshold, 5
    try:
        with connection.wrap_database_errors, psycopg.Cursor(raw) as found:
            found.adapters.register_dumper(Column, _ColumnDumper)
            yield found
    finally:
        raw.prepare_threshold = before
