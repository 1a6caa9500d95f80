"""Where every door ends: one transaction, with what the door adds to it, and again where two batches stood in each other's way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from bijoli.ingest.decode import Body
from bijoli.ingest.models import Reject
from bijoli.ingest.store import store
from bijoli.ingest.take import Taken
from bijoli.metering.columns import Status
from bijoli.metering.models import MeterState
from tests.apps.ingest_door import METER, SECONDS, meters
from tests.processes import wait_until

__all__ = ["meters"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("meters")]

LOCK = "SELECT 1 FROM metering_meterstate JOIN metering_meter m ON m.id = meter_id WHERE m.number = %s FOR UPDATE OF metering_meterstate"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"  # not pg_stat_activity: within a transaction that stays as it was first read


def body(*numbers: str) -> Body:
    return Body(b"\n".join(b'{"meter": "%s", "at": %d, "balance": 9}' % (number.encode(), SECONDS) for number in numbers), lines=True)


def test_a_batch_that_postgresql_ended_because_of_another_is_taken_again() -> None:
    def stored() -> Taken:
        try:
            return store(body(METER, "077012345678"), None, "readings")
        finally:
            connection.close()

    other: psycopg.Connection[Any]
    with ThreadPoolExecutor(1) as pool, connection.get_new_connection(connection.get_connection_params()) as other:
        other.execute(LOCK, ["077012345678"])
        taken = pool.submit(stored)
        wait_until("the batch waits", lambda: other.execute(WAITING).fetchone()[0], every=0.01)  # type: ignore[index]
        other.execute(LOCK, [METER])  # now each waits for the other; the batch has waited longer, so PostgreSQL ends it
        other.commit()
        assert taken.result(20).outcome.count(Status.ACCEPTED) == 2


def test_what_a_door_adds_is_in_the_same_transaction() -> None:
    store(body(METER), None, "readings", also=lambda cursor: cursor.execute("UPDATE metering_meterstate SET calm = 7") and None)
    assert set(MeterState.objects.values_list("calm", flat=True)) == {7}

    with pytest.raises(OperationalError):
        store(body("1", "077012345678"), None, "readings", also=lambda cursor: cursor.connection.pgconn.finish())
    connection.close()
    assert MeterState.objects.get(meter__number="077012345678").last_at == 0
    assert not Reject.objects.exists()
