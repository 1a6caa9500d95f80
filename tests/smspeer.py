"""An SMS gateway that can misbehave as real ones do. What it is told in `replies` it answers next, then yes.

It takes JSON with to, message and ref, and a bearer token; `phones` is what truly reached phones: a broken answer may come after that.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "a-gateway-token"
BASIC = f"Basic {b64encode(f'user:{TOKEN}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `status` 0: nothing is said while the peer runs; -1: the connection is cut. `taken`: the phone gets it all the same."""

    status: int = 200
    body: bytes = b'{"status": "SUCCESS"}'
    taken: bool = False
    retry_after: str = ""


class SmsPeer:
    """Runs in a thread while entered."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.phones: list[tuple[str, str]] = []
        self.replies: deque[Reply] = deque()
        self.always: Reply | None = None
        self._over = threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                peer.got.append(told)
                reply = peer.replies.popleft() if peer.replies else peer.always or Reply()
                if self.headers["Authorization"] not in (f"Bearer {TOKEN}", BASIC):
                    reply = Reply(401, b"")
                if reply.taken or (reply.status == 200 and b"SUCCESS" in reply.body):
                    peer.phones.append((told["to"], told["message"]))
                peer.answer(self, reply)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def answer(self, to: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.status == 0:
            self._over.wait(20)
        if reply.status <= 0:
            to.close_connection = True
            return
        to.send_response(reply.status)
        if reply.retry_after:
            to.send_header("Retry-After", reply.retry_after)
        to.send_header("Content-Length", str(len(reply.body)))
        to.end_headers()
        to.wfile.write(reply.body)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/send"

    def table(self, name: str, token: str = TOKEN) -> str:
        """Its part of the file of gateways."""
        return f'''[[gateway]]
name = "{name}"
url = "{self.url}"
timeout_s = 1
ok_field = "status"
ok_values = ["SUCCESS"]
headers = {{ Authorization = "Bearer {token}" }}
fields = {{ to = "{{number}}", message = "{{text}}", type = "{{type}}", ref = "{{id}}" }}
'''

    def apprise(self, name: str, token: str = TOKEN) -> str:
        """Its part of the file, by Apprise's generic JSON service: what Apprise calls `message` goes with our fields."""
        url = f"json://user:{token}@127.0.0.1:{self._server.server_port}/send?:to={{number}}&:ref={{id}}"
        return f'''[[gateway]]
name = "{name}"
apprise = "{url}"
timeout_s = 1
'''

    def __enter__(self) -> SmsPeer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()


def gateways(folder: Path, *tables: str) -> str:
    """The file of gateways; a new one each time, since it is read once."""
    path = folder / f"sms-{len(list(folder.iterdir()))}.toml"
    path.write_text("\n".join(tables))
    return str(path)
