"""What the simulated gateways share: their books, their faults, notices to merchants, and what happens later.

A gateway is a module with:

    NAME, LOOK (pages.Look), CHOICES (pages.Choice, what its hosted page offers)
    routes(sim)                 its addresses, all below /<name>/
    choose(sim, session, choice, form)   what a press of a button on its hosted page does (a coroutine)
    environment(origin, folder) the settings that make Bijoli use it

A session whose data has "ended" is over: its page offers nothing any more. The hosted page itself is server.py's:
GET /<name>/pay/<ref> shows it, POST there with `choice` presses a button.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

from bijoli.simulator.paygates.faults import Faults
from bijoli.simulator.paygates.pages import Choice, Look
from bijoli.simulator.paygates.store import Session, Store

DHAKA = ZoneInfo("Asia/Dhaka")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
NOTICE_TIMEOUT = aiohttp.ClientTimeout(total=10)
HANG_S = 60.0  # longer than any merchant waits
LOG_LENGTH = 20_000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leaving:
    """How the browser leaves the hosted page: by GET to `url`, or by POST of `fields`. `lost`: the person closes the browser instead."""

    url: str
    fields: Mapping[str, str] | None = None
    lost: bool = False


class GatewayModule(Protocol):
    """See above."""

    @property
    def NAME(self) -> str: ...

    @property
    def LOOK(self) -> Look: ...

    @property
    def CHOICES(self) -> tuple[Choice, ...]: ...

    def routes(self, sim: Simulation) -> list[web.RouteDef]: ...

    async def choose(self, sim: Simulation, session: Session, choice: str, form: Mapping[str, str]) -> Leaving: ...

    def environment(self, origin: str, folder: Path) -> dict[str, str]: ...


class Simulation:
    """One process' gateways. `origin` is how browsers and the site reach it: http://localhost:8003. No folder: memory alone."""

    def __init__(self, origin: str, folder: Path | None) -> None:
        self.origin, self.folder = origin, folder
        self.store, self.faults = Store(folder), Faults()
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
        self._numbers = itertools.count(1)
        self._http: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        return time.time()

    def note(self, event: str, **what: object) -> None:
        self.log.append({"n": next(self._numbers), "at": self.now(), "event": event, **what})

    def strikes(self, gateway: str, what: str, order: str = "", call: str = "") -> dict[str, Any] | None:
        """As Faults.strikes, written down."""
        struck = self.faults.strikes(gateway, what, order, call)
        if struck is not None:
            self.note("fault", gateway=gateway, what=what, order=order, call=call)
        return struck

    # What happens later

    def spawn(self, later: Coroutine[Any, Any, None], after_s: float = 0) -> None:
        """Runs a coroutine beside what is answered now, after so many seconds. The death of the process forgets it."""
        task = asyncio.get_running_loop().create_task(self._run(later, after_s))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, later: Coroutine[Any, Any, None], after_s: float) -> None:
        try:
            await asyncio.sleep(after_s)
            await later
        except Exception:
            log.exception("a simulated gateway's later work failed")
        finally:
            later.close()

    async def tell(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """POSTs a notice to a merchant on this machine. Returns the status; 0: no answer, or an address elsewhere."""
        status = 0
        if urlsplit(url).hostname in LOOPBACK:
            if self._http is None:
                self._http = aiohttp.ClientSession(timeout=NOTICE_TIMEOUT, connector=aiohttp.TCPConnector(force_close=True))
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with self._http.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                    status = answer.status
        self.note("notice", url=url, status=status)
        return status

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
        self.store.close()

    # The merchants' side

    def api(self, gateway: str, call: str, handler: Handler, order: Callable[[web.Request], Awaitable[str]] | None = None) -> Handler:
        """A merchant's call that can fail as calls do: http_500, garbage, null_body, timeout and cut (both before anything is done), and
        lost_answer (after it is done). Their details: "seconds" to hang."""

        async def answered(request: web.Request) -> web.StreamResponse:
            number = await order(request) if order else ""

            def strikes(what: str) -> dict[str, Any] | None:
                return self.strikes(gateway, what, number, call)

            if strikes("http_500") is not None:
                return web.Response(status=500, text="<html><body>Internal Server Error</body></html>", content_type="text/html")
            if strikes("garbage") is not None:
                return web.Response(text="<html><body>We will be back soon</body></html>", content_type="text/html")
            if strikes("null_body") is not None:
                return web.Response(body=b"null", content_type="application/json")
            if (struck := strikes("timeout")) is not None:
                await asyncio.sleep(float(struck.get("seconds", HANG_S)))
                return _cut(request)
            if strikes("cut") is not None:
                return _cut(request)
            response = await handler(request)
            if (struck := strikes("lost_answer")) is not None:
                await asyncio.sleep(float(struck.get("seconds", 0)))
                return _cut(request)
            return response

        return answered


def _cut(request: web.Request) -> web.StreamResponse:
    """The connection breaks; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)


def local(at: float) -> datetime:
    """The instant on the clocks of Dhaka."""
    return datetime.fromtimestamp(at, UTC).astimezone(DHAKA)


def taka(paisa: int) -> str:
    """Paisa as gateways write them: 500.00."""
    return f"{paisa // 100}.{paisa % 100:02d}"
