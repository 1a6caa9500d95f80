"""A phone without a screen, for the town's people: it signs in, fills in forms, takes pushes as a browser does, and says what it shows."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
import uuid
from html import unescape
from html.parser import HTMLParser
from types import TracebackType
from typing import Any

from aiohttp import ClientSession, ClientTimeout, WSMsgType
from asgiref.sync import sync_to_async
from cryptography.hazmat.primitives.asymmetric.ec import ECDH, SECP256R1, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from bijoli.customers.codes import last_code
from bijoli.simulator.pushvapid import decode, encode

PATIENCE = ClientTimeout(total=60)
TURNS = 30
REFRESH = re.compile(r'http-equiv="refresh" content="(?P<seconds>\d+)(?:; url=(?P<url>[^"]*))?"')


class HandsetError(Exception):
    """The site or the push service does not do what a phone may expect; the message says where."""


class Handset:
    """One person's phone, from entering to leaving. `site` and `push` are addresses (http, ws), `phone` is E.164."""

    def __init__(self, site: str, push: str, phone: str) -> None:
        self.site, self.push, self.phone = URL(site), push, phone
        self.key, self.secret = generate_private_key(SECP256R1()), os.urandom(16)

    async def __aenter__(self) -> Handset:
        self.http = ClientSession(timeout=PATIENCE)
        self.line = await self.http.ws_connect(self.push, protocols=("push-notification",))
        await self._ask({"messageType": "hello", "use_webpush": True, "uaid": "", "broadcasts": {}})
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.line.close()
        await self.http.close()

    # At the site

    async def sign_in(self) -> None:
        """By number and code, as the demo tells it."""
        await self.submit(await self.get("/accounts/login/"), "phone", phone=self.phone)
        code = await sync_to_async(last_code)(self.phone)
        if not code:
            raise HandsetError(f"no code came for …{self.phone[-4:]}")
        await self.submit(await self.get("/accounts/login/code/"), "code", code=code)

    async def get(self, path: str) -> tuple[URL, str]:
        """The page at a path or address of the site: where it is at last, and its HTML. Raises HandsetError for a refusal."""
        return await self._fetch("GET", self.site.join(URL(path)), {})

    async def led_on(self, page: tuple[URL, str]) -> tuple[URL, str]:
        """Where a page leads to that turns over by itself, after as many turns as it takes."""
        for _ in range(TURNS):
            turn = REFRESH.search(page[1])
            if turn is None:
                return page
            await asyncio.sleep(int(turn["seconds"]))
            page = await self._fetch("GET", URL(unescape(turn["url"])) if turn["url"] else page[0], {})
        raise HandsetError(f"{page[0].path} leads nowhere")

    async def submit(self, page: tuple[URL, str], having: str, **fields: str) -> tuple[URL, str]:
        """Sends that form of the page which has a field of this name, filled in; the page that comes then."""
        at, text = page
        for action, method, given in _forms(text):
            if having in given:
                return await self._fetch(method.upper(), at.join(URL(action)) if action else at, given | fields, at)
        raise HandsetError(f"no form with {having!r} at {at.path}")

    async def turn_on(self) -> None:
        """Notifications on this phone."""
        _at, text = await self.get("/push/key")
        given = json.loads(text)
        told = await self._ask({"messageType": "register", "channelID": str(uuid.uuid4()), "key": given["key"]})
        raw = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        body = {"endpoint": told["pushEndpoint"], "keys": {"p256dh": encode(raw), "auth": encode(self.secret)}}
        headers = {"X-CSRFToken": given["csrf"], "Referer": str(self.site)}
        async with self.http.post(self.site / "push/subscribe", json=body, headers=headers) as answer:
            if answer.status != 200:
                raise HandsetError(f"the subscription is not taken: {await answer.text()}")

    async def report(self, told: dict[str, Any], event: str) -> None:
        """Says that a push was `displayed` or `opened`."""
        body = {"token": told["receipt"], "event": event, "at": time.time() * 1000}
        async with self.http.post(self.site / "push/receipt", json=body):
            pass

    # At the push service

    async def pushed(self) -> dict[str, Any]:
        """The next push, decrypted and acknowledged, or one that came before it was waited for. Raises TimeoutError after 30 s."""
        said = await self._next("notification")
        done = {"channelID": said["channelID"], "version": said["version"], "code": 100}
        await self.line.send_json({"messageType": "ack", "updates": [done]})
        opened: dict[str, Any] = json.loads(self._decrypted(decode(said["data"])))
        return opened

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        await self.line.send_json(question)
        return await self._next(question["messageType"])

    async def _next(self, kind: str) -> dict[str, Any]:
        while True:
            frame = await self.line.receive(timeout=30)
            if frame.type != WSMsgType.TEXT:
                raise HandsetError("the push service hung up")
            said: dict[str, Any] = json.loads(frame.data)
            if said.get("messageType") == kind:
                return said

    def _decrypted(self, body: bytes) -> bytes:
        """RFC 8291: one record of aes128gcm."""
        salt, length = body[:16], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), sender))
        ours = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        base = HKDF(SHA256(), 32, self.secret, b"WebPush: info\0" + ours + sender).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(base)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(base)
        return AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")[:-1]

    async def _fetch(self, method: str, url: URL, fields: dict[str, str], referrer: URL | None = None) -> tuple[URL, str]:
        how: dict[str, Any] = {"params": fields} if method == "GET" and fields else {"data": fields} if fields else {}
        headers = {"Referer": str(referrer)} if referrer else {}
        async with self.http.request(method, url, headers=headers, **how) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise HandsetError(f"{method} {url.path}: {answer.status}")
            return answer.url, text


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self.inside, self.select = False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((told.get("action", ""), told.get("method", "get"), {}))
            self.inside = True
        elif tag == "option" and self.select and (not self.found[-1][2][self.select] or "selected" in told):
            self.found[-1][2][self.select] = told.get("value", "")
        elif self.inside and tag in ("input", "button", "textarea", "select") and told.get("name"):
            self.select = told["name"] if tag == "select" else ""
            kept = told.get("value", "") if told.get("type") not in ("radio", "checkbox", "file") or "checked" in told else ""
            self.found[-1][2].setdefault(told["name"], kept)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"


def _forms(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Of each form its action, its method, and its fields as they come."""
    parser = _Forms()
    parser.feed(text)
    return parser.found
