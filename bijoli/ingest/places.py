"""Where a stream was left: read by its owner, moved in the transaction of the rows, so that after any crash both are as they were.

An owner holds an advisory lock on its database connection; another listener of the same part waits for it. The lock saves work. What makes
it right is `move`: it takes the place only from where its owner knows it to be, so an owner that was overtaken unawares stores nothing.
"""

from __future__ import annotations

import logging

from django.db import connection, transaction

from bijoli.ingest.listening import OutOfTurn
from bijoli.ingest.models import StreamPlace
from bijoli.ingest.store import Cursor

_OWN = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_MOVE = "UPDATE ingest_streamplace SET sequence = %s WHERE id = %s AND sequence = %s"

log = logging.getLogger(__name__)


def own(stream: str, part: str) -> bool:
    """Whether this connection is now the one that takes the part in. It is given back when the connection is closed."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [f"bijoli listen {stream} {part}"])
        return bool(cursor.fetchone()[0])


class Place:
    """The place of one owner. `sequence`: of the last message that was taken in, 0 for none."""

    def __init__(self, stream: str, part: str, made: str, first: int, last: int) -> None:
        """`made`, `first` and `last`: when the stream was made, and the numbers of the messages that it holds."""
        row, _ = StreamPlace.objects.get_or_create(stream=stream, part=part, defaults={"made": made})
        if row.made != made:
            log.warning("the stream %s is another than before: it is read from its beginning", stream)
            self._back(row, made, 0)
        elif row.sequence > last:
            log.warning("the stream %s ends at %d, before %d where we were: the server has lost messages", stream, last, row.sequence)
            self._back(row, made, last)
        elif 0 < row.sequence < first - 1:
            log.error("the stream %s begins at %d: the messages from %d on are gone unread", stream, first, row.sequence + 1)
        self._id, self.sequence = row.pk, row.sequence

    @staticmethod
    def _back(row: StreamPlace, made: str, sequence: int) -> None:
        row.made, row.sequence = made, sequence
        row.save(update_fields=["made", "sequence"])

    def move(self, cursor: Cursor, sequence: int) -> None:
        """In the transaction of `cursor`, which is Django's. Raises OutOfTurn where the place is not where this owner left it."""
        if cursor.execute(_MOVE, (sequence, self._id, self.sequence)).rowcount != 1:
            raise OutOfTurn
        transaction.on_commit(lambda: setattr(self, "sequence", sequence))
