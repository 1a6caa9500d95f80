"""The simulated gateways behind one port of this machine.

/<gateway>/…              the gateway's own protocol: its module
GET    /<gateway>/pay/<ref>          its hosted page; POST `choice` presses a button
GET    /<gateway>/_statement?day=    a day's CSV as a merchant downloads it: kind,transaction_id,order_number,amount,at
POST   /_pay              {"gateway", "ref" or "order", "choice"}: presses the button as the page does; the answer says how the browser
                          would go back ("url", "fields", "lost"); with "return": true we go back ourselves ("status", "location")
POST   /_faults           {"gateway", "what", "times": 1, "order": "", "call": "", …}; GET lists, DELETE clears
POST   /_chances          {"seed": 1, "chances": {"http_500": 0.03}}: faults by chance, until the next such call
GET    /_transactions     ?gateway=&order=: all money that moved, the truth for checks
GET    /_session          ?gateway=&ref= (or &order=, its last): what the merchant opened
GET    /_log              ?after=: faults that struck and notices that were sent
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web

from bijoli.simulator.paygates import bkash, nagad, pages, sslcommerz
from bijoli.simulator.paygates.base import DHAKA, LOOPBACK, GatewayModule, Leaving, Simulation, local, taka
from bijoli.simulator.paygates.store import Session

MODULES: tuple[GatewayModule, ...] = (bkash, nagad, sslcommerz)


def environment(origin: str, folder: Path) -> dict[str, str]:
    """The settings that make Bijoli use all of these gateways. `folder` is the simulator's: keys may lie there."""
    found = {"BIJOLI_GATEWAYS": ",".join(sorted(module.NAME for module in MODULES))}
    for module in MODULES:
        found |= module.environment(origin, folder)
    return found


