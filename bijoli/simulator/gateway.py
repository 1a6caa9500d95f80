"""The head-end's line to the utility: HTTP to the ingest door, patient, sending again exactly what was not acknowledged."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import zstandard

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
TIMEOUT = 120
SMALL = 2000  # bytes that are not worth compressing


class GatewayError(Exception):
    """The door refuses what we send, or stayed away too long; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The door's own count of a batch."""

    accepted: int = 0
    repeated: int = 0
    late: int = 0
    quarantined: int = 0
    rejected: tuple[str, ...] = ()


@dataclass(slots=True)
class Gateway:
    """One connection, kept open. Not for two threads at once."""

    url: str
    token: str
    patience: float | None = None  # seconds; None waits for ever
    sleep: Callable[[float], None] = time.sleep
    _line: http.client.HTTPConnection | None = field(default=None, init=False)

    def readings(self, body: bytes) -> Answer:
        return self._send("/ingest/readings", body)

    def events(self, body: bytes) -> Answer:
        return self._send("/ingest/events", body)

    def close(self) -> None:
        if self._line:
            self._line.close()
            self._line = None

    def _send(self, path: str, body: bytes) -> Answer:
        """Posts NDJSON until it is acknowledged. A batch may be sent again as it is at any time, so a lost answer harms nobody."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/x-ndjson"}
        if len(body) > SMALL:
            headers["Content-Encoding"] = "zstd"
            body = zstandard.ZstdCompressor(level=1).compress(body)
        started, wait = time.monotonic(), FIRST_WAIT
        while True:
            status, advised, text = self._once(path, body, headers)
            if status == 200:
                return _answer(text)
            if 0 < status < 500 and status != 429:
                raise GatewayError(f"{self.url}{path} answered {status}: {text[:300]}")
            if self.patience is not None and time.monotonic() - started + wait > self.patience:
                raise GatewayError(
                    f"{self.url}{path} does not take the batch ({status or 'no connection'}: {text[:300]}); is the site running?"
                )
            self.sleep(advised or wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _once(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, float, str]:
        """Status (0: no answer), seconds that the door asks us to wait, and what it said."""
        try:
            line = self._line = self._line or self._connect()
            line.request("POST", path, body, headers)
            got = line.getresponse()
            text = got.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return 0, 0, f"{type(error).__name__}: {error}"
        advised = got.headers.get("Retry-After", "")
        return got.status, float(advised) if advised.isdigit() else 0, text

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=TIMEOUT)


def _answer(text: str) -> Answer:
    told = json.loads(text)
    counts = {name: int(told.get(name, 0)) for name in ("accepted", "repeated", "late", "quarantined")}
    rejected = tuple(f"row {row.get('row')}, {row.get('field') or 'row'}: {row.get('reason')}" for row in told.get("rejected", []))
    return Answer(**counts, rejected=rejected)
