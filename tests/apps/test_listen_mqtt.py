"""The MQTT door with a real broker: what is acknowledged is committed, whoever dies in between."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from bijoli.ingest.mqtt import UNDER_WAY
from tests.apps.listen_site import FIRST, GATEWAY, METERS, ListenSite, lines, one_site, reading, ready, site
from tests.brokers import Broker, mosquitto, nats_server
from tests.processes import wait_until

__all__ = ["one_site", "site"]
COUNTS = """SELECT (SELECT coalesce(sum(readings), 0) FROM metering_segment), (SELECT count(*) FROM metering_change),
 (SELECT count(*) FROM metering_meterstate WHERE last_at > 0)"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


class Gateway:
    """A gateway's client: QoS 1, a session that is kept, messages kept until the broker has them."""

    def __init__(self, port: int, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5) -> None:
        self._sent: list[tuple[int, MQTTMessageInfo]] = []
        five = protocol == MQTTProtocolVersion.MQTTv5
        self.client = Client(CallbackAPIVersion.VERSION2, "gateway", protocol=protocol, clean_session=None if five else False)
        self.client.max_queued_messages_set(0)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port, **({"clean_start": False} if five else {}))  # type: ignore[arg-type]
        self.client.loop_start()

    def publish(self, topic: str, content: bytes, number: int = -1) -> None:
        self._sent.append((number, self.client.publish(topic, content, qos=1)))

    def acknowledged(self) -> set[int]:
        """The numbers of the messages that the broker said it has."""
        return {number for number, sent in self._sent if sent.is_published()}

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def gateway(broker: Broker) -> Iterator[Gateway]:
    made = Gateway(broker.port)
    yield made
    made.close()


def address(broker: Broker, more: str = "") -> str:
    return f"mqtt://127.0.0.1:{broker.port}{more}"


def test_objects_arrays_and_lines_come_in_and_what_cannot_be_read_is_named(site: ListenSite, broker: Broker, gateway: Gateway) -> None:
    with site.listen(address(broker)) as listener:
        ready(listener)
        gateway.publish(f"bijoli/{GATEWAY}/readings", reading(0))
        gateway.publish(f"bijoli/{GATEWAY}/readings", b"[" + reading(1) + b",\n " + reading(2) + b"]")
        gateway.publish(f"bijoli/{GATEWAY}/readings", lines([3, 4]) + b"\nnot json\n" + reading(5, at="yesterday") + b"\n")
        gateway.publish(f"bijoli/{GATEWAY}/readings", reading(6).replace(b", ", b",\n  "))
        gateway.publish(f"bijoli/{GATEWAY}/readings", b"[1, 2")
        gateway.publish(f"bijoli/{GATEWAY}/readings", b"")
        gateway.publish("bijoli/nobody/readings", reading(7))
        gateway.publish("bijoli/gone/readings", reading(8))
        gateway.publish("bijoli/bound/readings", b"[" + reading(9) + b"," + reading(1000) + b"]")
        event = reading(0, profile="is15959", code="251", id="e1")
        gateway.publish(f"bijoli/{GATEWAY}/events", event)
        gateway.publish(f"bijoli/{GATEWAY}/events", event)
        wait_until("everything is taken", lambda: len(site.rejects()) == 6 and site.stored() == 7, 15)
        os.kill(listener.id, signal.SIGTERM)
        listener.end(10)
        assert "listen: stopped" in listener.output()
    assert site.sql("SELECT count(*) FROM metering_meterevent") == [(1,)]
    reasons = {(field, reason) for field, reason, _ in site.rejects()}
    assert reasons == {
        ("", "no JSON object"),
        ("at", "no time: ISO 8601 with offset, or seconds since 1970"),
        ("", "the body is no JSON array"),
        ("", "no gateway has the name 'nobody'"),
        ("", "the gateway is revoked"),
        ("meter", "not a meter of this gateway"),
    }
    assert site.sql("SELECT count(*) FROM ingest_reject r JOIN ingest_gateway g ON g.id = r.gateway_id WHERE g.name = 'gone'") == [(1,)]


def test_many_small_messages_are_gathered_into_few_transactions(site: ListenSite, broker: Broker, gateway: Gateway) -> None:
    with site.listen(address(broker)) as listener:
        ready(listener)
        for number in range(METERS):
            gateway.publish(f"bijoli/{GATEWAY}/readings", reading(number))
        site.whole()
    assert site.sql("SELECT count(DISTINCT xmin::text) FROM metering_meterstate")[0][0] < METERS / 10


