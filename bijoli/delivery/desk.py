"""Claims and records in a thread of its own, so that a worker goes on encrypting and sending while PostgreSQL is at it.

It uses the worker's own connection, one statement at a time: what is asked first is done first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import TypeVar

from bijoli.delivery import queue
from bijoli.delivery.queue import Claim, Outcome

T = TypeVar("T")


class Desk:
    """At most one claim and one record are under way. `fileno()` can be read when one is done; their faults are raised by who collects."""

    def __init__(self) -> None:
        self._database = queue.plain()
        self._thread = ThreadPoolExecutor(1, "delivery-desk")
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._claim: Future[list[Claim]] | None = None
        self._record: Future[None] | None = None

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Waits for the statement that is under way."""
        self._thread.shutdown(cancel_futures=True)
        os.close(self._reading)
        os.close(self._writing)

    def fileno(self) -> int:
        return self._reading

    @property
    def is_claiming(self) -> bool:
        return self._claim is not None

    @property
    def is_recording(self) -> bool:
        return self._record is not None

    def claim(self, limit: int, now: datetime) -> None:
        self._claim = self._ask(lambda: queue.claim(limit, now, self._database))

    def record(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        self._record = self._ask(lambda: queue.record(outcomes, now, self._database))

    def claimed(self) -> list[Claim] | None:
        """What was claimed, once; None while there is nothing to collect."""
        self._hush()
        if self._claim is None or not self._claim.done():
            return None
        found, self._claim = self._claim, None
        return found.result()

    def recorded(self) -> bool:
        """Whether what was handed in is now written; true once."""
        if self._record is None or not self._record.done():
            return False
        written, self._record = self._record, None
        written.result()
        return True

    def _ask(self, work: Callable[[], T]) -> Future[T]:
        asked = self._thread.submit(work)
        asked.add_done_callback(lambda _: os.write(self._writing, b"."))
        return asked

    def _hush(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._reading, 100)
