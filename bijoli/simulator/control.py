"""The head-end's own small door on this machine, where `manage.py cause` asks for things."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import msgspec

from bijoli.simulator.causes import CauseError, Wish
from bijoli.simulator.headend import Headend, Outcome

JSON = "application/json"  # a web page cannot send it to another origin without being asked for leave, which we never give
LARGEST = 4096
WAIT_SECONDS = 15


def outcome(told: Outcome) -> dict[str, Any]:
    """What `cause` prints: the rows as they went on the wire, and what they mean."""
    sent = [*told.caused.events, *told.caused.readings]
    return {"said": told.caused.said, "taken": told.taken, "trouble": told.said, "sent": msgspec.to_builtins(sent)}


def serve(headend: Headend, port: int) -> ThreadingHTTPServer:
    """A server on the loopback address; the caller runs and closes it."""

    class Control(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if self.path != "/cause" or self.headers.get("Content-Type") != JSON or length > LARGEST:
                self._answer(404, {"error": "POST /cause with a small application/json body is all there is here"})
                return
            try:
                wish = msgspec.json.decode(self.rfile.read(length), type=Wish)
                self._answer(200, outcome(headend.cause(wish)))
            except (CauseError, msgspec.DecodeError) as error:
                self._answer(400, {"error": str(error)})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            text = msgspec.json.encode(body)
            self.send_response(status)
            self.send_header("Content-Type", JSON)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the command itself says what happened."""

    return ThreadingHTTPServer(("127.0.0.1", port), Control)


def ask(url: str, wish: Wish) -> dict[str, Any] | None:
    """Asks the head-end at `url`; None where no head-end runs. Raises CauseError with the head-end's own words."""
    request = Request(f"{url}/cause", data=msgspec.json.encode(wish), headers={"Content-Type": JSON})  # noqa: S310 our own address
    try:
        with urlopen(request, timeout=WAIT_SECONDS) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
            return told
    except HTTPError as error:
        raise CauseError(json.load(error)["error"]) from None
    except (URLError, OSError):
        return None
