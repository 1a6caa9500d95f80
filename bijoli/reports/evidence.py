"""What somebody who doubts a figure runs: the statements that count persons, with their values put in."""

from __future__ import annotations

from django.db import connection
from psycopg import ClientCursor

from bijoli.reports.benefit import ALERTS, BENEFIT, REGISTERED
from bijoli.reports.period import Asked


def evidence(asked: Asked) -> str:
    """SQL for `psql`. In the first answer the row without division, day and kind is the whole; in the second registered persons.

    It tells the same figures at any later time, as long as the notifications are kept: what came after `asked.now` is not seen.
    """
    connection.ensure_connection()
    cursor = ClientCursor(connection.connection)
    given = asked.given | {"codes": list(ALERTS)}
    return "\n\n".join(f"{cursor.mogrify(one.strip(), given)};" for one in (BENEFIT, REGISTERED))