class Server:
    """The addresses."""

    def __init__(self, sim: Simulation, modules: tuple[GatewayModule, ...] = MODULES) -> None:
        self.sim = sim
        self.modules = {module.NAME: module for module in modules}

    def application(self) -> web.Application:
        app = web.Application(client_max_size=256 * 1024)
        for module in self.modules.values():
            app.add_routes(module.routes(self.sim))
        app.add_routes(
            [
                web.get("/", self.front),
                web.get("/{gateway}/pay/{ref}", self.show),
                web.post("/{gateway}/pay/{ref}", self.press),
                web.get("/{gateway}/_statement", self.statement),
                web.post("/_pay", self.pay),
                web.get("/_faults", self.show_faults),
                web.post("/_faults", self.add_fault),
                web.delete("/_faults", self.clear_faults),
                web.post("/_chances", self.throw),
                web.get("/_transactions", self.transactions),
                web.get("/_session", self.show_session),
                web.get("/_log", self.show_log),
            ]
        )
        app.on_cleanup.append(self._close)
        return app

    async def _close(self, app: web.Application) -> None:
        await self.sim.close()

    async def front(self, request: web.Request) -> web.Response:
        return web.Response(text=f"Bijoli's simulated payment gateways: {', '.join(sorted(self.modules))}\n")

    # The person's side

    def _module(self, name: str) -> GatewayModule:
        if name not in self.modules:
            raise web.HTTPNotFound(text=f"there is no gateway {name}\n")
        return self.modules[name]

    def _session(self, gateway: str, ref: str = "", number: str = "") -> Session:
        found = self.sim.store.session(gateway, ref) if ref else next(iter(self.sim.store.sessions(gateway, number)[-1:]), None)
        if found is None:
            raise web.HTTPNotFound(text="there is no such session\n")
        return found

    async def show(self, request: web.Request) -> web.Response:
        module = self._module(request.match_info["gateway"])
        session = self._session(module.NAME, request.match_info["ref"])
        if session.data.get("ended"):
            return _html(pages.closed(module.LOOK, "এই পেমেন্ট শেষ হয়ে গেছে।", "This payment is over."))
        return _html(pages.hosted(module.LOOK, session.number, taka(session.paisa), module.CHOICES))

    async def press(self, request: web.Request) -> web.Response:
        module = self._module(request.match_info["gateway"])
        session = self._session(module.NAME, request.match_info["ref"])
        form = {name: str(value) for name, value in (await request.post()).items()}
        gone = await self._choose(module, session, form.get("choice", ""), form)
        if gone.lost:
            return _html(pages.closed(module.LOOK, "এই জানালা বন্ধ হয়ে গেছে।", "This window was closed."))
        if gone.fields is None:
            raise web.HTTPSeeOther(gone.url)
        return _html(pages.leaving(module.LOOK, gone.url, gone.fields))

    async def _choose(self, module: GatewayModule, session: Session, choice: str, form: Mapping[str, str]) -> Leaving:
        if session.data.get("ended"):
            raise web.HTTPConflict(text="this session is over\n")
        pressed = next((one.value for one in module.CHOICES if choice in (one.value, one.plain)), None)
        if pressed is None:
            raise web.HTTPBadRequest(text=f"choose one of {', '.join(one.value for one in module.CHOICES)}\n")
        gone = await module.choose(self.sim, session, pressed, form)
        if self.sim.strikes(module.NAME, "lost_return", session.number) is not None:
            return Leaving(gone.url, gone.fields, lost=True)
        return gone

    async def pay(self, request: web.Request) -> web.Response:
        asked = await request.json()
        module = self._module(str(asked["gateway"]))
        session = self._session(module.NAME, str(asked.get("ref", "")), str(asked.get("order", "")))
        form = {name: str(value) for name, value in asked.get("form", {}).items()}
        gone = await self._choose(module, session, str(asked["choice"]), form)
        told: dict[str, Any] = asdict(gone)
        if asked.get("return") and not gone.lost:
            told |= await _walk(gone)
        return web.json_response(told)

    # The merchant's panel, and the tests' side

    async def statement(self, request: web.Request) -> web.Response:
        module = self._module(request.match_info["gateway"])
        try:
            day = date.fromisoformat(request.query.get("day", ""))
        except ValueError:
            raise web.HTTPBadRequest(text="day=YYYY-MM-DD\n") from None
        start = datetime.combine(day, time(), DHAKA)
        out = io.StringIO()
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(["kind", "transaction_id", "order_number", "amount", "at"])
        for one in self.sim.store.between(module.NAME, start.timestamp(), (start + timedelta(days=1)).timestamp()):
            if one.state not in {"processing", "cancelled"}:
                lines.writerow([one.kind, one.id, one.number, taka(one.paisa), local(one.at).isoformat(timespec="seconds")])
        name = f'attachment; filename="{module.NAME}-{day}.csv"'
        return web.Response(text=out.getvalue(), content_type="text/csv", headers={"Content-Disposition": name})

    async def transactions(self, request: web.Request) -> web.Response:
        found = self.sim.store.transactions(request.query.get("gateway", ""), number=request.query.get("order", ""))
        return web.json_response([asdict(one) for one in found])

    async def show_session(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self._session(*(request.query.get(name, "") for name in ("gateway", "ref", "order")))))

    async def show_faults(self, request: web.Request) -> web.Response:
        return web.json_response({"queue": [asdict(one) for one in self.sim.faults.queue], "chances": self.sim.faults.chances})

    async def add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = self.sim.faults.ask(await request.json())
        except (KeyError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"{error!r}\n") from None
        return web.json_response(asdict(fault), status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self.sim.faults.clear()
        return web.Response(status=204)

    async def throw(self, request: web.Request) -> web.Response:
        try:
            self.sim.faults.throw(await request.json())
        except (AttributeError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"{error!r}\n") from None
        return web.Response(status=204)

    async def show_log(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "0"))
        return web.json_response([entry for entry in self.sim.log if entry["n"] > after])


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


async def _walk(gone: Leaving) -> dict[str, Any]:
    """Goes back to the merchant as the browser would: a cross-site request without cookies, whose redirect is not followed."""
    if urlsplit(gone.url).hostname not in LOOPBACK:
        raise web.HTTPBadRequest(text="the merchant is not on this machine\n")
    method, body = ("GET", None) if gone.fields is None else ("POST", urlencode(gone.fields).encode())
    headers = {} if body is None else {"Content-Type": "application/x-www-form-urlencoded", "Origin": "null"}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http,
            http.request(method, gone.url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return {"status": answer.status, "location": answer.headers.get("Location", "")}
    except (aiohttp.ClientError, TimeoutError, OSError):
        return {"status": 0, "location": ""}