def test_a_listener_that_is_killed_loses_nothing(site: ListenSite, broker: Broker, gateway: Gateway) -> None:
    """Three times in the middle of a flow; the broker gives again what was not acknowledged."""
    sending = threading.Thread(target=_flow, args=(gateway, range(METERS)))
    for step in (1, 2, 3):
        with site.listen(address(broker)) as listener:
            ready(listener)
            if step == 1:
                sending.start()
            wait_until("some are stored", lambda goal=METERS * step // 5: site.stored() >= goal, 15)
            os.kill(listener.id, signal.SIGKILL)
    sending.join()
    with site.listen(address(broker)):
        site.whole()


def test_a_database_that_is_away_is_waited_for(site: ListenSite, broker: Broker, gateway: Gateway) -> None:
    with site.listen(address(broker)) as listener:
        ready(listener)
        _flow(gateway, range(METERS // 2))
        wait_until("some are stored", lambda: site.stored() > 0, 15)
        site.kill_database()
        _flow(gateway, range(METERS // 2, METERS))
        wait_until("it is noticed", lambda: "trying again" in listener.output(), 15)
        site.cluster.start()
        site.whole()


def test_a_broker_that_is_killed_loses_nothing_of_a_gateway_that_sends_again(site: ListenSite, tmp_path: Path) -> None:
    """Mosquitto acknowledges before it saves: a gateway sends again what it sent in the seconds before the connection was lost."""
    with mosquitto(tmp_path) as broker, site.listen(address(broker)) as listener:
        ready(listener)
        gateway = Gateway(broker.port)
        _flow(gateway, range(METERS // 2))
        wait_until("some are stored", lambda: site.stored() > 100, 15)
        broker.kill()
        _flow(gateway, range(METERS // 2, METERS))
        broker.start()
        _flow(gateway, range(METERS // 2))
        try:
            site.whole()
        finally:
            gateway.close()


def test_what_a_broker_has_promised_is_there_though_it_is_killed(site: ListenSite, tmp_path: Path) -> None:
    """NATS's server speaks MQTT 3.1.1 and acknowledges when the message is on its disk: what it has said yes to needs no second sending."""
    with nats_server(tmp_path) as broker, site.listen(f"mqtt://127.0.0.1:{broker.mqtt}?version=3") as listener:
        ready(listener)
        gateway = Gateway(broker.mqtt, protocol=MQTTProtocolVersion.MQTTv311)
        sending = threading.Thread(target=_flow, args=(gateway, range(METERS)))
        sending.start()
        wait_until("some are stored", lambda: site.stored() > 100, 15)
        broker.kill()
        promised = gateway.acknowledged()
        gateway.close()
        sending.join()
        assert promised
        broker.start()
        reported = "SELECT m.number::bigint - %s FROM metering_meterstate JOIN metering_meter m ON m.id = meter_id WHERE last_at > 0"
        wait_until("all that was promised is stored", lambda: promised <= {n for (n,) in site.sql(reported, FIRST)}, 15)
        raw, changes, meters = site.sql(COUNTS)[0]
        assert raw == changes == meters


def test_no_more_is_under_way_than_can_be_stored(site: ListenSite, broker: Broker, gateway: Gateway) -> None:
    """While the database is locked the broker keeps what comes: it may send a thousand messages before the first is acknowledged."""
    with site.listen(address(broker)) as listener, site.connect() as other:
        ready(listener)
        other.execute("LOCK metering_meterstate IN EXCLUSIVE MODE")
        before = sent(broker)
        _flow(gateway, range(METERS))
        wait_until("the broker has it all", lambda: len(gateway.acknowledged()) == METERS, 15)
        assert 0 < sent(broker) - before <= UNDER_WAY + 10  # ten: what the broker sends to us about itself
        other.rollback()
        site.whole()


def sent(broker: Broker) -> int:
    """Messages that the broker has sent in all, by its own newest figures."""
    told: list[int] = []
    client = Client(CallbackAPIVersion.VERSION2, "watcher")
    client.on_message = lambda _client, _userdata, message: told.append(int(message.payload))
    client.connect("127.0.0.1", broker.port)
    client.subscribe("$SYS/broker/publish/messages/sent")
    client.loop_start()
    wait_until("the broker tells, what it told before and twice anew", lambda: len(told) > 2, 15)
    client.disconnect()
    client.loop_stop()
    return told[-1]


def _flow(gateway: Gateway, numbers: range) -> None:
    for number in numbers:
        gateway.publish(f"bijoli/{GATEWAY}/readings", reading(number), number)
