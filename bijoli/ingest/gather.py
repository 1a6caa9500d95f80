"""Small messages become batches: a transaction for each would be a thousand times dearer.

A message is one object, an array or lines of objects. A batch is taken in when it has 500 messages or 2 MB, or its first message has waited
200 ms, or nothing more has come for 20 ms (the source is quiet, or waits for our acknowledgement).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec
from django.conf import settings

from bijoli.ingest.decode import MAX_TEXT, BadBody, Body
from bijoli.ingest.listening import AWAY, OutOfTurn
from bijoli.ingest.models import Gateway
from bijoli.ingest.store import Cursor, Piece, together
from bijoli.ingest.take import Taken

MOST = 500  # messages
MOST_BYTES = 2_000_000
WAIT_S = 0.2
QUIET_S = 0.02

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Message:
    """What came: from which gateway (its name), for which door ("readings", "events"), when (monotonic), and what its source calls it."""

    gateway: str
    door: str
    content: bytes
    came: float
    tag: Any = field(default=None)


Also = Callable[[Cursor, Message], None]


class Gather:
    """Messages that wait to be stored, in the order they came."""

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, message: Message) -> None:
        self._waiting.append(message)
        self.bytes += len(message.content)

    def full(self) -> bool:
        return len(self._waiting) >= MOST or self.bytes >= MOST_BYTES

    def due(self, now: float) -> bool:
        """Whether it is time to store. `now`: monotonic, after all that could be read was read."""
        if not self._waiting:
            return False
        return self.full() or now - self._waiting[0].came >= WAIT_S or now - self._waiting[-1].came >= QUIET_S

    def batch(self) -> list[Message]:
        """The next messages to store. They stay until they are `done`."""
        return within(list(islice(self._waiting, MOST)))

    def done(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self._waiting.popleft()
            self.bytes -= len(message.content)


def within(messages: Sequence[Message]) -> list[Message]:
    """The first of them that make a batch: at least one, and no more than 2 MB after it."""
    size = 0
    chosen: list[Message] = []
    for message in messages:
        size += len(message.content)
        if chosen and size > MOST_BYTES:
            break
        chosen.append(message)
    return chosen


def keep(messages: Sequence[Message], also: Also | None = None) -> list[Taken]:
    """Stores messages in one transaction with `also(cursor, last message)`. What cannot be read is kept with its reason.

    Raises what listening.AWAY names where the database is away, and what `also` raises. Where storing fails for another reason, the
    messages are taken one by one, and one that fails alone is kept as rejected: it must not stop those behind it.
    """

    def stored(some: Sequence[Message], why: str = "") -> list[Taken]:
        return together(_pieces(some, why), also=(lambda cursor: also(cursor, some[-1])) if also else None)

    try:
        return stored(messages)
    except (*AWAY, OutOfTurn):
        raise
    except Exception as error:
        log.error("%d messages could not be stored (%s); taking them one by one", len(messages), type(error).__name__)
    taken = []
    for message in messages:
        try:
            taken += stored([message])
        except (*AWAY, OutOfTurn):
            raise
        except Exception as error:
            taken += stored([message], f"could not be stored: {type(error).__name__}")
    return taken


def _pieces(messages: Sequence[Message], why: str) -> list[Piece]:
    """A body for each door, each row with its gateway; beside them, by reason, what may not be taken."""
    known = {gateway.name: gateway for gateway in Gateway.objects.filter(name__in={m.gateway for m in messages if "\0" not in m.gateway})}
    bodies: dict[tuple[str, str], tuple[list[bytes], list[Gateway | None]]] = {}
    for message in messages:
        gateway = known.get(message.gateway)
        refused = why or _refused(message, gateway)
        try:
            rows = lines(message.content)
        except BadBody as error:
            refused, rows = refused or str(error), [message.content[: 4 * MAX_TEXT].replace(b"\n", b" ").strip() or b"-"]
        body, senders = bodies.setdefault((message.door, refused), ([], []))
        body += rows
        senders += [gateway] * len(rows)
    return [
        Piece(Body(b"\n".join(body), lines=True), senders, door, refused) for (door, refused), (body, senders) in bodies.items() if body
    ]


def _refused(message: Message, gateway: Gateway | None) -> str:
    """Why a message may not be taken at all, or ""."""
    if not message.gateway:
        return "names no gateway"
    if gateway is None:
        return f"no gateway has the name {message.gateway[:60]!r}".replace("\0", "")
    return "" if gateway.revoked_at is None else "the gateway is revoked"


def lines(content: bytes) -> list[bytes]:
    """A message's rows, each on a line. Raises BadBody where it is an array that cannot be read, or too large."""
    if len(content) > settings.INGEST_MAX_BYTES:
        raise BadBody(f"a message of more than {settings.INGEST_MAX_BYTES} bytes")
    text = content.strip()
    if text.startswith(b"["):
        return [row.replace(b"\n", b" ") for row in Body(text, lines=False).elements()]
    if b"\n" in text and _is_one_value(text):
        return [text.replace(b"\n", b" ")]
    return Body(text, lines=True).elements()


def _is_one_value(text: bytes) -> bool:
    """Whether this is one value written over several lines."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
