"""A site of its own with many meters for the listeners' tests: processes that are killed, a database that is restarted.

A flow is one reading for each meter, its balance under the limit: so what is stored can be counted. Nothing lost and nothing twice means
as many raw readings as meters, and as many changes.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from tests.processes import Process, manage, wait_until
from tests.site import COLUMNS, Site

METERS = 3000
FIRST = 66_000_000_000
GATEWAY = "north"
AT = int(time.time())  # one time for all: what is sent again is the same reading again


class ListenSite(Site):
    """With `METERS` meters and the gateways north, bound (to meters 1000 to 1999) and gone (revoked)."""

    def prepare(self, *rows: str) -> None:
        self.command("migrate", "--verbosity=0")
        register = self.folder / "register.csv"
        homes = (f"{10_000_000 + n},{FIRST + n:012d},Uttara,F-1,3,017{n:08d},Home" for n in range(METERS))
        register.write_text("\n".join([COLUMNS, *homes]) + "\n")
        self.command("load", str(register))
        assert self.sql("SELECT count(*) FROM metering_meterstate") == [(METERS,)]
        self.command("gateway", GATEWAY)
        self.command("gateway", "bound", "--prefix", "066000001")
        self.command("gateway", "gone")
        self.command("gateway", "gone", "--revoke")

    def clean(self) -> None:
        """As if no meter had ever reported."""
        self.sql("TRUNCATE metering_segment, metering_change, metering_day, ingest_reject, metering_meterevent")
        self.sql(
            "UPDATE metering_meterstate SET last_at = 0, balance_paisa = NULL, balance_band = NULL, load_band = NULL, calm = 2, day = 0"
        )

    def listen(self, url: str, **environment: str) -> Process:
        return manage("listen", url, environment=self.env | environment)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.cluster.dsn())

    def stored(self) -> int:
        """Readings in the raw segments."""
        return int(self.sql("SELECT coalesce(sum(readings), 0) FROM metering_segment")[0][0])

    def rejects(self) -> list[tuple[str, str, str]]:
        return self.sql("SELECT field, reason, body FROM ingest_reject ORDER BY id")  # type: ignore[return-value]

    def whole(self, count: int = METERS) -> None:
        """Each of the first `count` meters' readings is there, once. Waits until the last has come."""
        reported = "SELECT count(*) FROM metering_meterstate WHERE last_at > 0"
        wait_until(f"{count} meters have reported", lambda: self.sql(reported)[0][0] >= count, 30)
        assert self.sql(reported)[0][0] == count
        assert self.stored() == count
        assert self.sql("SELECT count(*) FROM metering_change WHERE source = 'reading'")[0][0] == count
        assert self.rejects() == []

    def kill_database(self) -> None:
        """As in a power cut of the database's machine. `cluster.start()` brings it back."""
        os.kill(int((self.cluster.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        wait_until("the database is gone", lambda: not self.cluster.running(), 10)


def reading(number: int, **fields: object) -> bytes:
    """A reading of meter `number` with little money left."""
    row = {"meter": f"{FIRST + number:012d}", "at": AT, "balance": "50.00", "register_kwh": 10.5, "load_kw": 0.4} | fields
    return json.dumps(row).encode()


def lines(numbers: Sequence[int]) -> bytes:
    return b"\n".join(reading(number) for number in numbers)


@pytest.fixture(scope="session")
def one_site() -> Iterator[ListenSite]:
    with ListenSite() as site:
        site.prepare()
        yield site


@pytest.fixture
def site(one_site: ListenSite) -> ListenSite:
    one_site.cluster.start()  # where a test before left it killed
    one_site.clean()
    return one_site


def ready(listener: Process) -> None:
    listener.wait_for(lambda: "listen: ready" in listener.output(), 20)
