"""A phone without a browser: it speaks to the push service as Firefox does, and decrypts with its own key.

Decryption is the http-ece library's, so what it can read any browser can.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import aiohttp
import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bijoli.simulator.pushvapid import decode, encode

WAIT_S = 20


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription as a page would send it to its server, and the channel it has with the push service."""

    endpoint: str
    p256dh: str
    auth: str
    channel: str


class Phone:
    """Connects on entering. `sleep()` and `wake()` drop and renew the connection; `uaid` survives, as in a browser's profile."""

    def __init__(self, port: int, uaid: str = "") -> None:
        self.url, self.uaid = f"ws://localhost:{port}/", uaid
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self._replies: queue.Queue[dict[str, Any]] = queue.Queue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Phone:
        self._thread.start()
        self.wake()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.sleep()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()

    def wake(self) -> None:
        self._do(self._connect())

    def sleep(self) -> None:
        self._do(self._disconnect())

    def subscribe(self, key: str) -> Subscribed:
        """Subscribes for the sender with this VAPID key (base64url)."""
        channel = str(uuid.uuid4())
        padded = key + "=" * (-len(key) % 4)  # as Firefox sends it
        reply = self.ask({"messageType": "register", "channelID": channel, "key": padded})
        raw = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Subscribed(reply["pushEndpoint"], encode(raw), encode(self.secret), channel)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self.say(question)
        return self._replies.get(timeout=WAIT_S)

    def say(self, what: dict[str, Any]) -> None:
        self._do(self._socket.send_json(what))

    def receive(self, seconds: float = WAIT_S) -> bytes:
        """The next push, decrypted and acknowledged. Raises queue.Empty when none comes."""
        told = self.messages.get(timeout=seconds)
        self.say({"messageType": "ack", "updates": [{"channelID": told["channelID"], "version": told["version"], "code": 100}]})
        return self.read(told)

    def read(self, told: dict[str, Any]) -> bytes:
        plain = http_ece.decrypt(decode(told["data"]), private_key=self.key, auth_secret=self.secret, version=told["headers"]["encoding"])
        return bytes(plain)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)

    async def _connect(self) -> None:
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(self.url, protocols=("push-notification",))
        await self._socket.send_json({"messageType": "hello", "use_webpush": True, "uaid": self.uaid, "broadcasts": {}})
        self.uaid = (await self._socket.receive_json())["uaid"]
        self._reader = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for frame in self._socket:
            said = frame.json()
            (self.messages if said.get("messageType") == "notification" else self._replies).put(said)

    async def _disconnect(self) -> None:
        await self._socket.close()
        await self._reader
        await self._session.close()
