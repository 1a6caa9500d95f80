"""A simulated head-end for the tests: in this process, behind its door on loopback, or as a process that can be killed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import httpx

from bijoli.payments.headend.http import HttpHeadEnd
from bijoli.payments.headend.port import CreditOrder
from bijoli.simulator.vending.door import Door
from bijoli.simulator.vending.engine import Engine
from bijoli.simulator.vending.inprocess import engine
from bijoli.simulator.vending.listen import listen, token_of
from bijoli.simulator.vending.store import Meter

METER = "066012000001"
SOLD = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
OCTOBER = (2026 - 1970) * 12 + 9
EXPECTED = 832_52  # of 1000 taka, 2 kW, one phase, one month due: the spec's worked example
IMPATIENT = httpx.Timeout(0.5)


def meter(number: str = METER, **fields: Any) -> Meter:
    """The worked example's meter: 2 kW, one phase, charges taken up to October 2026."""
    return Meter(**{"number": number, "tariff": "LT-A", "sanctioned_w": 2000, "phases": 1, "charged": OCTOBER, **fields})


def credit(key: UUID | None = None, **fields: Any) -> CreditOrder:
    """The worked example's recharge."""
    given = {"key": key or uuid4(), "number": "R261122AAAAAAAAA", "meter": METER, "gross": 1000_00, "expected": EXPECTED, "sold_at": SOLD}
    return CreditOrder(**{**given, **fields})


@dataclass(frozen=True, slots=True)
class Peer:
    """A head-end behind its door, and our adapter that speaks with it."""

    engine: Engine
    url: str
    ours: HttpHeadEnd

    def ask(self, what: str, body: object) -> None:
        post(self.url, what, body)

    def fault(self, name: str, **fields: Any) -> None:
        """This goes wrong next."""
        self.ask("_faults", [{"fault": name, **fields}])


def post(url: str, what: str, body: object) -> None:
    asked = Request(f"{url}/{what}", json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310 loopback
    urlopen(asked, timeout=5).close()  # noqa: S310


@contextmanager
def peer(folder: Path, *meters: Meter, delay: float = 0.0) -> Iterator[Peer]:
    """A head-end that knows these meters (the worked example's where none is given)."""
    made = engine(folder, delay=delay)
    made.store.keep_meters(list(meters) or [meter()])
    with listen(Door(made, token_of(folder)).answer, 0) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            with closing(HttpHeadEnd(url, token_of(folder), waits=IMPATIENT)) as ours:
                yield Peer(made, url, ours)
        finally:
            server.shutdown()
