"""The simulated bKash's access tokens: valid for an hour, two an hour, and who asks a third time is blocked for an hour."""

from __future__ import annotations

import secrets
from typing import Any

from aiohttp import web

from bijoli.simulator.paygates.base import Simulation

APP_KEY, APP_SECRET = "simulated-app-key", "simulated-app-secret"
USERNAME, PASSWORD = "simulated-user", "simulated-password"
LASTS_S = HOUR_S = 3600
MOST = 2


class Tokens:
    """Faults of a grant or refresh: expires_in ("value": as it is written in the answer, for so long it is valid)."""

    def __init__(self, sim: Simulation, name: str) -> None:
        self.sim, self.name = sim, name

    async def grant(self, request: web.Request) -> web.Response:
        return self._given(request, await request.json(), refresh=False)

    async def refresh(self, request: web.Request) -> web.Response:
        return self._given(request, await request.json(), refresh=True)

    def _given(self, request: web.Request, asked: dict[str, Any], *, refresh: bool) -> web.Response:
        if self._blocked():
            return web.json_response({"message": "Too Many Requests"}, status=429)
        if (request.headers.get("username"), request.headers.get("password")) != (USERNAME, PASSWORD):
            return web.json_response({"message": "Unauthorized"}, status=401)
        if (asked.get("app_key"), asked.get("app_secret")) != (APP_KEY, APP_SECRET):
            return web.json_response({"statusCode": "2001", "statusMessage": "Invalid App Key"})
        if refresh and asked.get("refresh_token") not in self.sim.store.recall(self.name, "refresh_tokens", []):
            return web.json_response({"statusCode": "9999", "statusMessage": "Invalid refresh token"})
        return web.json_response(self._made())

    def _blocked(self) -> bool:
        """Counts this call."""
        now, recall = self.sim.now(), self.sim.store.recall
        if now < recall(self.name, "blocked_until", 0):
            return True
        asked = [at for at in recall(self.name, "asked", []) if at > now - HOUR_S]
        self.sim.store.remember(self.name, "asked", [*asked, now])
        self.sim.note("token", gateway=self.name, count=len(asked) + 1)
        if len(asked) >= MOST:
            self.sim.store.remember(self.name, "blocked_until", now + HOUR_S)
            return True
        return False

    def _made(self) -> dict[str, Any]:
        struck = self.sim.strikes(self.name, "expires_in")
        lasts = struck.get("value", LASTS_S) if struck is not None else LASTS_S
        token, refresh_token = secrets.token_urlsafe(300), secrets.token_urlsafe(40)
        valid = {one: until for one, until in self._valid().items() if until > self.sim.now()}
        self.sim.store.remember(self.name, "tokens", valid | {token: self.sim.now() + int(lasts)})
        self.sim.store.remember(self.name, "refresh_tokens", [refresh_token])
        told = {"statusCode": "0000", "statusMessage": "Successful", "id_token": token, "token_type": "Bearer"}
        return {**told, "expires_in": lasts, "refresh_token": refresh_token}

    def _valid(self) -> dict[str, float]:
        found: dict[str, float] = self.sim.store.recall(self.name, "tokens", {})
        return found

    def refused(self, request: web.Request, call: str) -> web.Response | None:
        """The answer for a call without a good token. It is the raw token, without "Bearer". The fault token_expired ends it."""
        token = request.headers.get("Authorization", "")
        if self.sim.strikes(self.name, "token_expired", call=call) is not None:
            self.sim.store.remember(self.name, "tokens", {one: until for one, until in self._valid().items() if one != token})
        if self._valid().get(token, 0) <= self.sim.now():
            return web.json_response({"message": "The incoming token has expired"}, status=401)
        if request.headers.get("X-APP-Key") != APP_KEY:
            return web.json_response({"statusCode": "2001", "statusMessage": "Invalid App Key"})
        return None
