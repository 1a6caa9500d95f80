"""A strict push service over HTTP/2 and TLS that can misbehave: the hyper-h2 library refuses whatever RFC 9113 forbids.

It knows no subscriptions: every path is one. What it is told in `replies` it answers next, then 201.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tests import certificates

HOST = "push.test"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `status` 0: nothing is ever said; -1: the connection is cut."""

    status: int = 201
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Got:
    """One message that came in; header names are lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


class Peer:
    """Runs in a thread while entered. `got` holds what came; `broken` what HTTP/2 forbids; `connections` how many were made."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.broken: list[str] = []
        self.replies: deque[Reply] = deque()
        self.by_path: dict[str, Reply] = {}
        self.connections = 0
        self.port = 0
        self._open: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._folder = Path(tempfile.mkdtemp(prefix="bijoli-peer-"))
        self.authority, self._server_pem = certificates.make(self._folder, HOST)

    @property
    def connect_to(self) -> list[str]:
        return [f"{HOST}:443:127.0.0.1:{self.port}"]

    def endpoint(self, name: str) -> str:
        return f"https://{HOST}/{name}"

    def __enter__(self) -> Peer:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        shutil.rmtree(self._folder)

    async def _listen(self) -> asyncio.Server:
        context = certificates.server_context(self._server_pem, ["h2"])
        return await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, ssl=context)

    async def _end(self) -> None:
        self._server.close()
        for transport in list(self._open):
            transport.abort()
        await asyncio.sleep(0.05)


@dataclass(slots=True)
class _Request:
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


class _Connection(asyncio.Protocol):
    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._requests: dict[int, _Request] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer.connections += 1
        self._peer._open.add(transport)
        self._number = self._peer.connections
        self._h2.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._peer._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._h2.receive_data(data):
                self._take(event)
        except h2.exceptions.ProtocolError as fault:
            self._peer.broken.append(repr(fault))
        self._flush()

    def _take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self._requests[event.stream_id] = _Request(dict(event.headers))
        elif isinstance(event, h2.events.DataReceived):
            self._requests[event.stream_id].body += event.data
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._whole(event.stream_id, self._requests.pop(event.stream_id))

    def _whole(self, stream: int, request: _Request) -> None:
        path = request.headers[":path"].lstrip("/")
        self._peer.got.append(Got(path, request.headers, bytes(request.body), self._number))
        reply = self._peer.by_path.get(path) or (self._peer.replies.popleft() if self._peer.replies else Reply())
        if reply.delay_s:
            self._peer._loop.call_later(reply.delay_s, self._answer, stream, reply, True)
        else:
            self._answer(stream, reply, False)

    def _answer(self, stream: int, reply: Reply, flush: bool) -> None:
        if reply.status == 0:
            return
        if reply.status < 0:
            self._transport.abort()
            return
        self._h2.send_headers(stream, [(":status", str(reply.status)), *reply.headers], end_stream=not reply.body)
        if reply.body:
            size = min(len(reply.body), self._h2.local_flow_control_window(stream))
            for start in range(0, size, 16_384):
                self._h2.send_data(stream, reply.body[start : min(start + 16_384, size)])
            self._h2.end_stream(stream)
        if flush:
            self._flush()

    def _flush(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())
