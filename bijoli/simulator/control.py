"""The head-end's own door on this machine: it sells credit (docs/head-end.md), and `manage.py cause` asks for things."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request as Call
from urllib.request import urlopen

import msgspec

from bijoli.simulator.causes import CauseError, Wish
from bijoli.simulator.headend import Headend, Outcome
from bijoli.simulator.vending.door import JSON, Door
from bijoli.simulator.vending.listen import Reply, Request, Server, listen, token_of

LARGEST = 4096
WAIT_SECONDS = 15


def outcome(told: Outcome) -> dict[str, Any]:
    """What `cause` prints: the rows as they went on the wire, and what they mean."""
    sent = [*told.caused.events, *told.caused.readings]
    return {"said": told.caused.said, "taken": told.taken, "trouble": told.said, "sent": msgspec.to_builtins(sent)}


def serve(headend: Headend, port: int) -> Server:
    """A server on the loopback address; the caller runs and closes it."""
    door = Door(headend.vending, token_of(headend.store.folder))

    def answer(request: Request) -> Reply:
        return _cause(headend, request) if request.path == "/cause" else door.answer(request)

    return listen(answer, port)


def _cause(headend: Headend, request: Request) -> Reply:
    if request.method != "POST" or request.content_type != JSON or len(request.body) > LARGEST:
        return Reply(404, {"error": "POST /cause takes a small application/json body, and nothing else"})
    try:
        wish = msgspec.json.decode(request.body, type=Wish)
        return Reply(200, outcome(headend.cause(wish)))
    except (CauseError, msgspec.DecodeError) as error:
        return Reply(400, {"error": str(error)})


def ask(url: str, wish: Wish) -> dict[str, Any] | None:
    """Asks the head-end at `url`; None where no head-end runs. Raises CauseError with the head-end's own words."""
    request = Call(f"{url}/cause", data=msgspec.json.encode(wish), headers={"Content-Type": JSON})  # noqa: S310 our own address
    try:
        with urlopen(request, timeout=WAIT_SECONDS) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
            return told
    except HTTPError as error:
        raise CauseError(json.load(error)["error"]) from None
    except (URLError, OSError):
        return None
