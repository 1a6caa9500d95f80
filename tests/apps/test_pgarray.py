"""What PostgreSQL reads of our arrays is what was put in."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection

from bijoli.core.pgarray import columns, pgarray

TEXTS = ["", "a b", '"', "\\", '\\"', "{x,y}", "NULL", "null", None, "বাসা ৳ ১২", "line\nline", "'; --", '{"a": "b\\n"}', "%s"]
NUMBERS = [0, -1, 2**62, None]
TIMES = [datetime(2026, 11, 23, 0, 18, 57, 123456, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), None]
IDS = [uuid.UUID(int=1), uuid.uuid4(), None]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "values"),
    [("text", TEXTS), ("bigint", NUMBERS), ("timestamptz", TIMES), ("uuid", IDS), ("boolean", [True, False, None]), ("int", [])],
)
def test_an_array_comes_through(kind, values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [pgarray(values)])
        assert cursor.fetchone()[0] == values


def test_rows_become_columns():
    assert columns([(1, "a"), (None, "b")]) == ['{"1",NULL}', '{"a","b"}']
