"""Posts many pushes at once: HTTP/2 through libcurl's multi interface, one connection a push service and a stream a message.

`post` starts one and returns at once; `wait` drives all of them and hands back the answers that have come. One thread, no locks.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pycurl

from bijoli.delivery.channels.webpush import hosts

CONNECT_SECONDS = 5
ANSWER_SECONDS = 15
LARGEST_ANSWER = 16 * 1024  # a push service answers with a line; whoever sends more is cut off
KEPT_OF_ANSWER = 300
CONNECTIONS_A_HOST = 4
STREAMS = 250


@dataclass(frozen=True, slots=True)
class Post:
    """One message on its way. `tag` is the caller's own and comes back with the answer."""

    tag: Any
    endpoint: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: an HTTP status, or 0 and `fault` where there was none (no connection, time-out, TLS, an endless answer)."""

    tag: Any
    status: int
    retry_after: str = ""
    text: str = ""
    fault: str = ""


class Sender:
    """`certificates`: a CA file in place of the system's. `connect_to`: HOST:PORT:HOST:PORT calls a host elsewhere (curl --connect-to)."""

    def __init__(
        self,
        *,
        certificates: str = "",
        connect_to: Sequence[str] = (),
        connect_s: float = CONNECT_SECONDS,
        answer_s: float = ANSWER_SECONDS,
    ) -> None:
        self._certificates = certificates
        self._connect_to = list(connect_to)
        self._limits = (int(connect_s * 1000), int(answer_s * 1000))
        self._selector = selectors.DefaultSelector()
        self._spare: list[_Stream] = []
        self._busy: dict[Any, _Stream] = {}
        self._deadline: float | None = None
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS_A_HOST)
        self._multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, STREAMS)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

    @property
    def in_flight(self) -> int:
        return len(self._busy)

    def watch(self, descriptor: int) -> None:
        """Lets `wait` also return when `descriptor` has something to read."""
        self._selector.register(descriptor, selectors.EVENT_READ, "caller's")

    def unwatch(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)

    def post(self, post: Post) -> None:
        """Starts sending. Raises ValueError for an endpoint that we may not call."""
        if not hosts.allowed(post.endpoint):
            raise ValueError("not a push service that is allowed here")
        stream = self._spare.pop() if self._spare else _Stream(self._certificates, self._connect_to, self._limits)
        stream.load(post)
        self._busy[stream.curl] = stream
        self._multi.add_handle(stream.curl)

    def wait(self, seconds: float) -> list[Answer]:
        """Drives the sending until an answer is there, the watched descriptor speaks, or `seconds` have passed."""
        until = time.monotonic() + seconds
        while True:
            spoken = self._turn(max(0.0, until - time.monotonic()))
            answers = list(self._finished())
            if answers or spoken or time.monotonic() >= until:
                return answers

    def close(self) -> None:
        for stream in self._busy.values():
            self._multi.remove_handle(stream.curl)
        for stream in (*self._busy.values(), *self._spare):
            stream.curl.close()
        self._busy.clear()
        self._multi.close()
        self._selector.close()

    def _turn(self, seconds: float) -> bool:
        """One look at the sockets; whether the caller's descriptor spoke."""
        if self._deadline is not None:
            seconds = min(seconds, max(0.0, self._deadline - time.monotonic()))
        spoken = False
        for key, events in self._selector.select(seconds):
            if key.data == "caller's":
                spoken = True
                continue
            ready = (pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0) | (
                pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0
            )
            self._multi.socket_action(key.fd, ready)
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self._deadline = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        return spoken

    def _finished(self) -> Iterator[Answer]:
        while True:
            queued, done, failed = self._multi.info_read()
            for curl in done:
                yield self._release(curl, "")
            for curl, number, message in failed:
                yield self._release(curl, f"curl {number}: {message}"[:KEPT_OF_ANSWER])
            if not queued:
                return

    def _release(self, curl: Any, fault: str) -> Answer:
        stream = self._busy.pop(curl)
        self._multi.remove_handle(curl)
        self._spare.append(stream)
        return stream.answer(fault)

    def _watch_socket(self, event: int, descriptor: int, _multi: object, _data: object) -> None:
        wanted = {
            pycurl.POLL_IN: selectors.EVENT_READ,
            pycurl.POLL_OUT: selectors.EVENT_WRITE,
            pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
        }.get(event)
        known = descriptor in self._selector.get_map()
        if wanted is None:
            if known:
                self._selector.unregister(descriptor)
        elif known:
            self._selector.modify(descriptor, wanted, "curl's")
        else:
            self._selector.register(descriptor, wanted, "curl's")

    def _set_timer(self, milliseconds: int) -> None:
        self._deadline = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


class _Stream:
    """One reusable curl handle. What never changes is set once."""

    def __init__(self, certificates: str, connect_to: list[str], limits: tuple[int, int]) -> None:
        self.curl = curl = pycurl.Curl()
        self._post: Post | None = None
        self._local: bool | None = None
        self._retry_after = ""
        self._received = bytearray()
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.PIPEWAIT, 1)  # rather a stream of the connection that is being made than a connection of its own
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, limits[0])
        curl.setopt(pycurl.TIMEOUT_MS, limits[1])
        curl.setopt(pycurl.USERAGENT, "bijoli")
        curl.setopt(pycurl.HEADERFUNCTION, self._header)
        curl.setopt(pycurl.WRITEFUNCTION, self._write)
        if certificates:
            curl.setopt(pycurl.CAINFO, certificates)
        if connect_to:
            curl.setopt(pycurl.CONNECT_TO, connect_to)

    def load(self, post: Post) -> None:
        """HTTP/2 over TLS for a real push service; plain HTTP/1.1 and no proxy for the local one."""
        self._post, self._retry_after = post, ""
        self._received.clear()
        local = hosts.is_local(post.endpoint)
        if local != self._local:
            self._speak(local)
        self.curl.setopt(pycurl.URL, post.endpoint)
        self.curl.setopt(pycurl.POSTFIELDS, post.body)
        self.curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in post.headers.items()])

    def _speak(self, local: bool) -> None:
        self._local = local
        self.curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP if local else pycurl.PROTO_HTTPS)
        self.curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1 if local else pycurl.CURL_HTTP_VERSION_2TLS)
        if local:
            self.curl.setopt(pycurl.PROXY, "")
        else:
            self.curl.unsetopt(pycurl.PROXY)  # as the environment says (https_proxy)

    def answer(self, fault: str) -> Answer:
        post = self._post
        if post is None:
            raise RuntimeError("an answer without a post")
        status = 0 if fault else int(self.curl.getinfo(pycurl.RESPONSE_CODE))
        text = bytes(self._received[:KEPT_OF_ANSWER]).decode(errors="replace").strip()
        return Answer(post.tag, status, self._retry_after, text, fault)

    def _header(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name.lower() == b"retry-after":
            self._retry_after = value.strip().decode("latin-1")[:60]

    def _write(self, chunk: bytes) -> int:
        if len(self._received) + len(chunk) > LARGEST_ANSWER:
            return 0  # curl takes this as a fault and ends the stream
        self._received += chunk
        return len(chunk)
