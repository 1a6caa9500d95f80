"""A push service on this machine: Firefox's WebSocket protocol on one side, RFC 8030 on the other. For the demo and the tests.

With it a real push reaches a real browser without internet. It is strict, so that what it takes any push service takes:
TTL required (RFC 8030), bodies of aes128gcm only (RFC 8188) up to 4,096 bytes, VAPID signed for this origin (RFC 8292).

    WebSocket /               hello, register, unregister, ack, nack, ping: the browser
    POST   /wpush/v2/<token>  a message: 201; 400 401 403 404 410 413 say what is wrong in one line of text
    DELETE /m/<id>            the sender cancels a message that waits: 204 or 404
    GET    /_log              what happened, oldest first; ?after=<n> only newer entries
    POST   /_faults           {"status": 503, "times": 2, "retry_after": 1, "delay_s": 0.5}: the next answers; DELETE clears
    POST   /_subscriptions    {"key": "…", "count": 3}: subscriptions of a browser that never connects
    DELETE /_subscriptions/<token>  ends a subscription: 410 from now on
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
import uuid
from collections import deque
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from bijoli.simulator import pushvapid
from bijoli.simulator.pushstore import Message, Store, Subscription
from bijoli.simulator.pushvapid import Refused

LARGEST_BODY = 4096  # RFC 8030, 7.2: what every push service must take; the big ones take no more
SMALLEST_BODY = 86 + 17  # RFC 8291: header with a 65-byte key, then at least the pad delimiter and the tag
LONGEST_TTL_S = 30 * 86_400
URGENCIES = {"very-low", "low", "normal", "high"}
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
LOG_LENGTH = 20_000


class PushService:
    """The service behind the addresses. `origin` is how senders and browsers reach it: `http://localhost:8091`."""

    def __init__(self, origin: str, folder: Path | None) -> None:
        self.origin = origin
        self.store = Store(folder)
        self.online: dict[str, web.WebSocketResponse] = {}
        self.faults: deque[dict[str, Any]] = deque()
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
        self._numbers = itertools.count(1)

    def application(self) -> web.Application:
        app = web.Application(client_max_size=65_536)
        app.add_routes(
            [
                web.get("/", self.browser),
                web.post("/wpush/v2/{token}", self.push),
                web.delete("/m/{id}", self.cancel),
                web.get("/_log", self.show_log),
                web.post("/_faults", self.add_faults),
                web.delete("/_faults", self.clear_faults),
                web.post("/_subscriptions", self.add_subscriptions),
                web.delete("/_subscriptions/{token}", self.end_subscription),
            ]
        )
        app.on_shutdown.append(self._hang_up)
        return app

    def note(self, event: str, **what: object) -> None:
        self.log.append({"n": next(self._numbers), "at": time.time(), "event": event, **what})

    def endpoint(self, token: str) -> str:
        return f"{self.origin}/wpush/v2/{token}"

    # The browser's side

    async def browser(self, request: web.Request) -> web.StreamResponse:
        """One browser's connection, from its hello to its end."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(text="Bijoli's local push service. It is for browsers (WebSocket) and senders (RFC 8030).\n")
        socket = web.WebSocketResponse(protocols=("push-notification",), heartbeat=60)
        await socket.prepare(request)
        uaid = ""
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            said = json.loads(frame.data)
            kind = said.get("messageType", "ping")
            if kind == "hello":
                uaid = await self._hello(socket, said)
            elif kind == "ping":
                await socket.send_str("{}")
            elif uaid:
                await self._said(socket, uaid, kind, said)
            else:
                await socket.close(code=4400, message=b"say hello first")
        if self.online.get(uaid) is socket:
            del self.online[uaid]
        self.note("bye", uaid=uaid)
        return socket

    async def _hello(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> str:
        uaid = self.store.agent(said.get("uaid") or "")
        former, self.online[uaid] = self.online.get(uaid), socket
        if former is not None and former is not socket:
            await former.close(code=4774, message=b"connected anew")
        self.note("hello", uaid=uaid)
        await socket.send_json({"messageType": "hello", "uaid": uaid, "status": 200, "use_webpush": True, "broadcasts": {}})
        for message in self.store.waiting(uaid, time.time()):
            await self._hand_over(message)
        return uaid

    async def _said(self, socket: web.WebSocketResponse, uaid: str, kind: str, said: dict[str, Any]) -> None:
        channel = said.get("channelID", "")
        if kind == "register":
            try:
                key = pushvapid.normal(said.get("key") or "")
            except ValueError:
                await socket.send_json({"messageType": kind, "channelID": channel, "status": 400, "error": "no key"})
                return
            token = self.store.register(uaid, channel, key)
            self.note("register", uaid=uaid, token=token)
            endpoint = self.endpoint(token)
            await socket.send_json({"messageType": kind, "channelID": channel, "status": 200, "pushEndpoint": endpoint})
        elif kind == "unregister":
            self.store.unregister(uaid, channel)
            self.note("unregister", uaid=uaid)
            await socket.send_json({"messageType": kind, "channelID": channel, "status": 200})
        elif kind == "ack":
            for update in said.get("updates", []):
                self.store.drop(update["version"], uaid)
                self.note("ack", id=update["version"], code=update.get("code", 100))  # 100 shown to the page, 101 not decrypted
        elif kind == "nack":
            self.note("nack", id=said.get("version", ""), code=said.get("code", 0))

    async def _hand_over(self, message: Message) -> bool:
        """Sends a message to its browser, if that is connected. It stays in store until the browser acknowledges it."""
        socket = self.online.get(message.uaid)
        if socket is None or socket.closed:
            return False
        told: dict[str, Any] = {
            "messageType": "notification",
            "channelID": message.channel,
            "version": message.id,
            "ttl": message.ttl,
        }
        if message.body:
            told |= {"data": pushvapid.encode(message.body), "headers": {"encoding": message.encoding}}
        try:
            await socket.send_json(told)
        except ConnectionError:
            return False
        return True

    # The sender's side

    async def push(self, request: web.Request) -> web.StreamResponse:
        """A message for one subscription (RFC 8030, 5)."""
        token = request.match_info["token"]
        if self.faults:
            return await self._fault(token)
        try:
            body = await request.read()
            message = self._accepted(self._subscription(token), request, body)
        except (Refused, web.HTTPRequestEntityTooLarge) as error:
            reason = str(error)
            self.note("refused", token=token, status=error.status, reason=reason)
            headers = {"WWW-Authenticate": "vapid"} if error.status == 401 else {}
            return web.Response(status=error.status, text=reason + "\n", headers=headers)
        replaced = self.store.keep(message)
        live = await self._hand_over(message)
        if not live and message.ttl == 0:
            self.store.drop(message.id)
        told = {"ttl": message.ttl, "topic": message.topic, "urgency": message.urgency, "bytes": len(message.body)}
        self.note("push", token=token, id=message.id, live=live, replaced=replaced, **told)
        return web.Response(status=201, headers={"Location": f"{self.origin}/m/{message.id}", "TTL": str(message.ttl)})

    async def _fault(self, token: str) -> web.StreamResponse:
        fault = self.faults.popleft()
        self.note("fault", token=token, **fault)
        await asyncio.sleep(fault["delay_s"])
        headers = {"Retry-After": str(fault["retry_after"])} if fault["retry_after"] is not None else {}
        return web.Response(status=fault["status"], headers=headers)

    def _subscription(self, token: str) -> Subscription:
        found = self.store.subscription(token)
        if found is None:
            raise Refused(404, "no such subscription")
        if found.gone:
            raise Refused(410, "the subscription has ended")
        return found

    def _accepted(self, subscription: Subscription, request: web.Request, body: bytes) -> Message:
        headers, now = request.headers, time.time()
        pushvapid.check(headers.get("Authorization"), subscription.key, self.origin, now)
        ttl = headers.get("TTL", "")
        if not (ttl.isascii() and ttl.isdecimal()):
            raise Refused(400, "TTL is missing or no whole number of seconds")
        topic, urgency = headers.get("Topic", ""), headers.get("Urgency", "normal")
        if "Topic" in headers and not TOPIC.fullmatch(topic):
            raise Refused(400, "Topic is not 1 to 32 base64url characters")
        if urgency not in URGENCIES:
            raise Refused(400, "Urgency is none of very-low, low, normal, high")
        if body:
            _check_body(body, headers.get("Content-Encoding", ""))
        seconds = min(int(ttl), LONGEST_TTL_S)
        return Message(
            id=uuid.uuid4().hex,
            token=subscription.token,
            uaid=subscription.uaid,
            channel=subscription.channel,
            body=body,
            encoding="aes128gcm" if body else "",
            ttl=seconds,
            expires=now + seconds,
            topic=topic,
            urgency=urgency,
        )

    async def cancel(self, request: web.Request) -> web.Response:
        gone = self.store.drop(request.match_info["id"])
        self.note("cancel", id=request.match_info["id"], found=gone)
        return web.Response(status=204 if gone else 404)

    # The tests' side

    async def show_log(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "0"))
        return web.json_response([entry for entry in self.log if entry["n"] > after])

    async def add_faults(self, request: web.Request) -> web.Response:
        asked = await request.json()
        fault = {
            "status": int(asked["status"]),
            "retry_after": asked.get("retry_after"),
            "delay_s": float(asked.get("delay_s", 0)),
        }
        self.faults.extend([fault] * int(asked.get("times", 1)))
        return web.Response(status=204)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self.faults.clear()
        return web.Response(status=204)

    async def add_subscriptions(self, request: web.Request) -> web.Response:
        asked = await request.json()
        uaid = self.store.agent("")
        made = [self.store.register(uaid, str(uuid.uuid4()), asked.get("key", "")) for _ in range(int(asked.get("count", 1)))]
        return web.json_response({"endpoints": [self.endpoint(token) for token in made]}, status=201)

    async def end_subscription(self, request: web.Request) -> web.Response:
        ended = self.store.retire(request.match_info["token"])
        return web.Response(status=204 if ended else 404)

    async def _hang_up(self, app: web.Application) -> None:
        for socket in list(self.online.values()):
            await socket.close(code=1001, message=b"the push service stops")
        self.store.close()


def _check_body(body: bytes, encoding: str) -> None:
    """RFC 8188 header: salt (16), record size (4), length of the key id (1), key id: for Web Push a P-256 point (65)."""
    if len(body) > LARGEST_BODY:
        raise Refused(413, f"{len(body)} bytes; at most {LARGEST_BODY}")
    if encoding != "aes128gcm":
        raise Refused(400, f"Content-Encoding is {encoding!r}, not aes128gcm")
    record_size = int.from_bytes(body[16:20], "big")
    if len(body) < SMALLEST_BODY or body[20] != 65 or body[21] != 4 or record_size < 18:
        raise Refused(400, "the body does not begin with the header of RFC 8188 and a P-256 key")
