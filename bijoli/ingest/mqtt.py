"""The MQTT door: topics bijoli/<gateway>/readings and bijoli/<gateway>/events, each message acknowledged after its commit.

The session outlives us: the broker keeps what comes while we are away, and gives again what we have not acknowledged. We let it have no
more than a thousand messages under way, and read nothing while a batch is stored: where we are slow, the broker keeps them.
"""

from __future__ import annotations

import logging
import select
import time
from threading import Event

from django.db import connection
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from bijoli.ingest import gather
from bijoli.ingest.gather import Gather, Message
from bijoli.ingest.listening import LONGEST_PAUSE_S, UNSTORED, Address, BadAddress, Pause, address, password, tls

PORTS = {"mqtt": 1883, "mqtts": 8883}
OPTIONS = {"client": "bijoli", "share": "", "version": "5"}
UNDER_WAY = 2 * gather.MOST  # messages that the broker may send before we acknowledge (receive maximum)
HELD_BYTES = 8 * gather.MOST_BYTES  # more than this is not read while the database is away
KEEPALIVE_S = 60
FOR_EVER = 0xFFFFFFFF  # session expiry interval: never

log = logging.getLogger(__name__)


def run(url: str, stop: Event) -> None:
    """Takes messages until `stop` is set. Outlives a restart of the broker and of the database. Raises BadAddress."""
    listener, pause = Listener(address(url, PORTS, OPTIONS)), Pause()
    while not stop.is_set():
        began = time.monotonic()
        try:
            listener.connect()
            listener.serve(stop)
        except OSError as error:
            log.warning("the broker at %s is away (%s); trying again", listener.address, error.strerror or type(error).__name__)
        if time.monotonic() - began > LONGEST_PAUSE_S:
            pause.reset()
        listener.close()
        stop.wait(pause.again())
    log.info("listen: stopped")


class Listener:
    """One connection at a time to one broker, and the messages of it that are not stored yet."""

    def __init__(self, place: Address) -> None:
        self.address = place
        self._client = self._made()
        self._waiting = Gather()
        self._connection = 0  # counts connections: a message may only be acknowledged on the one that brought it
        self._lost = False
        self._away = Pause()
        self._not_before = 0.0

    def _made(self) -> Client:
        place = self.address
        if place.options["version"] not in {"5", "3"}:
            raise BadAddress("?version= is 5, or 3 for MQTT 3.1.1")
        five = place.options["version"] == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            place.options["client"],
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            clean_session=None if five else False,
            manual_ack=True,
        )
        if place.user:
            client.username_pw_set(place.user, password())
        if place.scheme == "mqtts":
            client.tls_set_context(tls())
        client.on_connect, client.on_disconnect, client.on_message = self._connected, self._disconnected, self._came
        client.on_subscribe = self._subscribed
        return client

    def connect(self) -> None:
        """Raises OSError where nobody answers."""
        self._connection += 1
        self._lost = False
        if self.address.options["version"] == "3":
            self._client.connect(self.address.host, self.address.port, KEEPALIVE_S)
            return
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = FOR_EVER
        session.ReceiveMaximum = UNDER_WAY
        self._client.connect(self.address.host, self.address.port, KEEPALIVE_S, clean_start=False, properties=session)

    def close(self) -> None:
        self._client.disconnect()

    def serve(self, stop: Event) -> None:
        """Until the connection is lost or `stop` is set. What is not stored then comes again with the next connection."""
        while not (stop.is_set() or self._lost):
            self._read()
            if self._due(time.monotonic()):
                self._store()

    def _read(self) -> None:
        """Waits a moment for what comes and reads all of it, as long as there is room."""
        client, found = self._client, self._client.socket()
        if found is None or client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost = True
            return
        reads = [found] if self._room() else []
        select.select(reads, [found] if client.want_write() else [], [], gather.QUIET_S if self._waiting else gather.WAIT_S)
        while self._room():
            before = len(self._waiting)
            if client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS or len(self._waiting) == before:
                break
        if client.want_write():
            client.loop_write()

    def _room(self) -> bool:
        """A batch is read, then stored. While the database is away a little more is read, so that the broker's questions are answered."""
        if time.monotonic() >= self._not_before:
            return not self._waiting.full()
        return self._waiting.bytes < HELD_BYTES and len(self._waiting) < 2 * UNDER_WAY

    def _due(self, now: float) -> bool:
        return now >= self._not_before and self._waiting.due(now)

    def _store(self) -> None:
        """Stores one batch and acknowledges it, in the order it came. Where the database is away, it stays."""
        batch = self._waiting.batch()
        try:
            gather.keep(batch)
        except UNSTORED as error:
            seconds = self._away.again()
            log.warning(
                "%d messages wait: they could not be stored (%s); trying again in %.1f s", len(batch), type(error).__name__, seconds
            )
            connection.close()
            self._not_before = time.monotonic() + seconds
            return
        self._away.reset()
        self._waiting.done(batch)
        for message in batch:
            number, packet = message.tag
            if packet and number == self._connection and not self._lost:
                self._client.ack(packet, 1)

    def _came(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        _, gateway, door = _topic(message)
        tag = (self._connection, message.mid if message.qos else 0)
        self._waiting.add(Message(gateway, door, bytes(message.payload), time.monotonic(), tag))

    def _connected(self, client: Client, _userdata: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        if reason.is_failure:
            log.error("the broker at %s refuses us: %s", self.address, reason)
            self._lost = True
            return
        share = self.address.options["share"]
        prefix = f"$share/{share}/" if share else ""
        client.subscribe([(f"{prefix}bijoli/+/readings", 1), (f"{prefix}bijoli/+/events", 1)])

    def _subscribed(self, _client: Client, _userdata: object, _mid: int, reasons: list[ReasonCode], _properties: object) -> None:
        if refused := [reason for reason in reasons if reason.is_failure]:
            log.error("the broker at %s refuses the subscription: %s", self.address, refused[0])
            self._lost = True
            return
        log.info("listen: ready at %s", self.address)

    def _disconnected(self, _client: Client, _userdata: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        self._lost = True
        if reason.is_failure:
            log.warning("the connection to %s ended: %s", self.address, reason)


def _topic(message: MQTTMessage) -> tuple[str, str, str]:
    """prefix, gateway and door of a topic that one of our filters let through."""
    try:
        prefix, gateway, door = message.topic.split("/")
    except UnicodeDecodeError:
        return "", "", "readings"
    return prefix, gateway, door
