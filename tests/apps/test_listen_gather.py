"""Messages of many gateways in one batch: each row keeps its gateway, and nothing stops the rows behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from bijoli.ingest.gather import MOST, MOST_BYTES, Gather, Message, keep, lines
from bijoli.ingest.models import Gateway, Reject
from bijoli.metering.models import MeterEvent, MeterState
from tests.apps.ingest_door import METER, SECONDS, meters, reading

__all__ = ["meters"]


def message(gateway: str, content: Any, door: str = "readings", came: float = 0) -> Message:
    return Message(gateway, door, content if isinstance(content, bytes) else json.dumps(content).encode(), came)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b'{"a": 1}', [b'{"a": 1}']),
        (b' {"a":\n 1} \n', [b'{"a":  1}']),
        (b'{"a": 1}\n{"a": 2}\r\n\n', [b'{"a": 1}', b'{"a": 2}']),
        (b'[{"a":\n1}, {"a": 2}]', [b'{"a": 1}', b'{"a": 2}']),
        (b"one\ntwo", [b"one", b"two"]),
        (b"[]", []),
        (b" \n ", []),
    ],
)
def test_a_message_is_an_object_an_array_or_lines(content: bytes, rows: list[bytes]) -> None:
    assert [row.rstrip() for row in lines(content)] == rows


def test_a_batch_is_due_when_it_is_full_or_has_waited_or_nothing_more_comes() -> None:
    waiting = Gather()
    assert not waiting.due(100.0)
    waiting.add(message("g", b"x", came=100.0))
    assert not waiting.due(100.01)
    assert waiting.due(100.03)
    waiting.add(message("g", b"x", came=100.19))
    assert not waiting.due(100.195)
    assert waiting.due(100.2)
    for _ in range(MOST):
        waiting.add(message("g", b"x", came=100.19))
    assert waiting.due(100.19)
    waiting.done(waiting.batch())
    assert (len(waiting), waiting.bytes) == (2, 2)
    waiting.add(message("g", b"x" * MOST_BYTES, came=200.0))
    assert waiting.due(200.0)
    assert [len(one.content) for one in waiting.batch()] == [1, 1]


@pytest.fixture
def gateways(meters: None) -> None:
    for name, prefix in (("north", ""), ("bound", "066"), ("south", "")):
        Gateway.objects.create(name=name, token_hash=name.encode(), meter_prefix=prefix)


@pytest.mark.django_db
@pytest.mark.usefixtures("gateways")
def test_each_row_keeps_its_gateway() -> None:
    event = {"meter": "077012345678", "at": SECONDS, "profile": "is15959", "code": "251"}
    keep(
        [
            message("north", [reading(), reading(meter="12")]),
            message("bound", [reading(meter="066012345679"), reading(meter="077012345678")]),
            message("north", b" " * 20_000 + b"[1"),
            message("bound", event, "events"),
            message("south", event | {"id": "s1"}, "events"),
            message("south", reading(meter="1")),
        ]
    )
    assert set(MeterState.objects.filter(last_at=SECONDS).values_list("meter__number", flat=True)) == {METER, "066012345679"}
    assert MeterEvent.objects.get().meter.number == "077012345678"
    assert set(Reject.objects.values_list("gateway__name", "door", "reason")) == {
        ("north", "readings", "a meter number has 12 digits"),
        ("south", "readings", "a meter number has 12 digits"),
        ("bound", "readings", "not a meter of this gateway"),
        ("bound", "events", "not a meter of this gateway"),
        ("north", "readings", "the body is no JSON array"),
    }
    assert set(Gateway.objects.filter(last_seen_at=None)) == set()


@pytest.fixture
def never_666(transactional_db: None) -> Iterator[None]:
    """A fault in our own tables: this balance cannot be stored."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE metering_meterstate ADD CONSTRAINT never_666 CHECK (balance_paisa <> 66600)")
        yield
        cursor.execute("ALTER TABLE metering_meterstate DROP CONSTRAINT never_666")


@pytest.mark.usefixtures("never_666", "gateways")
def test_a_message_that_cannot_be_stored_is_kept_and_stops_no_other() -> None:
    keep([message("north", reading()), message("south", reading(meter="066012345679", balance=666))])
    keep([message("south", reading(meter="077012345678"))])
    assert MeterState.objects.filter(last_at=SECONDS).count() == 2
    assert Reject.objects.values_list("gateway__name", "reason").get() == ("south", "could not be stored: IntegrityError")


@pytest.mark.django_db
@pytest.mark.usefixtures("gateways")
def test_a_message_that_is_too_large_is_kept_in_part(settings: Settings) -> None:
    settings.INGEST_MAX_BYTES = 1000
    keep([message("north", b"[" * 1001), message("north", reading())])
    kept = Reject.objects.get()
    assert (kept.reason, kept.body) == ("a message of more than 1000 bytes", "[" * 1001)
    assert MeterState.objects.get(meter__number=METER).last_at == SECONDS
