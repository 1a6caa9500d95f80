"""The simulated payment gateways for tests: in a thread of their own on a free port, with the hands of a customer and of a tester."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from aiohttp import web
from django.test import override_settings

from bijoli.payments import gateways
from bijoli.simulator.paygates.base import Simulation
from bijoli.simulator.paygates.server import MODULES, Server, environment
from tests.processes import free_port, wait_until

_http = build_opener(ProxyHandler({}))


class Gates:
    """Speaks to the simulator's test side, wherever it runs."""

    def __init__(self, origin: str, folder: Path) -> None:
        self.origin, self.folder = origin, folder

    def call(self, path: str, body: Any = None, method: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.origin + path, data, method=method or None)  # noqa: S310 loopback
        with _http.open(request, timeout=20) as answer:
            said = answer.read()
        return json.loads(said) if answer.headers.get_content_type() == "application/json" else said.decode()

    def fault(self, gateway: str, what: str, **more: Any) -> None:
        """The next time (`times=`), of one `order=` or `call=` where named, this goes wrong."""
        self.call("/_faults", {"gateway": gateway, "what": what, **more})

    def chances(self, seed: int, **chances: float) -> None:
        self.call("/_chances", {"seed": seed, "chances": chances})

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.call("/_faults", method="DELETE")
        self.chances(0)

    def press(self, gateway: str, order: str, choice: str, *, back: bool = True, **form: str) -> dict[str, Any]:
        """The customer presses a button of the hosted page of the order's last session; `back`: and the browser goes back."""
        pressed: dict[str, Any] = self.call("/_pay", {"gateway": gateway, "order": order, "choice": choice, "return": back, "form": form})
        return pressed

    def money(self, gateway: str = "", order: str = "") -> list[dict[str, Any]]:
        """What truly moved."""
        found: list[dict[str, Any]] = self.call(f"/_transactions?{urlencode({'gateway': gateway, 'order': order})}")
        return found

    def log(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.call("/_log") if one["event"] == event]

    def wait_for_notices(self, count: int) -> list[dict[str, Any]]:
        """Until so many notices were answered since the simulator began."""
        wait_until(f"{count} notices", lambda: len(self.log("notice")) >= count)
        return self.log("notice")


@contextmanager
def running(folder: Path) -> Iterator[Gates]:
    """A simulator in a thread, its money in `folder`."""
    port, ready, stop = free_port(), threading.Event(), asyncio.Event()
    origin, loops = f"http://localhost:{port}", []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        runner = web.AppRunner(Server(Simulation(origin, folder), MODULES).application(), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            await web.TCPSite(runner, "localhost", port).start()
            ready.set()
            await stop.wait()
        finally:
            await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="paygates")
    thread.start()
    try:
        assert ready.wait(20), "the simulated gateways did not start"
        yield Gates(origin, folder)
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(20)


def settings_of(found: Mapping[str, str]) -> dict[str, Any]:
    """Environment variables as Django's settings."""
    named = {name.removeprefix("BIJOLI_"): value for name, value in found.items()}
    return {name: value.split(",") if name in {"GATEWAYS", "GATEWAYS_LOCAL"} else value for name, value in named.items()}


@contextmanager
def chosen(gates: Gates, **more: Any) -> Iterator[None]:
    """The installation uses these gateways; its adapters are made anew. `more`: other settings."""
    with override_settings(**settings_of(environment(gates.origin, gates.folder)), **more):
        gateways.gateway.cache_clear()
        try:
            yield
        finally:
            gateways.gateway.cache_clear()
