"""A small HTTP server on the loopback address for a door of the simulated head-end: requests in, replies out; and the door's token."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec

LARGEST = 8 * 1024 * 1024
IDLE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks. `token` is its bearer token, empty where it sent none."""

    method: str
    path: str
    query: dict[str, str]
    content_type: str
    token: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: JSON, or `raw` as it is. Status 0 is none at all: the line is cut."""

    status: int
    body: object = None
    raw: bytes | None = None


HANG_UP = Reply(0)


class Server(ThreadingHTTPServer):
    request_queue_size = 128


def listen(answer: Callable[[Request], Reply], port: int) -> Server:
    """A server that asks `answer` in a thread for each connection; the caller runs and closes it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept
        timeout = IDLE_SECONDS
        wbufsize = -1  # head and body leave together
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= LARGEST:
                self.close_connection = True
                self._say(Reply(413, {"reason": "too_large"}))
                return
            url, kind = urlsplit(self.path), self.headers.get("Content-Type") or ""
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            body = self.rfile.read(length)
            self._say(answer(Request(self.command, url.path, dict(parse_qsl(url.query)), kind, token, body)))

        do_GET = do_PUT = do_POST = _serve

        def _say(self, reply: Reply) -> None:
            if not reply.status:
                self.close_connection = True
                return
            text = msgspec.json.encode(reply.body) if reply.raw is None else reply.raw
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the books say what happened."""

    return Server(("127.0.0.1", port), Handler)


def token_of(folder: Path) -> str:
    """The bearer token of the door whose books lie there; made when missing."""
    path = folder / "vending-token"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(new, path)  # the first of two wins
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_text().strip()


def environment(url: str, folder: Path) -> dict[str, str]:
    """What our own processes are told, so that they speak with the door at `url` whose books lie in `folder`."""
    return {"BIJOLI_HEADEND": url, "BIJOLI_HEADEND_TOKEN": token_of(folder)}
