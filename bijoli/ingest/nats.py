"""The NATS door: a JetStream stream with the subjects readings.<block> and events.<block>, read in its order.

How far it was read stands in our database and moves in the transaction of the rows (places.py); the stream's acknowledgements only tell
its operators. Whatever goes wrong ends the session; the next one begins where the database says.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import TypeVar

import nats
from django.db import connection
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingCame
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from bijoli.ingest import gather
from bijoli.ingest.gather import Message
from bijoli.ingest.listening import LONGEST_PAUSE_S, UNSTORED, Address, BadAddress, OutOfTurn, Pause, address, password, tls
from bijoli.ingest.places import Place, own
from bijoli.ingest.store import Cursor

PORTS = {"nats": 4222, "tls": 4222}
OPTIONS = {"block": "", "gateway": ""}
HEADER = "Bijoli-Gateway"
STREAM = "BIJOLI"
KEPT_S = 7 * 86_400  # how long a stream that we make keeps its messages
STANDBY_S = 1.0
LOOK_S = 10.0  # without a message for so long, we ask whether our consumer is still there

T = TypeVar("T")
log = logging.getLogger(__name__)


class OutOfOrder(Exception):
    """A message is missing between two that came."""


def run(url: str, stop: Event) -> None:
    """Takes messages until `stop` is set. Outlives a restart of the server and of the database. Raises BadAddress."""
    place = address(url, PORTS, OPTIONS)
    if set(place.path) & set("/.*> ") or set(place.options["block"]) & set("*> "):
        raise BadAddress("nats://host:port/STREAM?block=BLOCK: these names are without dots, stars, slashes and blanks")
    with ThreadPoolExecutor(1) as database:  # Django's connection, and with it the lock, belongs to one thread
        try:
            asyncio.run(_listen(place, stop, database))
        finally:
            database.submit(_close).result()
    log.info("listen: stopped")


async def _listen(place: Address, stop: Event, database: ThreadPoolExecutor) -> None:
    pause = Pause()
    while not stop.is_set():
        began, session = time.monotonic(), Session(place, database)
        try:
            await session.serve(stop)
        except UNSTORED as error:
            log.warning("the database cannot take it (%s); trying again", type(error).__name__)
        except OutOfTurn:
            log.warning("another listener has taken in these messages; going back to where it left the stream")
        except OutOfOrder:
            log.warning("a message did not come; asking for it again")
        except (NatsError, OSError, TimeoutError) as error:
            log.warning("the server at %s: %s; trying again", place, str(error) or type(error).__name__)
        finally:
            await session.close()
        if time.monotonic() - began > LONGEST_PAUSE_S:
            pause.reset()
        await _wait(stop, pause.again())


async def _wait(stop: Event, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not stop.is_set() and time.monotonic() < end:
        await asyncio.sleep(0.1)


class Session:
    """From taking the part over to the first thing that goes wrong."""

    def __init__(self, address: Address, database: ThreadPoolExecutor) -> None:
        self.address, self._database = address, database
        self._stream = address.path or STREAM
        self._part = address.options["block"] or ">"
        self._client: Client | None = None
        self._delivered = 0  # our consumer's count of messages
        self._sizes = 1000.0  # bytes of a message, lately

    async def serve(self, stop: Event) -> None:
        """Until `stop` is set."""
        told = False
        while not await self._in_database(lambda: own(self._stream, self._part)):
            if not told:
                log.info("listen: standing by, another listener takes in %s of %s", self._part, self._stream)
            told = True
            await _wait(stop, STANDBY_S)
            if stop.is_set():
                return
        js = await self._connected()
        info = await self._found(js)
        made, state = str(info.created), info.state
        place = await self._in_database(lambda: Place(self._stream, self._part, made, state.first_seq, state.last_seq))
        consumer = await self._consumer(js, place)
        log.info("listen: ready at %s, stream %s, after message %d", self.address, self._stream, place.sequence)
        await self._follow(js, consumer, place, stop)

    async def close(self) -> None:
        if self._client is not None:
            with suppress(NatsError, OSError, TimeoutError):
                await self._client.close()
        await self._in_database(_close)

    async def _in_database(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)

    async def _connected(self) -> JetStreamContext:
        secret = password()
        who = {"user": self.address.user, "password": secret} if self.address.user else {"token": secret} if secret else {}
        self._client = await nats.connect(
            f"{self.address.scheme}://{self.address.host}:{self.address.port}",
            name="bijoli listen",
            allow_reconnect=False,  # a new session reads its place anew
            connect_timeout=5,
            error_cb=_quiet,
            tls=tls() if self.address.scheme == "tls" else None,
            **who,
        )
        return self._client.jetstream()

    async def _found(self, js: JetStreamContext) -> StreamInfo:
        """The stream; made where there is none."""
        try:
            info = await js.stream_info(self._stream)
        except NotFoundError:
            log.info("making the stream %s: on disk, one copy, messages kept for seven days", self._stream)
            subjects = ["readings.>", "events.>"]
            made = StreamConfig(name=self._stream, subjects=subjects, storage=StorageType.FILE, max_age=KEPT_S)
            info = await js.add_stream(made)
        if info.config.retention not in (None, RetentionPolicy.LIMITS):
            raise BadAddress(f"the stream {self._stream} forgets what is acknowledged: Bijoli needs retention by limits")
        return info

    async def _consumer(self, js: JetStreamContext, place: Place) -> JetStreamContext.PullSubscription:
        """A consumer of our own: nobody else can take messages from it. It is forgotten a minute after we are."""
        name = f"bijoli-{uuid.uuid4().hex[:12]}"
        config = ConsumerConfig(
            name=name,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=place.sequence + 1,
            ack_policy=AckPolicy.ALL,
            max_ack_pending=4 * gather.MOST,
            filter_subjects=[f"readings.{self._part}", f"events.{self._part}"],
            inactive_threshold=60,
            mem_storage=True,
        )
        await js.add_consumer(self._stream, config)
        return await js.pull_subscribe_bind(name, stream=self._stream)

    async def _follow(self, js: JetStreamContext, consumer: JetStreamContext.PullSubscription, place: Place, stop: Event) -> None:
        """Stores a batch while the next one comes."""
        heard = time.monotonic()
        coming = asyncio.create_task(self._fetch(consumer))
        try:
            while not stop.is_set():
                messages = await coming
                coming = asyncio.create_task(self._fetch(consumer))
                if messages:
                    await self._store(messages, place)
                    heard = time.monotonic()
                elif time.monotonic() - heard > LOOK_S:
                    await js.consumer_info(self._stream, consumer._consumer)
                    heard = time.monotonic()
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _fetch(self, consumer: JetStreamContext.PullSubscription) -> list[Msg]:
        """Up to 500 messages, fewer where they are large, or what comes within 200 ms."""
        found: list[Msg] = []
        with suppress(NothingCame):
            found = await consumer.fetch(max(1, min(gather.MOST, int(gather.MOST_BYTES / self._sizes))), timeout=gather.WAIT_S)
        if not found:
            if self._client is None or not self._client.is_connected:
                raise ConnectionError("the connection ended")
            return []
        for message in found:
            self._delivered += 1
            if message.metadata.sequence.consumer != self._delivered:
                raise OutOfOrder
        self._sizes = max(1.0, 0.5 * self._sizes + 0.5 * sum(len(message.data) for message in found) / len(found))
        return found

    async def _store(self, found: list[Msg], place: Place) -> None:
        """Stores the messages with the place of the last in one transaction (in several where they are large), and acknowledges them."""
        came = time.monotonic()
        fresh = [self._message(one, came) for one in found if one.metadata.sequence.stream > place.sequence]

        def also(cursor: Cursor, last: Message) -> None:
            place.move(cursor, last.tag)

        while fresh:
            batch = gather.within(fresh)
            await self._in_database(lambda batch=batch: gather.keep(batch, also))  # type: ignore[misc]
            fresh = fresh[len(batch) :]
        await found[-1].ack()

    def _message(self, one: Msg, came: float) -> Message:
        gateway = (one.headers or {}).get(HEADER, self.address.options["gateway"])
        return Message(gateway, one.subject.partition(".")[0], one.data, came, one.metadata.sequence.stream)


def _close() -> None:
    """Ends the database connection of the thread that calls it."""
    connection.close()


async def _quiet(_error: Exception) -> None:
    """What the client calls beside raising; we log what is raised."""
