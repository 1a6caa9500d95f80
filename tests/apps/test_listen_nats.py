"""The NATS door with a real server: what the stream holds is in the database once, whoever dies in between."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from bijoli.ingest import gather
from bijoli.ingest.gather import Message
from bijoli.ingest.listening import BadAddress, OutOfTurn, address
from bijoli.ingest.models import Gateway, Reject, StreamPlace
from bijoli.ingest.nats import HEADER, OPTIONS, PORTS
from bijoli.ingest.places import Place
from bijoli.metering.models import MeterState
from tests.apps.ingest_door import METER, SECONDS, meters
from tests.apps.listen_site import GATEWAY, METERS, ListenSite, lines, one_site, reading, ready, site
from tests.brokers import Broker, nats_server
from tests.processes import Process, wait_until

__all__ = ["meters", "one_site", "site"]
FROM = {HEADER: GATEWAY}


@pytest.fixture
def broker(tmp_path: Path, site: ListenSite) -> Iterator[Broker]:
    site.sql("DELETE FROM ingest_streamplace")
    with nats_server(tmp_path) as running:
        yield running


def url(broker: Broker, more: str = "") -> str:
    return f"nats://127.0.0.1:{broker.port}{more}"


def with_stream(broker: Broker, work: Any) -> Any:
    """Runs `work(js)` as a client of the server."""

    async def doing() -> Any:
        client = await nats.connect(url(broker), allow_reconnect=False)
        try:
            return await work(client.jetstream())
        finally:
            await client.close()

    return asyncio.run(doing())


def publish(broker: Broker, *messages: tuple[str, bytes, dict[str, str] | None]) -> None:
    async def publishing(js: JetStreamContext) -> None:
        for subject, content, headers in messages:
            await js.publish(subject, content, headers=headers)

    with_stream(broker, publishing)


def flow(broker: Broker, numbers: Iterable[int]) -> set[int]:
    """A reading for each meter, fifty under way at a time; ends when the server goes. Returns those that the server said it has."""
    stored: set[int] = set()

    async def one(js: JetStreamContext, number: int) -> None:
        await js.publish("readings.7", reading(number), headers={**FROM, "Nats-Msg-Id": f"m{number}"})
        stored.add(number)

    async def publishing(js: JetStreamContext) -> None:
        left = list(numbers)
        for start in range(0, len(left), 50):
            await asyncio.gather(*(one(js, number) for number in left[start : start + 50]))

    try:
        with_stream(broker, publishing)
    except (NatsError, OSError, TimeoutError):
        assert len(stored) < METERS
    return stored


def test_objects_arrays_and_lines_come_in_and_what_cannot_be_read_is_named(site: ListenSite, broker: Broker) -> None:
    with site.listen(url(broker)) as listener:
        ready(listener)
        event = reading(0, profile="is15959", code="251", id="e1")
        publish(
            broker,
            ("readings.1", reading(0), FROM),
            ("readings.dhaka.2", b"[" + reading(1) + b"," + reading(2) + b"]", FROM),
            ("readings.1", lines([3, 4]) + b"\nnot json\n" + reading(5, at="yesterday"), FROM),
            ("events.1", event, FROM),
            ("events.1", event, FROM),
            ("readings.1", b"[1, 2", FROM),
            ("readings.1", reading(7), None),
            ("readings.1", reading(8), {HEADER: "gone"}),
            ("readings.1", reading(9), {HEADER: "bound"}),
        )
        wait_until("everything is taken", lambda: len(site.rejects()) == 6 and site.stored() == 5, 15)
        os.kill(listener.id, signal.SIGTERM)
        listener.end(10)
        assert "listen: stopped" in listener.output()
    assert site.sql("SELECT count(*) FROM metering_meterevent") == [(1,)]
    assert site.sql("SELECT stream, part, sequence FROM ingest_streamplace") == [("BIJOLI", ">", 9)]
    assert {(field, reason) for field, reason, _ in site.rejects()} == {
        ("", "no JSON object"),
        ("at", "no time: ISO 8601 with offset, or seconds since 1970"),
        ("", "the body is no JSON array"),
        ("", "names no gateway"),
        ("", "the gateway is revoked"),
        ("meter", "not a meter of this gateway"),
    }


def test_a_listener_that_is_killed_loses_nothing(site: ListenSite, broker: Broker) -> None:
    """Three times in the middle of a flow. Another one stands by: it takes over and begins where the database says."""
    sending = threading.Thread(target=flow, args=(broker, range(METERS)))
    with site.listen(url(broker)) as first:
        ready(first)
        sending.start()
        standby = site.listen(url(broker))
        with standby:
            standby.wait_for(lambda: "standing by" in standby.output(), 20)
            killed_when(site, first, METERS // 5)
            ready(standby)
            killed_when(site, standby, 2 * METERS // 5)
    with site.listen(url(broker)) as third:
        killed_when(site, third, 3 * METERS // 5)
    sending.join()
    with site.listen(url(broker)):
        site.whole()
    assert site.sql("SELECT sequence FROM ingest_streamplace") == [(METERS,)]


def killed_when(site: ListenSite, listener: Process, stored: int) -> None:
    wait_until(f"{stored} are stored", lambda: site.stored() >= stored, 20)
    os.kill(listener.id, signal.SIGKILL)


def test_what_the_server_has_promised_is_there_though_it_is_killed(site: ListenSite, broker: Broker) -> None:
    with site.listen(url(broker, "?block=7")) as listener:
        ready(listener)
        killing = threading.Thread(target=lambda: (wait_until("some", lambda: site.stored() > METERS // 4, 20), broker.kill()))
        killing.start()
        promised = flow(broker, range(METERS))
        killing.join()
        assert promised
        broker.start()
        flow(broker, sorted(set(range(METERS)) - promised))
        site.whole()
        site.sql("UPDATE ingest_streamplace SET sequence = 1")  # as when the database was put back to a backup
        publish(broker, ("readings.7", reading(0), FROM))
        wait_until("it is told", lambda: "another listener" in listener.output(), 15)
        wait_until("it was read again", lambda: site.sql("SELECT sequence FROM ingest_streamplace")[0][0] > METERS, 15)


def test_a_database_that_is_away_is_waited_for(site: ListenSite, broker: Broker) -> None:
    with site.listen(url(broker)) as listener:
        ready(listener)
        flow(broker, range(METERS // 2))
        wait_until("some are stored", lambda: site.stored() > 0, 15)
        site.kill_database()
        flow(broker, range(METERS // 2, METERS))
        wait_until("it is noticed", lambda: "trying again" in listener.output(), 15)
        site.cluster.start()
        site.whole()


def test_no_more_is_under_way_than_can_be_stored(site: ListenSite, broker: Broker) -> None:
    async def under_way(js: JetStreamContext) -> int:
        (consumer,) = await js.consumers_info("BIJOLI")
        return consumer.num_ack_pending

    with site.listen(url(broker)) as listener, site.connect() as other:
        ready(listener)
        other.execute("LOCK metering_meterstate IN EXCLUSIVE MODE")
        flow(broker, range(METERS))
        assert 0 < with_stream(broker, under_way) <= 2 * gather.MOST
        other.rollback()
        site.whole()


def test_another_stream_of_the_same_name_is_read_from_its_beginning(site: ListenSite, broker: Broker) -> None:
    async def anew(js: JetStreamContext) -> None:
        await js.delete_stream("BIJOLI")
        await js.add_stream(StreamConfig(name="BIJOLI", subjects=["readings.>", "events.>"]))

    with site.listen(url(broker, "?gateway=north")) as listener:
        ready(listener)
        publish(broker, *(("readings.1", reading(number), None) for number in range(5)))
        wait_until("they are stored", lambda: site.stored() == 5, 15)
    with_stream(broker, anew)
    with site.listen(url(broker, "?gateway=north")):
        publish(broker, ("readings.1", reading(5), None))
        wait_until("it is stored", lambda: site.stored() == 6, 15)


@pytest.mark.django_db(transaction=True)
def test_an_owner_that_was_overtaken_stores_nothing(meters: None) -> None:
    Gateway.objects.create(name=GATEWAY, token_hash=b"x")
    message = Message(GATEWAY, "readings", b'{"meter": "%s", "at": %d}\nbad' % (METER.encode(), SECONDS), 0, 2)
    slow, quick = Place("S", ">", "2026", 1, 9), Place("S", ">", "2026", 1, 9)

    gather.keep([Message(GATEWAY, "readings", b"", 0, 1)], lambda cursor, last: quick.move(cursor, last.tag))
    with pytest.raises(OutOfTurn):
        gather.keep([message], lambda cursor, last: slow.move(cursor, last.tag))
    assert not Reject.objects.exists()
    assert MeterState.objects.get(meter__number=METER).last_at == 0

    gather.keep([message], lambda cursor, last: quick.move(cursor, last.tag))
    assert MeterState.objects.get(meter__number=METER).last_at == SECONDS
    assert (quick.sequence, StreamPlace.objects.get().sequence) == (2, 2)
    assert Place("S", ">", "2026", 1, 1).sequence == 1, "the server lost its end: what comes under these numbers now is new"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("nats://bijoli:secret@127.0.0.1", "no password in the address"),
        ("nats://127.0.0.1:many", "the port is a number"),
        ("nats://", "needs a host"),
        ("nats://127.0.0.1?gate=north", "gate= is not known here; there are block, gateway"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_plain_words(wrong: str, why: str) -> None:
    with pytest.raises(BadAddress, match=why):
        address(wrong, PORTS, OPTIONS)
